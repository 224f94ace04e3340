//! OpenAI's transcriptions on this machine: it takes a recording as a form, holds it against the
//! protocol, and says what a test wants was said in it.
//! The shape is that of <https://platform.openai.com/docs/api-reference/audio/createTranscription>.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::State as Extract,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use countersign_core::model::Provider;
use serde_json::json;

use super::{
    FakeModels, KEY, State,
    serve::{bearer, failed},
};

/// What comes back for a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// These words, and that it was so many seconds long.
    Words(&'static str, u32),
    /// These words, and nothing of how long it was.
    WordsAlone(&'static str),
    /// An error's status.
    Fail(u16),
    /// Something that is no transcript.
    Garbage,
    /// Nothing.
    Silence,
}

/// A recording as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listened {
    /// The model that was to transcribe it.
    pub model: String,
    /// What the file is called.
    pub filename: String,
    /// Its media type.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Listens to whatever it is given.
pub(super) type Ear = Arc<dyn Fn(&Listened) -> Spoken + Send + Sync>;

impl FakeModels {
    /// Transcribes recordings so; without it, nothing is said in any.
    pub fn listen_with(&self, ear: impl Fn(&Listened) -> Spoken + Send + Sync + 'static) {
        self.inner().ear = Some(Arc::new(ear));
    }

    /// The recordings that were to be transcribed since the start or the last reset.
    pub fn listened(&self) -> Vec<Listened> {
        self.inner().listened.clone()
    }
}

pub(super) async fn transcribe(
    Extract(state): Extract<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let provider = Provider::OpenAi;
    if bearer(&headers).as_deref() != Some(KEY) {
        state.refuse("transcriptions", "the key is missing or wrong");
        return failed(provider, 401, None, "The key is not right");
    }
    let listened = match read(&headers, &body) {
        Ok(listened) => listened,
        Err(wrong) => {
            state.refuse("transcriptions", &wrong);
            return failed(provider, 400, None, "The request is against the protocol");
        }
    };
    let ear = {
        let mut inner = state.inner();
        inner.listened.push(listened.clone());
        inner.ear.clone()
    };
    match ear.map_or(Spoken::WordsAlone(""), |ear| ear(&listened)) {
        Spoken::Words(text, seconds) => axum::Json(json!({
            "text": text,
            "usage": {"type": "duration", "seconds": seconds},
        }))
        .into_response(),
        Spoken::WordsAlone(text) => axum::Json(json!({"text": text})).into_response(),
        Spoken::Fail(status) => failed(provider, status, None, &format!("Not with {KEY}")),
        Spoken::Garbage => (StatusCode::OK, "{\"text\": ").into_response(),
        Spoken::Silence => std::future::pending().await,
    }
}

/// A field of a form: its name, a file's name, its media type and its bytes.
struct Field {
    filename: Option<String>,
    media_type: Option<String>,
    bytes: Vec<u8>,
}

/// The recording of a form that is right, or what is wrong with it.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Listened, String> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|it| it.to_str().ok()).unwrap_or("");
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .ok_or_else(|| format!("the body is {content_type:?} and not multipart/form-data"))?;
    if boundary.is_empty() || boundary.len() > 70 {
        return Err(format!("{boundary:?} is no boundary (RFC 2046)"));
    }
    let mut fields = form(boundary, body)?;
    let mut take = |name: &str| fields.remove(name).ok_or(format!("wants the field {name}"));
    let (file, model, format) = (take("file")?, take("model")?, take("response_format")?);
    if let Some(other) = fields.keys().next() {
        return Err(format!("knows no field {other}"));
    }
    if format.bytes != b"json" {
        return Err("wants the response_format json".to_owned());
    }
    let filename = file.filename.ok_or("the file has no name")?;
    let known = [".ogg", ".mp3", ".m4a", ".wav", ".webm", ".flac", ".mp4"];
    if !known.iter().any(|ending| filename.ends_with(ending)) {
        return Err(format!("can't tell the type of {filename}"));
    }
    Ok(Listened {
        model: String::from_utf8(model.bytes).map_err(|why| why.to_string())?,
        filename,
        media_type: file.media_type.unwrap_or_default(),
        bytes: file.bytes,
    })
}

/// The fields of a form by their names.
fn form(boundary: &str, body: &[u8]) -> Result<BTreeMap<String, Field>, String> {
    let first = format!("--{boundary}\r\n");
    let next = format!("\r\n--{boundary}");
    let mut rest = body
        .strip_prefix(first.as_bytes())
        .ok_or("the body does not begin with its boundary")?;
    let mut fields = BTreeMap::new();
    loop {
        let (head, after) = cut(rest, b"\r\n\r\n").ok_or("a field without the end of its head")?;
        let (bytes, after) = cut(after, next.as_bytes()).ok_or("a field without an end")?;
        let head = std::str::from_utf8(head).map_err(|why| why.to_string())?;
        let (name, field) = field(head, bytes)?;
        if fields.insert(name.clone(), field).is_some() {
            return Err(format!("{name} is there twice"));
        }
        match after {
            b"--\r\n" => return Ok(fields),
            after => {
                rest = after
                    .strip_prefix(b"\r\n")
                    .ok_or("something else than a field after a boundary")?;
            }
        }
    }
}

fn field(head: &str, bytes: &[u8]) -> Result<(String, Field), String> {
    let mut field = Field {
        filename: None,
        media_type: None,
        bytes: bytes.to_vec(),
    };
    let mut name = None;
    for line in head.split("\r\n") {
        match line.split_once(": ") {
            Some(("Content-Disposition", value)) => {
                let mut parts = value.split("; ");
                if parts.next() != Some("form-data") {
                    return Err(format!("{value:?} is no field of a form"));
                }
                for part in parts {
                    match part.split_once('=') {
                        Some(("name", it)) => name = Some(it.trim_matches('"').to_owned()),
                        Some(("filename", it)) => {
                            field.filename = Some(it.trim_matches('"').to_owned());
                        }
                        _ => return Err(format!("{part:?} is nothing of a field")),
                    }
                }
            }
            Some(("Content-Type", value)) => field.media_type = Some(value.to_owned()),
            _ => return Err(format!("{line:?} is no header of a field")),
        }
    }
    Ok((name.ok_or("a field without a name")?, field))
}

fn cut<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..place], &bytes[place + at.len()..]))
}
