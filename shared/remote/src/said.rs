//! What a service said, as text of a bounded size.

use http::{HeaderMap, header};
use reqwest::Response;
use serde_json::Value;

use crate::headers::Hidden;

/// What a tool said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// At most [`MOST_TEXT`] bytes, and a note when there was more.
    pub text: String,
}

/// The most bytes of a tool's words that are kept.
pub const MOST_TEXT: usize = 16 * 1024;
/// The most bytes that are read of an answer.
pub(crate) const MOST_WIRE: usize = 1024 * 1024;
/// The most characters of a refusal's words: they are for a model, which mends its call by them.
const MOST_REFUSAL: usize = 600;

/// An answer's body, as far as it was read.
#[derive(Debug)]
pub(crate) struct Body {
    pub bytes: Vec<u8>,
    /// How many bytes there are besides, as far as that is known.
    pub rest: Rest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    None,
    Bytes(u64),
    Unknown,
}

/// Reads a body.
///
/// # Errors
/// If it breaks off before its end or the limit.
pub(crate) async fn read(mut answer: Response) -> Result<Body, reqwest::Error> {
    let length = answer.content_length();
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_WIRE {
            bytes.truncate(MOST_WIRE);
            let rest = match length.and_then(|length| length.checked_sub(MOST_WIRE as u64)) {
                Some(rest) => Rest::Bytes(rest),
                None => Rest::Unknown,
            };
            return Ok(Body { bytes, rest });
        }
    }
    Ok(Body {
        bytes,
        rest: Rest::None,
    })
}

/// What kind of thing an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Text,
    /// Not for reading; its name.
    Other(String),
}

impl Kind {
    pub fn of(headers: &HeaderMap) -> Self {
        let get = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(encoding) = get(header::CONTENT_ENCODING)
            && !encoding.eq_ignore_ascii_case("identity")
        {
            return Self::Other(format!("{encoding:.40} data"));
        }
        let Some(whole) = get(header::CONTENT_TYPE) else {
            return Self::Other("data of no stated type".to_owned());
        };
        let essence = whole.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        if essence == "application/json" || essence.ends_with("+json") {
            Self::Json
        } else if essence.starts_with("text/") {
            Self::Text
        } else {
            Self::Other(format!("{essence:.60}"))
        }
    }
}

/// An answer as a model reads it. One that is not text still says that the call was made.
pub(crate) fn said(status: u16, kind: &Kind, body: Body, hidden: &Hidden) -> Said {
    let length = body.bytes.len();
    let text = match kind {
        _ if length == 0 => format!("(it answered {status} and said nothing)"),
        Kind::Other(what) => {
            format!("(it answered {status} with {what}, which is not shown)")
        }
        Kind::Text => cut(hidden.answer(lossy(&body.bytes)), body.rest),
        Kind::Json => {
            let compact = match body.rest {
                Rest::None => serde_json::from_slice::<Value>(&body.bytes).ok(),
                Rest::Bytes(_) | Rest::Unknown => None,
            };
            let text = compact.map_or_else(|| lossy(&body.bytes), |json| json.to_string());
            cut(hidden.answer(text), body.rest)
        }
    };
    Said { text }
}

/// What a refusal says, short and on one line.
pub(crate) fn refusal(kind: &Kind, body: &[u8], hidden: &Hidden) -> String {
    match kind {
        _ if body.is_empty() => "it said nothing".to_owned(),
        Kind::Other(what) => format!("it said why as {what}, which is not shown"),
        Kind::Json | Kind::Text => words(lossy(body), hidden),
    }
}

/// A service's words in an error.
pub(crate) fn words(text: String, hidden: &Hidden) -> String {
    let clean = hidden.error(text);
    let plain = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain.chars().count() <= MOST_REFUSAL {
        return plain;
    }
    let mut short: String = plain.chars().take(MOST_REFUSAL - 1).collect();
    short.push('…');
    short
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The beginning of a text, with a note of how much is left out.
pub(crate) fn cut(text: String, rest: Rest) -> String {
    let kept = text.floor_char_boundary(MOST_TEXT);
    let left = (text.len() - kept) as u64;
    let note = match rest {
        Rest::None if left == 0 => return text,
        Rest::None => format!("{left} bytes more were left out"),
        Rest::Bytes(rest) => format!("{} bytes more were left out", left + rest),
        Rest::Unknown => format!("more than {left} bytes more were left out"),
    };
    format!("{}\n[{note}; ask for less]", &text[..kept])
}
