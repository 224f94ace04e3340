//! Messages from phones through Meta, as ingress meets them.

use super::*;

fn parts(arrival: &Arrival) -> (Value, Value) {
    let json: Value = serde_json::from_str(&arrival.body).unwrap();
    assert_eq!(json["object"], "whatsapp_business_account");
    let value = &json["entry"][0]["changes"][0]["value"];
    assert_eq!(value["metadata"]["phone_number_id"], META_NUMBER_ID);
    (value["messages"].clone(), value["contacts"].clone())
}

fn file(media_type: &str) -> SimFile {
    SimFile {
        media_type: media_type.to_owned(),
        filename: Some("a.pdf".to_owned()),
        bytes: "abc".into(),
    }
}

fn choice(id: &str) -> SimContent {
    SimContent::ButtonReply { id: id.to_owned() }
}

#[tokio::test]
async fn w1_a_text_is_posted_as_meta_posts_it() {
    let stage = Stage::new().await;
    let sender = stage.maria_at_meta();
    let what = Composed::text("stock ABC123").replying_to("wamid.0");
    let sent = stage.simulator.send(&sender, what).await.unwrap();
    assert_eq!(sent.http_status, 200);
    let arrival = &stage.receiver.arrivals()[0];
    assert_eq!(arrival.uri, "/webhooks/meta/meta-demo");
    let (messages, contacts) = parts(arrival);
    let user_id = contacts[0]["user_id"].as_str().unwrap();
    assert!(user_id.starts_with("BR."));
    let expected = json!([{
        "id": sent.sid,
        "timestamp": "1795167000",
        "from": "5511987654321",
        "from_user_id": user_id,
        "context": { "from": "15550783881", "id": "wamid.0" },
        "type": "text",
        "text": { "body": "stock ABC123" },
    }]);
    assert_eq!(messages, expected);
    let expected = json!([{
        "profile": { "name": "Maria Silva" },
        "wa_id": "5511987654321",
        "user_id": user_id,
    }]);
    assert_eq!(contacts, expected);
    // The same to the byte, with its signature.
    assert_eq!(stage.simulator.replay(&sent.sid).await.unwrap(), 200);
    let arrivals = stage.receiver.arrivals();
    assert_eq!(arrivals[0], arrivals[1]);
}

#[tokio::test]
async fn c1_metas_signature_is_the_hmac_of_the_raw_body() {
    let stage = Stage::new().await;
    for signature in [Signature::Right, Signature::Forged, Signature::Missing] {
        stage
            .simulator
            .post_meta("{\"a\": \"é\"}", signature)
            .await
            .unwrap();
    }
    let arrivals = stage.receiver.arrivals();
    assert_eq!(arrivals[0].body, "{\"a\": \"é\"}");
    // printf '{"a": "é"}' | openssl dgst -sha256 -hmac an-app-secret-for-tests
    let expected = "sha256=8a876d778a200752f580be7b23e0764131934f8f64b375f15d866256a4e7f45a";
    assert_eq!(arrivals[0].signature.as_deref(), Some(expected));
    let forged = arrivals[1].signature.as_deref().unwrap();
    assert!(forged.len() == expected.len() && forged != expected);
    assert_eq!(arrivals[2].signature, None);
}

