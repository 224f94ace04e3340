//! Every kind of message, as Twilio's form has it.

use countersign_core::message::{
    Beside, Content, InboundMessage, Location, Media, MediaKind, Referral,
};
use countersign_whatsapp::{Channel, WebhookRequest, twilio::Twilio};
use http::HeaderMap;
use proptest::prelude::*;

use super::config;

const SID: &str = "SM1f0e8ae6ade43cb3c0ce4525424e404f";

fn decode(fields: &[(&str, &str)]) -> Vec<InboundMessage> {
    let always = [
        ("MessageSid", SID),
        ("From", "whatsapp:+14155550142"),
        ("To", "whatsapp:+14155238886"),
        ("WaId", "14155550142"),
        ("ReferralNumMedia", "0"),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(always.iter().chain(fields))
        .finish();
    let mut headers = HeaderMap::new();
    let form = "application/x-www-form-urlencoded";
    headers.insert("content-type", form.parse().unwrap());
    let request = WebhookRequest {
        path_and_query: "/webhooks/twilio/ventas",
        headers: &headers,
        body: body.as_bytes(),
    };
    Twilio::new(config()).unwrap().decode(&request).unwrap()
}

#[track_caller]
fn check(fields: &[(&str, &str)], expect: Content) {
    let [message] = decode(fields).try_into().unwrap();
    assert_eq!(message.content, expect, "{fields:?}");
    // Whatever it is, what it says with words is found.
    let words = fields.iter().find(|(field, _)| *field == "Body");
    if let (Content::Text { .. } | Content::Media(_), Some((_, words))) = (&expect, words) {
        assert_eq!(expect.words().unwrap_or_default(), *words);
    }
}

fn text(body: &str) -> Content {
    Content::Text {
        body: body.to_owned(),
    }
}

fn unreadable(kind: &str) -> Content {
    Content::Unreadable {
        kind: kind.to_owned(),
    }
}

fn file(kind: MediaKind, media_type: &str, source: &str, caption: Option<&str>) -> Content {
    Content::Media(Media {
        kind,
        media_type: media_type.to_owned(),
        source: source.to_owned(),
        content: None,
        filename: None,
        caption: caption.map(str::to_owned),
    })
}

#[test]
fn w1_words() {
    check(
        &[("Body", " How many?\n"), ("NumMedia", "0")],
        text(" How many?\n"),
    );
    check(
        &[("Body", "a\0b\u{1b}[2J\u{202e}")],
        text("a\0b\u{1b}[2J\u{202e}"),
    );
    check(&[("Body", "hi"), ("MessageType", "text")], text("hi"));
}

#[test]
fn w1_files() {
    let url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1";
    let one = |media_type, told, body| {
        [
            ("NumMedia", "1"),
            ("MediaUrl0", url),
            ("MediaContentType0", media_type),
            ("MessageType", told),
            ("Body", body),
        ]
    };
    let rows = [
        ("image/jpeg", "image", MediaKind::Image),
        ("image/webp", "sticker", MediaKind::Sticker),
        ("audio/ogg", "audio", MediaKind::Voice),
        ("audio/ogg; codecs=opus", "", MediaKind::Voice),
        ("audio/mpeg", "audio", MediaKind::Audio),
        ("video/mp4", "video", MediaKind::Video),
        ("application/pdf", "document", MediaKind::Document),
        ("image/png", "document", MediaKind::Document),
        ("text/vcard", "contacts", MediaKind::Document),
    ];
    for (media_type, told, kind) in rows {
        check(
            &one(media_type, told, ""),
            file(kind, media_type, url, None),
        );
        let captioned = file(kind, media_type, url, Some("stock ABC123"));
        check(&one(media_type, told, "stock ABC123"), captioned);
    }
    check(
        &[("NumMedia", "1"), ("MediaContentType0", "image/jpeg")],
        unreadable("image/jpeg"),
    );
    check(&[("NumMedia", "1")], unreadable("media"));
    let image = ("MediaContentType0", "image/jpeg");
    check(
        &[("MediaUrl0", "not a URL"), image],
        unreadable("image/jpeg"),
    );
}

/// WhatsApp sends one file with a message, and the form can hold ten.
#[test]
fn w1_several_files_are_messages_of_their_own() {
    let messages = decode(&[
        ("NumMedia", "3"),
        ("Body", "all three"),
        ("MediaUrl0", "https://a/0"),
        ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", "https://a/1"),
        ("MediaContentType1", "image/png"),
        ("MediaUrl2", "https://a/2"),
    ]);
    let found: Vec<(&str, &Content)> = messages
        .iter()
        .map(|message| (message.id.as_str(), &message.content))
        .collect();
    let octets = "application/octet-stream";
    assert_eq!(
        found,
        [
            (
                SID,
                &file(
                    MediaKind::Image,
                    "image/jpeg",
                    "https://a/0",
                    Some("all three")
                )
            ),
            (
                &*format!("{SID}/1"),
                &file(MediaKind::Image, "image/png", "https://a/1", None)
            ),
            (
                &*format!("{SID}/2"),
                &file(MediaKind::Document, octets, "https://a/2", None)
            ),
        ]
    );
}

#[test]
fn w1_places() {
    let place = |name: Option<&str>, address: Option<&str>| {
        Content::Location(Location {
            latitude: -1.9441,
            longitude: 30.0619,
            name: name.map(str::to_owned),
            address: address.map(str::to_owned),
        })
    };
    let at = [("Latitude", "-1.9441"), ("Longitude", "30.0619")];
    check(&at, place(None, None));
    let [a, b] = at;
    check(&[a, b, ("Label", "Kigali")], place(Some("Kigali"), None));
    check(&[a, b, ("Body", "Kigali")], place(Some("Kigali"), None));
    check(
        &[a, b, ("Body", "KN 4"), ("Address", "KN 4")],
        place(None, Some("KN 4")),
    );
    check(&[("Latitude", "91"), b], unreadable("location"));
    check(&[("Latitude", "nan"), b], unreadable("location"));
    check(&[a], unreadable("location"));
}

#[test]
fn w1_choices_and_reactions() {
    let choice = |id: &str, title: &str| Content::Choice {
        id: id.to_owned(),
        title: title.to_owned(),
    };
    let yes = ("ButtonText", "Yes");
    check(&[yes], choice("Yes", "Yes"));
    check(
        &[yes, ("ButtonPayload", "yes-1"), ("Body", "Yes")],
        choice("yes-1", "Yes"),
    );
    check(
        &[
            ("ListId", "row-2"),
            ("ListTitle", "Tuesday"),
            ("Body", "Tuesday"),
        ],
        choice("row-2", "Tuesday"),
    );
    check(
        &[("ListId", "row-2"), ("Body", "Tuesday")],
        choice("row-2", "Tuesday"),
    );
    let reaction = ("MessageType", "reaction");
    let to = ("OriginalRepliedMessageSid", "SM7");
    let reacted = |emoji: Option<&str>| Content::Reaction {
        to: "SM7".parse().unwrap(),
        emoji: emoji.map(str::to_owned),
    };
    check(&[reaction, to, ("Body", "👍")], reacted(Some("👍")));
    check(&[reaction, to], reacted(None));
    check(&[reaction], unreadable("reaction"));
}

#[test]
fn w1_what_can_not_be_read_is_named() {
    check(&[], unreadable("unknown"));
    check(&[("MessageType", "contacts")], unreadable("contacts"));
    check(
        &[("MessageType", &"x".repeat(200))],
        unreadable(&"x".repeat(100)),
    );
}

#[test]
fn w1_what_comes_beside_a_form() {
    let beside = |fields: &[(&str, &str)]| decode(fields).remove(0).beside;
    assert_eq!(beside(&[("Body", "hi")]), Beside::default());
    let reply = beside(&[("Body", "hi"), ("OriginalRepliedMessageSid", "SM7")]);
    assert_eq!(reply.replies_to, Some("SM7".parse().unwrap()));
    let referral = beside(&[
        ("Body", "hi"),
        ("ReferralBody", "Light for all"),
        ("ReferralHeadline", "Solar"),
        ("ReferralSourceId", "120210"),
        ("ReferralSourceType", "ad"),
        ("ReferralSourceUrl", "https://fb.me/1"),
    ]);
    assert_eq!(
        referral.referral,
        Some(Referral {
            url: Some("https://fb.me/1".to_owned()),
            kind: Some("ad".to_owned()),
            id: Some("120210".to_owned()),
            headline: Some("Solar".to_owned()),
            body: Some("Light for all".to_owned()),
        })
    );
}

proptest! {
    /// What a file is comes back as it was sent, however many there are.
    #[test]
    fn w1_any_files_come_back(
        types in prop::collection::vec("[a-z]{1,8}/[a-z.+-]{1,20}", 1..10),
        body in ".{0,60}",
    ) {
        let fields: Vec<(String, String)> = types
            .iter()
            .enumerate()
            .flat_map(|(n, media_type)| [
                (format!("MediaUrl{n}"), format!("https://a/{n}")),
                (format!("MediaContentType{n}"), media_type.clone()),
            ])
            .chain([("Body".to_owned(), body.clone())])
            .collect();
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        let messages = decode(&fields);
        let mut found = Vec::new();
        for message in &messages {
            let Content::Media(media) = &message.content else {
                panic!("{:?}", message.content);
            };
            found.push(media.media_type.clone());
        }
        prop_assert_eq!(found, types);
        prop_assert_eq!(messages[0].content.words().unwrap_or_default(), body);
    }
}
