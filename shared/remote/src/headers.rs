//! A tool's headers as they are sent, and what of them must never be seen.

use std::collections::BTreeMap;

use countersign_core::{
    Secret,
    remote::{header, secret_names},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::error::CallError;

/// A plain header's value shorter than this says nothing of anyone, and is part of many words.
const LEAST_HIDDEN: usize = 8;

/// A tool's headers as they are sent.
#[derive(Debug)]
pub(crate) struct Headers {
    pub map: HeaderMap,
    pub hidden: Hidden,
}

/// The headers with their secrets in them.
///
/// # Errors
/// If a secret is not there, or a header is one that [`check`] refuses.
///
/// [`check`]: countersign_core::remote::RemoteTool::check
pub(crate) fn headers(
    configured: &BTreeMap<String, String>,
    secrets: &BTreeMap<String, Secret>,
) -> Result<Headers, CallError> {
    let mut map = HeaderMap::new();
    let mut hidden = Hidden::default();
    for (name, value) in configured {
        let wrong = || CallError::NotSent(format!("the header {name:?} is not set up right"));
        let names = secret_names(value).map_err(|_| wrong())?;
        let secret = |name: &str| secrets.get(name).map(Secret::expose);
        let whole = header(value, secret).map_err(CallError::NotConfigured)?;
        if names.is_empty() {
            hidden.of_errors.push(whole.clone());
        } else {
            hidden
                .always
                .extend(names.into_iter().filter_map(secret).map(str::to_owned));
            hidden.always.push(whole.clone());
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(&whole).map_err(|_| wrong())?;
        value.set_sensitive(true);
        map.insert(name, value);
    }
    hidden.sort();
    Ok(Headers { map, hidden })
}

/// What is taken out of a service's words: some services repeat what they were sent.
#[derive(Clone, Default)]
pub(crate) struct Hidden {
    /// Secrets, and headers with secrets in them.
    always: Vec<String>,
    /// Other headers, which an answer may well have in it, as a media type.
    of_errors: Vec<String>,
}

impl Hidden {
    fn sort(&mut self) {
        self.of_errors.retain(|value| value.len() >= LEAST_HIDDEN);
        for list in [&mut self.always, &mut self.of_errors] {
            let escaped = list.iter().map(|value| {
                let quoted = Value::from(value.as_str()).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            });
            let escaped: Vec<_> = escaped.collect();
            list.extend(escaped);
            // A longer one may have a shorter one in it.
            list.sort_by_key(|value| std::cmp::Reverse(value.len()));
            list.dedup();
        }
    }

    /// The words of an answer.
    pub fn answer(&self, text: String) -> String {
        without(text, &self.always)
    }

    /// The words of an error.
    pub fn error(&self, text: String) -> String {
        without(self.answer(text), &self.of_errors)
    }
}

fn without(text: String, hidden: &[String]) -> String {
    hidden
        .iter()
        .fold(text, |text, value| match text.contains(value.as_str()) {
            true => text.replace(value.as_str(), "(hidden)"),
            false => text,
        })
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}