#[tokio::test]
async fn w1_every_kind_is_posted_as_meta_posts_it() {
    let stage = Stage::new().await;
    let image = stage.simulator.upload(SimProvider::Meta, file("image/png"));
    let media = |kind| Composed::media(kind, &image, "");
    let text = |text: &str| text.to_owned();
    let order = SimContent::Order {
        catalog_id: text("7"),
        items: vec![SimItem {
            product: text("ABC123"),
            quantity: 2,
            price: text("4.5"),
            currency: text("USD"),
        }],
    };
    let cases = [
        (media(MediaKind::Image), "image", "/id", json!(image)),
        (media(MediaKind::Voice), "audio", "/voice", json!(true)),
        (media(MediaKind::Audio), "audio", "/voice", json!(false)),
        (
            media(MediaKind::Video),
            "video",
            "/mime_type",
            json!("image/png"),
        ),
        (
            media(MediaKind::Document),
            "document",
            "/filename",
            json!("a.pdf"),
        ),
        (
            media(MediaKind::Sticker),
            "sticker",
            "/animated",
            json!(false),
        ),
        (
            Composed::new(
                "",
                SimContent::Location {
                    latitude: -1.95,
                    longitude: 30.06,
                    name: Some(text("Kigali")),
                    address: None,
                },
            ),
            "location",
            "",
            json!({ "latitude": -1.95, "longitude": 30.06, "name": "Kigali" }),
        ),
        (
            Composed::new(
                "",
                SimContent::Contacts {
                    contacts: vec![SimContact {
                        name: text("Jean"),
                        phones: vec![text("+250 788")],
                    }],
                },
            ),
            "contacts",
            "/0/phones/0/wa_id",
            json!("250788"),
        ),
        (
            Composed::new("Yes", choice("y")),
            "interactive",
            "",
            json!({ "type": "button_reply", "button_reply": { "id": "y", "title": "Yes" } }),
        ),
        (
            Composed::new(
                "Kigali",
                SimContent::ListReply {
                    id: text("k"),
                    description: Some(text("a shop")),
                },
            ),
            "interactive",
            "/list_reply",
            json!({ "id": "k", "title": "Kigali", "description": "a shop" }),
        ),
        (
            Composed::new(
                "Sent",
                SimContent::FlowReply {
                    name: text("flow"),
                    response: text("{\"a\":1}"),
                },
            ),
            "interactive",
            "/nfm_reply",
            json!({ "name": "flow", "body": "Sent", "response_json": "{\"a\":1}" }),
        ),
        (
            Composed::new(
                "Stop",
                SimContent::QuickReply {
                    payload: text("stop"),
                },
            ),
            "button",
            "",
            json!({ "payload": "stop", "text": "Stop" }),
        ),
        (
            Composed::new(
                "👍",
                SimContent::Reaction {
                    to: text("wamid.0"),
                },
            ),
            "reaction",
            "",
            json!({ "message_id": "wamid.0", "emoji": "👍" }),
        ),
        (
            Composed::new("thanks", order),
            "order",
            "/product_items/0/item_price",
            json!(4.5),
        ),
        (
            Composed::new(
                "other words",
                SimContent::Edit {
                    of: text("wamid.0"),
                },
            ),
            "edit",
            "/message/text/body",
            json!("other words"),
        ),
        (
            Composed::new(
                "",
                SimContent::Revoke {
                    of: text("wamid.0"),
                },
            ),
            "revoke",
            "/original_message_id",
            json!("wamid.0"),
        ),
        (
            Composed::new("", SimContent::Unsupported),
            "unsupported",
            "/type",
            json!("poll"),
        ),
    ];
    for (what, kind, pointer, expected) in cases {
        stage
            .simulator
            .send(&stage.maria_at_meta(), what)
            .await
            .unwrap();
        let (messages, _) = parts(stage.receiver.arrivals().last().unwrap());
        assert_eq!(messages[0]["type"], kind);
        let found = messages[0][kind].pointer(pointer);
        assert_eq!(found, Some(&expected), "{kind}{pointer}: {messages}");
    }
    let welcome = Composed::new("", SimContent::RequestWelcome);
    stage
        .simulator
        .send(&stage.maria_at_meta(), welcome)
        .await
        .unwrap();
    let (messages, _) = parts(stage.receiver.arrivals().last().unwrap());
    assert_eq!(messages[0]["type"], "request_welcome");
}

