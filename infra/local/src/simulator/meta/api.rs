//! Sends, read receipts and the typing indicator.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use countersign_core::E164;
use serde_json::{Value, json};

use super::{check::check, error::MetaError, files, payload::Payload};
use crate::simulator::{
    Answer, Effect, Simulator,
    content::SimContent,
    message::{Direction, SimMessage, SimStatus},
    provider::{MetaConfig, SimProvider, new_id, user_id},
};

pub(in crate::simulator) fn router() -> Router<Simulator> {
    let uploads = post(files::upload).layer(DefaultBodyLimit::max(files::MOST_BYTES));
    Router::new()
        .route("/{version}/{id}/messages", post(create))
        .route("/{version}/{id}/media", uploads)
        .route("/{version}/{id}", get(files::look_up))
        .route(files::PATH, get(files::download))
}

/// Where a message goes, and how the answer names them.
struct Recipient {
    phone: E164,
    contact: Value,
}

/// The account, if the version in the path is one and the token is its own.
pub(super) fn authenticate<'a>(
    simulator: &'a Simulator,
    version: &str,
    headers: &HeaderMap,
) -> Result<&'a MetaConfig, MetaError> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_version = version
        .strip_prefix('v')
        .and_then(|version| version.split_once('.'))
        .is_some_and(|(major, minor)| is_number(major) && is_number(minor));
    if !is_version {
        return Err(MetaError::new(
            1,
            format!("Unknown path components: /{version}"),
        ));
    }
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    simulator
        .config()
        .meta
        .as_ref()
        .filter(|meta| given == Some(&meta.access_token))
        .ok_or_else(|| MetaError::plain(190))
}

