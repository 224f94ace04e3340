//! Twilio's REST API, as far as a WhatsApp sender uses it. Shapes and codes are those of
//! https://www.twilio.com/docs/messaging/api/message-resource.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::E164;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Answer, Effect, Simulator,
    answers::ApiError,
    content::{MediaKind, SimContent, SimMedia},
    message::{Direction, Shown, SimMessage, SimStatus},
    provider::{SimProvider, new_id},
};

/// Twilio counts characters, not bytes.
const BODY_LIMIT: usize = 1600;

pub(super) fn router() -> Router<Simulator> {
    let account = "/2010-04-01/Accounts/{account}";
    Router::new()
        .route(&format!("{account}/Messages.json"), post(create))
        .route(&format!("{account}/Messages/{{file}}"), get(fetch))
        .route(
            &format!("{account}/Messages/{{file}}/Media/{{id}}"),
            get(file),
        )
        .route("/v2/Indicators/Typing.json", post(typing))
}

/// A send, checked.
struct Outgoing {
    to: E164,
    body: String,
    media_url: Option<String>,
    status_callback: Option<String>,
    content: SimContent,
}

async fn create(
    State(simulator): State<Simulator>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    authenticate(&simulator, &headers, Some(&account))?;
    let answer = simulator.next_answer();
    match answer {
        Answer::TooManyRequests => return Err(ApiError::too_many_requests()),
        Answer::Refuse(code) => return Err(ApiError::bad_request(code)),
        _ => {}
    }
    let send = check(&simulator, &body)?;
    let take = |send, effect| {
        if effect == Effect::Taken {
            accept(&simulator, send, None);
        }
    };
    match answer {
        Answer::Normal => Ok(created(&simulator, &accept(&simulator, send, None))),
        Answer::AcceptThenFail(code) => {
            let message = accept(&simulator, send, Some(code));
            Ok(created(&simulator, &message))
        }
        Answer::ServerError(effect) => {
            take(send, effect);
            Err(ApiError::internal())
        }
        Answer::Garbage(effect) => {
            take(send, effect);
            let page = "<!doctype html><title>Bad gateway</title><p>{\"sid\": ";
            Ok(([(header::CONTENT_TYPE, "text/html")], page).into_response())
        }
        Answer::Hang(effect) => {
            take(send, effect);
            std::future::pending().await
        }
        Answer::DropConnection(effect) => {
            take(send, effect);
            // Unwinding the connection's task is the one way a handler can close the socket
            // without a byte. `resume_unwind` passes by the panic hook, so nothing is printed.
            std::panic::resume_unwind(Box::new("the simulated provider drops this connection"))
        }
        Answer::TooManyRequests | Answer::Refuse(_) => Err(ApiError::internal()),
    }
}

async fn fetch(
    State(simulator): State<Simulator>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    authenticate(&simulator, &headers, Some(&account))?;
    let message = file
        .strip_suffix(".json")
        .and_then(|sid| simulator.message(sid))
        .ok_or_else(|| {
            ApiError::not_found(&format!("/2010-04-01/Accounts/{account}/Messages/{file}"))
        })?;
    Ok(Json(resource(&simulator, &message)).into_response())
}

