//! Messages from phones, posted to the webhook as the provider posts them.

use std::{fmt::Write, sync::Arc};

use countersign_core::E164;
use serde_json::{Value, json};

use super::{
    Composed, Signature, SimFile, SimSender, Simulator, SimulatorError,
    content::{SimContact, SimContent},
    media::Kept,
    message::{Direction, PostedWebhook, SimMessage, SimStatus},
    meta,
    provider::{SimProvider, new_id},
    signing,
    twilio_form::Form,
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
    /// Writes `body` from a phone through Twilio and waits for the webhook's answer.
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
        let from = SimSender::new(SimProvider::Twilio, from, name);
        self.send(&from, Composed::text(body)).await
    }

    /// Sends anything from a phone and waits for the webhook's answer.
    ///
    /// # Errors
    /// The provider passes no such thing on, or the webhook can't be reached, as for
    /// [`Simulator::send_text`].
    pub async fn send(
        &self,
        from: &SimSender,
        what: Composed,
    ) -> Result<SentInbound, SimulatorError> {
        let sid = self.take(from, what)?.sid;
        let http_status = self.replay(&sid).await?;
        Ok(SentInbound { sid, http_status })
    }

    /// Sends what several people wrote, or one wrote quickly, in one POST of Meta's. Returns what
    /// was sent, each with the one HTTP status.
    ///
    /// # Errors
    /// There is no account at Meta, or the webhook can't be reached.
    pub async fn send_together(
        &self,
        all: Vec<(SimSender, Composed)>,
    ) -> Result<Vec<SentInbound>, SimulatorError> {
        let messages: Vec<SimMessage> = all
            .into_iter()
            .map(|(from, what)| self.message_of(&from, what))
            .collect();
        let meta = self.meta()?;
        let body = self.meta_envelope(meta, self.meta_messages(meta, &messages));
        let webhook = self.meta_webhook(meta, &body, Signature::Right);
        for message in &messages {
            self.keep_inbound(message.clone(), webhook.clone());
        }
        let answer = self.post(&webhook).await;
        for message in messages.clone() {
            self.record_answer(message, &answer);
        }
        let http_status = answer?;
        let sent = messages.into_iter().map(|message| SentInbound {
            sid: message.sid,
            http_status,
        });
        Ok(sent.collect())
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
        let answer = self.post(&webhook).await;
        if let Some(message) = message {
            self.record_answer(message, &answer);
        }
        answer
    }

    /// Posts any form to Twilio's webhook, signed as told. It is not added to the conversation,
    /// but can be replayed by the `MessageSid` it holds. Returns the HTTP status.
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
        self.post(&webhook).await
    }

    /// Posts any body to Meta's webhook, signed as told. It is not added to the conversation.
    /// Returns the HTTP status.
    ///
    /// # Errors
    /// There is no account at Meta, or the webhook can't be reached.
    pub async fn post_meta(&self, body: &str, signature: Signature) -> Result<u16, SimulatorError> {
        let meta = self.meta()?;
        let webhook = PostedWebhook {
            provider: SimProvider::Meta,
            url: meta.webhook_url.clone(),
            signature: meta::signature_of(signature, &meta.app_secret, body.as_bytes()),
            body: body.to_owned(),
        };
        self.post(&webhook).await
    }

    /// The form of a new text, under a new sid, as [`Simulator::send_text`] would post it: for
    /// tests that change a field of it.
    pub fn inbound_form(&self, from: &E164, name: &str, body: &str) -> Form {
        let from = SimSender::new(SimProvider::Twilio, from, name);
        let message = self.message_of(&from, Composed::text(body));
        // A text is passed on by everybody.
        self.twilio_form(&message).unwrap_or_default()
    }

    /// The body that [`Simulator::send`] would post through Meta, under a new id: for tests that
    /// change it, or post several at once.
    ///
    /// # Errors
    /// There is no account at Meta.
    pub fn inbound_json(&self, from: &SimSender, what: Composed) -> Result<Value, SimulatorError> {
        let meta = self.meta()?;
        let message = self.message_of(from, what);
        Ok(self.meta_envelope(meta, self.meta_messages(meta, &[message])))
    }

    /// The body of a webhook that tells of an error of Meta's and of no message.
    ///
    /// # Errors
    /// There is no account at Meta.
    pub fn errors_json(&self, code: u32) -> Result<Value, SimulatorError> {
        let errors = json!({ "errors": [meta::problem(code, meta::meaning(code))] });
        Ok(self.meta_envelope(self.meta()?, errors))
    }

    /// Gives the provider a file, as a phone does before it sends it. Returns the file's id.
    pub fn upload(&self, provider: SimProvider, file: SimFile) -> String {
        self.keep_file(provider, file).id.clone()
    }

    pub(super) fn keep_file(&self, provider: SimProvider, file: SimFile) -> Arc<Kept> {
        let at = self.config().clock.now();
        self.files().keep(provider, file, at)
    }

    /// Takes what somebody did on a phone, ready to be posted by [`Simulator::replay`].
    pub(super) fn take(
        &self,
        from: &SimSender,
        what: Composed,
    ) -> Result<SimMessage, SimulatorError> {
        let message = self.message_of(from, what);
        let webhook = match from.provider {
            SimProvider::Twilio => self.webhook_of(&self.twilio_form(&message)?, Signature::Right),
            SimProvider::Meta => {
                let meta = self.meta()?;
                let messages = self.meta_messages(meta, std::slice::from_ref(&message));
                let body = self.meta_envelope(meta, messages);
                self.meta_webhook(meta, &body, Signature::Right)
            }
        };
        self.keep_inbound(message.clone(), webhook);
        Ok(message)
    }

    fn keep_inbound(&self, message: SimMessage, webhook: PostedWebhook) {
        let mut all = self.conversations();
        all.keep_webhook(&message.sid, webhook);
        all.put(message);
        drop(all);
        self.changed();
    }

    fn message_of(&self, from: &SimSender, what: Composed) -> SimMessage {
        let mut content = what.content;
        let mut file = None;
        match &mut content {
            SimContent::Media(media) => {
                let id = media.id.as_deref().unwrap_or_default();
                file = self.files().get(id);
                if let Some(file) = &file {
                    media.media_type = Some(file.media_type.clone());
                    media.filename.clone_from(&file.filename);
                }
            }
            SimContent::Contacts { contacts } if from.provider == SimProvider::Twilio => {
                file = Some(self.keep_file(SimProvider::Twilio, vcard(contacts)));
            }
            _ => {}
        }
        SimMessage {
            sid: new_id(from.provider),
            provider: from.provider,
            direction: Direction::Inbound,
            phone: from.phone.clone(),
            name: Some(from.name.clone()),
            body: what.body,
            content,
            reply_to: what.reply_to,
            reference: None,
            shown: from.shown,
            referral: what.referral,
            media_url: file.map(|file| format!("/sim/media/{}", file.id)),
            status: SimStatus::Sent,
            status_callback: None,
            error_code: None,
            problem: None,
            at: self.config().clock.now(),
        }
    }

    fn webhook_of(&self, form: &[(String, String)], signature: Signature) -> PostedWebhook {
        let config = self.config();
        let (url, token) = (&config.public_url, &config.auth_token);
        PostedWebhook {
            provider: SimProvider::Twilio,
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

/// What Twilio makes of contacts (RFC 6350).
fn vcard(contacts: &[SimContact]) -> SimFile {
    let mut text = String::new();
    for contact in contacts {
        let name = contact.name.replace([',', ';', '\r', '\n'], " ");
        // Writing into a string can't fail.
        let _ = write!(
            text,
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;{name};;;\r\nFN:{name}\r\n"
        );
        for phone in &contact.phones {
            let phone = phone.replace(['\r', '\n'], " ");
            let _ = write!(text, "TEL;TYPE=CELL:{phone}\r\n");
        }
        text.push_str("END:VCARD\r\n");
    }
    SimFile {
        media_type: "text/vcard".to_owned(),
        filename: None,
        bytes: text.into(),
    }
}