#[tokio::test]
async fn w1_somebody_with_a_username_shows_no_number_and_is_reached_by_user_id() {
    let stage = Stage::new().await;
    let hidden = stage.maria_at_meta().shown(Shown::UserId);
    stage
        .simulator
        .send(&hidden, Composed::text("hello"))
        .await
        .unwrap();
    let (messages, contacts) = parts(&stage.receiver.arrivals()[0]);
    assert_eq!(messages[0].get("from"), None);
    assert_eq!(contacts[0].get("wa_id"), None);
    assert_eq!(contacts[0]["profile"]["username"], "maria.silva");
    let user_id = contacts[0]["user_id"].as_str().unwrap();
    assert_eq!(messages[0]["from_user_id"], user_id);
    let answer = json!({
        "messaging_product": "whatsapp",
        "recipient": user_id,
        "type": "text",
        "text": { "body": "hi" },
    });
    let (status, json) = stage.meta("messages", &answer).await;
    assert_eq!(
        (status, &json["contacts"]),
        (200, &json!([{ "input": user_id, "user_id": user_id }]))
    );
    assert_eq!(stage.simulator.sent_to(&maria()).len(), 1);
    let told = stage.receiver.wait_for_arrivals(2).await;
    let told: Value = serde_json::from_str(&told[1].body).unwrap();
    let status = &told["entry"][0]["changes"][0]["value"]["statuses"][0];
    assert_eq!(status["recipient_user_id"], user_id);
    assert_eq!(status.get("recipient_id"), None);
    // And as it was before there were user ids.
    let old = stage.maria_at_meta().shown(Shown::Number);
    let json = stage
        .simulator
        .inbound_json(&old, Composed::text("hello"))
        .unwrap();
    let contact = &json["entry"][0]["changes"][0]["value"]["contacts"][0];
    assert_eq!(contact.get("user_id"), None);
    assert_eq!(contact["wa_id"], "5511987654321");
}

#[tokio::test]
async fn w1_a_changed_number_names_the_old_and_the_new() {
    let stage = Stage::new().await;
    let change = SimContent::NumberChanged {
        new_wa_id: "5511900000000".to_owned(),
    };
    let what = Composed::new("Maria changed her number", change);
    stage
        .simulator
        .send(&stage.maria_at_meta(), what)
        .await
        .unwrap();
    let (messages, contacts) = parts(&stage.receiver.arrivals()[0]);
    assert_eq!(contacts, Value::Null);
    assert_eq!(messages[0]["from"], "5511987654321");
    let system = &messages[0]["system"];
    assert_eq!(system["type"], "user_changed_number");
    assert_eq!(system["wa_id"], "5511900000000");
    assert_ne!(system["user_id"], messages[0]["from_user_id"]);
}

#[tokio::test]
async fn w4_several_people_come_in_one_post() {
    let stage = Stage::new().await;
    let jean = SimSender::new(SimProvider::Meta, &number("+250788000001"), "Jean");
    let all = vec![
        (stage.maria_at_meta(), Composed::text("one")),
        (jean, Composed::text("two")),
        (stage.maria_at_meta(), Composed::text("three")),
    ];
    let sent = stage.simulator.send_together(all).await.unwrap();
    assert_eq!(sent.len(), 3);
    let arrivals = stage.receiver.arrivals();
    assert_eq!(arrivals.len(), 1);
    let (messages, contacts) = parts(&arrivals[0]);
    assert_eq!(messages.as_array().unwrap().len(), 3);
    assert_eq!(contacts.as_array().unwrap().len(), 2);
    assert_eq!(messages[2]["id"], sent[2].sid);
    let error = stage.simulator.errors_json(131_000).unwrap();
    let value = &error["entry"][0]["changes"][0]["value"];
    assert_eq!(value["errors"][0]["code"], 131_000);
    assert_eq!(value.get("messages"), None);
}