/// A file that a phone sent. As at Twilio, it lies elsewhere, and needs no credentials there.
async fn file(
    State(simulator): State<Simulator>,
    Path((account, message, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Redirect, ApiError> {
    authenticate(&simulator, &headers, Some(&account))?;
    let address = format!("/sim/media/{id}");
    simulator
        .message(&message)
        .filter(|message| message.media_url.as_deref() == Some(&address))
        .map(|_| Redirect::temporary(&address))
        .ok_or_else(|| {
            ApiError::not_found(&format!(
                "/2010-04-01/Accounts/{account}/Messages/{message}/Media/{id}"
            ))
        })
}

/// The typing indicator (beta): shows for 25 s or until the answer, and marks the message read.
async fn typing(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    authenticate(&simulator, &headers, None)?;
    let field = |name: &str| {
        form_urlencoded::parse(&body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if field("channel").as_deref() != Some("whatsapp") {
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            20001,
            "channel must be whatsapp",
        ));
    }
    let message = field("messageId")
        .and_then(|sid| simulator.message(&sid))
        .filter(|message| message.direction == Direction::Inbound)
        .filter(|message| message.provider == SimProvider::Twilio)
        .ok_or_else(|| ApiError::not_found("/v2/Indicators/Typing.json"))?;
    simulator.type_to(SimProvider::Twilio, &message.phone);
    Ok(Json(json!({ "success": true })))
}

fn authenticate(
    simulator: &Simulator,
    headers: &HeaderMap,
    account: Option<&str>,
) -> Result<(), ApiError> {
    let config = simulator.config();
    let expected = format!("{}:{}", config.account_sid, config.auth_token);
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value).ok());
    let own = account.is_none_or(|account| account == config.account_sid);
    if own && given.as_deref() == Some(expected.as_bytes()) {
        Ok(())
    } else {
        Err(ApiError::unauthenticated())
    }
}

fn check(simulator: &Simulator, form: &[u8]) -> Result<Outgoing, ApiError> {
    let fields: Vec<_> = form_urlencoded::parse(form).into_owned().collect();
    let all = |name: &str| -> Vec<&str> {
        let found = fields.iter().filter(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
            .collect()
    };
    let one = |name: &str| all(name).first().copied();
    let to = one("To").ok_or_else(|| ApiError::bad_request(21604))?;
    let from = one("From").ok_or_else(|| ApiError::bad_request(21603))?;
    if to.starts_with("whatsapp:") != from.starts_with("whatsapp:") {
        return Err(ApiError::bad_request(21910));
    }
    let ours = format!("whatsapp:{}", simulator.config().number);
    if from != ours {
        return Err(ApiError::bad_request(63007));
    }
    let to = to.trim_start_matches("whatsapp:").parse().map_err(|_| {
        let message = format!("Invalid 'To' Phone Number: {to}");
        ApiError::new(StatusCode::BAD_REQUEST, 21211, message)
    })?;
    let media = all("MediaUrl");
    if media.len() > 1 {
        return Err(ApiError::bad_request(21623));
    }
    let media_url = media.first().copied();
    if media_url.is_some_and(|url| !is_web_address(url)) {
        return Err(ApiError::bad_request(21620));
    }
    let status_callback = one("StatusCallback");
    if status_callback.is_some_and(|url| !is_web_address(url)) {
        return Err(ApiError::bad_request(21609));
    }
    let template = one("ContentSid");
    let body = match (one("Body"), template) {
        (Some(body), _) => body.to_owned(),
        (None, Some(sid)) => {
            let variables = one("ContentVariables").unwrap_or("{}");
            // Of one that is not known here it shows what it was filled with.
            simulator
                .rendered(SimProvider::Twilio, sid, &in_order(variables))
                .unwrap_or_else(|| format!("[{sid}] {variables}"))
        }
        (None, None) => String::new(),
    };
    if body.is_empty() && media_url.is_none() {
        return Err(ApiError::bad_request(21619));
    }
    if body.chars().count() > BODY_LIMIT {
        return Err(ApiError::bad_request(21617));
    }
    Ok(Outgoing {
        to,
        body,
        media_url: media_url.map(str::to_owned),
        status_callback: status_callback.map(str::to_owned),
        content: match template {
            Some(sid) => SimContent::Template {
                name: sid.to_owned(),
                language: String::new(),
                buttons: Vec::new(),
            },
            None => SimContent::Text,
        },
    })
}

/// A template's values, which are numbered from 1.
fn in_order(variables: &str) -> Vec<String> {
    let variables: BTreeMap<String, String> = serde_json::from_str(variables).unwrap_or_default();
    (1..=variables.len())
        .map_while(|number| variables.get(&number.to_string()).cloned())
        .collect()
}

fn is_web_address(text: &str) -> bool {
    reqwest::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Takes a message and plans its statuses: on to the phone, or to a failure with `failing`.
fn accept(simulator: &Simulator, send: Outgoing, failing: Option<u32>) -> SimMessage {
    let is_template = matches!(send.content, SimContent::Template { .. });
    let outside = !is_template && simulator.is_outside_window(SimProvider::Twilio, &send.to);
    let failing = failing.or(outside.then_some(63016));
    let content = match (send.content, &send.media_url) {
        (SimContent::Text, Some(_)) => SimContent::Media(SimMedia {
            kind: MediaKind::Document,
            id: None,
            media_type: None,
            filename: None,
        }),
        (content, _) => content,
    };
    let message = SimMessage {
        sid: new_id(SimProvider::Twilio),
        provider: SimProvider::Twilio,
        direction: Direction::Outbound,
        phone: send.to,
        name: None,
        body: send.body,
        content,
        reply_to: None,
        reference: None,
        shown: Shown::Both,
        referral: None,
        media_url: send.media_url,
        status: SimStatus::Queued,
        status_callback: send.status_callback,
        error_code: None,
        problem: None,
        at: simulator.config().clock.now(),
    };
    simulator.take_outbound(message.clone(), failing);
    message
}

fn created(simulator: &Simulator, message: &SimMessage) -> Response {
    (StatusCode::CREATED, Json(resource(simulator, message))).into_response()
}

#[derive(Serialize)]
struct MessageResource<'a> {
    account_sid: &'a str,
    api_version: &'static str,
    body: &'a str,
    date_created: &'a str,
    date_sent: Option<&'a str>,
    date_updated: &'a str,
    direction: &'static str,
    error_code: Option<u32>,
    error_message: Option<&'static str>,
    from: &'a str,
    messaging_service_sid: Option<&'a str>,
    num_media: &'static str,
    num_segments: &'static str,
    price: Option<&'a str>,
    price_unit: Option<&'a str>,
    sid: &'a str,
    status: &'static str,
    subresource_uris: Value,
    to: &'a str,
    uri: &'a str,
}

fn resource(simulator: &Simulator, message: &SimMessage) -> Value {
    let config = simulator.config();
    let ours = format!("whatsapp:{}", config.number);
    let theirs = format!("whatsapp:{}", message.phone);
    let (from, to, direction, status) = match message.direction {
        Direction::Inbound => (&theirs, &ours, "inbound", "received"),
        Direction::Outbound => (&ours, &theirs, "outbound-api", message.status.as_str()),
    };
    let date = message
        .at
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string();
    let base = format!(
        "/2010-04-01/Accounts/{}/Messages/{}",
        config.account_sid, message.sid
    );
    json!(MessageResource {
        account_sid: &config.account_sid,
        api_version: "2010-04-01",
        body: &message.body,
        date_created: &date,
        date_sent: (message.status != SimStatus::Queued).then_some(&date),
        date_updated: &date,
        direction,
        error_code: message.error_code,
        error_message: message.error_code.map(super::answers::meaning),
        from,
        messaging_service_sid: None,
        num_media: if message.media_url.is_some() {
            "1"
        } else {
            "0"
        },
        num_segments: "1",
        price: None,
        price_unit: None,
        sid: &message.sid,
        status,
        subresource_uris: json!({ "media": format!("{base}/Media.json") }),
        to,
        uri: &format!("{base}.json"),
    })
}
