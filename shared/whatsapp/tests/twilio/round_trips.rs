//! Any message and any status that Twilio's forms can hold, written as Twilio writes it, comes back.

use countersign_core::{
    E164, MessageRef, SenderId,
    message::{Beside, Content, DeliveryStatus, InboundMessage, Media},
    offer::Shows,
};
use countersign_whatsapp::{Channel, StatusReport, WebhookRequest, bounds::NAME, twilio::Twilio};
use http::HeaderMap;
use proptest::prelude::*;

use super::{
    config,
    typed::{
        Composed, Nothing, beside, choice, composed, cut, file, id, kept, nothing, place, reaction,
        words,
    },
};

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        words(),
        file(),
        place(),
        choice(),
        reaction(),
        "[a-z_]{1,120}".prop_map(|kind| Content::Unreadable { kind }),
    ]
}

/// A form as it is written byte by byte.
pub fn form(fields: &[(String, String)]) -> Vec<u8> {
    let escaped = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    out.push(char::from(byte));
                }
                b' ' => out.push('+'),
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    };
    let pairs = fields
        .iter()
        .map(|(key, value)| format!("{}={}", escaped(key), escaped(value)));
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

/// The fields that bring one message.
fn encode(composed: &Composed, nothing: Nothing, as_list: bool) -> Vec<(String, String)> {
    let writer = &composed.writer;
    let referral = composed.referral.clone().unwrap_or_default();
    let from = writer.user().map(SenderId::as_str);
    let from = from.or(writer.number().map(E164::as_str));
    let replied = composed.replies_to.as_ref().map(ToString::to_string);
    let mut fields = vec![
        ("MessageSid", Some(composed.id.to_string())),
        ("From", from.map(|name| format!("whatsapp:{name}"))),
        ("To", Some("whatsapp:+14155238886".to_owned())),
        ("WaId", writer.wa_id().map(str::to_owned)),
        ("ProfileName", composed.name.clone()),
        ("ReferralSourceUrl", referral.url),
        ("ReferralSourceType", referral.kind),
        ("ReferralSourceId", referral.id),
        ("ReferralHeadline", referral.headline),
        ("ReferralBody", referral.body),
        ("AccountSid", Some("AC1".to_owned())),
    ];
    fields.extend(match &composed.content {
        Content::Text { body } => vec![
            ("MessageType", Some("text".to_owned())),
            ("Body", Some(body.clone())),
            ("NumMedia", Some("0".to_owned())),
        ],
        Content::Media(media) => vec![
            ("MessageType", Some(media.kind.as_str().to_owned())),
            ("NumMedia", Some("1".to_owned())),
            ("MediaUrl0", Some(media.source.clone())),
            ("MediaContentType0", Some(media.media_type.clone())),
            ("Body", media.caption.clone()),
        ],
        Content::Location(place) => vec![
            ("MessageType", Some("location".to_owned())),
            ("Latitude", Some(place.latitude.to_string())),
            ("Longitude", Some(place.longitude.to_string())),
            ("Label", place.name.clone()),
            ("Address", place.address.clone()),
        ],
        Content::Choice { id, title } => {
            let [key, shown] = match as_list {
                true => ["ListId", "ListTitle"],
                false => ["ButtonPayload", "ButtonText"],
            };
            vec![
                (key, Some(id.clone())),
                (shown, Some(title.clone())),
                ("Body", Some(title.clone())),
            ]
        }
        Content::Reaction { to, emoji } => vec![
            ("MessageType", Some("reaction".to_owned())),
            ("OriginalRepliedMessageSid", Some(to.to_string())),
            ("Body", emoji.clone()),
        ],
        Content::Unreadable { kind } => vec![("MessageType", Some(kind.clone()))],
        other => panic!("{other:?} is nothing that Twilio's forms can hold"),
    });
    if !matches!(composed.content, Content::Reaction { .. }) {
        fields.push(("OriginalRepliedMessageSid", replied));
    }
    let empty = (nothing == Nothing::Empty).then(String::new);
    fields
        .into_iter()
        .filter_map(|(field, value)| Some((field.to_owned(), value.or(empty.clone())?)))
        .collect()
}

fn expected(composed: &Composed) -> InboundMessage {
    let content = match kept(composed.content.clone()) {
        Content::Media(media) => Content::Media(Media {
            // The form names no file and has no hash of it.
            filename: None,
            content: None,
            ..media
        }),
        other => other,
    };
    let beside = beside(composed, Shows::Words);
    InboundMessage {
        endpoint: "ventas".parse().unwrap(),
        number: "+14155238886".parse().unwrap(),
        id: composed.id.clone(),
        sender: composed.writer.names().0,
        phone: composed.writer.number().cloned(),
        name: composed.name.as_ref().map(|name| cut(name, NAME)),
        beside: Beside {
            replies_to: match content {
                Content::Reaction { .. } => None,
                _ => beside.replies_to,
            },
            // Nor does it say when.
            sent_at: None,
            ..beside
        },
        content,
    }
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let form = "application/x-www-form-urlencoded; charset=UTF-8";
    headers.insert("content-type", form.parse().unwrap());
    headers
}

fn status() -> impl Strategy<Value = (&'static str, DeliveryStatus)> {
    let code = "[1-9][0-9]{0,50}";
    prop_oneof![
        prop_oneof![Just("accepted"), Just("queued"), Just("sending")]
            .prop_map(|word| (word, DeliveryStatus::Accepted)),
        Just(("sent", DeliveryStatus::Sent)),
        Just(("delivered", DeliveryStatus::Delivered)),
        Just(("read", DeliveryStatus::Read)),
        code.prop_map(|code| ("undelivered", DeliveryStatus::Failed { code })),
        code.prop_map(|code| ("failed", DeliveryStatus::Failed { code })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn w1_every_message_of_twilios_comes_back(
        composed in composed(content()), nothing in nothing(), as_list in any::<bool>(),
    ) {
        let twilio = Twilio::new(config()).unwrap();
        let body = form(&encode(&composed, nothing, as_list));
        let received = twilio.decode(&WebhookRequest {
            path_and_query: "/webhooks/twilio/ventas",
            headers: &headers(),
            body: &body,
        });
        prop_assert_eq!(received, Ok(vec![expected(&composed)]));
    }

    #[test]
    fn w5_every_status_of_twilios_comes_back(
        cause in ".{0,20}", provider_id in id(), (word, status) in status(), nothing in nothing(),
    ) {
        let reference = MessageRef::derived(&cause);
        let mut fields = vec![
            ("MessageSid".to_owned(), provider_id.to_string()),
            ("From".to_owned(), "whatsapp:+14155238886".to_owned()),
            ("MessageStatus".to_owned(), word.to_owned()),
        ];
        match (&status, nothing) {
            (DeliveryStatus::Failed { code }, _) => fields.push(("ErrorCode".to_owned(), code.clone())),
            (_, Nothing::Empty) => fields.push(("ErrorCode".to_owned(), String::new())),
            (_, Nothing::Absent) => {}
        }
        let twilio = Twilio::new(config()).unwrap();
        let received = twilio.decode_status(&WebhookRequest {
            path_and_query: &format!("/webhooks/twilio/ventas/status?ref={reference}"),
            headers: &headers(),
            body: &form(&fields),
        });
        let status = match status {
            DeliveryStatus::Failed { code } => DeliveryStatus::Failed { code: cut(&code, 40) },
            other => other,
        };
        prop_assert_eq!(received, Ok(vec![StatusReport { reference, provider_id, status }]));
    }
}
