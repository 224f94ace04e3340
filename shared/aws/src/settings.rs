//! Settings: read from the environment and validated at start, every wrong one named at once.

use std::fmt;

use countersign_core::{E164, EndpointId, Secret, Tenant};
use serde::Deserialize;

use crate::schema;

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

/// A number of ours, whose it is, and the secrets that go with it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The last part of its webhook's path.
    pub endpoint: EndpointId,
    /// Whose.
    pub tenant: Tenant,
    /// The WhatsApp number.
    pub number: E164,
    /// Twilio's account.
    pub account_sid: String,
    /// Twilio's primary auth token.
    pub auth_token: Secret,
    /// Where approvals are asked for and how, if by webhook at all.
    pub approval: Option<ApprovalWebhook>,
}

/// An approver's endpoint.
#[derive(Debug, Clone)]
pub struct ApprovalWebhook {
    /// Requests are POSTed here.
    pub url: String,
    /// `whsec_` and base64: signs the requests, and the callbacks that decide.
    pub secret: Secret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEndpoint {
    endpoint: String,
    tenant: String,
    provider: String,
    number: String,
    account_sid: String,
    auth_token: Secret,
    approval_url: Option<String>,
    approval_secret: Option<Secret>,
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
            Some(value) if value.chars().count() >= least => Some(Secret::new(value)),
            Some(_) => self.is_wrong(name, Some("one that is too short"), &wants),
            None => self.is_wrong(name, None, &wants),
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

    /// `ENDPOINTS`: a JSON list of the numbers served here. Errors name entry and field, and no
    /// secret.
    pub fn endpoints(&mut self) -> Option<Vec<Endpoint>> {
        const NAME: &str = "ENDPOINTS";
        const WANTS: &str = "a JSON list of {endpoint, tenant, provider, number, account_sid, \
                             auth_token, approval_url?, approval_secret?}";
        let Some(json) = (self.variable)(NAME) else {
            return self.is_wrong(NAME, None, WANTS);
        };
        let raw: Vec<RawEndpoint> = match serde_json::from_str(&json) {
            Ok(raw) => raw,
            // serde's message may quote a value, so only the place is told.
            Err(why) => {
                let place = format!(
                    "JSON that fails at line {} column {}",
                    why.line(),
                    why.column()
                );
                return self.is_wrong(NAME, Some(&place), WANTS);
            }
        };
        let count = raw.len();
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let entry = format!("{NAME}[{index}]");
            endpoints.extend(self.endpoint(&entry, raw));
        }
        if count == 0 {
            return self.is_wrong(NAME, Some("an empty list"), WANTS);
        }
        for (index, endpoint) in endpoints.iter().enumerate() {
            if endpoints[..index]
                .iter()
                .any(|e| e.endpoint == endpoint.endpoint)
            {
                self.is_wrong::<()>(
                    &format!("{NAME}[{index}].endpoint"),
                    Some(endpoint.endpoint.as_str()),
                    "a name that no other entry has",
                );
            }
            if endpoints[..index]
                .iter()
                .any(|e| e.number == endpoint.number)
            {
                self.is_wrong::<()>(
                    &format!("{NAME}[{index}].number"),
                    Some(endpoint.number.as_str()),
                    "a number that no other entry has: a conversation belongs to one",
                );
            }
        }
        (endpoints.len() == count).then_some(endpoints)
    }

