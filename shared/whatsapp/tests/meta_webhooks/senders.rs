//! Who a message is from: by user id, by number, by both, or by what a contact tells.

use countersign_core::{E164, SenderId};
use countersign_whatsapp::LeftOut;
use serde_json::{Value, json};

use super::{change, receive, update};

fn message(fields: Value, contacts: Value) -> Value {
    let mut message = json!({"id": "wamid.1", "type": "text", "text": {"body": "hi"}});
    for (field, value) in fields.as_object().unwrap() {
        message[field] = value.clone();
    }
    update(vec![change(
        json!({"messages": [message], "contacts": contacts}),
    )])
}

#[track_caller]
fn check(fields: Value, contacts: Value, sender: &str, phone: Option<&str>, others: &[&str]) {
    let [message] = receive(&message(fields, contacts))
        .messages
        .try_into()
        .unwrap();
    assert_eq!(message.sender.as_str(), sender);
    assert_eq!(message.phone.as_ref().map(E164::as_str), phone);
    let aliases = message.beside.aliases.iter().map(SenderId::as_str);
    assert_eq!(aliases.collect::<Vec<_>>(), others);
}

#[test]
fn w1_the_name_that_lasts_comes_first() {
    let user = "US.13491208655302741918";
    let both = json!([{"wa_id": "14155550142", "user_id": user}]);
    let phone = Some("+14155550142");
    check(
        json!({"from": "14155550142"}),
        json!([]),
        "+14155550142",
        phone,
        &[],
    );
    check(
        json!({"from": "14155550142"}),
        both.clone(),
        user,
        phone,
        &["+14155550142"],
    );
    check(
        json!({"from": "14155550142", "from_user_id": user}),
        json!([]),
        user,
        phone,
        &["+14155550142"],
    );
    check(
        json!({"from_user_id": user}),
        both.clone(),
        user,
        phone,
        &["+14155550142"],
    );
    check(
        json!({"from_user_id": user}),
        json!([{"user_id": user}]),
        user,
        None,
        &[],
    );
    // Nobody but the one contact can be meant.
    check(json!({}), both, user, phone, &["+14155550142"]);
    // An empty wa_id is none.
    check(
        json!({"from_user_id": user}),
        json!([{"user_id": user, "wa_id": ""}]),
        user,
        None,
        &[],
    );
}

#[test]
fn w1_a_contact_that_is_somebody_else_lends_nothing() {
    let eve = json!([{"wa_id": "14155550199", "user_id": "US.2", "profile": {"name": "Eve"}}]);
    let phone = Some("+14155550142");
    check(
        json!({"from": "14155550142"}),
        eve.clone(),
        "+14155550142",
        phone,
        &[],
    );
    let [message] = receive(&message(json!({"from": "14155550142"}), eve))
        .messages
        .try_into()
        .unwrap();
    assert_eq!(message.name, None);
    let two = json!([{"wa_id": "14155550199"}, {"wa_id": "14155550142", "user_id": "US.1"}]);
    check(
        json!({"from": "14155550142"}),
        two,
        "US.1",
        phone,
        &["+14155550142"],
    );
}

#[test]
fn w1_nobody_can_not_have_written() {
    let two = json!([{"wa_id": "14155550199"}, {"wa_id": "14155550142"}]);
    for (fields, contacts) in [
        (json!({}), json!([])),
        (json!({}), two),
        (json!({"from": "a#b"}), json!([])),
        (json!({"from": 14155550142_i64}), json!(null)),
    ] {
        let received = receive(&message(fields, contacts));
        assert_eq!(received.messages, []);
        let why = "nobody is named as its sender";
        let left_out = LeftOut::Malformed {
            id: Some("wamid.1".parse().unwrap()),
            kind: Some("text".to_owned()),
            why,
        };
        assert_eq!(received.left_out, [left_out]);
    }
}

#[test]
fn w1_who_changes_names_is_known_by_the_old_ones() {
    let system = |fields: Value| {
        let mut all = json!({
            "type": "system",
            "system": {"type": "user_changed_number", "wa_id": "14155550199", "user_id": "US.2"},
        });
        for (field, value) in fields.as_object().unwrap() {
            match field.strip_prefix("system.") {
                Some(field) => all["system"][field] = value.clone(),
                None => all[field] = value.clone(),
            }
        }
        all
    };
    let new = json!([{"wa_id": "14155550199", "user_id": "US.2"}]);
    let phone = Some("+14155550142");
    check(
        system(json!({"from": "14155550142"})),
        new.clone(),
        "+14155550142",
        phone,
        &[],
    );
    // Whose user id stands beside an old number is not said: it may be the new one.
    let both = json!({"from": "14155550142", "from_user_id": "US.2"});
    check(system(both), new.clone(), "+14155550142", phone, &[]);
    let told = json!({"from": "14155550142", "system.previous_user_id": "US.1"});
    check(system(told), new.clone(), "US.1", phone, &["+14155550142"]);
    check(
        system(json!({"from_user_id": "US.1"})),
        new,
        "US.1",
        None,
        &[],
    );
}
