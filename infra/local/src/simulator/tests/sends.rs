//! Sends, their statuses and their faults, as the outbound function meets them.

use super::*;

fn statuses(arrivals: &[Arrival]) -> Vec<String> {
    let all = arrivals.iter();
    all.filter_map(|arrival| arrival.field("MessageStatus"))
        .collect()
}

#[tokio::test]
async fn w2_a_send_is_answered_with_twilios_message() {
    let stage = Stage::new().await;
    stage.simulator.set_statuses(Statuses::Held);
    let (status, json) = stage.send_text("*Hello* Maria").await;
    assert_eq!(status, 201);
    let sid = json["sid"].as_str().unwrap();
    assert_eq!((sid.len(), &sid[..2]), (34, "SM"));
    let base = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}");
    let expected = json!({
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": "*Hello* Maria",
        "date_created": "Fri, 20 Nov 2026 09:30:00 +0000",
        "date_sent": null,
        "date_updated": "Fri, 20 Nov 2026 09:30:00 +0000",
        "direction": "outbound-api",
        "error_code": null,
        "error_message": null,
        "from": "whatsapp:+14155238886",
        "messaging_service_sid": null,
        "num_media": "0",
        "num_segments": "1",
        "price": null,
        "price_unit": null,
        "sid": sid,
        "status": "queued",
        "subresource_uris": { "media": format!("{base}/Media.json") },
        "to": "whatsapp:+5511987654321",
        "uri": format!("{base}.json"),
    });
    assert_eq!(json, expected);
    let fetch = |path: String| {
        let get = stage.client.get(format!("{}{path}", stage.api));
        get.basic_auth(ACCOUNT, Some(TOKEN)).send()
    };
    let again = fetch(format!("{base}.json")).await.unwrap();
    assert_eq!(again.json::<Value>().await.unwrap(), expected);
    let missing = fetch(format!("{base}0.json")).await.unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(missing.json::<Value>().await.unwrap()["code"], 20404);
}

#[tokio::test]
async fn a_send_needs_the_accounts_own_credentials() {
    let stage = Stage::new().await;
    let own = stage.messages_url();
    let other = own.replace(ACCOUNT, "AC9");
    for (url, user, token) in [
        (&own, ACCOUNT, "wrong"),
        (&own, "AC9", TOKEN),
        (&other, ACCOUNT, TOKEN),
    ] {
        let post = stage.client.post(url).basic_auth(user, Some(token));
        let answer = post.form(&to_maria("hello")).send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let expected = json!({
            "code": 20003,
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        });
        assert_eq!(answer.json::<Value>().await.unwrap(), expected);
    }
    assert_eq!(stage.simulator.sent_to(&maria()), []);
}

