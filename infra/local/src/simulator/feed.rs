//! What the phone page, and `cargo dev send`, talk to: JSON under `/sim`.

use std::convert::Infallible;

use axum::{
    Json, Router,
    extract::{Path, Query, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{get, post},
};
use countersign_core::E164;
use futures::Stream;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Composed, SimSender, Simulator,
    conversations::{Cursor, News},
    message::{Direction, SimMessage, SimPerson, SimStatus},
    provider::SimProvider,
    statuses::plan,
};

/// What WhatsApp lets a person type, in characters.
const TEXT_LIMIT: usize = 4096;
const NAME_LIMIT: usize = 100;

pub(super) fn router() -> Router<Simulator> {
    Router::new()
        .route("/sim/people", get(people))
        .route("/sim/conversations", get(conversations))
        .route("/sim/events", get(events))
        .route("/sim/messages", post(write))
        .route("/sim/messages/{sid}/retry", post(retry))
        .route("/sim/messages/{sid}/media", get(media))
        .route("/sim/media/{id}", get(file))
        .route("/sim/read", post(read))
}

/// An error that says what to do.
#[derive(Debug, Serialize)]
struct FeedError {
    #[serde(skip)]
    status: StatusCode,
    error: String,
    hint: &'static str,
}

impl FeedError {
    fn new(status: StatusCode, error: impl ToString, hint: &'static str) -> Self {
        let error = error.to_string();
        Self {
            status,
            error,
            hint,
        }
    }

    fn invalid(error: impl ToString, hint: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error, hint)
    }
}

