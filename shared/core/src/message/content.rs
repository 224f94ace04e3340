//! What a customer can send, whichever provider brought it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Listening;
use crate::{ContentHash, ProviderMessageId, SenderId, offer::Shows};

/// What a customer sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Words.
    Text {
        /// As received, untrimmed.
        body: String,
    },
    /// A file: a picture, a voice note, a document and the like.
    Media(Media),
    /// A place.
    Location(Location),
    /// People's cards.
    Contacts {
        /// The cards, in their order.
        contacts: Vec<ContactCard>,
    },
    /// A button was tapped, or a row of a list was chosen.
    Choice {
        /// What we, or the template, named it by.
        id: String,
        /// What stands on it.
        title: String,
    },
    /// A form of the provider's was filled in.
    Form {
        /// Its fields and their values, as JSON.
        values: String,
    },
    /// An emoji on a message, or its removal.
    Reaction {
        /// The message.
        to: ProviderMessageId,
        /// The emoji; none when it was taken away.
        emoji: Option<String>,
    },
    /// Products were ordered from the catalogue of the provider.
    Order(Order),
    /// An earlier message was changed.
    Edited {
        /// Which.
        of: ProviderMessageId,
        /// What it says now.
        body: String,
    },
    /// An earlier message was taken back.
    Revoked {
        /// Which.
        of: ProviderMessageId,
    },
    /// The sender is known by other names from now on.
    Renamed {
        /// The names that are theirs now.
        to: Vec<SenderId>,
    },
    /// Something the agent can't read. It is told to the sender.
    Unreadable {
        /// The provider's word for it, such as `image/jpeg`.
        kind: String,
    },
}

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A recording from elsewhere.
    Audio,
    /// A voice note.
    Voice,
    /// A film.
    Video,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// Its word, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

/// A file a customer sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// What kind it is.
    pub kind: MediaKind,
    /// MIME type, as the provider says.
    pub media_type: String,
    /// What the provider fetches it by: an id of Meta's, a URL of Twilio's. Neither is a secret, and
    /// neither opens without the endpoint's credentials.
    pub source: String,
    /// SHA-256 of its bytes, where the provider tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentHash>,
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The words with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A person's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactCard {
    /// Their name.
    pub name: String,
    /// Their phone numbers, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// Their e-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
}

/// An order from the provider's catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The catalogue.
    pub catalogue: String,
    /// What is ordered.
    pub items: Vec<OrderItem>,
    /// The words with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderItem {
    /// The product, as the catalogue names it.
    pub product: String,
    /// How many.
    pub quantity: u32,
    /// The price of one as the customer saw it, a decimal number. Data: what it costs is ours to say.
    pub price: String,
    /// The price's currency, ISO 4217.
    pub currency: String,
}

/// Where somebody comes from who tapped an advertisement or a post.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The address of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether it was an advertisement or a post, in the provider's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The provider's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What comes with a message beside its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// The message it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies_to: Option<ProviderMessageId>,
    /// Where the sender comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// When the provider says it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// The other names of the sender that the provider tells, such as a phone number beside a
    /// business-scoped user id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<SenderId>,
    /// What the sender's phone is shown besides words.
    #[serde(default, skip_serializing_if = "Shows::is_words")]
    pub shows: Shows,
    /// Whether it is a recording that is to be transcribed. Set by who takes it in, and by no provider.
    #[serde(default, skip_serializing_if = "Listening::is_no")]
    pub listening: Listening,
}

impl Beside {
    /// What of it a thread keeps: what the message says beside its content, and no names of its
    /// sender's.
    #[must_use]
    pub fn kept(&self) -> Self {
        Self {
            replies_to: self.replies_to.clone(),
            referral: self.referral.clone(),
            shows: self.shows,
            listening: self.listening,
            ..Self::default()
        }
    }

    /// Whether there is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Content {
    /// The customer's own words in it, if it has any: what commands are looked for in, what is
    /// screened, and what an answer goes to.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Text { body } | Self::Edited { body, .. } => Some(body),
            Self::Media(media) => media.caption.as_deref(),
            Self::Choice { title, .. } => Some(title),
            Self::Order(order) => order.text.as_deref(),
            Self::Location(_)
            | Self::Contacts { .. }
            | Self::Form { .. }
            | Self::Reaction { .. }
            | Self::Revoked { .. }
            | Self::Renamed { .. }
            | Self::Unreadable { .. } => None,
        }
    }

    /// The same with every word of the customer's in it changed. What has none stays as it is.
    #[must_use]
    pub fn map_words(&self, change: impl Fn(&str) -> String) -> Self {
        let mut changed = self.clone();
        let words = match &mut changed {
            Self::Text { body } | Self::Edited { body, .. } => Some(body),
            Self::Media(media) => media.caption.as_mut(),
            Self::Choice { title, .. } => Some(title),
            Self::Order(order) => order.text.as_mut(),
            Self::Location(_)
            | Self::Contacts { .. }
            | Self::Form { .. }
            | Self::Reaction { .. }
            | Self::Revoked { .. }
            | Self::Renamed { .. }
            | Self::Unreadable { .. } => None,
        };
        if let Some(words) = words {
            *words = change(words);
        }
        changed
    }

    /// Whether anything comes of it by itself. A reaction, what was taken back and other names are
    /// recorded, and that is all.
    pub fn wants_answer(&self) -> bool {
        !matches!(
            self,
            Self::Reaction { .. } | Self::Revoked { .. } | Self::Renamed { .. }
        )
    }

    /// The earlier message that it changes or takes back.
    pub fn changes(&self) -> Option<&ProviderMessageId> {
        match self {
            Self::Edited { of, .. } | Self::Revoked { of } => Some(of),
            _ => None,
        }
    }

    /// What others composed in it besides its [`words`](Self::words).
    pub fn other_texts(&self) -> Vec<&str> {
        match self {
            Self::Media(media) => media.filename.as_deref().into_iter().collect(),
            Self::Location(place) => [&place.name, &place.address]
                .into_iter()
                .filter_map(|text| text.as_deref())
                .collect(),
            Self::Contacts { contacts } => contacts
                .iter()
                .flat_map(|card| {
                    [&card.name]
                        .into_iter()
                        .chain(&card.phones)
                        .chain(&card.emails)
                })
                .map(String::as_str)
                .collect(),
            Self::Form { values } => vec![values],
            Self::Order(order) => order
                .items
                .iter()
                .flat_map(|item| [&item.product, &item.price, &item.currency])
                .map(String::as_str)
                .collect(),
            Self::Reaction { emoji, .. } => emoji.as_deref().into_iter().collect(),
            Self::Text { .. }
            | Self::Choice { .. }
            | Self::Edited { .. }
            | Self::Revoked { .. }
            | Self::Renamed { .. }
            | Self::Unreadable { .. } => vec![],
        }
    }

    /// What it is, in a word or a MIME type, for logs and for what can't be shown.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Media(media) => &media.media_type,
            Self::Location(_) => "location",
            Self::Contacts { .. } => "contacts",
            Self::Choice { .. } => "choice",
            Self::Form { .. } => "form",
            Self::Reaction { .. } => "reaction",
            Self::Order(_) => "order",
            Self::Edited { .. } => "edit",
            Self::Revoked { .. } => "revoke",
            Self::Renamed { .. } => "system",
            Self::Unreadable { kind } => kind,
        }
    }
}
