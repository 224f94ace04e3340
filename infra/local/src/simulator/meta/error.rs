//! Errors as Meta's API reports them.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error of Meta's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MetaError {
    status: StatusCode,
    code: u32,
    details: String,
}

impl MetaError {
    /// The error `code` with Meta's status for it, and what was wrong in particular.
    pub(super) fn new(code: u32, details: impl Into<String>) -> Self {
        Self {
            status: status(code),
            code,
            details: details.into(),
        }
    }

    /// The error `code` with nothing to add.
    pub(super) fn plain(code: u32) -> Self {
        Self::new(code, meaning(code))
    }

    pub(super) fn too_many_requests() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            ..Self::plain(130_429)
        }
    }

    /// A parameter that has a wrong value.
    pub(super) fn parameter(details: impl Into<String>) -> Self {
        Self::new(100, details)
    }

    /// An object that isn't there, or isn't this token's.
    pub(super) fn unknown_object(id: &str) -> Self {
        Self::new(
            33,
            format!(
                "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due \
                 to missing permissions, or does not support this operation"
            ),
        )
    }
}

impl IntoResponse for MetaError {
    fn into_response(self) -> Response {
        // Object 33 is a subcode of 100 on the wire.
        let (code, subcode) = match self.code {
            33 => (100, Some(33)),
            code => (code, None),
        };
        let kind = match self.code {
            33 => "GraphMethodException",
            _ => "OAuthException",
        };
        let mut error = json!({
            "message": format!("(#{code}) {}", meaning(self.code)),
            "type": kind,
            "code": code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details },
            "fbtrace_id": format!("A{}", &uuid::Uuid::new_v4().simple().to_string()[..22]),
        });
        if let Some(subcode) = subcode {
            error["error_subcode"] = json!(subcode);
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                header::HeaderValue::from_static("OAuth \"Facebook Platform\" \"invalid_token\""),
            );
        }
        response
    }
}

/// The HTTP status that a code comes with
/// (https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes).
fn status(code: u32) -> StatusCode {
    match code {
        0 | 190 => StatusCode::UNAUTHORIZED,
        10 | 200..=299 | 368 | 131_005 | 131_031 => StatusCode::FORBIDDEN,
        132_001 => StatusCode::NOT_FOUND,
        3 | 131_000 | 131_016 | 131_045 | 131_057 => StatusCode::INTERNAL_SERVER_ERROR,
        2 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Meta's words for a code.
pub(in crate::simulator) fn meaning(code: u32) -> &'static str {
    match code {
        0 => "AuthException",
        1 => "API Unknown",
        2 => "API Service",
        4 => "API Too Many Calls",
        10 => "Permission Denied",
        33 | 100 => "Invalid parameter",
        190 => "Access token has expired",
        368 => "Temporarily blocked for policies violations",
        80_007 => "Rate limit issues",
        130_429 => "Rate limit hit",
        130_472 => "User's number is part of an experiment",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_031 => "Account has been locked",
        131_042 => "Business eligibility payment issue",
        131_045 => "Incorrect certificate",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "Meta chose not to deliver",
        131_050 => "User has stopped marketing messages",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Account in maintenance mode",
        132_000 => "Template Param Count Mismatch",
        132_001 => "Template does not exist",
        132_015 => "Template is Paused",
        132_016 => "Template is Disabled",
        _ => "Unknown error",
    }
}
