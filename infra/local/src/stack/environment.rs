//! The functions' settings on this machine, under the names they have on AWS.

use std::collections::BTreeMap;

use countersign_aws::{LocalAws, schema};
use serde_json::{Value, json};

use crate::seed::Seed;

/// Twilio's account on this machine.
pub(super) const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
/// The auth token of Twilio's account on this machine. It guards nothing but this machine's own demo data.
pub const AUTH_TOKEN: &str = "local-auth-token";
/// Signs approval webhooks and callbacks on this machine.
pub const WEBHOOK_SECRET: &str = "whsec_bG9jYWwtYXBwcm92YWwtc2VjcmV0LTAwMDE=";
/// Signs the links to approval pages on this machine.
const TOKEN_SECRET: &str = "local-approval-token-secret-0001";
/// What is shown in place of a secret.
const MASK: &str = "********";
/// The bucket of generated outputs on this machine.
const BUCKET: &str = "outputs";

/// Environment variables by name.
#[derive(Debug, Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The settings of functions at `public_url` that reach the provider at `provider_url`
    /// and the approver's own endpoint at `approval_url`.
    pub fn new(
        seed: &Seed,
        aws: &LocalAws,
        public_url: &str,
        provider_url: &str,
        approval_url: &str,
    ) -> Self {
        let endpoint = json!({
            "endpoint": seed.company.whatsapp.endpoint,
            "tenant": seed.company.tenant,
            "provider": "twilio",
            "number": seed.company.whatsapp.number,
            "account_sid": ACCOUNT_SID,
            "auth_token": AUTH_TOKEN,
            "approval_url": approval_url,
            "approval_secret": WEBHOOK_SECRET,
        });
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: String| {
            variables.insert(name.to_owned(), value);
        };
        for table in schema::TABLES {
            set(table.variable, table.name.to_owned());
        }
        for queue in schema::QUEUES {
            set(
                queue.variable,
                format!("{}/000000000000/{}", aws.sqs, queue.name),
            );
        }
        set(schema::BUCKET_VARIABLE, BUCKET.to_owned());
        set("ENDPOINTS", json!([endpoint]).to_string());
        set("PUBLIC_URL", public_url.to_owned());
        set("TWILIO_API_URL", provider_url.to_owned());
        set("APPROVAL_TOKEN_SECRET", TOKEN_SECRET.to_owned());
        set("AWS_ENDPOINT_URL_DYNAMODB", aws.dynamodb.clone());
        set("AWS_ENDPOINT_URL_SQS", aws.sqs.clone());
        set("AWS_ENDPOINT_URL_S3", aws.s3.clone());
        set("AWS_REGION", aws.region.clone());
        set("AWS_ACCESS_KEY_ID", aws.access_key.clone());
        set("AWS_SECRET_ACCESS_KEY", aws.secret_key.clone());
        Self { variables }
    }

    /// The environment whose [`Environment::lines`] these are. Empty lines and comments are
    /// passed over.
    ///
    /// # Errors
    /// The number of a line that is none, counted from 1.
    pub fn from_lines(text: &str) -> Result<Self, usize> {
        let lines = text.lines().map(str::trim).zip(1_usize..);
        let said = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        let variables = said
            .map(|(line, number)| {
                let (name, value) = line.split_once('=').ok_or(number)?;
                Ok((name.to_owned(), unquoted(value).to_owned()))
            })
            .collect::<Result<_, usize>>()?;
        Ok(Self { variables })
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// This environment with a variable changed.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// This environment with its secrets made unreadable.
    pub fn masked(mut self) -> Self {
        for (name, value) in &mut self.variables {
            if is_secret(name) {
                *value = MASK.to_owned();
            } else if let Ok(mut json) = serde_json::from_str(value) {
                mask(&mut json);
                *value = json.to_string();
            }
        }
        self
    }

    /// The lines of an env file, as `cargo lambda watch --env-file` and shells read them.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.variables
            .iter()
            .map(|(name, value)| format!("{name}={}", quoted(value)))
    }
}

/// In single quotes where it has what ends a word in an env file. Only JSON has such characters
/// here, so a single quote within is written as JSON's escape for it.
fn quoted(value: &str) -> String {
    let ends_a_word = |c: char| c.is_whitespace() || "='`\"#".contains(c);
    if value.contains(ends_a_word) {
        format!("'{}'", value.replace('\'', "\\u0027"))
    } else {
        value.to_owned()
    }
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('\'');
    inner
        .and_then(|value| value.strip_suffix('\''))
        .unwrap_or(value)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("secret") || name.contains("token")
}

fn mask(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret(name) {
                    *value = MASK.into();
                } else {
                    mask(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f5_an_env_file_reads_back_as_what_it_was_written_from() {
        let plain = "http://127.0.0.1:4002/000000000000/inbound.fifo";
        let json = r#"[{"name":"Grace","secret":"whsec_bG9jYWw="}]"#;
        let environment = Environment {
            variables: BTreeMap::new(),
        }
        .with("ENDPOINTS", json)
        .with("QUEUE", plain);
        let lines: Vec<String> = environment.lines().collect();
        assert_eq!(
            lines,
            [format!("ENDPOINTS='{json}'"), format!("QUEUE={plain}")]
        );
        let text = format!("# written by hand\n\n{}\n", lines.join("\n"));
        let read = Environment::from_lines(&text).unwrap();
        assert_eq!(read.variables, environment.variables);
        assert_eq!(Environment::from_lines("A=1\nnonsense").unwrap_err(), 2);
    }

    #[test]
    fn f5_a_quote_in_json_does_not_end_its_value() {
        let json = r#"["Grace's"]"#;
        let quoted = quoted(json);
        assert_eq!(quoted, r#"'["Grace\u0027s"]'"#);
        let read: Value = serde_json::from_str(unquoted(&quoted)).unwrap();
        assert_eq!(read, json!(["Grace's"]));
    }
}
