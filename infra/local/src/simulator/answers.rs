//! What the simulated API answers: Twilio's own error bodies, and the faults a test scripts.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// How the API treats one send. Tests queue these; an empty queue means [`Answer::Normal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As Twilio does on a good day.
    Normal,
    /// 429 with code 20429 and `Retry-After: 1`; nothing is sent.
    TooManyRequests,
    /// 500 with Twilio's JSON.
    ServerError(Effect),
    /// No answer, for as long as the caller waits.
    Hang(Effect),
    /// 200 with a page of HTML in place of JSON.
    Garbage(Effect),
    /// The connection is closed before a byte of the answer.
    DropConnection(Effect),
    /// 400 with this Twilio code; nothing is sent.
    Refuse(u32),
    /// 201, and then the status `failed` with this Twilio code, the way 63016 really comes.
    AcceptThenFail(u32),
}

/// Whether the message was sent in spite of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It was sent; the caller doesn't learn it from the answer.
    Taken,
    /// It was not sent.
    NotTaken,
}

/// An error as Twilio's API reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ApiError {
    code: u32,
    message: String,
    more_info: String,
    status: u16,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            more_info: format!("https://www.twilio.com/docs/errors/{code}"),
            status: status.as_u16(),
        }
    }

    pub(super) fn bad_request(code: u32) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, meaning(code))
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 20003, meaning(20003))
    }

    pub(super) fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self::new(StatusCode::NOT_FOUND, 20404, message)
    }

    pub(super) fn too_many_requests() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, 20429, meaning(20429))
    }

    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 20500, meaning(20500))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                header::HeaderValue::from_static("Basic realm=\"Twilio API\""),
            );
        }
        response
    }
}

/// Twilio's words for a code, from its error dictionary (https://www.twilio.com/docs/api/errors).
pub(super) fn meaning(code: u32) -> &'static str {
    match code {
        20003 => "Authenticate",
        20429 => "Too Many Requests",
        20500 => "An internal server error has occurred",
        21211 => "Invalid 'To' Phone Number",
        21603 => "A 'From' phone number is required.",
        21604 => "A 'To' phone number is required.",
        21609 => "The 'StatusCallback' URL is not a valid URL",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21619 => "A text message body or media urls must be specified.",
        21620 => "Invalid media URL(s)",
        21623 => "Number of media files exceeds allowed limit",
        21910 => "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel",
        63003 => "Channel could not find To address",
        63007 => "Twilio could not find a Channel with the specified From address",
        63016 => {
            "Failed to send freeform message because you are outside the allowed window. \
             If you are using WhatsApp, please use a Message Template."
        }
        63018 => "Rate limit exceeded for Channel",
        63024 => "Invalid message recipient",
        _ => "Unknown error",
    }
}
