//! What a customer's message says in a prompt, whatever kind it is. All of it is data: it stands in
//! attributes and in the text of one block, which escapes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::{Placed, blocks::quote, draft::Draft, says::json};
use crate::{
    EventId, ProviderMessageId, changed,
    event::{Event, EventData},
    message::{
        Beside, CauseKey, ContactCard, Content, Fetched, Heard, Location, OrderItem, heard::MARK,
    },
};

/// The messages at hand that others can speak of.
pub(super) struct Mentioned<'a> {
    messages: BTreeMap<&'a CauseKey, Timestamp>,
    taken_back: BTreeSet<EventId>,
    files: BTreeMap<EventId, Timestamp>,
    heard: BTreeMap<EventId, &'a str>,
    seen: BTreeSet<EventId>,
    at_hand: BTreeSet<EventId>,
    takes_back_another: bool,
}

impl<'a> Mentioned<'a> {
    pub fn of(events: &[Placed<'a>]) -> Self {
        let messages = events.iter().filter_map(|placed| match &placed.event.data {
            EventData::UserMessage { cause, .. } => Some((cause, placed.event.at)),
            _ => None,
        });
        let files = events.iter().filter_map(|placed| match &placed.event.data {
            EventData::UserMessage {
                content: Content::Media(_),
                ..
            } => Some((placed.event.id, placed.event.at)),
            _ => None,
        });
        let heard = events.iter().filter_map(|placed| match &placed.event.data {
            EventData::FileFetched { message, outcome } => {
                Some((*message, outcome.heard()?.words()?))
            }
            _ => None,
        });
        let seen = events.iter().flat_map(|placed| match &placed.event.data {
            EventData::ModelThinking { pictures, .. } => pictures.as_slice(),
            _ => &[],
        });
        let at_hand = events.iter().map(|placed| placed.event.id);
        Self {
            files: files.collect(),
            messages: messages.collect(),
            heard: heard.collect(),
            seen: seen.copied().collect(),
            at_hand: at_hand.collect(),
            taken_back: changed::taken_back(events.iter().map(|placed| placed.event)),
            takes_back_another: changed::takes_back_another(
                events.iter().map(|placed| placed.event),
            ),
        }
    }

    /// When the customer sent the file whose words `event` has changed.
    pub fn recaptioned(&self, event: &Event) -> Option<Timestamp> {
        let of = event.answers.last()?;
        match &event.data {
            EventData::UserMessage {
                content: Content::Media(_),
                ..
            } => self.files.get(of).copied(),
            _ => None,
        }
    }

    pub fn is_taken_back(&self, message: EventId) -> bool {
        self.taken_back.contains(&message)
    }

    /// Whether a model was shown a message's picture before.
    pub fn seen(&self, message: EventId) -> Seen {
        match self.seen.contains(&message) {
            true => Seen::Before,
            false => Seen::Never,
        }
    }

    /// What was heard in a message's recording.
    pub fn heard(&self, message: EventId) -> Option<&'a str> {
        self.heard.get(&message).copied()
    }

    /// What was heard in the recording of a message that is not at hand itself: its words stand with
    /// the report on it then.
    pub fn heard_alone(&self, message: EventId) -> Option<&'a str> {
        self.heard(message)
            .filter(|_| !self.at_hand.contains(&message) && !self.takes_back_another)
    }

    /// When the customer sent the message that another one of theirs, `by`, speaks of.
    pub fn at(&self, by: &CauseKey, id: &ProviderMessageId) -> Option<Timestamp> {
        let other = by.of_other(id)?;
        self.messages.get(&other).copied()
    }
}

/// What is known of what is in a message's file.
#[derive(Clone, Copy)]
pub(super) struct Perceived<'a> {
    /// What was heard in its recording.
    pub heard: Option<&'a str>,
    /// Whether its picture is shown.
    pub seen: Seen,
}

/// Whether a picture is shown.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    /// With this question.
    Now,
    /// With one before.
    Before,
    /// To nobody.
    Never,
}

impl Seen {
    fn told(self) -> &'static str {
        match self {
            Self::Now => "yes, with this question",
            Self::Before => {
                "not any more; it was with an earlier question, whose answer tells of it"
            }
            Self::Never => "no, you can't see or hear what is in it",
        }
    }
}

/// A message as a block, with what is known of its file; `when` puts into words which one it speaks of.
pub(super) fn from_customer(
    name: Option<&str>,
    content: &Content,
    Perceived { heard, seen }: Perceived<'_>,
    beside: &Beside,
    when: impl Fn(&ProviderMessageId) -> String,
) -> Draft {
    let mut draft = match content {
        Content::Text { body } => said(body),
        Content::Choice { title, .. } => said(title).fact("kind", "choice"),
        Content::Edited { of, body } => said(body).fact("changes", when(of)),
        Content::Revoked { of } => said("").fact("takes_back", when(of)),
        Content::Reaction { to, emoji } => {
            let emoji = emoji.as_deref().unwrap_or("taken away");
            said("").fact("reaction", emoji).fact("to", when(to))
        }
        Content::Media(media) => {
            let written = media.caption.as_deref();
            let words: Vec<&str> = written.into_iter().chain(heard).collect();
            let draft = said(words.join("\n")).fact("kind", media.kind.as_str());
            let draft = match (written, heard) {
                (_, None) => draft.fact("shown", seen.told()),
                (None, Some(_)) => draft.fact("words", MARK),
                (Some(_), Some(_)) => draft.fact("words", format!("a caption, then a {MARK}")),
            };
            let draft = match &media.filename {
                Some(filename) => draft.fact("filename", filename),
                None => draft,
            };
            draft.detail("media_type", &media.media_type)
        }
        Content::Order(order) => {
            let words = order.text.as_deref().unwrap_or_default();
            let items = json(&shown_items(&order.items));
            let text = [words, &items].join("\n");
            said(text.trim_start_matches('\n')).fact("kind", "order, not placed")
        }
        Content::Location(_) | Content::Contacts { .. } | Content::Form { .. } => {
            said(data(content)).fact("kind", content.kind())
        }
        Content::Renamed { .. } => said("").fact("kind", "renamed"),
        Content::Unreadable { kind } => said("").fact("unreadable", kind),
    };
    if let Some(of) = &beside.replies_to {
        draft = draft.fact("replies_to", when(of));
    }
    if let Some(referral) = &beside.referral {
        let told = [&referral.kind, &referral.headline, &referral.url];
        let told: Vec<&str> = told.into_iter().filter_map(|it| it.as_deref()).collect();
        draft = draft.detail("came_from", told.join(", "));
    }
    match name {
        Some(name) => draft.detail("name", name),
        None => draft,
    }
}