#[tokio::test]
async fn w5_sends_are_refused_with_twilios_codes() {
    let stage = Stage::new().await;
    let limit = "é".repeat(1600);
    let over = "é".repeat(1601);
    let from = ("From", "whatsapp:+14155238886");
    let to = ("To", "whatsapp:+5511987654321");
    let cases: &[(&[(&str, &str)], u64)] = &[
        (&[from, ("Body", "hello")], 21604),
        (&[from, ("To", ""), ("Body", "hello")], 21604),
        (&[to, ("Body", "hello")], 21603),
        (&[from, ("To", "whatsapp:5511"), ("Body", "hello")], 21211),
        (&[from, ("To", "+5511987654321"), ("Body", "hello")], 21910),
        (
            &[("From", "whatsapp:+14155238887"), to, ("Body", "hello")],
            63007,
        ),
        (&[from, to], 21619),
        (&[from, to, ("Body", &over)], 21617),
        (&[from, to, ("MediaUrl", "report.pdf")], 21620),
        (
            &[from, to, ("Body", "a"), ("StatusCallback", "/status")],
            21609,
        ),
    ];
    for (form, code) in cases {
        let answer = stage.send(form).await.unwrap();
        assert_eq!(answer.status(), 400, "{form:?}");
        let json: Value = answer.json().await.unwrap();
        assert_eq!(json["code"], *code, "{form:?}");
    }
    assert_eq!(stage.simulator.sent_to(&maria()), []);
    let answer = stage.send(&[from, to, ("Body", &limit)]).await.unwrap();
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn w5_statuses_come_in_order_and_signed_with_the_callbacks_query() {
    let stage = Stage::new().await;
    let (_, json) = stage.send_text("hello").await;
    let arrivals = stage.receiver.wait_for_arrivals(2).await;
    assert_eq!(statuses(&arrivals), ["sent", "delivered"]);
    for arrival in &arrivals {
        assert_eq!(arrival.uri, "/webhooks/twilio/demo/status?ref=msg_1");
        assert!(arrival.is_signed(&stage.business));
        assert_eq!(arrival.field("MessageSid").as_deref(), json["sid"].as_str());
        assert_eq!(arrival.field("ErrorCode"), None);
    }
    stage.simulator.statuses_posted(BOUND).await.unwrap();
    let read = stage.client.post(format!("{}/sim/read", stage.api));
    let read = read.json(&json!({ "phone": maria() })).send();
    assert_eq!(read.await.unwrap().status(), 204);
    let arrivals = stage.receiver.wait_for_arrivals(3).await;
    assert_eq!(statuses(&arrivals), ["sent", "delivered", "read"]);
}

#[tokio::test]
async fn held_statuses_wait_until_they_are_released() {
    let stage = Stage::new().await;
    stage.simulator.set_statuses(Statuses::Held);
    let (_, json) = stage.send_text("hello").await;
    let sid = json["sid"].as_str().unwrap();
    let status = || stage.simulator.message(sid).unwrap().status;
    assert_eq!(status(), SimStatus::Queued);
    assert_eq!(stage.receiver.arrivals(), []);
    stage.receiver.answer_with(StatusCode::SERVICE_UNAVAILABLE);
    let posted = |status| PostedStatus {
        sid: sid.to_owned(),
        status,
        http_status: Some(503),
    };
    assert_eq!(
        stage.simulator.deliver_statuses().await,
        [posted(SimStatus::Sent), posted(SimStatus::Delivered)]
    );
    assert_eq!(status(), SimStatus::Delivered);
    assert_eq!(stage.simulator.deliver_statuses().await, []);
    // A status out of order reaches the callback, and takes nothing back here.
    let late = stage
        .simulator
        .post_status(sid, SimStatus::Sent, None)
        .await;
    assert_eq!(late.unwrap(), 503);
    assert_eq!(status(), SimStatus::Delivered);
    assert_eq!(
        statuses(&stage.receiver.arrivals()),
        ["sent", "delivered", "sent"]
    );
}

#[tokio::test]
async fn w3_the_window_closes_24_hours_after_a_persons_last_message() {
    let stage = Stage::new().await;
    stage.simulator.set_window(Window::Enforced);
    stage.simulator.set_statuses(Statuses::Held);
    let check = async |form: &[(&str, &str)], expect: SimStatus, code: Option<u32>| {
        let answer = stage.send(form).await.unwrap();
        assert_eq!(answer.status(), 201);
        stage.simulator.deliver_statuses().await;
        let last = stage.simulator.sent_to(&maria()).pop().unwrap();
        assert_eq!((last.status, last.error_code), (expect, code));
    };
    let template = [
        ("From", "whatsapp:+14155238886"),
        ("To", "whatsapp:+5511987654321"),
        ("ContentSid", "HX1"),
        ("ContentVariables", "{\"1\":\"Maria\"}"),
    ];
    check(&to_maria("hello"), SimStatus::Failed, Some(63016)).await;
    check(&template, SimStatus::Delivered, None).await;
    let wrote = stage.simulator.send_text(&maria(), "Maria", "hi").await;
    assert_eq!(wrote.unwrap().http_status, 200);
    stage.clock.advance(Duration::from_secs(24 * 3600 - 1));
    check(&to_maria("hello"), SimStatus::Delivered, None).await;
    stage.clock.advance(Duration::from_secs(1));
    check(&to_maria("hello"), SimStatus::Failed, Some(63016)).await;
}

#[tokio::test]
async fn x4_scripted_faults_say_whether_the_message_was_sent() {
    let stage = Stage::new().await;
    stage.simulator.next_answers([
        Answer::TooManyRequests,
        Answer::ServerError(Effect::NotTaken),
        Answer::ServerError(Effect::Taken),
        Answer::Garbage(Effect::Taken),
        Answer::Refuse(63024),
        Answer::Normal,
    ]);
    let mut answers = Vec::new();
    for body in ["429", "500", "500 sent", "garbage", "refused", "normal"] {
        let answer = stage.send(&to_maria(body)).await.unwrap();
        let status = answer.status().as_u16();
        let retry_after = answer.headers().contains_key("retry-after");
        let code = answer
            .json::<Value>()
            .await
            .map(|json| json["code"].as_u64());
        answers.push((status, retry_after, code.ok().flatten()));
    }
    let expected = [
        (429, true, Some(20429)),
        (500, false, Some(20500)),
        (500, false, Some(20500)),
        (200, false, None),
        (400, false, Some(63024)),
        (201, false, None),
    ];
    assert_eq!(answers, expected);
    let sent = stage.simulator.sent_to(&maria());
    let bodies: Vec<_> = sent.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["500 sent", "garbage", "normal"]);
}

#[tokio::test]
async fn x4_lost_answers_leave_the_message_sent() {
    let stage = Stage::new().await;
    stage.simulator.next_answers([
        Answer::DropConnection(Effect::NotTaken),
        Answer::DropConnection(Effect::Taken),
        Answer::Hang(Effect::Taken),
    ]);
    for body in ["dropped", "dropped after"] {
        let error = stage.send(&to_maria(body)).await.unwrap_err();
        assert!(error.is_request() && !error.is_connect(), "{error:?}");
    }
    let hanging = to_maria("hanging");
    let sent = stage.simulator.wait_for("the hanging send", BOUND, |all| {
        let mut outbound = all.iter().map(|message| message.body.clone());
        outbound.any(|body| body == "hanging").then_some(())
    });
    tokio::select! {
        answer = stage.send(&hanging) => panic!("answered: {answer:?}"),
        found = sent => found.unwrap(),
    }
    let sent = stage.simulator.sent_to(&maria());
    let bodies: Vec<_> = sent.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["dropped after", "hanging"]);
}

#[tokio::test]
async fn w5_a_message_can_be_taken_and_fail_later() {
    let stage = Stage::new().await;
    stage
        .simulator
        .next_answers([Answer::AcceptThenFail(63024)]);
    let (status, _) = stage.send_text("hello").await;
    assert_eq!(status, 201);
    let arrivals = stage.receiver.wait_for_arrivals(1).await;
    assert_eq!(statuses(&arrivals), ["failed"]);
    assert_eq!(arrivals[0].field("ErrorCode").as_deref(), Some("63024"));
}

#[tokio::test]
async fn waiting_in_vain_shows_what_there_was() {
    let stage = Stage::new().await;
    stage.send_text("hello").await;
    let never = |_: &[SimMessage]| None::<()>;
    let bound = Duration::from_millis(1);
    let error = stage.simulator.wait_for("a reply", bound, never).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("waited 1ms for a reply") && error.contains("hello"));
}
