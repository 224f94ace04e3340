//! A call as a request: the template with the arguments in their places.

use serde_json::{Map, Value};

use super::{
    HttpWay, Method,
    template::{Piece, Template, is_dots},
};

/// The most bytes of an address with its arguments: services refuse longer ones.
pub const MOST_URL: usize = 8_000;

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where, query included.
    pub url: String,
    /// What the body holds, for the methods that have one.
    pub body: Option<Value>,
}

impl HttpWay {
    /// The request for arguments that were checked. Whatever they hold, it goes to the template's
    /// host, to a path of the template's depth, with the template's query and, where the method has
    /// no body, the other arguments by their names.
    ///
    /// # Errors
    /// What an argument would have to be, in words for a model.
    pub fn request(&self, arguments: &Value) -> Result<Request, String> {
        let none = Map::new();
        let arguments = arguments.as_object().unwrap_or(&none);
        let template = Template::parse(&self.url)
            .map_err(|_| "this tool is not set up right; do without it".to_owned())?;
        let mut url = template.origin.to_owned();
        for segment in &template.path {
            url.push('/');
            url.push_str(&path_segment(segment, arguments)?);
        }
        let mut query = Vec::new();
        for (name, value) in &template.query {
            query.push(match value {
                Some(pieces) => format!("{name}={}", query_value(pieces, arguments)?),
                None => (*name).to_owned(),
            });
        }
        let placed: Vec<_> = template.arguments().collect();
        let rest = arguments
            .iter()
            .filter(|(name, _)| !placed.contains(&name.as_str()));
        let body = match self.method {
            Method::Get | Method::Delete => {
                for (name, value) in rest.filter(|(_, value)| !value.is_null()) {
                    let encoded = encoded(name);
                    if template.query.iter().any(|(taken, _)| *taken == encoded) {
                        return Err(format!("there is no argument {name}"));
                    }
                    let value = match value {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    query.push(format!("{encoded}={}", self::encoded(&value)));
                }
                None
            }
            Method::Post | Method::Put | Method::Patch => {
                let rest = rest.map(|(name, value)| (name.clone(), value.clone()));
                Some(Value::Object(rest.collect()))
            }
        };
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query.join("&"));
        }
        if url.len() > MOST_URL {
            return Err("they are too long for an address; write less".to_owned());
        }
        Ok(Request {
            method: self.method,
            url,
            body,
        })
    }
}

fn path_segment(pieces: &[Piece<'_>], arguments: &Map<String, Value>) -> Result<String, String> {
    let mut segment = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => segment.push_str(text),
            Piece::Argument(name) => {
                let value = scalar(name, arguments)?;
                // Services and what stands before them may undo the encoding before they look at
                // the path, so that ..%2F.. would lead up after all.
                let leads_up = value
                    .split(['/', '\\'])
                    .any(|part| part == "." || part == "..");
                if value.is_empty() || leads_up {
                    return Err(format!(
                        "{name} must not be empty, and no . or .. of a path"
                    ));
                }
                segment.push_str(&encoded(&value));
            }
        }
    }
    if is_dots(&segment) {
        return Err("they must not make . or .. of a path".to_owned());
    }
    Ok(segment)
}

fn query_value(pieces: &[Piece<'_>], arguments: &Map<String, Value>) -> Result<String, String> {
    let mut whole = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Argument(name) => whole.push_str(&encoded(&scalar(name, arguments)?)),
        }
    }
    Ok(whole)
}

/// An argument as text.
fn scalar(name: &str, arguments: &Map<String, Value>) -> Result<String, String> {
    match arguments.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
        Some(Value::Null) | None => Err(format!("{name} is missing")),
        Some(Value::Array(_) | Value::Object(_)) => {
            Err(format!("{name} must be a text or a number"))
        }
    }
}

/// Percent-encodes everything but what RFC 3986 calls unreserved.
fn encoded(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            whole.push(char::from(b));
        } else {
            whole.push_str(&format!("%{b:02X}"));
        }
    }
    whole
}
