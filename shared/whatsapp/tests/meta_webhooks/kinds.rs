//! Every kind of message.

use countersign_core::{
    ContentHash,
    message::{
        Beside, ContactCard, Content, InboundMessage, Location, Media, MediaKind, Order, OrderItem,
        Referral,
    },
    offer::Shows,
};
use countersign_whatsapp::LeftOut;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{change, receive, receive_bytes, samples, update};

fn sample(name: &str) -> InboundMessage {
    let samples = samples();
    let sample = samples.iter().find(|it| it.name == name).unwrap();
    let received = receive(&sample.update);
    assert_eq!(received.left_out, [], "{name}");
    let [message] = received.messages.try_into().unwrap();
    message
}

#[test]
fn w1_a_text_of_metas() {
    let message = sample("text");
    assert_eq!(
        message,
        InboundMessage {
            endpoint: "ventas".parse().unwrap(),
            number: "+14155238886".parse().unwrap(),
            id: "wamid.HBgMMjUwNzg4NTU1MDAxFQIAEhgU0001".parse().unwrap(),
            sender: "RW.13491208655302741918".parse().unwrap(),
            phone: Some("+250788555001".parse().unwrap()),
            name: Some("Ana Ruiz".to_owned()),
            content: Content::Text {
                body: " How many?\n".to_owned(),
            },
            beside: Beside {
                sent_at: Some("2025-11-20T07:00:00Z".parse().unwrap()),
                aliases: vec!["+250788555001".parse().unwrap()],
                shows: Shows::Taps,
                ..Beside::default()
            },
        }
    );
}

#[test]
fn w1_every_sample_is_what_it_says() {
    for sample in samples() {
        let received = receive(&sample.update);
        assert_eq!(received.left_out, [], "{}", sample.name);
        let [message] = received.messages.try_into().unwrap();
        let found = (
            message.content.kind().to_owned(),
            message.id.to_string(),
            message.sender.to_string(),
        );
        assert_eq!(
            found,
            (sample.kind, sample.id, sample.sender),
            "{}",
            sample.name
        );
    }
}

#[test]
fn w1_every_kind_of_content() {
    let check = |name: &str, expect: Content| assert_eq!(sample(name).content, expect, "{name}");
    let hash = ContentHash::of(b"abc");
    let file = |kind, media_type: &str, source: &str| Media {
        kind,
        media_type: media_type.to_owned(),
        source: source.to_owned(),
        content: Some(hash),
        filename: None,
        caption: None,
    };
    check(
        "image",
        Content::Media(Media {
            caption: Some("two of these?".to_owned()),
            ..file(MediaKind::Image, "image/jpeg", "2754859441498128")
        }),
    );
    let ogg = "audio/ogg; codecs=opus";
    check("voice", Content::Media(file(MediaKind::Voice, ogg, "1")));
    check(
        "audio",
        Content::Media(file(MediaKind::Audio, "audio/mpeg", "2")),
    );
    check(
        "video",
        Content::Media(file(MediaKind::Video, "video/mp4", "3")),
    );
    check(
        "document",
        Content::Media(Media {
            filename: Some("offer.pdf".to_owned()),
            ..file(MediaKind::Document, "application/pdf", "4")
        }),
    );
    check(
        "sticker",
        Content::Media(file(MediaKind::Sticker, "image/webp", "5")),
    );
    check(
        "location",
        Content::Location(Location {
            latitude: -1.9441,
            longitude: 30.0619,
            name: Some("Kigali".to_owned()),
            address: Some("KN 4 Ave".to_owned()),
        }),
    );
    check(
        "contacts",
        Content::Contacts {
            contacts: vec![
                ContactCard {
                    name: "Eve K".to_owned(),
                    phones: vec!["+250 788 1".to_owned(), "2507882".to_owned()],
                    emails: vec!["eve@example.com".to_owned()],
                },
                ContactCard {
                    name: "No Phone".to_owned(),
                    phones: vec![],
                    emails: vec![],
                },
            ],
        },
    );
    let choice = |id: &str, title: &str| Content::Choice {
        id: id.to_owned(),
        title: title.to_owned(),
    };
    check("button reply", choice("yes-1", "Yes"));
    check("list reply", choice("row-2", "Tuesday"));
    check("template button", choice("stop", "Unsubscribe"));
    check(
        "form",
        Content::Form {
            values: r#"{"flow_token":"t","size":"M"}"#.to_owned(),
        },
    );
    let reaction = |emoji: Option<&str>| Content::Reaction {
        to: "wamid.OURS".parse().unwrap(),
        emoji: emoji.map(str::to_owned),
    };
    check("reaction", reaction(Some("👍🏽")));
    check("reaction taken away", reaction(None));
    let item = |product: &str, quantity, price: &str| OrderItem {
        product: product.to_owned(),
        quantity,
        price: price.to_owned(),
        currency: "USD".to_owned(),
    };
    check(
        "order",
        Content::Order(Order {
            catalogue: "194836987003835".to_owned(),
            items: vec![item("ABC123", 2, "30.5"), item("XYZ-1", 1, "12.00")],
            text: Some("please".to_owned()),
        }),
    );
    check(
        "edit",
        Content::Edited {
            of: "wamid.FIRST".parse().unwrap(),
            body: "now this".to_owned(),
        },
    );
    check(
        "revoke",
        Content::Revoked {
            of: "wamid.FIRST".parse().unwrap(),
        },
    );
    check(
        "number changed",
        Content::Renamed {
            to: vec!["RW.777".parse().unwrap(), "+250788555009".parse().unwrap()],
        },
    );
}

