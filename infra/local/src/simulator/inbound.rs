//! Messages from phones, posted to the webhook as Twilio posts them.

use countersign_core::E164;

use super::{
    Signature, Simulator, SimulatorError,
    message::{Direction, PostedWebhook, SimMessage, SimStatus, new_sid},
    signing,
};

/// A message that was posted to the webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentInbound {
    /// The provider's id of it.
    pub sid: String,
    /// What the webhook answered.
    pub http_status: u16,
}

impl Simulator {
    /// Writes `body` from a phone and waits for the webhook's answer.
    ///
    /// # Errors
    /// The webhook can't be reached. The message is kept as failed, and [`Simulator::replay`]
    /// posts it again.
    pub async fn send_text(
        &self,
        from: &E164,
        name: &str,
        body: &str,
    ) -> Result<SentInbound, SimulatorError> {
        let sid = self.take_inbound(from, name, body).sid;
        let http_status = self.replay(&sid).await?;
        Ok(SentInbound { sid, http_status })
    }

    /// Posts an earlier message's webhook again, the same to the byte. Returns the HTTP status.
    ///
    /// # Errors
    /// There is no such message from a phone, or the webhook can't be reached.
    pub async fn replay(&self, sid: &str) -> Result<u16, SimulatorError> {
        let (message, webhook) = {
            let all = self.conversations();
            (all.get(sid).cloned(), all.webhook(sid).cloned())
        };
        let webhook = webhook.ok_or_else(|| SimulatorError::UnknownMessage(sid.to_owned()))?;
        let answer = self
            .post(&webhook.url, webhook.body, webhook.signature.as_deref())
            .await;
        if let Some(message) = message {
            self.record_answer(message, &answer);
        }
        answer
    }

    /// Posts any form to the webhook, signed as told. It is not added to the conversation, but
    /// can be replayed by the `MessageSid` it holds. Returns the HTTP status.
    ///
    /// # Errors
    /// The webhook can't be reached.
    pub async fn post_raw(
        &self,
        form: &[(String, String)],
        signature: Signature,
    ) -> Result<u16, SimulatorError> {
        let webhook = self.webhook_of(form, signature);
        if let Some((_, sid)) = form.iter().find(|(key, _)| key == "MessageSid") {
            self.conversations().keep_webhook(sid, webhook.clone());
        }
        self.post(&webhook.url, webhook.body, webhook.signature.as_deref())
            .await
    }

    /// The form of a new text, under a new sid, as [`Simulator::send_text`] would post it: for
    /// tests that change a field of it.
    pub fn inbound_form(&self, from: &E164, name: &str, body: &str) -> Vec<(String, String)> {
        let sid = new_sid();
        let config = self.config();
        [
            ("SmsMessageSid", sid.as_str()),
            ("NumMedia", "0"),
            ("ProfileName", name),
            ("MessageType", "text"),
            ("SmsSid", &sid),
            ("WaId", from.as_str().trim_start_matches('+')),
            ("SmsStatus", "received"),
            ("Body", body),
            ("To", &format!("whatsapp:{}", config.number)),
            ("NumSegments", "1"),
            ("ReferralNumMedia", "0"),
            ("MessageSid", &sid),
            ("AccountSid", &config.account_sid),
            ("From", &format!("whatsapp:{from}")),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    /// Takes a text from a phone, ready to be posted by [`Simulator::replay`].
    pub(super) fn take_inbound(&self, from: &E164, name: &str, body: &str) -> SimMessage {
        let form = self.inbound_form(from, name, body);
        let message = SimMessage {
            sid: form[0].1.clone(),
            direction: Direction::Inbound,
            phone: from.clone(),
            name: Some(name.to_owned()),
            body: body.to_owned(),
            media_url: None,
            status: SimStatus::Sent,
            status_callback: None,
            error_code: None,
            problem: None,
            at: self.config().clock.now(),
        };
        let webhook = self.webhook_of(&form, Signature::Right);
        let mut all = self.conversations();
        all.put(message.clone());
        all.keep_webhook(&message.sid, webhook);
        drop(all);
        self.changed();
        message
    }

    fn webhook_of(&self, form: &[(String, String)], signature: Signature) -> PostedWebhook {
        let config = self.config();
        let (url, token) = (&config.public_url, &config.auth_token);
        PostedWebhook {
            url: config.webhook_url.clone(),
            body: signing::signed_form(url, token, form).0,
            signature: signing::header(signature, url, token, form),
        }
    }

    /// Shows on the phone what became of its message. What was answered meanwhile stays read.
    fn record_answer(&self, message: SimMessage, answer: &Result<u16, SimulatorError>) {
        let problem = match answer {
            Ok(200..300) => None,
            Ok(status) => Some(format!(
                "The webhook answered {status}. The log of the ingress function says why."
            )),
            Err(error) => Some(error.to_string()),
        };
        let mut all = self.conversations();
        let now = all.get(&message.sid).map_or(message.status, |m| m.status);
        let status = match (&problem, now) {
            (_, SimStatus::Read) => SimStatus::Read,
            (None, _) => SimStatus::Delivered,
            // A message that arrived once has arrived, whatever a second post of it meets.
            (Some(_), SimStatus::Delivered) => SimStatus::Delivered,
            (Some(_), _) => SimStatus::Failed,
        };
        let problem = problem.filter(|_| status == SimStatus::Failed);
        all.put(SimMessage {
            status,
            problem,
            ..message
        });
        drop(all);
        self.changed();
    }
}
