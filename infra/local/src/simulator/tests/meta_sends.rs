//! Sends through Meta's API, as the outbound function meets it.

use super::*;

fn text(body: &str) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5511987654321",
        "type": "text",
        "text": { "body": body },
        "biz_opaque_callback_data": "msg_1",
    })
}

fn of(kind: &str, content: Value) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "to": "+55 11 98765-4321",
        "type": kind,
        kind: content,
    })
}

fn buttons(titles: &[&str]) -> Value {
    let buttons: Vec<_> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            json!({ "type": "reply", "reply": { "id": at.to_string(), "title": title } })
        })
        .collect();
    of(
        "interactive",
        json!({
            "type": "button",
            "body": { "text": "Send it?" },
            "action": { "buttons": buttons },
        }),
    )
}

fn rows(count: usize, title: &str) -> Value {
    let rows: Vec<_> = (0..count)
        .map(|at| json!({ "id": at.to_string(), "title": title, "description": "a shop" }))
        .collect();
    of(
        "interactive",
        json!({
            "type": "list",
            "body": { "text": "Which shop?" },
            "action": { "button": "Shops", "sections": [{ "rows": rows }] },
        }),
    )
}

fn code(answer: &(u16, Value)) -> (u16, u64) {
    let code = answer.1["error"]["code"].as_u64().unwrap_or_default();
    (answer.0, code)
}

fn value(arrival: &Arrival) -> Value {
    let mut json: Value = serde_json::from_str(&arrival.body).unwrap();
    json["entry"][0]["changes"][0]["value"].take()
}

