//! The HTTP side: whose dialect it is, whether it may ask, and how the answer leaves.

use std::{io, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State as Extract},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::post,
};
use countersign_core::model::Provider;
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::{
    KEY, Pause, State, anthropic, check, gemini, moderations, openai,
    request::{Delivery, Request},
    script::{Canned, Reply},
    transcriptions,
};

pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(ask_openai))
        .route("/v1/moderations", post(moderations::moderate))
        .route(
            "/v1/audio/transcriptions",
            // As much as OpenAI's takes.
            post(transcriptions::transcribe).layer(DefaultBodyLimit::max(25 * 1024 * 1024)),
        )
        .route("/compatible/v1/chat/completions", post(ask_compatible))
        .route("/v1/messages", post(ask_anthropic))
        .route("/v1beta/models/{act}", post(ask_gemini))
        .with_state(state)
}

type Shared = Extract<Arc<State>>;

async fn ask_openai(state: Shared, headers: HeaderMap, body: Bytes) -> Response {
    let key = bearer(&headers);
    serve(
        state,
        Provider::OpenAi,
        key,
        &headers,
        &body,
        |body, wrong| openai::read(Provider::OpenAi, body, wrong),
    )
    .await
}

async fn ask_compatible(state: Shared, headers: HeaderMap, body: Bytes) -> Response {
    // A server of one's own asks for no key, and takes one that is right.
    let key = match headers.get(header::AUTHORIZATION) {
        None => Some(KEY.to_owned()),
        Some(_) => bearer(&headers),
    };
    let provider = Provider::Compatible;
    serve(state, provider, key, &headers, &body, |body, wrong| {
        openai::read(Provider::Compatible, body, wrong)
    })
    .await
}

async fn ask_anthropic(state: Shared, headers: HeaderMap, body: Bytes) -> Response {
    let key = text(&headers, "x-api-key");
    let version = text(&headers, "anthropic-version");
    let provider = Provider::Anthropic;
    serve(state, provider, key, &headers, &body, |body, wrong| {
        if version.as_deref() != Some(anthropic::VERSION) {
            wrong.push(format!("anthropic-version is {version:?}"));
        }
        anthropic::read(body, wrong)
    })
    .await
}

async fn ask_gemini(
    state: Shared,
    Path(act): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (model, act) = act.rsplit_once(':').unwrap_or((&act, ""));
    let key = text(&headers, "x-goog-api-key");
    let provider = Provider::Gemini;
    serve(state, provider, key, &headers, &body, |body, wrong| {
        let delivery = match (act, uri.query()) {
            ("generateContent", None) => Delivery::Whole,
            ("streamGenerateContent", Some("alt=sse")) => Delivery::Streamed,
            // A key has no place in a URL: URLs are logged.
            (act, query) => {
                wrong.push(format!("there is no {act} with {query:?}"));
                Delivery::Whole
            }
        };
        gemini::read(model, delivery, body, wrong)
    })
    .await
}

async fn serve(
    Extract(state): Shared,
    provider: Provider,
    key: Option<String>,
    headers: &HeaderMap,
    body: &[u8],
    read: impl FnOnce(&Value, &mut Vec<String>) -> Request,
) -> Response {
    if key.as_deref() != Some(KEY) {
        state.refuse(
            provider.name(),
            "the key is missing, wrong, or in another place",
        );
        return failed(provider, 401, None, "The key is not right");
    }
    let content_type = text(headers, header::CONTENT_TYPE.as_str());
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) if content_type.as_deref() == Some("application/json") => body,
        _ => {
            state.refuse(provider.name(), "the body is not application/json");
            return failed(provider, 400, None, "The body is no JSON");
        }
    };
    let mut wrong = Vec::new();
    let request = read(&body, &mut wrong);
    wrong.extend(check::check(&request));
    match state.take(request, wrong) {
        Some((canned, request)) => answer(&request, canned, state.pause()).await,
        None => failed(provider, 400, None, "The request is against the protocol"),
    }
}

async fn answer(request: &Request, canned: Canned, pause: Option<Pause>) -> Response {
    match canned {
        Canned::Reply(reply) => say(request, &reply, Then::End, pause),
        Canned::Cut(reply) => say(request, &reply, Then::Cut, pause),
        Canned::Break(reply) => say(request, &reply, Then::Break, pause),
        Canned::Stall(reply) => say(request, &reply, Then::Stall, pause),
        Canned::Garbage => {
            let broken = vec!["event: message_start\ndata: {\"id\": \"x\", \"cho\n\n".to_owned()];
            sent(request, with_words(broken, ""), Then::End, None)
        }
        Canned::Fail {
            status,
            retry_after,
        } => {
            let message = format!("Not with {KEY} and {}", request.body);
            failed(request.provider, status, retry_after, &message)
        }
        Canned::Silence => std::future::pending().await,
    }
}

