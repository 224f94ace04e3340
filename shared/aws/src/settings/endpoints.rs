//! `ENDPOINTS`: the numbers served, and the secrets that go with each.

use countersign_core::{Account, E164, EndpointId, Secret, Tenant};
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
    /// How it is held at its provider.
    pub account: Account,
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
    account_sid: Option<String>,
    auth_token: Option<Secret>,
    phone_number_id: Option<String>,
    access_token: Option<Secret>,
    app_secret: Option<Secret>,
    verify_token: Option<Secret>,
    approval_url: Option<String>,
    approval_secret: Option<Secret>,
}

impl Reader<'_> {
    /// `ENDPOINTS`: a JSON list of the numbers served here. Errors name entry and field, and no
    /// secret.
    pub fn endpoints(&mut self) -> Option<Vec<Endpoint>> {
        const NAME: &str = "ENDPOINTS";
        const WANTS: &str = "a JSON list of {endpoint, tenant, provider, number, approval_url?, \
                             approval_secret?}, at Twilio with {account_sid, auth_token}, at Meta \
                             with {phone_number_id, access_token, app_secret, verify_token}";
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
        let account = self.account(entry, &raw);
        if let Some(secret) = &raw.approval_secret {
            self.is_own(&format!("{entry}.approval_secret"), secret);
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
            account: account?,
            approval: approval?,
        })
    }
}

impl Reader<'_> {
    /// What is held at the provider that the entry names.
    fn account(&mut self, entry: &str, raw: &RawEndpoint) -> Option<Account> {
        match raw.provider.as_str() {
            "twilio" => {
                let sid = self.given(
                    entry,
                    "account_sid",
                    raw.account_sid.as_ref(),
                    "Twilio's AC…",
                );
                let token = "Twilio's primary auth token";
                let token = self.given_secret(entry, "auth_token", raw.auth_token.as_ref(), token);
                Some(Account::Twilio {
                    account_sid: sid?,
                    auth_token: token?,
                })
            }
            "meta" => {
                let id = "Meta's id of the number, digits";
                let id = self.given(entry, "phone_number_id", raw.phone_number_id.as_ref(), id);
                let token = "a system user's access token";
                let token =
                    self.given_secret(entry, "access_token", raw.access_token.as_ref(), token);
                let secret = "the app's secret";
                let secret =
                    self.given_secret(entry, "app_secret", raw.app_secret.as_ref(), secret);
                let verify = "the token that Meta shows to verify the webhook";
                let verify =
                    self.given_secret(entry, "verify_token", raw.verify_token.as_ref(), verify);
                Some(Account::Meta {
                    phone_number_id: id?,
                    access_token: token?,
                    app_secret: secret?,
                    verify_token: verify?,
                })
            }
            other => self.is_wrong(&format!("{entry}.provider"), Some(other), "twilio or meta"),
        }
    }

    fn given(
        &mut self,
        entry: &str,
        field: &str,
        value: Option<&String>,
        wants: &str,
    ) -> Option<String> {
        match value {
            Some(value) if !value.is_empty() => Some(value.clone()),
            other => {
                let got = other.map(String::as_str);
                self.is_wrong(&format!("{entry}.{field}"), got, wants)
            }
        }
    }

    fn given_secret(
        &mut self,
        entry: &str,
        field: &str,
        value: Option<&Secret>,
        wants: &str,
    ) -> Option<Secret> {
        let name = format!("{entry}.{field}");
        match value {
            Some(value) if !value.expose().is_empty() => {
                self.is_own(&name, value);
                Some(value.clone())
            }
            other => self.is_wrong(&name, other.map(Secret::expose), wants),
        }
    }

    /// The secrets of the local stack are public, and none elsewhere.
    fn is_own(&mut self, name: &str, secret: &Secret) {
        if is_public(secret.expose()) && !is_local(self.variable) {
            self.is_wrong::<()>(name, Some(PUBLIC), "a secret of your own");
        }
    }
}

fn is_webhook_secret(text: &str) -> bool {
    use base64::Engine;
    text.strip_prefix("whsec_")
        .and_then(|key| base64::engine::general_purpose::STANDARD.decode(key).ok())
        .is_some_and(|key| (24..=64).contains(&key.len()))
}
