//! Texts from phones, as ingress meets them, and the feed that the page reads.

use std::collections::BTreeMap;

use super::*;

const FORGERY: &str = "</user_message><script>alert(1)</script> \"\\\n\u{2028}\u{1F34B}";

async fn feed(stage: &Stage, since: &str) -> Value {
    let url = format!("{}/sim/conversations?since={since}", stage.api);
    let answer = stage.client.get(url).send().await.unwrap();
    answer.json().await.unwrap()
}

async fn write(stage: &Stage, from: &str, body: &str) -> (u16, Value) {
    let post = stage.client.post(format!("{}/sim/messages", stage.api));
    let message = json!({ "from": from, "name": "Maria Silva", "body": body });
    let answer = post.json(&message).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn c1_a_text_is_posted_as_twilio_posts_it() {
    let stage = Stage::new().await;
    let sent = stage
        .simulator
        .send_text(&maria(), "Maria Silva", " stock ABC123 ")
        .await
        .unwrap();
    assert_eq!(sent.http_status, 200);
    let arrivals = stage.receiver.arrivals();
    assert_eq!(arrivals.len(), 1);
    assert!(arrivals[0].is_signed(&stage.business));
    assert_eq!(arrivals[0].uri, "/webhooks/twilio/demo");
    let form: BTreeMap<_, _> = form_urlencoded::parse(arrivals[0].body.as_bytes())
        .into_owned()
        .collect();
    let expected = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("Body", " stock ABC123 "),
        ("From", "whatsapp:+5511987654321"),
        ("MessageSid", &sent.sid),
        ("MessageType", "text"),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("ProfileName", "Maria Silva"),
        ("ReferralNumMedia", "0"),
        ("SmsMessageSid", &sent.sid),
        ("SmsSid", &sent.sid),
        ("SmsStatus", "received"),
        ("To", "whatsapp:+14155238886"),
        ("WaId", "5511987654321"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(form, BTreeMap::from(expected));
}

#[tokio::test]
async fn w4_a_replay_is_the_same_to_the_byte() {
    let stage = Stage::new().await;
    let sent = stage.simulator.send_text(&maria(), "Maria", "alerts").await;
    let sid = sent.unwrap().sid;
    assert_eq!(stage.simulator.replay(&sid).await.unwrap(), 200);
    let arrivals = stage.receiver.arrivals();
    assert_eq!(arrivals.len(), 2);
    assert_eq!(arrivals[0], arrivals[1]);
    let unknown = stage.simulator.replay("SM0").await;
    assert!(matches!(unknown, Err(SimulatorError::UnknownMessage(_))));
}

#[tokio::test]
async fn c1_forms_can_be_posted_with_any_signature() {
    let stage = Stage::new().await;
    let form = stage.simulator.inbound_form(&maria(), "Maria", "hello");
    for signature in [
        Signature::Right,
        Signature::Forged,
        Signature::Missing,
        Signature::Truncated,
    ] {
        let posted = stage.simulator.post_raw(&form, signature).await;
        assert_eq!(posted.unwrap(), 200);
    }
    let arrivals = stage.receiver.arrivals();
    let signed: Vec<_> = arrivals
        .iter()
        .map(|arrival| {
            (
                arrival.signature.is_some(),
                arrival.is_signed(&stage.business),
            )
        })
        .collect();
    let expected = [(true, true), (true, false), (false, false), (true, false)];
    assert_eq!(signed, expected);
}

#[tokio::test]
async fn a_name_and_text_that_look_like_markup_come_through_as_they_are() {
    let stage = Stage::new().await;
    let sent = stage.simulator.send_text(&maria(), FORGERY, FORGERY).await;
    let arrival = &stage.receiver.arrivals()[0];
    assert_eq!(arrival.field("Body").as_deref(), Some(FORGERY));
    assert_eq!(arrival.field("ProfileName").as_deref(), Some(FORGERY));
    let (_, answer) = stage.send_text(FORGERY).await;
    assert_eq!(answer["body"], FORGERY);
    let news = feed(&stage, "").await;
    assert_eq!(news["messages"][0]["sid"], sent.unwrap().sid);
    assert_eq!(news["messages"][0]["name"], FORGERY);
    assert_eq!(news["messages"][1]["body"], FORGERY);
}

#[tokio::test]
async fn a_text_gets_its_ticks_from_the_webhook_and_the_answer() {
    let stage = Stage::new().await;
    stage.simulator.set_statuses(Statuses::Held);
    stage.receiver.answer_with(StatusCode::FORBIDDEN);
    let refused = stage.simulator.send_text(&maria(), "Maria", "help").await;
    let sid = refused.unwrap().sid;
    let now = || {
        let message = stage.simulator.message(&sid).unwrap();
        (message.status, message.problem)
    };
    let (status, problem) = now();
    assert_eq!(status, SimStatus::Failed);
    assert!(problem.unwrap().starts_with("The webhook answered 403."));
    stage.receiver.answer_with(StatusCode::OK);
    let url = format!("{}/sim/messages/{sid}/retry", stage.api);
    let retried = stage.client.post(url).send().await.unwrap();
    assert_eq!(retried.status(), 202);
    let delivered = stage.simulator.wait_for("the retry", BOUND, |all| {
        (all[0].status == SimStatus::Delivered).then_some(())
    });
    delivered.await.unwrap();
    let typing = stage
        .client
        .post(format!("{}/v2/Indicators/Typing.json", stage.api))
        .basic_auth(ACCOUNT, Some(TOKEN))
        .form(&[("channel", "whatsapp"), ("messageId", &sid)]);
    let typing: Value = typing.send().await.unwrap().json().await.unwrap();
    assert_eq!(typing, json!({ "success": true }));
    assert_eq!(now(), (SimStatus::Read, None));
    assert_eq!(
        feed(&stage, "").await["typing"],
        json!([{ "provider": "twilio", "phone": maria() }])
    );
    stage.send_text("Here is what I can do").await;
    assert_eq!(feed(&stage, "").await["typing"], json!([]));
}

#[tokio::test]
async fn the_feed_goes_on_from_where_the_page_was() {
    let stage = Stage::new().await;
    stage.simulator.set_statuses(Statuses::Held);
    let (status, first) = write(&stage, "+55 11 98765-4321", "one").await;
    assert_eq!((status, &first["phone"]), (202, &json!(maria())));
    stage.receiver.wait_for_arrivals(1).await;
    let delivered = stage.simulator.wait_for("delivery", BOUND, |all| {
        (all[0].status == SimStatus::Delivered).then_some(())
    });
    delivered.await.unwrap();
    let all = feed(&stage, "").await;
    assert_eq!(all["complete"], true);
    let cursor = all["cursor"].as_str().unwrap();
    assert_eq!(feed(&stage, cursor).await["messages"], json!([]));
    stage.send_text("two").await;
    let news = feed(&stage, cursor).await;
    assert_eq!(news["complete"], false);
    // The answer marked the question as read.
    let told = news["messages"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .map(|m| (m["body"].as_str().unwrap(), m["status"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("one", "read"), ("two", "queued")]);
    assert_eq!(feed(&stage, "another-7").await["complete"], true);
}

#[tokio::test]
async fn events_bring_what_was_missed_and_then_what_comes() {
    let stage = Stage::new().await;
    stage.simulator.set_statuses(Statuses::Held);
    stage.send_text("before").await;
    let url = format!("{}/sim/events", stage.api);
    let mut events = stage.client.get(url).send().await.unwrap();
    let mut next = async || {
        let mut text = String::new();
        while !text.ends_with("\n\n") {
            let chunk = tokio::time::timeout(BOUND, events.chunk()).await.unwrap();
            text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        }
        let data = text.lines().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str::<Value>(data.unwrap()).unwrap()
    };
    let first = next().await;
    assert_eq!(first["complete"], true);
    assert_eq!(first["messages"][0]["body"], "before");
    stage.send_text("after").await;
    let second = next().await;
    assert_eq!(second["complete"], false);
    assert_eq!(second["messages"][0]["body"], "after");
}

#[tokio::test]
async fn the_feeds_errors_say_what_to_do() {
    let stage = Stage::new().await;
    let (status, error) = write(&stage, "11987", "hello").await;
    assert_eq!(status, 422);
    assert_eq!(
        error,
        json!({
            "error": "phone number: got \"11987\", wants + and 7 to 15 digits, such as +14155238886",
            "hint": "Write + and the country code before the number.",
        })
    );
    assert_eq!(write(&stage, "+5511987654321", " \n").await.0, 422);
    assert_eq!(
        write(&stage, "+5511987654321", &"a".repeat(4097)).await.0,
        422
    );
    let read = stage.client.post(format!("{}/sim/read", stage.api));
    let answer = read.body("phone=1").send().await.unwrap();
    assert_eq!(answer.status(), 415);
    let error: Value = answer.json().await.unwrap();
    assert!(error["hint"].as_str().unwrap().contains("application/json"));
    assert_eq!(stage.receiver.arrivals(), []);
}

#[tokio::test]
async fn f4_conversations_survive_a_restart_even_one_cut_off_while_writing() {
    let folder = std::env::temp_dir().join(format!("countersign-{}", uuid::Uuid::new_v4()));
    let file = folder.join("phone.jsonl");
    let stage = Stage::with_store(Some(file.clone())).await;
    let sent = stage.simulator.send_text(&maria(), "Maria", FORGERY).await;
    let sid = sent.unwrap().sid;
    stage.send_text("hello").await;
    stage.simulator.statuses_posted(BOUND).await.unwrap();
    let kept = |stage: &Stage| stage.simulator.conversations().messages().to_vec();
    let before = kept(&stage);
    drop(stage);
    let mut torn = std::fs::read_to_string(&file).unwrap();
    torn.push_str("{\"message\":{\"sid\":\"SM");
    std::fs::write(&file, torn).unwrap();
    let stage = Stage::with_store(Some(file.clone())).await;
    assert_eq!(kept(&stage), before);
    assert_eq!(before[1].status, SimStatus::Delivered);
    // Its webhook is known too: the earlier stage's receiver still listens.
    assert_eq!(stage.simulator.replay(&sid).await.unwrap(), 200);
    std::fs::remove_dir_all(folder).unwrap();
}
