//! `ENDPOINTS`: the numbers served, and the secrets that go with each.

use countersign_core::{E164, EndpointId, Secret, Tenant};
use serde::Deserialize;

use super::{PUBLIC, Reader, is_local, is_public, is_url};

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

impl Reader<'_> {
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
        let secrets = [
            ("auth_token", Some(&raw.auth_token)),
            ("approval_secret", raw.approval_secret.as_ref()),
        ];
        for (field, secret) in secrets {
            if secret.is_some_and(|secret| is_public(secret.expose())) && !is_local(self.variable) {
                let name = format!("{entry}.{field}");
                self.is_wrong::<()>(&name, Some(PUBLIC), "a secret of your own");
            }
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
}

fn is_webhook_secret(text: &str) -> bool {
    use base64::Engine;
    text.strip_prefix("whsec_")
        .and_then(|key| base64::engine::general_purpose::STANDARD.decode(key).ok())
        .is_some_and(|key| (24..=64).contains(&key.len()))
}
