//! Any message as it may be composed, and what of it is documented to be kept: for tests that write it
//! down as a provider would and look for what comes back.

use countersign_core::{
    ContentHash, E164, ProviderMessageId, SenderId,
    message::{Beside, ContactCard, Content, Location, Media, MediaKind, Order, Referral},
    offer::Shows,
};
use countersign_whatsapp::bounds::{
    ADDRESS, CARD_FIELDS, EMOJI, KIND, LINE, LIST, NAME, PARAGRAPH,
};
use jiff::Timestamp;
use proptest::{option, prelude::*};
use serde::Serialize;

/// A message before it is at any provider.
#[derive(Debug, Clone)]
pub struct Composed {
    pub id: ProviderMessageId,
    pub writer: Writer,
    pub name: Option<String>,
    pub content: Content,
    pub replies_to: Option<ProviderMessageId>,
    pub referral: Option<Referral>,
    /// In seconds since 1970.
    pub sent_at: i64,
}

/// Who writes, by at least one of their names.
#[derive(Debug, Clone)]
pub enum Writer {
    Number(E164),
    User(SenderId),
    Both(SenderId, E164),
}

impl Writer {
    pub fn number(&self) -> Option<&E164> {
        match self {
            Self::Number(number) | Self::Both(_, number) => Some(number),
            Self::User(_) => None,
        }
    }

    pub fn user(&self) -> Option<&SenderId> {
        match self {
            Self::User(user) | Self::Both(user, _) => Some(user),
            Self::Number(_) => None,
        }
    }

    /// The digits of the number.
    pub fn wa_id(&self) -> Option<&str> {
        self.number().map(|number| &number.as_str()[1..])
    }

    /// The name that lasts, and the others.
    pub fn names(&self) -> (SenderId, Vec<SenderId>) {
        let of = |number: &E164| number.as_str().parse().unwrap();
        match self {
            Self::Number(number) => (of(number), vec![]),
            Self::User(user) => (user.clone(), vec![]),
            Self::Both(user, number) => (user.clone(), vec![of(number)]),
        }
    }
}

/// How a provider writes that something is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    Absent,
    Empty,
}

pub fn nothing() -> impl Strategy<Value = Nothing> {
    prop_oneof![Just(Nothing::Absent), Just(Nothing::Empty)]
}

/// A text with something in it: of any characters, and now and then about as long as `most`.
pub fn text(most: usize) -> impl Strategy<Value = String> {
    let about = most.saturating_sub(1).max(1)..most + 3;
    let long = prop_oneof![
        Just("a"),
        Just("é"),
        Just("😀"),
        Just("\u{202e}"),
        Just("\"")
    ];
    prop_oneof![
        6 => "(?s:.){1,20}",
        3 => "\\PC{1,20}",
        1 => (long, about).prop_map(|(piece, count)| piece.repeat(count)),
    ]
}

pub fn id() -> impl Strategy<Value = ProviderMessageId> {
    "[!-\"$-~]{1,60}".prop_map(|id| id.parse().unwrap())
}

fn number() -> impl Strategy<Value = E164> {
    "\\+[1-9][0-9]{6,14}".prop_map(|number| number.parse().unwrap())
}

fn user() -> impl Strategy<Value = SenderId> {
    "[A-Z]{2}\\.[A-Za-z0-9]{1,128}".prop_map(|user| user.parse().unwrap())
}

pub fn writer() -> impl Strategy<Value = Writer> {
    prop_oneof![
        number().prop_map(Writer::Number),
        user().prop_map(Writer::User),
        (user(), number()).prop_map(|(user, number)| Writer::Both(user, number)),
    ]
}

/// A message with this content.
pub fn composed(content: impl Strategy<Value = Content>) -> impl Strategy<Value = Composed> {
    let name = option::of(text(NAME));
    let beside = (
        option::of(id()),
        option::of(referral()),
        0_i64..4_102_444_800,
    );
    (id(), writer(), name, content, beside).prop_map(
        |(id, writer, name, content, (replies_to, referral, sent_at))| Composed {
            id,
            writer,
            name,
            content,
            replies_to,
            referral,
            sent_at,
        },
    )
}

fn referral() -> impl Strategy<Value = Referral> {
    let texts = (text(KIND), text(LINE), text(LINE), text(PARAGRAPH));
    let texts = (option::of(source()), texts, any::<[bool; 4]>());
    texts.prop_map(|(url, (kind, id, headline, body), there)| Referral {
        url,
        kind: there[0].then_some(kind),
        id: there[1].then_some(id),
        headline: there[2].then_some(headline),
        body: there[3].then_some(body),
    })
}

/// What a file is fetched by, up to the longest.
fn source() -> impl Strategy<Value = String> {
    prop_oneof![9 => "[!-~]{1,60}", 1 => Just("x".repeat(ADDRESS))]
}