/// What comes after the first half of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The other half.
    End,
    /// The end of the connection.
    Cut,
    /// An error in the provider's words.
    Break,
    /// Nothing.
    Stall,
}

fn say(request: &Request, reply: &Reply, then: Then, pause: Option<Pause>) -> Response {
    let wrapped = wrapped(request, reply);
    let reply = wrapped.as_ref().unwrap_or(reply);
    let pieces = match request.delivery {
        Delivery::Whole => {
            let whole = match request.provider {
                Provider::OpenAi | Provider::Compatible => openai::whole(request, reply),
                Provider::Anthropic => anthropic::whole(request, reply),
                Provider::Gemini => gemini::whole(request, reply),
            };
            let whole = whole.to_string();
            let middle = (0..=whole.len() / 2)
                .rev()
                .find(|at| whole.is_char_boundary(*at));
            let (first, second) = whole.split_at(middle.unwrap_or(0));
            vec![first.to_owned(), second.to_owned()]
        }
        Delivery::Streamed => match request.provider {
            Provider::OpenAi | Provider::Compatible => openai::events(request, reply),
            Provider::Anthropic => anthropic::events(request, reply),
            Provider::Gemini => gemini::events(request, reply),
        },
    };
    sent(request, with_words(pieces, &reply.text), then, pause)
}

/// Each piece of a stream with the words of the answer that are in those before it.
fn with_words(pieces: Vec<String>, text: &str) -> Vec<(String, String)> {
    let mut words = Reply::pieces(text).into_iter().peekable();
    let mut before = String::new();
    let with_words = |piece: String| {
        let so_far = before.clone();
        let is_in = |word: &String| piece.contains(json!(word).to_string().trim_matches('"'));
        if let Some(word) = words.next_if(is_in) {
            before.push_str(&word);
        }
        (piece, so_far)
    };
    pieces.into_iter().map(with_words).collect()
}

/// A word to choose stands in a field of an object, with Anthropic in a call's.
fn wrapped(request: &Request, reply: &Reply) -> Option<Reply> {
    let (field, _) = request.one_of.as_ref()?;
    if request.provider == Provider::Anthropic || reply.text.is_empty() {
        return None;
    }
    Some(Reply {
        text: json!({ field: reply.text }).to_string(),
        ..reply.clone()
    })
}

fn sent(
    request: &Request,
    mut pieces: Vec<(String, String)>,
    then: Then,
    pause: Option<Pause>,
) -> Response {
    if then != Then::End {
        pieces.truncate(pieces.len().div_ceil(2));
    }
    if then == Then::Break {
        let broken = match request.provider {
            Provider::OpenAi | Provider::Compatible => openai::broken(),
            Provider::Anthropic => anthropic::broken(),
            Provider::Gemini => gemini::broken(),
        };
        pieces.push((broken, String::new()));
    }
    let pause = pause.filter(|_| request.delivery == Delivery::Streamed);
    let pieces = stream::iter(pieces).then(move |(piece, words)| {
        let pause = pause.clone();
        async move {
            // Lets the server send what it has before the next piece, which may be an end.
            tokio::task::yield_now().await;
            if let Some(pause) = pause {
                pause(words).await;
            }
            Ok::<_, io::Error>(Bytes::from(piece))
        }
    });
    let after = match then {
        Then::End | Then::Break => stream::empty().boxed(),
        Then::Cut => stream::once(async {
            tokio::task::yield_now().await;
            Err(io::Error::other("the answer is cut"))
        })
        .boxed(),
        Then::Stall => stream::pending().boxed(),
    };
    let content_type = match request.delivery {
        Delivery::Whole => "application/json",
        Delivery::Streamed => "text/event-stream",
    };
    let body = Body::from_stream(pieces.chain(after));
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

pub(super) fn failed(
    provider: Provider,
    status: u16,
    retry_after: Option<u32>,
    message: &str,
) -> Response {
    let body = match provider {
        Provider::OpenAi | Provider::Compatible => openai::failure(status, message),
        Provider::Anthropic => anthropic::failure(status, message),
        Provider::Gemini => gemini::failure(status, message),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = text(headers, header::AUTHORIZATION.as_str())?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}
