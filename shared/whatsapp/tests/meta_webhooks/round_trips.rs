//! Any message and any status, written as Meta writes it, comes back.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::{
    ContentHash, MessageRef, SenderId,
    message::{ContactCard, Content, DeliveryStatus, InboundMessage, MediaKind, Order, OrderItem},
    offer::Shows,
};
use countersign_whatsapp::{
    StatusReport,
    bounds::{FORM, KIND, LINE, NAME},
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Map, Value, json};

use super::{
    change, receive,
    typed::{
        self, Composed, Nothing, Writer, beside, choice, composed, cut, file, id, kept, nothing,
        place, reaction, text, words, writer,
    },
    update,
};

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        words(),
        Just(Content::Text {
            body: String::new()
        }),
        file(),
        place(),
        contacts(),
        choice(),
        form(),
        reaction(),
        order(),
        (id(), text(4096)).prop_map(|(of, body)| Content::Edited { of, body }),
        id().prop_map(|of| Content::Revoked { of }),
        writer().prop_map(renamed),
        "[a-z_]{1,120}".prop_map(|kind| Content::Unreadable { kind }),
    ]
}

fn contacts() -> impl Strategy<Value = Content> {
    let fields = || vec(text(LINE), 0..13);
    let card = (text(LINE), fields(), fields());
    let card = card.prop_map(|(name, phones, emails)| ContactCard {
        name,
        phones,
        emails,
    });
    vec(card, 0..20).prop_map(|contacts| Content::Contacts { contacts })
}

fn form() -> impl Strategy<Value = Content> {
    let fields = vec((text(20), text(200)), 0..10);
    let largest = format!("{{\"a\":\"{}\"}}", "x".repeat(FORM - 8));
    let values = prop_oneof![
        9 => fields.prop_map(|fields| {
            let fields: Map<_, _> = fields.into_iter().map(|(k, v)| (k, json!(v))).collect();
            Value::Object(fields).to_string()
        }),
        1 => Just(largest),
    ];
    values.prop_map(|values| Content::Form { values })
}

fn order() -> impl Strategy<Value = Content> {
    let price = "(0|[1-9][0-9]{0,8})(\\.[0-9]{1,2})?";
    let item = (text(LINE - 3), any::<u32>(), price, "[A-Z]{3}");
    let item = item.prop_map(|(product, quantity, price, currency)| OrderItem {
        product,
        quantity,
        price,
        currency,
    });
    (text(LINE), vec(item, 0..30), option::of(text(1024))).prop_map(|(catalogue, items, text)| {
        Content::Order(Order {
            catalogue,
            items,
            text,
        })
    })
}

fn renamed(to: Writer) -> Content {
    let (first, others) = to.names();
    let to = [first].into_iter().chain(others).collect();
    Content::Renamed { to }
}

/// How Meta may write the same thing: what is not there, and which of its forms it takes.
#[derive(Debug, Clone, Copy)]
struct Style {
    nothing: Nothing,
    form: usize,
}

fn style() -> impl Strategy<Value = Style> {
    (nothing(), 0_usize..3).prop_map(|(nothing, form)| Style { nothing, form })
}

impl Style {
    /// An object of these fields, without those that have nothing, or with nothing in them.
    fn object(self, fields: &[(&str, Option<Value>)]) -> Value {
        let mut object = Map::new();
        for (field, value) in fields {
            let empty = (self.nothing == Nothing::Empty).then(|| json!(""));
            if let Some(value) = value.clone().or(empty) {
                object.insert((*field).to_owned(), value);
            }
        }
        Value::Object(object)
    }
}

fn maybe(text: &Option<String>) -> Option<Value> {
    text.as_ref().map(|text| json!(text))
}

/// A body that brings one message.
fn encode(composed: &Composed, style: Style) -> Value {
    let (user, wa_id) = (composed.writer.user(), composed.writer.wa_id());
    let mut fields = encode_content(&composed.content, &composed.writer, style);
    fields["id"] = json!(composed.id);
    fields["timestamp"] = match style.form {
        0 => json!(composed.sent_at),
        _ => json!(composed.sent_at.to_string()),
    };
    if let Some(number) = wa_id {
        fields["from"] = json!(number);
    }
    let is_renamed = matches!(composed.content, Content::Renamed { .. });
    if let (Some(user), false) = (user, is_renamed) {
        fields["from_user_id"] = json!(user);
    }
    if let Some(id) = &composed.replies_to {
        fields["context"] = json!({"from": "14155238886", "id": id});
    }
    if let Some(referral) = &composed.referral {
        fields["referral"] = style.object(&[
            ("source_url", maybe(&referral.url)),
            ("source_type", maybe(&referral.kind)),
            ("source_id", maybe(&referral.id)),
            ("headline", maybe(&referral.headline)),
            ("body", maybe(&referral.body)),
        ]);
    }
    let contact = style.object(&[
        ("wa_id", wa_id.map(|it| json!(it))),
        ("user_id", user.map(|it| json!(it))),
        (
            "profile",
            Some(style.object(&[("name", maybe(&composed.name))])),
        ),
    ]);
    let value = json!({"messages": [fields], "contacts": [contact]});
    update(vec![change(value)])
}

