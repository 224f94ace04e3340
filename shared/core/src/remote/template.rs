//! The address of a request, with places for arguments in its path and query.

use super::schema::is_argument;

/// A checked address.
pub(super) struct Template<'a> {
    /// Scheme, host and port.
    pub origin: &'a str,
    /// The path's segments, those after its first `/`.
    pub path: Vec<Vec<Piece<'a>>>,
    /// The query's names and values.
    pub query: Vec<(&'a str, Option<Vec<Piece<'a>>>)>,
}

/// A piece of a segment or value.
#[derive(Clone, Copy)]
pub(super) enum Piece<'a> {
    /// As written.
    Text(&'a str),
    /// An argument's place.
    Argument(&'a str),
}

const MOST_TEMPLATE: usize = 2_000;

impl<'a> Template<'a> {
    /// Reads one.
    ///
    /// # Errors
    /// What it would have to be.
    pub fn parse(url: &'a str) -> Result<Self, String> {
        if url.len() > MOST_TEMPLATE {
            return Err(format!("at most {MOST_TEMPLATE} characters"));
        }
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        if scheme != "https" && scheme != "http" {
            return Err("a whole address that begins with https:// or http://".to_owned());
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        is_authority(authority)?;
        let origin = &url[..url.len() - after.len()];
        let (path, query) = match after.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (after, None),
        };
        let segments = path.strip_prefix('/').unwrap_or_default().split('/');
        let path: Vec<_> = segments
            .map(|segment| pieces(segment, b":@!$&'()*+,;="))
            .collect::<Result<_, _>>()?;
        for segment in &path {
            if let [Piece::Text(text)] = segment.as_slice()
                && is_dots(text)
            {
                return Err("a path without . and ..".to_owned());
            }
        }
        let mut pairs = Vec::new();
        for pair in query.iter().flat_map(|query| query.split('&')) {
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (name, Some(pieces(value, b":@!$'()*+,;=/?")?)),
                None => (pair, None),
            };
            let valid = pieces(name, b":@!$'()*+,;/?")?;
            if !matches!(valid.as_slice(), [Piece::Text(_)]) {
                return Err("a query with arguments only in values, as in ?name={name}".to_owned());
            }
            pairs.push((name, value));
        }
        Ok(Self {
            origin,
            path,
            query: pairs,
        })
    }

    /// The names of the arguments that have a place.
    pub fn arguments(&self) -> impl Iterator<Item = &'a str> {
        let values = self.query.iter().filter_map(|(_, value)| value.as_ref());
        let pieces = self.path.iter().chain(values).flatten();
        pieces.filter_map(|piece| match piece {
            Piece::Argument(name) => Some(*name),
            Piece::Text(_) => None,
        })
    }
}

/// Whether a segment goes nowhere or up, however it is written.
pub(super) fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// What is between `://` and the path: a host and perhaps a port, and nothing to be replaced.
fn is_authority(authority: &str) -> Result<(), String> {
    let wrong = || {
        Err(
            "a host of letters, digits, . and -, and perhaps a port, with no {argument}, user or \
             password before the path"
                .to_owned(),
        )
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let Some((host, port)) = rest.split_once(']') else {
                return wrong();
            };
            if !host
                .bytes()
                .all(|b| b.is_ascii_hexdigit() || b":.".contains(&b))
            {
                return wrong();
            }
            (host, port)
        }
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            let valid = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            if !host.bytes().all(valid) {
                return wrong();
            }
            (host, port)
        }
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => {
            digits.bytes().all(|b| b.is_ascii_digit())
                && digits.parse::<u16>().is_ok_and(|port| port > 0)
        }
        None => port.is_empty(),
    };
    if host.is_empty() || !is_port {
        return wrong();
    }
    Ok(())
}

/// The pieces of a segment or value, which besides letters, digits and `-._~` may hold `also`.
fn pieces<'a>(text: &'a str, also: &[u8]) -> Result<Vec<Piece<'a>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or_default();
        if !is_argument(name) {
            return Err("places for arguments such as {order_id}".to_owned());
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Argument(name));
        rest = after;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    for piece in &pieces {
        if let Piece::Text(text) = piece {
            is_encoded(text, also)?;
        }
    }
    Ok(pieces)
}

fn is_encoded(text: &str, also: &[u8]) -> Result<(), String> {
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        let valid = match b {
            b'%' => {
                let mut is_digit = || bytes.next().is_some_and(|b| b.is_ascii_hexdigit());
                is_digit() && is_digit()
            }
            _ => b.is_ascii_alphanumeric() || b"-._~".contains(&b) || also.contains(&b),
        };
        if !valid {
            return Err(
                "letters, digits and what else an address may hold; anything else, such as a \
                 space, as %20, and no #"
                    .to_owned(),
            );
        }
    }
    Ok(())
}
