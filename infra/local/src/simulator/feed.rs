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
    Composed, Fault, SimSender, Simulator,
    content::SimContent,
    conversations::{Cursor, News},
    message::{Direction, Shown, SimMessage, SimPerson, SimStatus},
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
        .route("/sim/read", post(read))
}

/// An error that says what to do.
#[derive(Debug, Serialize)]
pub(super) struct FeedError {
    #[serde(skip)]
    status: StatusCode,
    error: String,
    hint: &'static str,
}

impl FeedError {
    pub(super) fn new(status: StatusCode, error: impl ToString, hint: &'static str) -> Self {
        let error = error.to_string();
        Self {
            status,
            error,
            hint,
        }
    }

    pub(super) fn invalid(error: impl ToString, hint: &'static str) -> Self {
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
    businesses: Vec<Business>,
    people: Vec<SimPerson>,
}

/// The business at one provider.
#[derive(Serialize)]
struct Business {
    provider: SimProvider,
    name: String,
    number: E164,
}

async fn people(State(simulator): State<Simulator>) -> Json<People> {
    let config = simulator.config();
    let at = |provider, number: &E164| Business {
        provider,
        name: config.name.clone(),
        number: number.clone(),
    };
    let meta = config.meta.as_ref();
    let meta = meta.map(|meta| at(SimProvider::Meta, &meta.number));
    Json(People {
        businesses: [at(SimProvider::Twilio, &config.number)]
            .into_iter()
            .chain(meta)
            .collect(),
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
    let now = simulator.config().clock.now();
    Json(simulator.conversations().news(since.cursor().as_ref(), now))
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
            let now = simulator.config().clock.now();
            let news = simulator.conversations().news(from.as_ref(), now);
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
    #[serde(default)]
    body: String,
    #[serde(default)]
    provider: SimProvider,
    #[serde(default)]
    content: SimContent,
    reply_to: Option<String>,
    #[serde(default)]
    shown: Shown,
}

/// Takes what was done on a phone and answers at once; the feed tells how it went on.
async fn write(
    State(simulator): State<Simulator>,
    written: Result<Json<Written>, JsonRejection>,
) -> Result<(StatusCode, Json<SimMessage>), FeedError> {
    let written: Written = json(written)?;
    let from = number(&written.from)?;
    let body = written.body.trim_end();
    let says = matches!(written.content, SimContent::Text | SimContent::Edit { .. });
    if says && body.trim().is_empty() {
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
    comes_from_a_phone(&simulator, &written.content)?;
    let name = match written.name.trim() {
        "" => from.as_str(),
        name => name,
    };
    let sender = SimSender::new(written.provider, &from, name).shown(written.shown);
    let what = Composed {
        body: body.to_owned(),
        content: written.content,
        reply_to: written.reply_to,
        referral: None,
    };
    let message = simulator
        .take(&sender, what)
        .map_err(|error| FeedError::invalid(error, "Choose the other provider."))?;
    simulator.post_in_turn(message.sid.clone());
    Ok((StatusCode::ACCEPTED, Json(message)))
}

fn comes_from_a_phone(simulator: &Simulator, content: &SimContent) -> Result<(), FeedError> {
    match content {
        SimContent::Buttons { .. } | SimContent::List { .. } | SimContent::Template { .. } => {
            Err(FeedError::invalid(
                format!("a phone sends no {}", content.kind()),
                "Send what a person can.",
            ))
        }
        SimContent::Media(media) => {
            let id = media.id.as_deref().unwrap_or_default();
            match simulator.files().get(id) {
                Some(_) => Ok(()),
                None => Err(FeedError::invalid(
                    format!("there is no file {id:?}"),
                    "Post it to /sim/media first.",
                )),
            }
        }
        SimContent::NumberChanged { new_wa_id } => number(&format!("+{new_wa_id}")).map(|_| ()),
        _ => Ok(()),
    }
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

pub(super) fn json<T: DeserializeOwned>(
    body: Result<Json<T>, JsonRejection>,
) -> Result<T, FeedError> {
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
            // Whoever is to be overtaken can't keep the others waiting.
            let _turn = match simulator.is_on(Fault::Reorder) {
                true => None,
                false => Some(simulator.0.turn.lock().await),
            };
            simulator.post_with_faults(sid).await;
        });
    }
}