pub fn words() -> impl Strategy<Value = Content> {
    text(4096).prop_map(|body| Content::Text { body })
}

/// A file with a type that goes with its kind.
pub fn file() -> impl Strategy<Value = Content> {
    let kind = prop_oneof![
        (Just(MediaKind::Image), "image/[a-z]{1,10}"),
        (Just(MediaKind::Audio), "audio/[a-m]{1,10}"),
        (Just(MediaKind::Voice), "audio/ogg(; codecs=opus)?"),
        (Just(MediaKind::Video), "video/[a-z0-9]{1,10}"),
        (Just(MediaKind::Document), "[a-z]{1,11}/[a-z.+-]{1,110}"),
        (Just(MediaKind::Sticker), "image/webp"),
    ];
    let hash = option::of(any::<[u8; 8]>().prop_map(|bytes| ContentHash::of(&bytes)));
    let names = (option::of(text(LINE)), option::of(text(1024)));
    (kind, source(), hash, names).prop_map(
        |((kind, media_type), source, content, (filename, caption))| {
            Content::Media(Media {
                kind,
                media_type,
                source,
                content,
                filename,
                caption,
            })
        },
    )
}

pub fn place() -> impl Strategy<Value = Content> {
    let names = (option::of(text(LINE)), option::of(text(PARAGRAPH)));
    (-90.0..=90.0, -180.0..=180.0, names).prop_map(|(latitude, longitude, (name, address))| {
        Content::Location(Location {
            latitude,
            longitude,
            name,
            address,
        })
    })
}

pub fn choice() -> impl Strategy<Value = Content> {
    (text(LINE), text(LINE)).prop_map(|(id, title)| Content::Choice { id, title })
}

pub fn reaction() -> impl Strategy<Value = Content> {
    (id(), option::of(text(EMOJI))).prop_map(|(to, emoji)| Content::Reaction { to, emoji })
}

/// What is kept of a content, by the bounds.
pub fn kept(content: Content) -> Content {
    match content {
        Content::Media(media) => Content::Media(Media {
            media_type: cut(&media.media_type, KIND),
            filename: media.filename.map(|name| cut(&name, LINE)),
            ..media
        }),
        Content::Location(place) => Content::Location(Location {
            name: place.name.map(|name| cut(&name, LINE)),
            address: place.address.map(|address| cut(&address, PARAGRAPH)),
            ..place
        }),
        Content::Contacts { contacts } => Content::Contacts {
            contacts: first(contacts.into_iter().map(card).collect()),
        },
        Content::Choice { id, title } => Content::Choice {
            id: cut(&id, LINE),
            title: cut(&title, LINE),
        },
        Content::Reaction { to, emoji } => Content::Reaction {
            to,
            emoji: emoji.map(|emoji| cut(&emoji, EMOJI)),
        },
        Content::Order(order) => Content::Order(Order {
            catalogue: cut(&order.catalogue, LINE),
            items: first(order.items),
            text: order.text,
        }),
        Content::Unreadable { kind } => Content::Unreadable {
            kind: cut(&kind, KIND),
        },
        other => other,
    }
}

fn card(card: ContactCard) -> ContactCard {
    let some = |list: Vec<String>| {
        let cut = list.iter().map(|field| cut(field, LINE));
        cut.take(CARD_FIELDS).collect()
    };
    ContactCard {
        name: cut(&card.name, LINE),
        phones: some(card.phones),
        emails: some(card.emails),
    }
}

/// As many of the first entries as fit what is kept of a list.
fn first<T: Serialize>(mut entries: Vec<T>) -> Vec<T> {
    let size = |entries: &[T]| {
        let sizes = entries
            .iter()
            .map(|it| serde_json::to_string(it).unwrap().len());
        sizes.sum::<usize>()
    };
    while size(&entries) > LIST {
        entries.pop();
    }
    entries
}

/// What is kept beside a content.
pub fn beside(composed: &Composed, shows: Shows) -> Beside {
    let kept = composed.referral.clone().map(|referral| Referral {
        url: referral.url,
        kind: referral.kind.map(|it| cut(&it, KIND)),
        id: referral.id.map(|it| cut(&it, LINE)),
        headline: referral.headline.map(|it| cut(&it, LINE)),
        body: referral.body.map(|it| cut(&it, PARAGRAPH)),
    });
    Beside {
        replies_to: composed.replies_to.clone(),
        referral: kept.filter(|referral| *referral != Referral::default()),
        sent_at: Some(Timestamp::from_second(composed.sent_at).unwrap()),
        aliases: composed.writer.names().1,
        shows,
        ..Beside::default()
    }
}

/// The first characters of a text.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
