//! The functions' settings on this machine, under the names they have on AWS.

use std::collections::BTreeMap;

use countersign_aws::{LocalAws, schema};
use countersign_core::identity;
use serde_json::{Value, json};

use crate::seed::Seed;

/// Twilio's account on this machine.
pub(crate) const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
/// The auth token of Twilio's account on this machine. It guards nothing but this machine's own demo data.
pub const AUTH_TOKEN: &str = "local-auth-token";
/// Meta's id of the number on this machine.
pub(super) const META_PHONE_NUMBER_ID: &str = "100000000000001";
/// Meta's id of the business account on this machine.
pub(super) const META_ACCOUNT_ID: &str = "100000000000002";
/// The access token of Meta's account on this machine. It guards this machine's own demo data alone.
pub const META_ACCESS_TOKEN: &str = "local-meta-access-token";
/// Signs Meta's webhooks on this machine.
pub const META_APP_SECRET: &str = "local-meta-app-secret";
/// Answers Meta's question whether a webhook's address is ours, on this machine.
pub const META_VERIFY_TOKEN: &str = "local-meta-verify-token";
/// Signs approval webhooks and callbacks on this machine.
pub const WEBHOOK_SECRET: &str = "whsec_bG9jYWwtYXBwcm92YWwtc2VjcmV0LTAwMDE=";
/// Signs the links to approval pages on this machine.
const TOKEN_SECRET: &str = "local-approval-token-secret-0001";
/// One-time codes are made of it on this machine.
const IDENTITY_SECRET: &str = "local-identity-secret-0000000001";
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
        let at_meta = seed.company.meta.as_ref().map(|meta| {
            json!({
                "endpoint": meta.endpoint,
                "tenant": seed.company.tenant,
                "provider": "meta",
                "number": meta.number,
                "phone_number_id": META_PHONE_NUMBER_ID,
                "access_token": META_ACCESS_TOKEN,
                "app_secret": META_APP_SECRET,
                "verify_token": META_VERIFY_TOKEN,
                "approval_url": approval_url,
                "approval_secret": WEBHOOK_SECRET,
            })
        });
        let endpoints: Vec<Value> = [endpoint].into_iter().chain(at_meta).collect();
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
        set("ENDPOINTS", json!(endpoints).to_string());
        set("PUBLIC_URL", public_url.to_owned());
        set("TWILIO_API_URL", provider_url.to_owned());
        set("META_API_URL", format!("{provider_url}/v23.0"));
        set("APPROVAL_TOKEN_SECRET", TOKEN_SECRET.to_owned());
        set(identity::SETTING, IDENTITY_SECRET.to_owned());
        set("AWS_ENDPOINT_URL_DYNAMODB", aws.dynamodb.clone());
        set("AWS_ENDPOINT_URL_SQS", aws.sqs.clone());
        set("AWS_ENDPOINT_URL_S3", aws.s3.clone());
        set("AWS_REGION", aws.region.clone());
        set("AWS_ACCESS_KEY_ID", aws.access_key.clone());
        set("AWS_SECRET_ACCESS_KEY", aws.secret_key.clone());
        Self { variables }
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

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("secret") || name.contains("token") || name == "key" || name.ends_with("_key")
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
    fn f5_an_env_file_quotes_what_would_end_a_word() {
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
    }

    #[test]
    fn f5_a_quote_in_json_does_not_end_its_value() {
        let json = r#"["Grace's"]"#;
        let quoted = quoted(json);
        assert_eq!(quoted, r#"'["Grace\u0027s"]'"#);
        let read: Value = serde_json::from_str(quoted.trim_matches('\'')).unwrap();
        assert_eq!(read, json!(["Grace's"]));
    }
}
