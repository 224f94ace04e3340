//! What a person does on a phone, before it is a message.

use countersign_core::E164;

use super::{
    content::{MediaKind, SimContent, SimMedia},
    message::{Shown, SimReferral},
    provider::SimProvider,
};

/// Who writes, and through whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimSender {
    /// Whose webhook it becomes.
    pub provider: SimProvider,
    /// Their number, whether or not the webhook says it.
    pub phone: E164,
    /// What they call themselves.
    pub name: String,
    /// How much of it Meta says.
    pub shown: Shown,
}

impl SimSender {
    /// Somebody who is shown with number and user id.
    pub fn new(provider: SimProvider, phone: &E164, name: &str) -> Self {
        Self {
            provider,
            phone: phone.clone(),
            name: name.to_owned(),
            shown: Shown::Both,
        }
    }

    /// The same person, shown so.
    pub fn shown(mut self, shown: Shown) -> Self {
        self.shown = shown;
        self
    }
}

/// What is written, pressed, chosen or sent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Composed {
    /// The words.
    pub body: String,
    /// What is beside them.
    pub content: SimContent,
    /// The message that it answers.
    pub reply_to: Option<String>,
    /// The advertisement that led here.
    pub referral: Option<SimReferral>,
}

impl Composed {
    /// Words alone.
    pub fn text(body: &str) -> Self {
        Self::new(body, SimContent::Text)
    }

    /// Words and what is beside them.
    pub fn new(body: &str, content: SimContent) -> Self {
        Self {
            body: body.to_owned(),
            content,
            ..Self::default()
        }
    }

    /// A file that the provider keeps under `id` already, see
    /// [`super::Simulator::upload`].
    pub fn media(kind: MediaKind, id: &str, caption: &str) -> Self {
        let media = SimMedia {
            kind,
            id: Some(id.to_owned()),
            media_type: None,
            filename: None,
        };
        Self::new(caption, SimContent::Media(media))
    }

    /// The same, as an answer to the message `sid`.
    pub fn replying_to(mut self, sid: &str) -> Self {
        self.reply_to = Some(sid.to_owned());
        self
    }
}