/// In place of a message that was taken back.
pub(super) fn taken_back() -> Draft {
    said("").fact("taken_back", "the customer took it back")
}

/// What became of a message's file, with the words that were heard in it and stand nowhere else.
pub(super) fn fetched(outcome: &Fetched, alone: Option<&str>) -> Draft {
    let draft = Draft::of("file", alone.unwrap_or_default());
    let draft = match alone {
        Some(_) => draft.fact("words", MARK),
        None => draft,
    };
    match outcome {
        Fetched::Stored {
            media_type,
            size,
            heard,
            ..
        } => {
            let draft = draft
                .fact("outcome", "stored for the company's people")
                .fact("media_type", media_type)
                .detail("bytes", size.to_string());
            match heard {
                None => draft,
                Some(Heard::Words { .. }) => draft.fact("heard", "yes"),
                Some(Heard::Nothing { why, .. }) => draft.fact("not_heard", why.as_str()),
            }
        }
        Fetched::Refused { why } => draft
            .fact("outcome", "not stored")
            .fact("why", why.as_str()),
    }
}

/// What a line of a summary says that the customer did.
pub(super) fn line(content: &Content, heard: Option<&str>, most: usize) -> Option<String> {
    let quoted = |text: &str| quote(text, most);
    Some(match content {
        Content::Text { body } => format!("wrote {}", quoted(body)),
        Content::Choice { title, .. } => format!("chose {}", quoted(title)),
        Content::Edited { body, .. } => format!("changed a message to {}", quoted(body)),
        Content::Revoked { .. } => "took a message back".to_owned(),
        Content::Reaction { emoji, .. } => match emoji {
            Some(emoji) => format!("reacted with {}", quoted(emoji)),
            None => return None,
        },
        Content::Media(media) => {
            let kind = media.kind.as_str();
            match (&media.caption, heard) {
                (None, Some(heard)) => format!("said {} ({MARK})", quoted(heard)),
                (Some(caption), Some(heard)) => format!(
                    "sent a file ({kind}) with {} and said {} ({MARK})",
                    quoted(caption),
                    quoted(heard)
                ),
                (Some(caption), None) => format!("sent a file ({kind}) with {}", quoted(caption)),
                (None, None) => format!("sent a file ({kind})"),
            }
        }
        Content::Order(order) => {
            let items = json(&shown_items(&order.items));
            format!("sent a list of products: {}", quoted(&items))
        }
        Content::Location(_) => format!("sent a location: {}", quoted(&data(content))),
        Content::Contacts { .. } => format!("sent contacts: {}", quoted(&data(content))),
        Content::Form { .. } => format!("filled in a form: {}", quoted(&data(content))),
        Content::Renamed { .. } => return None,
        Content::Unreadable { kind } => format!("sent a {}", quoted(kind)),
    })
}

fn said(text: impl Into<String>) -> Draft {
    Draft::of("user_message", text).remedy("ask the customer, if it matters")
}

/// What a message without words says, as JSON.
fn data(content: &Content) -> String {
    match content {
        Content::Location(place) => json(&ShownPlace::from(place)),
        Content::Contacts { contacts } => {
            let cards: Vec<ShownCard<'_>> = contacts.iter().map(ShownCard::from).collect();
            json(&cards)
        }
        Content::Form { values } => values.clone(),
        _ => String::new(),
    }
}

/// A place as it is shown: what is not known is left out.
#[derive(Serialize)]
struct ShownPlace<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> From<&'a Location> for ShownPlace<'a> {
    fn from(place: &'a Location) -> Self {
        Self {
            address: place.address.as_deref(),
            latitude: place.latitude,
            longitude: place.longitude,
            name: place.name.as_deref(),
        }
    }
}

/// A person's card as it is shown.
#[derive(Serialize)]
struct ShownCard<'a> {
    emails: &'a [String],
    name: &'a str,
    phones: &'a [String],
}

impl<'a> From<&'a ContactCard> for ShownCard<'a> {
    fn from(card: &'a ContactCard) -> Self {
        Self {
            emails: &card.emails,
            name: &card.name,
            phones: &card.phones,
        }
    }
}

/// What is shown of an order. What it costs is the catalogue's to say, and no model's to read here.
#[derive(Serialize)]
struct ShownItem<'a> {
    product: &'a str,
    quantity: u32,
}

fn shown_items(items: &[OrderItem]) -> Vec<ShownItem<'_>> {
    let items = items.iter().map(|item| ShownItem {
        product: &item.product,
        quantity: item.quantity,
    });
    items.collect()
}