fn encode_content(content: &Content, writer: &Writer, style: Style) -> Value {
    match content {
        Content::Text { body } => json!({"type": "text", "text": {"body": body}}),
        Content::Media(media) => {
            let (name, voice) = match (media.kind, style.form) {
                (MediaKind::Voice, 0) => ("voice", None),
                (MediaKind::Voice, _) => ("audio", Some(true)),
                (MediaKind::Audio, 0) => ("audio", None),
                (MediaKind::Audio, _) => ("audio", Some(false)),
                (kind, _) => (kind.as_str(), None),
            };
            let mut file = style.object(&[
                ("mime_type", Some(json!(media.media_type))),
                (
                    "sha256",
                    media.content.map(|hash| json!(hash_text(&hash, style))),
                ),
                ("id", Some(json!(media.source))),
                ("filename", maybe(&media.filename)),
                ("caption", maybe(&media.caption)),
            ]);
            if let Some(voice) = voice {
                file["voice"] = json!(voice);
            }
            json!({"type": name, name: file})
        }
        Content::Location(place) => {
            let place = style.object(&[
                ("latitude", Some(json!(place.latitude))),
                ("longitude", Some(json!(place.longitude))),
                ("name", maybe(&place.name)),
                ("address", maybe(&place.address)),
            ]);
            json!({"type": "location", "location": place})
        }
        Content::Contacts { contacts } => {
            let card = |card: &ContactCard| {
                let phones = card.phones.iter().map(|phone| match style.form {
                    0 => json!({"wa_id": phone}),
                    _ => json!({"phone": phone, "wa_id": "1", "type": "CELL"}),
                });
                let emails = card.emails.iter().map(|email| json!({"email": email}));
                json!({
                    "name": {"formatted_name": card.name, "first_name": "x"},
                    "phones": phones.collect::<Vec<_>>(),
                    "emails": emails.collect::<Vec<_>>(),
                })
            };
            json!({"type": "contacts", "contacts": contacts.iter().map(card).collect::<Vec<_>>()})
        }
        Content::Choice { id, title } => match style.form {
            0 => json!({"type": "button", "button": {"payload": id, "text": title}}),
            1 => replied("button_reply", json!({"id": id, "title": title})),
            _ => replied(
                "list_reply",
                json!({"id": id, "title": title, "description": "x"}),
            ),
        },
        Content::Form { values } => replied(
            "nfm_reply",
            json!({"name": "flow", "response_json": values}),
        ),
        Content::Reaction { to, emoji } => {
            let mut reaction = style.object(&[("emoji", maybe(emoji))]);
            reaction["message_id"] = json!(to);
            json!({"type": "reaction", "reaction": reaction})
        }
        Content::Order(order) => {
            let items = order.items.iter().map(|item| {
                // Meta writes numbers as numbers or in quotes; a number has no zero at its end.
                let price = match item.price.parse::<u32>() {
                    Ok(price) if style.form == 0 => json!(price),
                    _ => json!(item.price),
                };
                json!({
                    "product_retailer_id": item.product, "quantity": item.quantity,
                    "item_price": price, "currency": item.currency,
                })
            });
            let mut encoded = style.object(&[("text", maybe(&order.text))]);
            encoded["catalog_id"] = json!(order.catalogue);
            encoded["product_items"] = items.collect();
            json!({"type": "order", "order": encoded})
        }
        Content::Edited { of, body } => {
            let message = match style.form {
                0 => json!({"type": "image", "image": {"id": "1", "caption": body}}),
                _ => json!({"type": "text", "text": {"body": body}}),
            };
            json!({"type": "edit", "edit": {"original_message_id": of, "message": message}})
        }
        Content::Revoked { of } => {
            json!({"type": "revoke", "revoke": {"original_message_id": of}})
        }
        Content::Renamed { to } => {
            let is_number = |name: &&SenderId| name.as_str().starts_with('+');
            let number = to.iter().find(is_number);
            let user = to.iter().find(|name| !is_number(name));
            let field = ["wa_id", "new_wa_id", "wa_id"][style.form];
            json!({"type": "system", "system": style.object(&[
                ("type", Some(json!("user_changed_number"))),
                (field, number.map(|it| json!(it.as_str()[1..]))),
                ("user_id", user.map(|it| json!(it))),
                ("previous_user_id", writer.user().map(|it| json!(it))),
            ])})
        }
        Content::Unreadable { kind } => match style.form {
            0 => json!({"type": "system", "system": {"type": kind}}),
            1 => json!({"type": "unsupported", "unsupported": {"type": kind}}),
            _ => json!({"type": kind, "errors": [{"code": 131051}]}),
        },
    }
}

