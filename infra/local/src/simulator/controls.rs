//! What the page's controls do: files are handed over, switches thrown, the clock wound forward.

use std::collections::BTreeSet;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fault, SimFile, SimProvider, Simulator, feed::FeedError};

/// WhatsApp takes documents of up to 100 MB; on this machine everything is kept in memory.
const MOST_BYTES: usize = 100 * 1024 * 1024;
/// A year: whoever winds further has mistyped.
const MOST_HOURS: u32 = 24 * 366;

pub(super) fn router() -> Router<Simulator> {
    let uploads = post(upload).layer(DefaultBodyLimit::max(MOST_BYTES));
    Router::new()
        .route("/sim/media", uploads)
        .route("/sim/media/{id}", get(file))
        .route("/sim/messages/{sid}/file", get(message_file))
        .route("/sim/controls", get(controls).post(control))
}

/// How the provider is set, and what time it is there.
#[derive(Debug, Serialize)]
struct Controls {
    faults: BTreeSet<Fault>,
    now: Timestamp,
    /// Whether the clock can be wound.
    winds: bool,
}

fn state(simulator: &Simulator) -> Controls {
    Controls {
        faults: simulator.faults(),
        now: simulator.config().clock.now(),
        winds: simulator.winder().is_some(),
    }
}

async fn controls(State(simulator): State<Simulator>) -> Json<Controls> {
    Json(state(&simulator))
}

/// What is to change; the rest stays.
#[derive(Debug, Deserialize)]
struct Change {
    faults: Option<BTreeSet<Fault>>,
    forward_hours: Option<u32>,
}

async fn control(
    State(simulator): State<Simulator>,
    change: Result<Json<Change>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Controls>, FeedError> {
    let change: Change = super::feed::json(change)?;
    if let Some(hours) = change.forward_hours {
        if hours > MOST_HOURS {
            return Err(FeedError::invalid(
                format!("{hours} hours are more than a year"),
                "Wind in smaller steps.",
            ));
        }
        let winder = simulator.winder().ok_or_else(|| {
            FeedError::invalid(
                "the clock of this stack is not in its hands",
                "Start it with cargo dev to wind it.",
            )
        })?;
        winder
            .forward(jiff::SignedDuration::from_hours(i64::from(hours)))
            .map_err(|error| {
                FeedError::invalid(error, "Check the permissions of the data folder.")
            })?;
    }
    if let Some(faults) = change.faults {
        simulator.set_faults(faults);
    }
    Ok(Json(state(&simulator)))
}

#[derive(Deserialize)]
struct Upload {
    #[serde(default)]
    provider: SimProvider,
    filename: Option<String>,
}

#[derive(Serialize)]
struct Uploaded {
    id: String,
}

/// Hands a file to the provider, as the body; its media type is the Content-Type.
async fn upload(
    State(simulator): State<Simulator>,
    Query(upload): Query<Upload>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Uploaded>), FeedError> {
    if bytes.is_empty() {
        return Err(FeedError::invalid("the file is empty", "Choose another."));
    }
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.contains('/'))
        .unwrap_or("application/octet-stream");
    let id = simulator.upload(
        upload.provider,
        SimFile {
            media_type: media_type.to_owned(),
            filename: upload.filename.filter(|name| !name.is_empty()),
            bytes,
        },
    );
    Ok((StatusCode::CREATED, Json(Uploaded { id })))
}

/// A kept file.
async fn file(State(simulator): State<Simulator>, Path(id): Path<String>) -> Response {
    let Some(file) = simulator.files().get(&id) else {
        return missing(format!("there is no file {id}")).into_response();
    };
    let name = file.filename.as_deref().unwrap_or_default();
    served(&file.media_type, name, Body::from(file.bytes.clone()))
}

/// The file of a message, wherever it is: so that the page can show it under its own policy.
async fn message_file(
    State(simulator): State<Simulator>,
    Path(sid): Path<String>,
) -> Result<Response, FeedError> {
    let url = simulator
        .message(&sid)
        .and_then(|message| message.media_url)
        .ok_or_else(|| missing(format!("message {sid} has no file")))?;
    if let Some(id) = url.strip_prefix("/sim/media/") {
        return Ok(file(State(simulator), Path(id.to_owned())).await);
    }
    let answer = simulator.0.client.get(url).send().await;
    let answer = answer
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| {
            FeedError::new(
                StatusCode::BAD_GATEWAY,
                error.without_url(),
                "The link may have expired: ask for the document again.",
            )
        })?;
    let media_type = answer.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or("application/octet-stream").to_owned();
    let bytes = answer.bytes().await.map_err(|error| {
        FeedError::new(StatusCode::BAD_GATEWAY, error.without_url(), "Try again.")
    })?;
    Ok(served(&media_type, "", Body::from(bytes)))
}

/// What could run in a browser is saved, never shown.
fn served(media_type: &str, filename: &str, body: Body) -> Response {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let is_seen = ["image/", "audio/", "video/"]
        .iter()
        .any(|kind| essence.starts_with(kind));
    let is_shown = essence == "application/pdf" || (is_seen && essence != "image/svg+xml");
    let disposition = if is_shown { "inline" } else { "attachment" };
    let name: String = filename.chars().map(tame).collect();
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("{disposition}; filename=\"{name}\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, body).into_response()
}

/// What may stand within the quotes of a header.
fn tame(c: char) -> char {
    if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')') {
        c
    } else {
        '_'
    }
}

fn missing(what: String) -> FeedError {
    FeedError::new(
        StatusCode::NOT_FOUND,
        what,
        "Look at the messages for the files there are.",
    )
}