#[test]
fn w1_what_comes_beside_a_message() {
    let reply = Some("wamid.OURS".parse().unwrap());
    for name in [
        "reply",
        "button reply",
        "list reply",
        "form",
        "template button",
    ] {
        assert_eq!(sample(name).beside.replies_to, reply, "{name}");
    }
    assert_eq!(
        sample("text from an advertisement").beside.referral,
        Some(Referral {
            url: Some("https://fb.me/1".to_owned()),
            kind: Some("ad".to_owned()),
            id: Some("120210".to_owned()),
            headline: Some("Solar".to_owned()),
            body: Some("Light for all".to_owned()),
        })
    );
}

/// A message of `kind` with these fields, taken as what can't be read; its kind then.
#[track_caller]
fn unreadable(kind: &str, fields: Value) -> String {
    let mut message = json!({"from": "250788555001", "id": "wamid.1", "type": kind});
    for (field, value) in fields.as_object().unwrap() {
        message[field] = value.clone();
    }
    let received = receive(&update(vec![change(json!({"messages": [message]}))]));
    let [message] = received.messages.try_into().unwrap();
    let Content::Unreadable { kind } = message.content else {
        panic!("{:?}", message.content);
    };
    // What is odd is told, so that somebody looks.
    let odd = LeftOut::Odd {
        id: message.id,
        kind: kind.clone(),
    };
    assert_eq!(received.left_out, [odd]);
    kind
}

#[test]
fn w1_what_is_not_as_documented_is_kept_and_told() {
    assert_eq!(
        unreadable("hologram", json!({"hologram": {"x": 1}})),
        "hologram"
    );
    assert_eq!(unreadable(&"x".repeat(300), json!({})), "x".repeat(100));
    for (kind, fields) in [
        ("text", json!({"text": {}})),
        ("text", json!({"text": "hello"})),
        ("image", json!({"image": {"mime_type": "image/png"}})),
        ("image", json!({"image": {"id": "a b"}})),
        (
            "location",
            json!({"location": {"latitude": 91, "longitude": 0}}),
        ),
        (
            "location",
            json!({"location": {"latitude": "1", "longitude": 0}}),
        ),
        ("contacts", json!({"contacts": {}})),
        ("interactive", json!({"interactive": {"type": "new_reply"}})),
        (
            "interactive",
            json!({"interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "{"}}}),
        ),
        ("button", json!({"button": {"payload": "x"}})),
        ("reaction", json!({"reaction": {"emoji": "x"}})),
        (
            "order",
            json!({"order": {"catalog_id": "1", "product_items": [{"quantity": -1}]}}),
        ),
        ("edit", json!({"edit": {"message": {}}})),
        ("revoke", json!({})),
    ] {
        assert_eq!(unreadable(kind, fields), kind);
    }
}

#[test]
fn w1_what_others_wrote_is_bounded() {
    let many = |count: usize| -> Value {
        let card = json!({
            "name": {"formatted_name": "n".repeat(1000)},
            "phones": vec![json!({"phone": "1".repeat(1000)}); 100],
        });
        json!({"from": "250788555001", "id": "wamid.1", "type": "contacts", "contacts": vec![card; count]})
    };
    let received = receive(&update(vec![change(json!({"messages": [many(200)]}))]));
    let Content::Contacts { contacts } = &received.messages[0].content else {
        panic!("{received:?}");
    };
    assert_eq!((contacts.len(), contacts[0].phones.len()), (5, 10));
    assert_eq!(
        (contacts[0].name.len(), contacts[0].phones[0].len()),
        (256, 256)
    );
}

proptest! {
    /// A body comes back, whatever is in it.
    #[test]
    fn w1_any_words_come_back(body in ".{0,300}", name in ".{1,200}") {
        let message = json!({
            "from": "250788555001", "id": "wamid.1", "type": "text", "text": {"body": body}
        });
        let contact = json!({"wa_id": "250788555001", "profile": {"name": name}});
        let value = json!({"messages": [message], "contacts": [contact]});
        let received = receive(&update(vec![change(value)]));
        prop_assert_eq!(&received.messages[0].content, &Content::Text { body });
        prop_assert_eq!(received.messages[0].name.as_ref(), Some(&name));
    }

    #[test]
    fn w1_any_bytes_are_decoded_or_refused(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = receive_bytes(&body);
    }

    /// Any field of any sample may be of any type: nothing is lost but the message itself, and a good
    /// one beside it never.
    #[test]
    fn w1_a_broken_message_takes_no_other_with_it(
        which in any::<prop::sample::Index>(),
        field in any::<prop::sample::Index>(),
        with in prop_oneof![
            Just(Value::Null), Just(json!([])), Just(json!({})), Just(json!(-1)), Just(json!("")),
            Just(json!([[]])), Just(json!("\u{0} #")), Just(json!(1e300)),
        ],
    ) {
        let samples = samples();
        let good = &samples[0].update["entry"][0]["changes"][0]["value"]["messages"][0];
        let broken = which.get(&samples);
        let mut value = broken.update["entry"][0]["changes"][0]["value"].clone();
        let message = value["messages"][0].as_object_mut().unwrap();
        let fields: Vec<String> = message.keys().cloned().collect();
        message.insert(field.get(&fields).clone(), with);
        value["messages"].as_array_mut().unwrap().push(good.clone());
        let received = receive(&update(vec![json!({"field": "messages", "value": value})]));
        let last = received.messages.last().unwrap();
        prop_assert_eq!(&last.content, &Content::Text { body: " How many?\n".to_owned() });
        prop_assert!(received.messages.len() == 2 || received.left_out.len() == 1);
    }
}