fn replied(name: &str, reply: Value) -> Value {
    json!({"type": "interactive", "interactive": {"type": name, name: reply}})
}

/// A hash is written as hexadecimal digits of either case, or in base64.
fn hash_text(hash: &ContentHash, style: Style) -> String {
    let hex = hash.to_string();
    match style.form {
        0 => hex,
        1 => hex.to_uppercase(),
        _ => {
            let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            STANDARD.encode((0..64).step_by(2).map(digit).collect::<Vec<_>>())
        }
    }
}

fn expected(composed: &Composed) -> InboundMessage {
    let (sender, _) = composed.writer.names();
    let is_renamed = matches!(composed.content, Content::Renamed { .. });
    InboundMessage {
        endpoint: "ventas".parse().unwrap(),
        number: "+14155238886".parse().unwrap(),
        id: composed.id.clone(),
        sender,
        phone: composed.writer.number().cloned(),
        // Of somebody whose names change, a contact tells what is not asked for.
        name: composed
            .name
            .as_ref()
            .filter(|_| !is_renamed)
            .map(|name| cut(name, NAME)),
        content: kept(composed.content.clone()),
        beside: beside(composed, Shows::Taps),
    }
}

fn status() -> impl Strategy<Value = DeliveryStatus> {
    prop_oneof![
        Just(DeliveryStatus::Sent),
        Just(DeliveryStatus::Delivered),
        Just(DeliveryStatus::Read),
        "[1-9][0-9]{0,50}".prop_map(|code| DeliveryStatus::Failed { code }),
    ]
}

fn encode_status(report: &StatusReport, style: Style) -> Value {
    let mut encoded = json!({
        "id": report.provider_id, "biz_opaque_callback_data": report.reference,
        "timestamp": "1763622000", "recipient_id": "250788555001",
    });
    encoded["status"] = match (&report.status, style.form) {
        (DeliveryStatus::Sent, _) => json!("sent"),
        (DeliveryStatus::Delivered, _) => json!("delivered"),
        (DeliveryStatus::Read, 0) => json!("played"),
        (DeliveryStatus::Read, _) => json!("read"),
        (DeliveryStatus::Failed { .. } | DeliveryStatus::Accepted, _) => json!("failed"),
    };
    if let DeliveryStatus::Failed { code } = &report.status {
        let number = code.parse::<u64>().ok().filter(|_| style.form == 0);
        let code = number.map_or(json!(code), |code| json!(code));
        encoded["errors"] = json!([{"code": code, "title": "x"}]);
    }
    encoded
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn w1_every_message_of_metas_comes_back(composed in composed(content()), style in style()) {
        let received = receive(&encode(&composed, style));
        prop_assert_eq!(&received.left_out, &[]);
        prop_assert_eq!(received.messages, [expected(&composed)]);
    }

    #[test]
    fn w5_every_status_of_metas_comes_back(
        cause in ".{0,20}", provider_id in id(), status in status(), style in style(),
    ) {
        let reference = MessageRef::derived(&cause);
        let report = StatusReport { reference, provider_id, status };
        let encoded = encode_status(&report, style);
        let received = receive(&update(vec![change(json!({"statuses": [encoded]}))]));
        prop_assert_eq!(&received.left_out, &[]);
        let status = match report.status.clone() {
            DeliveryStatus::Failed { code } => DeliveryStatus::Failed { code: cut(&code, 40) },
            other => other,
        };
        prop_assert_eq!(received.statuses, [StatusReport { status, ..report }]);
    }

    /// Longer words for a kind are cut, and not only where they are put as they are here.
    #[test]
    fn w1_a_new_kind_is_named(kind in "[a-z]{1,8}_[a-z]{1,120}") {
        let message = json!({"from": "250788555001", "id": "wamid.1", "type": kind});
        let received = receive(&update(vec![change(json!({"messages": [message]}))]));
        let expect = Content::Unreadable { kind: typed::cut(&kind, KIND) };
        prop_assert_eq!(&received.messages[0].content, &expect);
        prop_assert_eq!(received.left_out.len(), 1);
    }
}
