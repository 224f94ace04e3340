//! What the page can do: send every kind, throw the switches, wind the clock.

use super::*;
use crate::clock::WoundClock;

async fn post(stage: &Stage, path: &str, body: &Value) -> (u16, Value) {
    let post = stage.client.post(format!("{}{path}", stage.api));
    let answer = post.json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn switch(stage: &Stage, faults: &[&str]) {
    let (status, state) = post(stage, "/sim/controls", &json!({ "faults": faults })).await;
    assert_eq!((status, &state["faults"]), (200, &json!(faults)));
}

async fn write(stage: &Stage, content: Value) -> (u16, Value) {
    let message = json!({
        "from": maria(),
        "name": "Maria",
        "provider": "meta",
        "body": "hello",
        "content": content,
    });
    post(stage, "/sim/messages", &message).await
}

fn hello() -> Value {
    json!({
        "messaging_product": "whatsapp",
        "to": "5511987654321",
        "text": { "body": "hello" },
    })
}

#[tokio::test]
async fn f4_what_goes_wrong_is_switched_on_and_off() {
    let stage = Stage::new().await;
    for (fault, status, taken) in [
        ("too_many_requests", 429, 0),
        ("server_errors", 500, 0),
        ("closed_window", 400, 0),
    ] {
        switch(&stage, &[fault]).await;
        assert_eq!(stage.meta("messages", &hello()).await.0, status, "{fault}");
        assert_eq!(stage.simulator.sent_to(&maria()).len(), taken, "{fault}");
    }
    switch(&stage, &["drop_answers"]).await;
    assert!(stage.send(&to_maria("hello")).await.is_err());
    assert_eq!(stage.simulator.sent_to(&maria()).len(), 1);
    switch(&stage, &[]).await;
    assert_eq!(stage.meta("messages", &hello()).await.0, 200);
    let unknown = json!({ "faults": ["rain"] });
    assert_eq!(post(&stage, "/sim/controls", &unknown).await.0, 422);
}

#[tokio::test]
async fn w4_webhooks_come_twice_or_in_the_wrong_order() {
    let stage = Stage::new().await;
    switch(&stage, &["duplicate"]).await;
    write(&stage, json!({ "kind": "text" })).await;
    let arrivals = stage.receiver.wait_for_arrivals(2).await;
    assert_eq!(arrivals[0], arrivals[1]);
    switch(&stage, &["reorder"]).await;
    let (_, first) = write(&stage, json!({ "kind": "text" })).await;
    let (_, second) = write(&stage, json!({ "kind": "text" })).await;
    let arrivals = stage.receiver.wait_for_arrivals(4).await;
    assert!(arrivals[2].body.contains(second["sid"].as_str().unwrap()));
    assert!(arrivals[3].body.contains(first["sid"].as_str().unwrap()));
    stage.meta("messages", &hello()).await;
    let arrivals = stage.receiver.wait_for_arrivals(6).await;
    assert!(arrivals[4].body.contains("\"delivered\""));
    assert!(arrivals[5].body.contains("\"sent\""));
}

#[tokio::test]
async fn w4_delayed_statuses_come_when_the_switch_is_off_again() {
    let stage = Stage::new().await;
    switch(&stage, &["delay_statuses"]).await;
    stage.meta("messages", &hello()).await;
    stage.simulator.statuses_posted(BOUND).await.unwrap();
    assert_eq!(stage.receiver.arrivals(), []);
    switch(&stage, &[]).await;
    let arrivals = stage.receiver.wait_for_arrivals(2).await;
    assert!(arrivals[0].body.contains("\"sent\""));
}

#[tokio::test]
async fn f4_the_page_sends_what_a_phone_can() {
    let stage = Stage::new().await;
    let url = format!("{}/sim/media?provider=meta&filename=a%22.png", stage.api);
    let upload = |bytes: &'static str| {
        let post = stage.client.post(&url).header("content-type", "image/png");
        post.body(bytes).send()
    };
    assert_eq!(upload("").await.unwrap().status(), 422);
    let file: Value = upload("abc").await.unwrap().json().await.unwrap();
    let id = file["id"].as_str().unwrap();
    let image = json!({ "kind": "media", "media": "image", "id": id });
    let (status, message) = write(&stage, image).await;
    assert_eq!(status, 202);
    let sid = message["sid"].as_str().unwrap();
    let shown = stage
        .client
        .get(format!("{}/sim/messages/{sid}/file", stage.api));
    let shown = shown.send().await.unwrap();
    assert_eq!(
        shown.headers()["content-disposition"],
        "inline; filename=\"a_.png\""
    );
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    assert_eq!(shown.text().await.unwrap(), "abc");
    let arrivals = stage.receiver.wait_for_arrivals(1).await;
    assert!(arrivals[0].body.contains("\"caption\":\"hello\""));
    for refused in [
        json!({ "kind": "media", "media": "image", "id": "404" }),
        json!({ "kind": "buttons", "buttons": [] }),
        json!({ "kind": "number_changed", "new_wa_id": "12" }),
    ] {
        assert_eq!(write(&stage, refused).await.0, 422);
    }
    let reaction = json!({
        "from": maria(),
        "name": "Maria",
        "body": "👍",
        "content": { "kind": "reaction", "to": "SM1" },
    });
    let (status, refused) = post(&stage, "/sim/messages", &reaction).await;
    assert_eq!(
        (status, &refused["hint"]),
        (422, &json!("Choose the other provider."))
    );
}

#[tokio::test]
async fn f4_what_could_run_in_a_browser_is_saved() {
    let stage = Stage::new().await;
    for media_type in ["text/html", "image/svg+xml", "application/xhtml+xml"] {
        let file = SimFile {
            media_type: media_type.to_owned(),
            filename: None,
            bytes: "<script>alert(1)</script>".into(),
        };
        let id = stage.simulator.upload(SimProvider::Meta, file);
        let get = stage.client.get(format!("{}/sim/media/{id}", stage.api));
        let headers = get.send().await.unwrap().headers().clone();
        let disposition = headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("attachment"), "{media_type}");
    }
}

#[tokio::test]
async fn f4_the_clock_is_wound_where_it_can_be() {
    let stage = Stage::new().await;
    let forward = json!({ "forward_hours": 25 });
    assert_eq!(post(&stage, "/sim/controls", &forward).await.0, 422);
    let folder = tempfile::tempdir().unwrap();
    let clock = WoundClock::open(folder.path().join("clock")).unwrap();
    stage.simulator.wind_with(clock.clone());
    let before = clock.now();
    let (status, state) = post(&stage, "/sim/controls", &forward).await;
    assert_eq!((status, &state["winds"]), (200, &json!(true)));
    assert!(clock.now().duration_since(before) >= SignedDuration::from_hours(25));
    let mistyped = json!({ "forward_hours": 100_000 });
    assert_eq!(post(&stage, "/sim/controls", &mistyped).await.0, 422);
}
