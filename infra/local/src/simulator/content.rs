//! What a message is beside its words, in one form for both providers.

use serde::{Deserialize, Serialize};

/// The kinds of messages that WhatsApp has. The words of each are the message's body.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SimContent {
    /// Words alone.
    #[default]
    Text,
    /// A file. The body is its caption.
    Media(SimMedia),
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What the place is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// Entries of an address book.
    Contacts {
        /// Who.
        contacts: Vec<SimContact>,
    },
    /// Words from us with up to three buttons.
    Buttons {
        /// Bold, above the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// Grey, below them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// What can be pressed.
        buttons: Vec<SimChoice>,
    },
    /// Words from us with a list to choose from.
    List {
        /// Bold, above the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// Grey, below them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// What opens the list.
        button: String,
        /// Its parts.
        sections: Vec<SimSection>,
    },
    /// An approved template of ours. The body tells what it was filled with.
    Template {
        /// Meta's name or Twilio's `HX…`.
        name: String,
        /// Meta's language code; none at Twilio.
        language: String,
        /// What its quick-reply buttons say.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<SimChoice>,
    },
    /// An emoji on a message, which the body is; an empty one takes it back.
    Reaction {
        /// The message.
        to: String,
    },
    /// A pressed button of an interactive message. The body is its title.
    ButtonReply {
        /// The button's id.
        id: String,
    },
    /// A chosen row of a list. The body is its title.
    ListReply {
        /// The row's id.
        id: String,
        /// What stood below the title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// A filled-in form (WhatsApp Flow). The body is what the phone shows of it.
    FlowReply {
        /// The form's name.
        name: String,
        /// What was filled in, as JSON in a string.
        response: String,
    },
    /// A pressed quick-reply button of a template. The body is what it says.
    QuickReply {
        /// What the sender of the template gave it.
        payload: String,
    },
    /// An order from a catalogue. The body is the note with it.
    Order {
        /// The catalogue.
        catalog_id: String,
        /// What is ordered.
        items: Vec<SimItem>,
    },
    /// A person's number became another. The body says so.
    NumberChanged {
        /// The new number, without `+`.
        new_wa_id: String,
    },
    /// Other words in place of an earlier message's.
    Edit {
        /// The earlier message.
        of: String,
    },
    /// An earlier message is taken back.
    Revoke {
        /// The earlier message.
        of: String,
    },
    /// A person opened the chat for the first time.
    RequestWelcome,
    /// What WhatsApp doesn't pass on, such as a poll.
    Unsupported,
}

impl SimContent {
    /// The kind, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Media(media) => media.kind.as_str(),
            Self::Location { .. } => "location",
            Self::Contacts { .. } => "contacts",
            Self::Buttons { .. } => "buttons",
            Self::List { .. } => "list",
            Self::Template { .. } => "template",
            Self::Reaction { .. } => "reaction",
            Self::ButtonReply { .. } => "button reply",
            Self::ListReply { .. } => "list reply",
            Self::FlowReply { .. } => "form reply",
            Self::QuickReply { .. } => "quick reply",
            Self::Order { .. } => "order",
            Self::NumberChanged { .. } => "number change",
            Self::Edit { .. } => "edit",
            Self::Revoke { .. } => "revoke",
            Self::RequestWelcome => "first visit",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A file with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimMedia {
    /// How it is shown; the content's own `kind` is `media`.
    #[serde(rename = "media")]
    pub kind: MediaKind,
    /// The provider's id of the file, if the provider has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its media type, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What a document is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// Sound that was spoken into the phone.
    Voice,
    /// A film.
    Video,
    /// Any file.
    Document,
    /// A picture without a bubble.
    Sticker,
}

impl MediaKind {
    /// Meta's word for it; a voice note is audio there.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio | Self::Voice => "audio",
            Self::Video => "video",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

/// An entry of an address book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimContact {
    /// Who.
    pub name: String,
    /// Their numbers, as written.
    pub phones: Vec<String>,
}

/// What can be pressed or chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimChoice {
    /// Comes back when it is.
    pub id: String,
    /// What it says.
    pub title: String,
    /// Smaller, below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimSection {
    /// Its heading; may be empty where a list has one part.
    pub title: String,
    /// What can be chosen.
    pub rows: Vec<SimChoice>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimItem {
    /// The product's id in the catalogue.
    pub product: String,
    /// How many.
    pub quantity: u32,
    /// The price of one, as written.
    pub price: String,
    /// ISO 4217.
    pub currency: String,
}
