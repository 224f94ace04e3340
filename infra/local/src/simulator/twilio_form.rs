//! The form that Twilio posts for a message from a phone
//! (https://www.twilio.com/docs/messaging/guides/webhook-request).

use super::{
    Simulator, SimulatorError,
    content::{MediaKind, SimContent, SimMedia},
    message::SimMessage,
};

/// A form's fields, in order.
pub(super) type Form = Vec<(String, String)>;

impl Simulator {
    /// The form of `message`.
    pub(super) fn twilio_form(&self, message: &SimMessage) -> Result<Form, SimulatorError> {
        let config = self.config();
        let (sid, from) = (&message.sid, &message.phone);
        let extra = self.twilio_extra(message)?;
        let is_file = extra.iter().any(|(name, _)| *name == "MediaUrl0");
        let mut form: Vec<(&str, String)> = vec![
            ("SmsMessageSid", sid.clone()),
            ("NumMedia", if is_file { "1" } else { "0" }.to_owned()),
            ("ProfileName", message.name.clone().unwrap_or_default()),
            ("MessageType", message_type(&message.content).to_owned()),
            ("SmsSid", sid.clone()),
            ("WaId", from.as_str().trim_start_matches('+').to_owned()),
            ("SmsStatus", "received".to_owned()),
            ("Body", message.body.clone()),
            ("To", format!("whatsapp:{}", config.number)),
            ("NumSegments", "1".to_owned()),
            ("ReferralNumMedia", "0".to_owned()),
            ("MessageSid", sid.clone()),
            ("AccountSid", config.account_sid.clone()),
            ("From", format!("whatsapp:{from}")),
            ("ApiVersion", "2010-04-01".to_owned()),
        ];
        form.extend(extra);
        if let Some(replied) = &message.reply_to {
            form.push(("OriginalRepliedMessageSid", replied.clone()));
            form.push((
                "OriginalRepliedMessageSender",
                format!("whatsapp:{}", config.number),
            ));
        }
        if let Some(referral) = &message.referral {
            form.extend([
                ("ReferralBody", referral.body.clone()),
                ("ReferralHeadline", referral.headline.clone()),
                ("ReferralSourceId", referral.source_id.clone()),
                ("ReferralSourceType", "ad".to_owned()),
                ("ReferralSourceUrl", referral.source_url.clone()),
                ("ReferralCtwaClid", referral.click_id.clone()),
            ]);
        }
        let owned = form
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Ok(owned.collect())
    }

    /// The fields that only this kind has.
    fn twilio_extra(
        &self,
        message: &SimMessage,
    ) -> Result<Vec<(&'static str, String)>, SimulatorError> {
        let fields = match &message.content {
            SimContent::Text => Vec::new(),
            SimContent::Media(media) => self.file_fields(message, media),
            SimContent::Location {
                latitude,
                longitude,
                name,
                address,
            } => {
                let mut fields = vec![
                    ("Latitude", latitude.to_string()),
                    ("Longitude", longitude.to_string()),
                ];
                fields.extend(name.clone().map(|name| ("Label", name)));
                fields.extend(address.clone().map(|address| ("Address", address)));
                fields
            }
            // The button of a session message and that of a template look the same.
            SimContent::ButtonReply { id } | SimContent::QuickReply { payload: id } => vec![
                ("ButtonText", message.body.clone()),
                ("ButtonPayload", id.clone()),
            ],
            SimContent::ListReply { id, description } => {
                let mut fields = vec![("ListId", id.clone()), ("ListTitle", message.body.clone())];
                let description = description.clone();
                fields.extend(description.map(|text| ("ListDescription", text)));
                fields
            }
            // Twilio passes these on as a vCard, which whoever took the message has kept.
            SimContent::Contacts { .. } if message.media_url.is_some() => {
                let id = message
                    .media_url
                    .as_deref()
                    .and_then(|url| url.rsplit('/').next());
                let media = SimMedia {
                    kind: MediaKind::Document,
                    id: id.map(str::to_owned),
                    media_type: Some("text/vcard".to_owned()),
                    filename: None,
                };
                self.file_fields(message, &media)
            }
            content => {
                return Err(SimulatorError::NotPassedOn {
                    provider: message.provider,
                    kind: content.kind(),
                });
            }
        };
        Ok(fields)
    }

    fn file_fields(&self, message: &SimMessage, media: &SimMedia) -> Vec<(&'static str, String)> {
        let config = self.config();
        let url = format!(
            "{}/2010-04-01/Accounts/{}/Messages/{}/Media/{}",
            config.api_url,
            config.account_sid,
            message.sid,
            media.id.as_deref().unwrap_or_default(),
        );
        let media_type = media.media_type.clone().unwrap_or_default();
        vec![("MediaUrl0", url), ("MediaContentType0", media_type)]
    }
}

fn message_type(content: &SimContent) -> &'static str {
    match content {
        SimContent::ButtonReply { .. } | SimContent::QuickReply { .. } => "button",
        SimContent::ListReply { .. } => "interactive",
        other => other.kind(),
    }
}
