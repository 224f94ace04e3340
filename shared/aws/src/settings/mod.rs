//! Settings: read from the environment and validated at start, every wrong one named at once.
//! Secrets on AWS are kept elsewhere, and the environment refers to them.

use std::fmt;

use countersign_core::{Secret, money::MicroUsd};

/// Renewing settings holds an invocation up no longer.
pub const LONGEST_RENEWAL: std::time::Duration = references::RENEWAL;

pub use self::{
    endpoints::{ApprovalWebhook, Endpoint},
    fresh::{Fresh, Start},
    references::Values,
};
use crate::schema;

mod endpoints;
mod extension;
mod fresh;
mod references;

/// What is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct WrongSettings(Vec<String>);

impl fmt::Display for WrongSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "a setting is wrong: {one}"),
            many => {
                write!(f, "{} settings are wrong:", many.len())?;
                many.iter().try_for_each(|one| write!(f, "\n  {one}"))
            }
        }
    }
}

/// Reads settings one by one and remembers what is wrong with them.
pub struct Reader<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    wrong: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads from `variable`, which looks an environment variable up.
    pub fn new(variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            variable,
            wrong: Vec::new(),
        }
    }

    /// The settings, when all of them could be read.
    ///
    /// # Errors
    /// Names every wrong one: what it got and what it wants.
    pub fn finish<T>(self, settings: Option<T>) -> Result<T, WrongSettings> {
        match settings {
            Some(settings) if self.wrong.is_empty() => Ok(settings),
            _ => Err(WrongSettings(self.wrong)),
        }
    }

    /// Whether AWS is on this machine, as under `cargo dev`.
    pub fn is_local(&self) -> bool {
        is_local(self.variable)
    }

    /// Any text but an empty one.
    pub fn text(&mut self, name: &str, wants: &str) -> Option<String> {
        match (self.variable)(name) {
            Some(value) if !value.trim().is_empty() => Some(value),
            got => self.is_wrong(name, got.as_deref(), wants),
        }
    }

    /// Any text but an empty one, or `default` when nothing is set.
    pub fn text_or(&mut self, name: &str, default: &str) -> Option<String> {
        match (self.variable)(name) {
            None => Some(default.to_owned()),
            Some(_) => self.text(name, "a text"),
        }
    }

    /// A secret of at least `least` characters. Its value is in no error.
    pub fn secret(&mut self, name: &str, least: usize) -> Option<Secret> {
        let wants = format!("a secret of at least {least} characters");
        match (self.variable)(name) {
            Some(value) if is_public(&value) && !is_local(self.variable) => {
                self.is_wrong(name, Some(PUBLIC), &wants)
            }
            Some(value) if value.chars().count() >= least => Some(Secret::new(value)),
            Some(_) => self.is_wrong(name, Some("one that is too short"), &wants),
            None => self.is_wrong(name, None, &wants),
        }
    }

    /// A secret that need not be set; if it is, as [`secret`](Self::secret).
    pub fn secret_if_set(&mut self, name: &str, least: usize) -> Option<Option<Secret>> {
        match (self.variable)(name) {
            None => Some(None),
            Some(_) => self.secret(name, least).map(Some),
        }
    }

    /// A whole number in a range, or `default` when nothing is set.
    pub fn number(
        &mut self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Option<u64> {
        let Some(value) = (self.variable)(name) else {
            return Some(default);
        };
        match value.parse() {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                let wants = format!("a whole number from {} to {}", range.start(), range.end());
                self.is_wrong(name, Some(&value), &wants)
            }
        }
    }

    /// A table's name.
    pub fn table(&mut self, table: schema::Table) -> Option<String> {
        self.text(table.variable, "the name of a DynamoDB table")
    }

    /// A queue's URL.
    pub fn queue(&mut self, queue: schema::Queue) -> Option<String> {
        self.url(queue.variable, "the URL of an SQS queue")
    }

    /// The outputs bucket's name.
    pub fn bucket(&mut self) -> Option<String> {
        self.text(schema::BUCKET_VARIABLE, "the name of an S3 bucket")
    }

    /// Where the world reaches the HTTP functions, without a slash at the end.
    pub fn public_url(&mut self) -> Option<String> {
        let url = self.url(
            "PUBLIC_URL",
            "the base URL of the HTTP API, such as https://example.com",
        )?;
        Some(url.trim_end_matches('/').to_owned())
    }

    /// An http or https URL.
    pub fn url(&mut self, name: &str, wants: &str) -> Option<String> {
        match (self.variable)(name) {
            Some(value) if is_url(&value) => Some(value),
            got => self.is_wrong(name, got.as_deref(), wants),
        }
    }

    /// An http or https URL, or `default` when nothing is set.
    pub fn url_or(&mut self, name: &str, default: &str) -> Option<String> {
        match (self.variable)(name) {
            None => Some(default.to_owned()),
            Some(_) => self.url(name, "a URL that begins with https:// or http://"),
        }
    }

    /// What another crate reads of a variable, with each thing that is wrong with it.
    pub fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Option<&str>) -> Result<T, Vec<String>>,
    ) -> Option<T> {
        match read((self.variable)(name).as_deref()) {
            Ok(it) => Some(it),
            Err(wrong) => {
                self.wrong.extend(wrong);
                None
            }
        }
    }

    /// An amount of US dollars with at most six decimals, or `default` when nothing is set.
    pub fn usd(&mut self, name: &str, default: MicroUsd) -> Option<MicroUsd> {
        let Some(value) = (self.variable)(name) else {
            return Some(default);
        };
        match value.parse() {
            Ok(amount) => Some(amount),
            Err(_) => self.is_wrong(name, Some(&value), "US dollars, such as 10 or 0.50"),
        }
    }

    fn id<T>(&mut self, name: &str, text: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: fmt::Display,
    {
        match text.parse() {
            Ok(id) => Some(id),
            Err(why) => {
                self.wrong.push(format!("{name}: {why}"));
                None
            }
        }
    }

    pub(crate) fn is_wrong<T>(&mut self, name: &str, got: Option<&str>, wants: &str) -> Option<T> {
        self.wrong.push(match got {
            Some(got) => format!("{name}: got {:?}, wants {wants}", shorten(got)),
            None => format!("{name}: is not set, wants {wants}"),
        });
        None
    }
}

/// What a secret of `cargo dev` is called where it guards something.
const PUBLIC: &str = "the public one of cargo dev";

/// Whether AWS is on this machine: some service's URL is set, and each that is set is 127.0.0.1's.
pub(crate) fn is_local(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let services = ["", "_DYNAMODB", "_SQS", "_S3", "_SECRETS_MANAGER", "_SSM"];
    let mut urls = services
        .iter()
        .filter_map(|service| variable(&format!("AWS_ENDPOINT_URL{service}")))
        .peekable();
    urls.peek().is_some() && urls.all(|url| is_on_loopback(&url))
}

fn is_on_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://127.0.0.1:") else {
        return false;
    };
    let port = rest.split('/').next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// The secrets of `cargo dev`, which everybody can read in its source.
fn is_public(secret: &str) -> bool {
    secret.starts_with("local-") || secret.starts_with("whsec_bG9jYWwt")
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}

fn is_url(text: &str) -> bool {
    text.strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)
        })
}

#[cfg(test)]
mod tests;