impl IntoResponse for FeedError {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

#[derive(Serialize)]
struct People {
    business: Business,
    people: Vec<SimPerson>,
}

#[derive(Serialize)]
struct Business {
    name: String,
    number: E164,
}

async fn people(State(simulator): State<Simulator>) -> Json<People> {
    let config = simulator.config();
    Json(People {
        business: Business {
            name: config.name.clone(),
            number: config.number.clone(),
        },
        people: config.people.clone(),
    })
}

#[derive(Deserialize)]
struct Since {
    since: Option<String>,
}

impl Since {
    fn cursor(&self) -> Option<Cursor> {
        self.since.as_deref().and_then(Cursor::parse)
    }
}

async fn conversations(
    State(simulator): State<Simulator>,
    Query(since): Query<Since>,
) -> Json<News> {
    Json(simulator.conversations().news(since.cursor().as_ref()))
}

/// Everything since the cursor, and then each change as it comes. A browser that reconnects names
/// its last event, and misses nothing.
async fn events(
    State(simulator): State<Simulator>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let from = last.and_then(Cursor::parse).or_else(|| since.cursor());
    let changes = simulator.0.changes.subscribe();
    let start = (simulator, changes, from);
    let stream = futures::stream::unfold(start, |(simulator, mut changes, from)| async move {
        loop {
            changes.borrow_and_update();
            let news = simulator.conversations().news(from.as_ref());
            if news.complete || !news.messages.is_empty() || !news.typing.is_empty() {
                let event = Event::default()
                    .event("news")
                    .id(&news.cursor)
                    .json_data(&news)
                    .unwrap_or_default();
                let next = Cursor::parse(&news.cursor);
                return Some((Ok(event), (simulator, changes, next)));
            }
            changes.changed().await.ok()?;
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
struct Written {
    from: String,
    name: String,
    body: String,
    #[serde(default)]
    provider: SimProvider,
}

/// Takes a text from a phone and answers at once; the feed tells how it went on.
async fn write(
    State(simulator): State<Simulator>,
    written: Result<Json<Written>, JsonRejection>,
) -> Result<(StatusCode, Json<SimMessage>), FeedError> {
    let written: Written = json(written)?;
    let from = number(&written.from)?;
    let body = written.body.trim_end();
    if body.trim().is_empty() {
        return Err(FeedError::invalid(
            "the message is empty",
            "Write something.",
        ));
    }
    if body.chars().count() > TEXT_LIMIT {
        return Err(FeedError::invalid(
            "the message has more than 4096 characters",
            "Send it in parts.",
        ));
    }
    if written.name.chars().count() > NAME_LIMIT {
        return Err(FeedError::invalid(
            "the name has more than 100 characters",
            "Choose a shorter one.",
        ));
    }
    let name = match written.name.trim() {
        "" => from.as_str(),
        name => name,
    };
    let sender = SimSender::new(written.provider, &from, name);
    let message = simulator
        .take(&sender, Composed::text(body))
        .map_err(|error| FeedError::invalid(error, "Choose the other provider."))?;
    simulator.post_in_turn(message.sid.clone());
    Ok((StatusCode::ACCEPTED, Json(message)))
}

async fn retry(
    State(simulator): State<Simulator>,
    Path(sid): Path<String>,
) -> Result<StatusCode, FeedError> {
    known(&simulator, &sid, Direction::Inbound)?;
    simulator.post_in_turn(sid);
    Ok(StatusCode::ACCEPTED)
}

/// A file that came with a message, as its server describes it.
#[derive(Serialize)]
struct Media {
    filename: Option<String>,
    media_type: Option<String>,
    size: Option<u64>,
}

async fn media(
    State(simulator): State<Simulator>,
    Path(sid): Path<String>,
) -> Result<Json<Media>, FeedError> {
    let message = known(&simulator, &sid, Direction::Outbound)?;
    let url = message.media_url.ok_or_else(|| {
        FeedError::new(
            StatusCode::NOT_FOUND,
            format!("message {sid} has no file"),
            "Ask for one with a media_url.",
        )
    })?;
    let unreachable = |error| {
        FeedError::new(
            StatusCode::BAD_GATEWAY,
            error,
            "The link may have expired: ask for the document again.",
        )
    };
    // A GET, since a presigned link allows nothing else; the bytes are not read.
    let answer = simulator.0.client.get(url).send().await;
    let answer = answer
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| unreachable(error.without_url()))?;
    let text = |name| {
        let value = answer.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    Ok(Json(Media {
        filename: text(header::CONTENT_DISPOSITION).and_then(|value| filename(&value)),
        media_type: text(header::CONTENT_TYPE),
        size: text(header::CONTENT_LENGTH).and_then(|value| value.parse().ok()),
    }))
}

/// A kept file. What could run in a browser is saved, never shown.
async fn file(State(simulator): State<Simulator>, Path(id): Path<String>) -> Response {
    let Some(file) = simulator.files().get(&id) else {
        let missing = format!("there is no file {id}");
        let hint = "Look at the messages for the files there are.";
        return FeedError::new(StatusCode::NOT_FOUND, missing, hint).into_response();
    };
    let essence = file.media_type.split(';').next().unwrap_or_default().trim();
    let is_shown = essence == "application/pdf"
        || (essence != "image/svg+xml"
            && ["image/", "audio/", "video/"]
                .iter()
                .any(|kind| essence.starts_with(kind)));
    let disposition = if is_shown { "inline" } else { "attachment" };
    let name: String = file
        .filename
        .iter()
        .flat_map(|name| name.chars())
        .map(tame)
        .collect();
    let headers = [
        (header::CONTENT_TYPE, file.media_type.clone()),
        (
            header::CONTENT_DISPOSITION,
            format!("{disposition}; filename=\"{name}\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, file.bytes.clone()).into_response()
}

/// What may stand within the quotes of a header.
fn tame(c: char) -> char {
    if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')') {
        c
    } else {
        '_'
    }
}

/// The `filename="…"` of a Content-Disposition.
fn filename(disposition: &str) -> Option<String> {
    let (_, rest) = disposition.split_once("filename=")?;
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(';').next()?.trim(),
    };
    (!name.is_empty()).then(|| name.to_owned())
}

#[derive(Deserialize)]
struct Looked {
    phone: String,
    #[serde(default)]
    provider: SimProvider,
}

async fn read(
    State(simulator): State<Simulator>,
    looked: Result<Json<Looked>, JsonRejection>,
) -> Result<StatusCode, FeedError> {
    let looked: Looked = json(looked)?;
    simulator.read_on(looked.provider, &number(&looked.phone)?);
    Ok(StatusCode::NO_CONTENT)
}

fn json<T: DeserializeOwned>(body: Result<Json<T>, JsonRejection>) -> Result<T, FeedError> {
    let body = body.map_err(|rejection| {
        FeedError::new(
            rejection.status(),
            rejection.body_text(),
            "Send a JSON object with Content-Type: application/json.",
        )
    })?;
    Ok(body.0)
}

fn number(text: &str) -> Result<E164, FeedError> {
    let compact: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')'))
        .collect();
    compact.parse().map_err(|error| {
        FeedError::invalid(error, "Write + and the country code before the number.")
    })
}

fn known(simulator: &Simulator, sid: &str, direction: Direction) -> Result<SimMessage, FeedError> {
    simulator
        .message(sid)
        .filter(|message| message.direction == direction)
        .ok_or_else(|| {
            FeedError::new(
                StatusCode::NOT_FOUND,
                format!("there is no such message {sid}"),
                "List the messages at /sim/conversations.",
            )
        })
}

impl Simulator {
    /// Goes on, after a restart, where the provider was interrupted: a real one outlives the
    /// functions, so texts are still posted to the webhook, and statuses still reported.
    pub(crate) fn resume(&self) {
        let all = self.conversations().messages().to_vec();
        for message in all {
            match (message.direction, message.status) {
                (Direction::Inbound, SimStatus::Sent) => self.post_in_turn(message.sid),
                (Direction::Outbound, SimStatus::Queued | SimStatus::Sent) => {
                    self.plan(plan(&message.sid, None));
                }
                _ => {}
            }
        }
    }

    /// Posts a taken text in the background, after those typed before it.
    fn post_in_turn(&self, sid: String) {
        let simulator = self.clone();
        tokio::spawn(async move {
            let _turn = simulator.0.turn.lock().await;
            if let Err(error) = simulator.replay(&sid).await {
                tracing::warn!(%error, sid, "webhook");
            }
        });
    }
}