async fn create(
    State(simulator): State<Simulator>,
    Path((version, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, MetaError> {
    let meta = authenticate(&simulator, &version, &headers)?;
    if id != meta.phone_number_id {
        return Err(MetaError::unknown_object(&id));
    }
    let payload: Payload = serde_json::from_slice(&body)
        .map_err(|error| MetaError::parameter(format!("Invalid JSON: {error}")))?;
    if payload.status.is_some() {
        return receipt(&simulator, &payload);
    }
    let answer = simulator.next_answer();
    match answer {
        Answer::TooManyRequests => return Err(MetaError::too_many_requests()),
        Answer::Refuse(code) => return Err(MetaError::plain(code)),
        _ => {}
    }
    let recipient = recipient(&simulator, meta, &payload)?;
    let message = message(&simulator, &recipient.phone, payload)?;
    let is_template = matches!(message.content, SimContent::Template { .. });
    if !is_template && simulator.is_outside_window(SimProvider::Meta, &message.phone) {
        return Err(MetaError::new(
            131_047,
            "More than 24 hours have passed since the customer last replied to this number.",
        ));
    }
    let now = simulator.config().clock.now();
    if !simulator.pace().takes(&message.phone, now) {
        return Err(MetaError::new(
            131_056,
            "Too many messages sent from the sender phone number to the same recipient phone \
             number in a short period of time.",
        ));
    }
    let taken = json!({
        "messaging_product": "whatsapp",
        "contacts": [recipient.contact],
        "messages": [{ "id": message.sid }],
    });
    let take = |effect| {
        if effect == Effect::Taken {
            simulator.take_outbound(message.clone(), None);
        }
    };
    match answer {
        Answer::Normal | Answer::TooManyRequests | Answer::Refuse(_) => {
            simulator.take_outbound(message, None);
            Ok(Json(taken).into_response())
        }
        Answer::AcceptThenFail(code) => {
            simulator.take_outbound(message, Some(code));
            Ok(Json(taken).into_response())
        }
        Answer::ServerError(effect) => {
            take(effect);
            Err(MetaError::plain(131_000))
        }
        Answer::Garbage(effect) => {
            take(effect);
            let page = "<!doctype html><title>Bad gateway</title><p>{\"messages\": ";
            Ok(([(header::CONTENT_TYPE, "text/html")], page).into_response())
        }
        Answer::Hang(effect) => {
            take(effect);
            std::future::pending().await
        }
        Answer::DropConnection(effect) => {
            take(effect);
            // As for Twilio: unwinding closes the socket without a byte.
            std::panic::resume_unwind(Box::new("the simulated provider drops this connection"))
        }
    }
}

/// `to` counts where both are given, as at Meta.
fn recipient(
    simulator: &Simulator,
    meta: &MetaConfig,
    payload: &Payload,
) -> Result<Recipient, MetaError> {
    if let Some(to) = &payload.to {
        let digits: String = to
            .chars()
            .filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')'))
            .collect();
        let phone: E164 = format!("+{digits}").parse().map_err(|_| {
            MetaError::new(131_009, format!("to is not a valid phone number: {to}"))
        })?;
        if phone == meta.number {
            return Err(MetaError::plain(131_021));
        }
        let contact = json!({ "input": to, "wa_id": digits });
        return Ok(Recipient { phone, contact });
    }
    let Some(id) = &payload.recipient else {
        return Err(MetaError::parameter("The parameter to is required."));
    };
    let mut known = simulator.known_phones(SimProvider::Meta).into_iter();
    let phone = known
        .find(|phone| user_id(&meta.account_id, phone) == *id)
        .ok_or_else(|| MetaError::new(131_026, format!("Nobody has the user id {id}.")))?;
    let contact = json!({ "input": id, "user_id": id });
    Ok(Recipient { phone, contact })
}

fn message(simulator: &Simulator, phone: &E164, payload: Payload) -> Result<SimMessage, MetaError> {
    let reply_to = payload.context.as_ref();
    let reply_to = reply_to.and_then(|context| context.message_id.clone());
    let reference = payload.biz_opaque_callback_data.clone();
    let mut checked = check(payload)?;
    if let SimContent::Template { name, .. } = &checked.content
        && let Some(body) = simulator.rendered(SimProvider::Meta, name, &checked.values)
    {
        checked.body = body;
    }
    let mut media_url = checked.link;
    match &mut checked.content {
        SimContent::Media(media) => {
            if let Some(id) = &media.id {
                let file = simulator.files().get(id).ok_or_else(|| {
                    MetaError::new(131_009, format!("Media ID {id} is not there."))
                })?;
                media.media_type = Some(file.media_type.clone());
                if media.filename.is_none() {
                    media.filename.clone_from(&file.filename);
                }
                media_url = Some(format!("/sim/media/{id}"));
            }
        }
        SimContent::Reaction { to } if simulator.message(to).is_none() => {
            return Err(MetaError::new(
                131_009,
                format!("message {to} is not there"),
            ));
        }
        _ => {}
    }
    Ok(SimMessage {
        sid: new_id(SimProvider::Meta),
        provider: SimProvider::Meta,
        direction: Direction::Outbound,
        phone: phone.clone(),
        name: None,
        body: checked.body,
        content: checked.content,
        reply_to,
        reference,
        shown: simulator.shown(phone),
        referral: None,
        media_url,
        status: SimStatus::Queued,
        status_callback: None,
        error_code: None,
        problem: None,
        at: simulator.config().clock.now(),
    })
}

/// Marks a message as read and, if asked for, shows the business as typing.
fn receipt(simulator: &Simulator, payload: &Payload) -> Result<Response, MetaError> {
    if payload.messaging_product.as_deref() != Some("whatsapp")
        || payload.status.as_deref() != Some("read")
    {
        return Err(MetaError::parameter("status must be one of {READ}"));
    }
    let typing = payload.typing_indicator.as_ref();
    if typing.is_some_and(|typing| typing.kind.as_deref() != Some("text")) {
        return Err(MetaError::parameter(
            "typing_indicator['type'] must be one of {TEXT}",
        ));
    }
    let id = payload.message_id.as_deref().unwrap_or_default();
    let message = simulator
        .message(id)
        .filter(|message| message.direction == Direction::Inbound)
        .filter(|message| message.provider == SimProvider::Meta)
        .ok_or_else(|| MetaError::new(131_009, format!("message {id} is not there")))?;
    match typing {
        Some(_) => simulator.type_to(SimProvider::Meta, &message.phone),
        None => simulator.mark_answered(SimProvider::Meta, &message.phone),
    }
    Ok(Json(json!({ "success": true })).into_response())
}