#[tokio::test]
async fn w2_reading_and_typing_reach_the_phone() {
    let stage = Stage::new().await;
    let sent = stage
        .simulator
        .send(&stage.maria_at_meta(), Composed::text("hello"))
        .await;
    let sid = sent.unwrap().sid;
    let mut receipt = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": sid,
    });
    let answer = stage.meta("messages", &receipt).await;
    assert_eq!(answer, (200, json!({ "success": true })));
    assert_eq!(
        stage.simulator.message(&sid).unwrap().status,
        SimStatus::Read
    );
    let typing = || {
        let all = stage.simulator.conversations();
        all.news(None, stage.clock.now()).typing
    };
    assert_eq!(typing(), []);
    receipt["typing_indicator"] = json!({ "type": "text" });
    assert_eq!(stage.meta("messages", &receipt).await.0, 200);
    let typing = typing();
    assert_eq!(typing.len(), 1);
    assert_eq!(
        (typing[0].provider, &typing[0].phone),
        (SimProvider::Meta, &maria())
    );
    // It fades by the provider's clock.
    stage.clock.advance(Duration::from_secs(24));
    assert!(stage.simulator.is_typing(SimProvider::Meta, &maria()));
    stage.clock.advance(Duration::from_secs(1));
    assert!(!stage.simulator.is_typing(SimProvider::Meta, &maria()));
    receipt["message_id"] = json!("wamid.0");
    assert_eq!(stage.meta("messages", &receipt).await.0, 400);
}

#[tokio::test]
async fn w1_twilio_passes_on_what_it_has() {
    let stage = Stage::new().await;
    let sender = SimSender::new(SimProvider::Twilio, &maria(), "Maria");
    let image = stage
        .simulator
        .upload(SimProvider::Twilio, file("image/png"));
    let send = async |what: Composed| {
        stage.simulator.send(&sender, what).await.unwrap();
        stage.receiver.arrivals().pop().unwrap()
    };
    let posted = send(Composed::media(MediaKind::Image, &image, "the shop")).await;
    assert!(posted.is_signed(&stage.business));
    let field = |name: &str| posted.field(name).unwrap();
    assert_eq!(
        (field("NumMedia"), field("Body")),
        ("1".into(), "the shop".into())
    );
    assert_eq!(field("MediaContentType0"), "image/png");
    let url = field("MediaUrl0");
    assert!(url.contains(&format!("/Messages/{}/Media/{image}", field("MessageSid"))));
    let get = stage.client.get(&url).basic_auth(ACCOUNT, Some(TOKEN));
    assert_eq!(get.send().await.unwrap().text().await.unwrap(), "abc");
    assert_eq!(stage.client.get(&url).send().await.unwrap().status(), 401);

    let place = SimContent::Location {
        latitude: -1.95,
        longitude: 30.06,
        name: Some("Kigali".to_owned()),
        address: None,
    };
    let posted = send(Composed::new("", place)).await;
    assert_eq!(posted.field("Latitude").as_deref(), Some("-1.95"));
    assert_eq!(posted.field("Label").as_deref(), Some("Kigali"));
    let pressed = Composed::new("Yes", choice("y")).replying_to("SM1");
    let posted = send(pressed).await;
    assert_eq!(posted.field("ButtonPayload").as_deref(), Some("y"));
    assert_eq!(posted.field("ButtonText").as_deref(), Some("Yes"));
    assert_eq!(
        posted.field("OriginalRepliedMessageSid").as_deref(),
        Some("SM1")
    );
    let contacts = vec![SimContact {
        name: "Jean".to_owned(),
        phones: vec!["+250788000001".to_owned()],
    }];
    let posted = send(Composed::new("", SimContent::Contacts { contacts })).await;
    assert_eq!(
        posted.field("MediaContentType0").as_deref(),
        Some("text/vcard")
    );
    let url = posted.field("MediaUrl0").unwrap();
    let get = stage.client.get(&url).basic_auth(ACCOUNT, Some(TOKEN));
    let card = get.send().await.unwrap().text().await.unwrap();
    assert!(
        card.contains("FN:Jean\r\nTEL;TYPE=CELL:+250788000001\r\n"),
        "{card}"
    );
    let edit = Composed::new(
        "a",
        SimContent::Edit {
            of: "SM1".to_owned(),
        },
    );
    let refused = stage.simulator.send(&sender, edit).await;
    assert!(matches!(
        refused,
        Err(SimulatorError::NotPassedOn { kind: "edit", .. })
    ));
}