    fn endpoint(&mut self, entry: &str, raw: RawEndpoint) -> Option<Endpoint> {
        if raw.provider != "twilio" {
            self.is_wrong::<()>(&format!("{entry}.provider"), Some(&raw.provider), "twilio");
        }
        if raw.account_sid.is_empty() {
            self.is_wrong::<()>(&format!("{entry}.account_sid"), Some(""), "Twilio's AC…");
        }
        if raw.auth_token.expose().is_empty() {
            self.is_wrong::<()>(
                &format!("{entry}.auth_token"),
                Some(""),
                "Twilio's primary auth token",
            );
        }
        let approval = match (raw.approval_url, raw.approval_secret) {
            (None, None) => Some(None),
            (Some(url), Some(secret)) if is_url(&url) && is_webhook_secret(secret.expose()) => {
                Some(Some(ApprovalWebhook { url, secret }))
            }
            (Some(url), Some(_)) if !is_url(&url) => {
                self.is_wrong(&format!("{entry}.approval_url"), Some(&url), "an https URL")
            }
            _ => self.is_wrong(
                &format!("{entry}.approval_secret"),
                None,
                "whsec_ and the base64 of 24 to 64 bytes, together with approval_url",
            ),
        };
        let endpoint = self.id(&format!("{entry}.endpoint"), &raw.endpoint);
        let tenant = self.id(&format!("{entry}.tenant"), &raw.tenant);
        let number = self.id(&format!("{entry}.number"), &raw.number);
        Some(Endpoint {
            endpoint: endpoint?,
            tenant: tenant?,
            number: number?,
            account_sid: raw.account_sid,
            auth_token: raw.auth_token,
            approval: approval?,
        })
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

    fn is_wrong<T>(&mut self, name: &str, got: Option<&str>, wants: &str) -> Option<T> {
        self.wrong.push(match got {
            Some(got) => format!("{name}: got {:?}, wants {wants}", shorten(got)),
            None => format!("{name}: is not set, wants {wants}"),
        });
        None
    }
}

/// Looks a variable up in the process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
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

fn is_webhook_secret(text: &str) -> bool {
    use base64::Engine;
    text.strip_prefix("whsec_")
        .and_then(|key| base64::engine::general_purpose::STANDARD.decode(key).ok())
        .is_some_and(|key| (24..=64).contains(&key.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"[{"endpoint":"demo","tenant":"acme","provider":"twilio",
        "number":"+14155238886","account_sid":"AC1","auth_token":"t0psecret",
        "approval_url":"http://127.0.0.1/hook","approval_secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}]"#;

    fn read(vars: &[(&str, &str)]) -> Result<(String, String, u64, Vec<Endpoint>), WrongSettings> {
        let variable = |name: &str| {
            vars.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        let mut reader = Reader::new(&variable);
        let table = reader.table(schema::THREADS);
        let queue = reader.queue(schema::INBOUND);
        let settle = reader.number("SETTLE_SECONDS", 0..=30, 1);
        let endpoints = reader.endpoints();
        let settings = (|| Some((table?, queue?, settle?, endpoints?)))();
        reader.finish(settings)
    }

    #[test]
    fn f7_good_settings_are_read() {
        let (table, queue, settle, endpoints) = read(&[
            ("THREADS_TABLE", "t"),
            ("INBOUND_QUEUE_URL", "http://127.0.0.1:1/0/inbound.fifo"),
            ("ENDPOINTS", GOOD),
        ])
        .unwrap();
        assert_eq!((table.as_str(), settle), ("t", 1));
        assert!(queue.ends_with("inbound.fifo"));
        assert_eq!(endpoints[0].number.as_str(), "+14155238886");
    }

    #[test]
    fn f7_every_wrong_setting_is_named_at_once() {
        let error = read(&[
            ("INBOUND_QUEUE_URL", "inbound"),
            ("SETTLE_SECONDS", "soon"),
            (
                "ENDPOINTS",
                r#"[{"endpoint":"Demo","tenant":"acme","provider":"carrier-pigeon","number":"4155",
                    "account_sid":"AC1","auth_token":"t0psecret","approval_url":"http://h/x"}]"#,
            ),
        ])
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "7 settings are wrong:\n  \
             THREADS_TABLE: is not set, wants the name of a DynamoDB table\n  \
             INBOUND_QUEUE_URL: got \"inbound\", wants the URL of an SQS queue\n  \
             SETTLE_SECONDS: got \"soon\", wants a whole number from 0 to 30\n  \
             ENDPOINTS[0].provider: got \"carrier-pigeon\", wants twilio\n  \
             ENDPOINTS[0].approval_secret: is not set, wants whsec_ and the base64 of 24 to 64 \
             bytes, together with approval_url\n  \
             ENDPOINTS[0].endpoint: endpoint: got \"Demo\", wants 1 to 40 of a-z, 0-9 and -\n  \
             ENDPOINTS[0].number: phone number: got \"4155\", wants + and 7 to 15 digits, such as \
             +14155238886"
        );
    }

    #[test]
    fn f7_no_error_and_no_debug_output_shows_a_secret() {
        let broken = GOOD.replace("\"tenant\":\"acme\"", "\"tenant\":t0psecret");
        for endpoints in [broken.as_str(), "t0psecret", "[]", &GOOD.replace("+1", "x")] {
            let error = read(&[("ENDPOINTS", endpoints)]).unwrap_err().to_string();
            assert!(
                !error.contains("t0psecret") && !error.contains("C2FVs"),
                "{error}"
            );
        }
        let settings = read(&[
            ("THREADS_TABLE", "t"),
            ("INBOUND_QUEUE_URL", "http://h/q"),
            ("ENDPOINTS", GOOD),
        ]);
        let shown = format!("{settings:?}");
        assert!(
            !shown.contains("t0psecret") && !shown.contains("C2FVs"),
            "{shown}"
        );
    }

    #[test]
    fn f7_a_secret_that_is_too_short_is_not_quoted() {
        let variable = |_: &str| Some("hunter2".to_owned());
        let mut reader = Reader::new(&variable);
        let secret = reader.secret("APPROVAL_TOKEN_SECRET", 32);
        assert_eq!(
            reader.finish(secret).unwrap_err().to_string(),
            "a setting is wrong: APPROVAL_TOKEN_SECRET: got \"one that is too short\", wants a \
             secret of at least 32 characters"
        );
    }

    #[test]
    fn f7_two_endpoints_of_one_name_are_refused() {
        let entry = GOOD.trim_start_matches('[').trim_end_matches(']');
        let error = read(&[
            ("THREADS_TABLE", "t"),
            ("INBOUND_QUEUE_URL", "http://h/q"),
            ("ENDPOINTS", &format!("[{entry},{entry}]")),
        ]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "2 settings are wrong:\n  ENDPOINTS[1].endpoint: got \"demo\", wants a name that no \
             other entry has\n  ENDPOINTS[1].number: got \"+14155238886\", wants a number that no \
             other entry has: a conversation belongs to one"
        );
    }
}
