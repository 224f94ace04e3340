//! Headers of a call, with secrets in them by name.

use std::collections::BTreeMap;

use super::Way;
use crate::agent::{is_word, quoted};

/// What a secret's place in a header begins with; a `}` ends it.
const MARK: &str = "{secret:";
/// The most characters of a header, its secrets' places included.
const MOST: usize = 1_000;
/// The most headers.
const MOST_HEADERS: usize = 20;

/// What the connection and this program themselves say. A wrong `Host` would reach another service
/// behind the same address, and a wrong length another request.
const OURS: [&str; 14] = [
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "idempotency-key",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// What MCP's transport says besides. All of its names that begin with `mcp-` are its own as well.
const TRANSPORTS: [&str; 3] = ["accept", "content-type", "last-event-id"];

/// The names of the secrets in a header's value, in its order.
///
/// # Errors
/// What is wrong with a place; nothing of the value.
pub fn secret_names(value: &str) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    for after in value.split(MARK).skip(1) {
        match after.split_once('}') {
            Some((name, _)) if is_word(name, 40, |b| b == b'_') => names.push(name),
            _ => {
                return Err(format!(
                    "{MARK} without a name of 1 to 40 of a-z, 0-9 and _"
                ));
            }
        }
    }
    Ok(names)
}

/// A header's value with the secrets in it.
///
/// # Errors
/// The name of a secret that `secret` does not know, or an empty text if the value is malformed,
/// which [`RemoteTool::check`](super::RemoteTool::check) finds.
pub fn header<'a>(
    value: &str,
    mut secret: impl FnMut(&str) -> Option<&'a str>,
) -> Result<String, String> {
    let mut parts = value.split(MARK);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or_else(String::new)?;
        whole.push_str(secret(name).ok_or_else(|| name.to_owned())?);
        whole.push_str(rest);
    }
    Ok(whole)
}

/// Everything that is wrong with headers: what they got and want. Never a value, which may be a
/// secret that somebody wrote where its name belongs.
pub(super) fn faults(way: &Way) -> Vec<(String, String)> {
    let headers: &BTreeMap<String, String> = match way {
        Way::Http(http) => &http.headers,
        Way::Mcp(mcp) => &mcp.headers,
    };
    let mut faults = Vec::new();
    let mut note = |got: String, wants: &str| faults.push((got, wants.to_owned()));
    if headers.len() > MOST_HEADERS {
        note(format!("{} headers", headers.len()), "at most 20");
    }
    let mut seen = Vec::new();
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        let shown = quoted(name);
        if !is_name(name) {
            note(
                shown.clone(),
                "names of 1 to 64 of letters, digits and !#$%&'*+-.^_`|~",
            );
        }
        let is_transports = matches!(way, Way::Mcp(_))
            && (TRANSPORTS.contains(&lower.as_str()) || lower.starts_with("mcp-"));
        if OURS.contains(&lower.as_str()) || is_transports {
            note(shown.clone(), "only headers that this program doesn't set");
        }
        if seen.contains(&lower) {
            note(format!("{shown} a second time"), "each only once");
        }
        seen.push(lower);
        let visible = |b: u8| b == b' ' || b.is_ascii_graphic();
        if value.trim().len() != value.len()
            || value.is_empty()
            || value.len() > MOST
            || !value.bytes().all(visible)
        {
            note(
                format!("a value of {shown}"),
                "1 to 1000 visible ASCII characters, with no space around them",
            );
        }
        if let Err(why) = secret_names(value) {
            note(
                format!("{why} in {shown}"),
                "{secret:NAME}, with NAME from TOOL_SECRETS",
            );
        }
    }
    faults
}

fn is_name(name: &str) -> bool {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(valid)
}
