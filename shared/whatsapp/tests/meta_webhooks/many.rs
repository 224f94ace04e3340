//! One request with many things in it, of which some are wrong or somebody else's.

use countersign_core::{MessageRef, message::DeliveryStatus};
use countersign_whatsapp::{DecodeError, LeftOut, StatusReport};
use serde_json::{Value, json};

use super::{NUMBER_ID, change, receive, receive_bytes, update};

fn text(id: &str) -> Value {
    json!({"from": "14155550142", "id": id, "type": "text", "text": {"body": id}})
}

fn status(word: &str, more: Value) -> Value {
    let reference = MessageRef::derived("th_1/3/0");
    let mut status = json!({
        "id": "wamid.9", "status": word, "timestamp": "1763622000", "recipient_id": "14155550142",
        "biz_opaque_callback_data": reference.to_string(),
        "pricing": {"billable": true, "pricing_model": "PMP", "category": "service"},
    });
    for (field, value) in more.as_object().unwrap() {
        status[field] = value.clone();
    }
    status
}

#[test]
fn w1_several_entries_changes_messages_and_statuses() {
    let mut update = update(vec![
        change(json!({"messages": [text("wamid.1"), text("wamid.2")]})),
        change(json!({"statuses": [status("sent", json!({})), status("read", json!({}))]})),
    ]);
    let entries = update["entry"].as_array_mut().unwrap();
    let both = json!({"messages": [text("wamid.3")], "statuses": [status("delivered", json!({}))]});
    entries.push(json!({"id": "2", "changes": [change(both)]}));
    let received = receive(&update);
    let ids: Vec<_> = received.messages.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["wamid.1", "wamid.2", "wamid.3"]);
    let words: Vec<_> = received.statuses.into_iter().map(|it| it.status).collect();
    let expect = [
        DeliveryStatus::Sent,
        DeliveryStatus::Read,
        DeliveryStatus::Delivered,
    ];
    assert_eq!(words, expect);
    assert_eq!(received.left_out, []);
}

#[test]
fn w1_a_bad_message_does_not_lose_the_good_ones() {
    let mut no_id = text("wamid.2");
    no_id.as_object_mut().unwrap().remove("id");
    let messages = json!([text("wamid.1"), no_id, json!(7), text("wamid.3")]);
    let received = receive(&update(vec![change(json!({"messages": messages}))]));
    let ids: Vec<_> = received.messages.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["wamid.1", "wamid.3"]);
    let malformed = |kind: Option<&str>| LeftOut::Malformed {
        id: None,
        kind: kind.map(str::to_owned),
        why: "its id is missing, or none",
    };
    assert_eq!(
        received.left_out,
        [malformed(Some("text")), malformed(None)]
    );
}

#[test]
fn w1_what_is_for_another_number_of_the_app_is_left_out() {
    let check = |id: Value, shown: Value, is_ours: bool| {
        let mut other = change(json!({"messages": [text("wamid.2")]}));
        let metadata = json!({"phone_number_id": id, "display_phone_number": shown});
        other["value"]["metadata"] = metadata;
        let ours = change(json!({"messages": [text("wamid.1")]}));
        let received = receive(&update(vec![other, ours]));
        assert_eq!(received.has_foreign(), !is_ours, "{id} {shown}");
        assert_eq!(
            received.messages.len(),
            1 + usize::from(is_ours),
            "{id} {shown}"
        );
    };
    check(json!(NUMBER_ID), json!("+1 415-523-8886"), true);
    check(json!(NUMBER_ID), json!(null), true);
    check(json!(NUMBER_ID), json!("14155238887"), false);
    check(json!("106540352242923"), json!("14155238886"), false);
    check(json!(null), json!("14155238886"), false);
    check(json!(106_540_352_242_922_i64), json!("14155238886"), false);
}

#[test]
fn w1_what_else_an_app_is_told_is_left_out() {
    let template =
        json!({"field": "message_template_status_update", "value": {"event": "APPROVED"}});
    let error = change(json!({"errors": [{"code": 130429, "title": "Rate limit hit"}]}));
    let received = receive(&update(vec![template, error]));
    let name = "message_template_status_update".to_owned();
    let code = "130429".to_owned();
    let expect = [LeftOut::Field { name }, LeftOut::Error { code }];
    assert_eq!(received.left_out, expect);
}

#[test]
fn w1_what_is_no_update_at_all_is_refused() {
    let check = |body: &[u8], field: &'static str| {
        let refused = receive_bytes(body);
        assert!(
            matches!(refused, Err(DecodeError::Malformed { field: at, .. }) if at == field),
            "{refused:?}"
        );
    };
    check(b"", "body");
    check(b"entry=1", "body");
    check(b"\xff", "body");
    check(b"{\"entry\":[]", "body");
    check(&b"[".repeat(100_000), "body");
    check(b"{}", "entry");
    check(b"[]", "entry");
    check(b"{\"entry\":{}}", "entry");
    for nothing in ["{\"entry\":[]}", "{\"entry\":[1,{},{\"changes\":7}]}"] {
        assert_eq!(receive_bytes(nothing.as_bytes()), Ok(Default::default()));
    }
}

#[test]
fn w5_every_word_of_metas_for_a_status() {
    let check = |word: &str, more: Value, expect: DeliveryStatus| {
        let received = receive(&update(vec![change(
            json!({"statuses": [status(word, more)]}),
        )]));
        let report = StatusReport {
            reference: MessageRef::derived("th_1/3/0"),
            provider_id: "wamid.9".parse().unwrap(),
            status: expect,
        };
        assert_eq!(received.statuses, [report], "{word}");
        assert_eq!(received.left_out, [], "{word}");
    };
    let failed = |code: &str| DeliveryStatus::Failed {
        code: code.to_owned(),
    };
    check("sent", json!({}), DeliveryStatus::Sent);
    check("delivered", json!({}), DeliveryStatus::Delivered);
    check("read", json!({}), DeliveryStatus::Read);
    check("played", json!({}), DeliveryStatus::Read);
    let error = json!({"errors": [{"code": 131047, "title": "Re-engagement message"}]});
    check("failed", error, failed("131047"));
    check(
        "failed",
        json!({"errors": [{"code": "131026"}]}),
        failed("131026"),
    );
    check("failed", json!({"errors": [{}]}), failed("unknown"));
    check("failed", json!({}), failed("failed"));
}

#[test]
fn x3_a_status_of_somebody_elses_send_settles_nothing_here() {
    let check = |status: Value, word: &str, why: &'static str| {
        let received = receive(&update(vec![change(json!({"statuses": [status]}))]));
        assert_eq!(received.statuses, []);
        let word = word.to_owned();
        assert_eq!(received.left_out, [LeftOut::Status { word, why }]);
    };
    let no_reference = "it bears no reference of ours";
    for reference in [json!(null), json!(""), json!("order 7"), json!(7)] {
        let more = json!({"biz_opaque_callback_data": reference});
        check(status("sent", more), "sent", no_reference);
    }
    let why = "its word is not one we know";
    check(status("warning", json!({})), "warning", why);
    let why = "its id is missing, or none";
    check(status("sent", json!({"id": null})), "sent", why);
}