#[tokio::test]
async fn w2_a_send_is_answered_with_metas_ids_and_its_statuses_bring_our_reference_back() {
    let stage = Stage::new().await;
    let (status, json) = stage.meta("messages", &text("*Hello* Maria")).await;
    assert_eq!(status, 200);
    let id = json["messages"][0]["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("wamid."));
    let expected = json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": "5511987654321", "wa_id": "5511987654321" }],
        "messages": [{ "id": id }],
    });
    assert_eq!(json, expected);
    let arrivals = stage.receiver.wait_for_arrivals(2).await;
    let words: Vec<_> = arrivals
        .iter()
        .map(|arrival| {
            assert_eq!(arrival.uri, "/webhooks/meta/meta-demo");
            assert_eq!(
                arrival.signature,
                super::super::meta::signature_of(
                    Signature::Right,
                    META_SECRET,
                    arrival.body.as_bytes()
                )
            );
            let status = value(arrival)["statuses"][0].take();
            assert_eq!(status["id"], id);
            assert_eq!(status["recipient_id"], "5511987654321");
            assert_eq!(status["biz_opaque_callback_data"], "msg_1");
            assert_eq!(status["pricing"]["pricing_model"], "PMP");
            status["status"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(words, ["sent", "delivered"]);
    stage.simulator.statuses_posted(BOUND).await.unwrap();
    stage
        .simulator
        .post_status(&id, SimStatus::Failed, Some(131_026))
        .await
        .unwrap();
    let failed = value(&stage.receiver.arrivals()[2])["statuses"][0].take();
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["errors"][0]["code"], 131_026);
    assert_eq!(failed["errors"][0]["title"], "Message undeliverable");
}

#[tokio::test]
async fn w2_every_kind_is_taken_and_shown() {
    let stage = Stage::new().await;
    let maria_writes = stage.maria_at_meta();
    let sent = stage.simulator.send(&maria_writes, Composed::text("hello"));
    let theirs = sent.await.unwrap().sid;
    let link = "https://example.com/a.png";
    let cases = [
        (
            of("image", json!({ "link": link, "caption": "the *shop*" })),
            "image",
        ),
        (of("audio", json!({ "link": link })), "audio"),
        (of("video", json!({ "link": link })), "video"),
        (
            of("document", json!({ "link": link, "filename": "a.pdf" })),
            "document",
        ),
        (of("sticker", json!({ "link": link })), "sticker"),
        (
            of(
                "location",
                json!({ "latitude": -1.95, "longitude": "30.06", "name": "Kigali" }),
            ),
            "location",
        ),
        (
            of(
                "contacts",
                json!([{ "name": { "formatted_name": "Jean" }, "phones": [{ "phone": "+250" }] }]),
            ),
            "contacts",
        ),
        (buttons(&["Yes", "No", "Later"]), "buttons"),
        (rows(10, "Kigali"), "list"),
        (
            of(
                "template",
                json!({
                    "name": "order_update",
                    "language": { "code": "en" },
                    "components": [{
                        "type": "body",
                        "parameters": [{ "type": "text", "text": "Maria" }],
                    }],
                }),
            ),
            "template",
        ),
        (
            of("reaction", json!({ "message_id": theirs, "emoji": "👍" })),
            "reaction",
        ),
    ];
    for (body, kind) in &cases {
        let answer = stage.meta("messages", body).await;
        assert_eq!(answer.0, 200, "{kind}: {}", answer.1);
        let message = stage
            .simulator
            .message(answer.1["messages"][0]["id"].as_str().unwrap());
        let message = message.unwrap();
        assert_eq!(message.content.kind(), *kind);
        assert_eq!(
            (message.provider, message.phone),
            (SimProvider::Meta, maria())
        );
    }
    let all = stage.simulator.sent_to(&maria());
    assert_eq!(all.len(), cases.len());
    assert_eq!(all[0].media_url.as_deref(), Some(link));
    assert_eq!(all[9].body, "[order_update] Maria");
}

#[tokio::test]
async fn w5_sends_are_refused_with_metas_codes() {
    let stage = Stage::new().await;
    let row = "a title of 25 characters.";
    let mut other_to = text("hello");
    other_to["to"] = json!("12");
    let mut own = text("hello");
    own["to"] = json!("15550783881");
    let mut nobody = text("hello");
    nobody["to"].take();
    let mut unknown_user = nobody.clone();
    unknown_user["recipient"] = json!("BR.1");
    let cases = [
        (json!({}), (400, 100)),
        (text(""), (400, 100)),
        (text(&"é".repeat(4097)), (400, 100)),
        (of("poll", json!({})), (400, 100)),
        (
            of("image", json!({ "id": "1", "link": "https://a/" })),
            (400, 100),
        ),
        (of("image", json!({ "id": "404" })), (400, 131_009)),
        (
            of("audio", json!({ "link": "https://a/", "caption": "a" })),
            (400, 100),
        ),
        (
            of("location", json!({ "latitude": 91, "longitude": 0 })),
            (400, 100),
        ),
        (buttons(&[]), (400, 131_009)),
        (buttons(&["a", "b", "c", "d"]), (400, 131_009)),
        (buttons(&["a", "a"]), (400, 131_009)),
        (buttons(&["a title of 21 letters"]), (400, 100)),
        (rows(11, "Kigali"), (400, 131_009)),
        (rows(1, row), (400, 100)),
        (of("template", json!({ "name": "Nope!" })), (404, 132_001)),
        (
            of(
                "reaction",
                json!({ "message_id": "wamid.0", "emoji": "👍" }),
            ),
            (400, 131_009),
        ),
        (other_to, (400, 131_009)),
        (own, (400, 131_021)),
        (nobody, (400, 100)),
        (unknown_user, (400, 131_026)),
    ];
    for (body, expected) in cases {
        let answer = stage.meta("messages", &body).await;
        assert_eq!(code(&answer), expected, "{body} {}", answer.1);
        let error = &answer.1["error"];
        assert_eq!(error["type"], "OAuthException");
        assert!(error["error_data"]["details"].is_string() && error["fbtrace_id"].is_string());
    }
    assert_eq!(stage.simulator.sent_to(&maria()), []);
}

#[tokio::test]
async fn a_send_needs_the_token_a_version_and_the_numbers_id() {
    let stage = Stage::new().await;
    let post = async |path: &str, token: &str| {
        let url = format!("{}{path}", stage.api);
        let post = stage.client.post(url).bearer_auth(token);
        let answer = post.json(&text("hello")).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let own = format!("/v23.0/{META_NUMBER_ID}/messages");
    assert_eq!(code(&post(&own, "wrong").await), (401, 190));
    let other = post("/v23.0/1/messages", META_TOKEN).await;
    assert_eq!(code(&other), (400, 100));
    assert_eq!(other.1["error"]["error_subcode"], 33);
    let unversioned = format!("/23/{META_NUMBER_ID}/messages");
    assert_eq!(code(&post(&unversioned, META_TOKEN).await), (400, 1));
    let newer = format!("/v25.0/{META_NUMBER_ID}/messages");
    assert_eq!(post(&newer, META_TOKEN).await.0, 200);
}

#[tokio::test]
async fn w5_metas_troubles_can_be_scripted() {
    let stage = Stage::new().await;
    stage.simulator.set_statuses(Statuses::Held);
    stage.simulator.next_answers([
        Answer::TooManyRequests,
        Answer::Refuse(368),
        Answer::ServerError(Effect::NotTaken),
        Answer::ServerError(Effect::Taken),
        Answer::AcceptThenFail(131_049),
    ]);
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(code(&stage.meta("messages", &text("hello")).await));
    }
    let expected = [
        (429, 130_429),
        (403, 368),
        (500, 131_000),
        (500, 131_000),
        (200, 0),
    ];
    assert_eq!(codes, expected);
    assert_eq!(stage.simulator.sent_to(&maria()).len(), 2);
    stage
        .simulator
        .next_answers([Answer::DropConnection(Effect::Taken)]);
    let url = format!("{}/v23.0/{META_NUMBER_ID}/messages", stage.api);
    let post = stage.client.post(url).bearer_auth(META_TOKEN);
    assert!(post.json(&text("hello")).send().await.is_err());
    let posted = stage.simulator.deliver_statuses().await;
    let told: Vec<_> = posted.iter().map(|status| status.status.as_str()).collect();
    assert_eq!(told, ["sent", "delivered", "failed", "sent", "delivered"]);
}

#[tokio::test]
async fn w5_the_window_and_the_pace_are_kept() {
    let stage = Stage::new().await;
    stage.simulator.set_window(Window::Enforced);
    let hello = text("hello");
    assert_eq!(code(&stage.meta("messages", &hello).await), (400, 131_047));
    // What is said at the one provider opens nothing at the other.
    stage
        .simulator
        .send_text(&maria(), "Maria", "hi")
        .await
        .unwrap();
    assert_eq!(code(&stage.meta("messages", &hello).await), (400, 131_047));
    stage
        .simulator
        .send(&stage.maria_at_meta(), Composed::text("hi"))
        .await
        .unwrap();
    for _ in 0..45 {
        assert_eq!(stage.meta("messages", &hello).await.0, 200);
    }
    assert_eq!(code(&stage.meta("messages", &hello).await), (400, 131_056));
    stage.clock.advance(Duration::from_secs(6));
    assert_eq!(stage.meta("messages", &hello).await.0, 200);
    stage.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(code(&stage.meta("messages", &hello).await), (400, 131_047));
    let template = of(
        "template",
        json!({ "name": "hello", "language": { "code": "en" } }),
    );
    assert_eq!(stage.meta("messages", &template).await.0, 200);
}

#[tokio::test]
async fn w3_a_file_is_uploaded_looked_up_and_downloaded_for_five_minutes() {
    let stage = Stage::new().await;
    let upload = async |media_type: &str, bytes: &str| {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n\
             --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
             Content-Type: {media_type}\r\n\r\n{bytes}\r\n--x--\r\n"
        );
        let url = format!("{}/v23.0/{META_NUMBER_ID}/media", stage.api);
        let post = stage.client.post(url).bearer_auth(META_TOKEN);
        let post = post.header("content-type", "multipart/form-data; boundary=x");
        let answer = post.body(body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    assert_eq!(code(&upload("text/html", "abc").await), (400, 100));
    assert_eq!(code(&upload("image/png", "").await), (400, 131_053));
    // More than axum takes unless told, and less than Meta does.
    assert_eq!(upload("image/png", &"a".repeat(4 << 20)).await.0, 200);
    let (status, json) = upload("image/png", "abc").await;
    assert_eq!(status, 200);
    let id = json["id"].as_str().unwrap();
    let get = async |url: &str, token: &str| {
        let get = stage.client.get(url).bearer_auth(token);
        get.send().await.unwrap()
    };
    let found = get(&format!("{}/v23.0/{id}", stage.api), META_TOKEN).await;
    let found: Value = found.json().await.unwrap();
    let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(found["sha256"], sha);
    assert_eq!(
        (&found["mime_type"], &found["file_size"]),
        (&json!("image/png"), &json!(3))
    );
    let url = found["url"].as_str().unwrap();
    let file = get(url, META_TOKEN).await;
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(file.text().await.unwrap(), "abc");
    assert_eq!(get(url, "wrong").await.status(), 401);
    assert_eq!(get(&format!("{url}0"), META_TOKEN).await.status(), 404);
    stage.clock.advance(Duration::from_secs(301));
    assert_eq!(get(url, META_TOKEN).await.status(), 404);
    let image = of("image", json!({ "id": id, "caption": "the shop" }));
    assert_eq!(stage.meta("messages", &image).await.0, 200);
    let shown = stage.simulator.sent_to(&maria()).pop().unwrap();
    let shown = format!("{}{}", stage.api, shown.media_url.unwrap());
    let shown = stage.client.get(shown).send().await.unwrap();
    assert_eq!(shown.text().await.unwrap(), "abc");
}
