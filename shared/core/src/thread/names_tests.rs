//! Under which name a customer is answered.

use super::*;
use crate::{
    message::{Cause, Correlation, ENVELOPE_VERSION, Inbound, InboundMessage},
    turn::Turn,
};

const PHONE: &str = "+250788555001";
const USER: &str = "RW.13491208655302741918";

fn message(id: &str, sender: &str, content: Content) -> Inbound {
    let number: E164 = "+14155238886".parse().unwrap();
    let sender: SenderId = sender.parse().unwrap();
    Inbound {
        v: ENVELOPE_VERSION,
        tenant: "acme".parse().unwrap(),
        correlation: Correlation("c".to_owned()),
        group: Group::of(&number, &sender),
        received_at: "2026-11-20T07:00:00Z".parse().unwrap(),
        cause: Cause::Message(InboundMessage {
            endpoint: "demo".parse().unwrap(),
            number,
            id: id.parse().unwrap(),
            sender,
            phone: None,
            name: None,
            content,
            beside: Default::default(),
        }),
    }
}

fn text(id: &str, sender: &str) -> Inbound {
    let body = "hi".to_owned();
    message(id, sender, Content::Text { body })
}

fn opened() -> Head {
    let first = text("1", PHONE);
    Head::new(
        first.tenant.clone(),
        ThreadId::derived("1"),
        CustomerId::derived("1"),
        "demo".parse().unwrap(),
        "+14155238886".parse().unwrap(),
        PHONE.parse().unwrap(),
        first.group.clone(),
        first.received_at,
    )
}

/// The head after these, which its events make again.
fn after(messages: &[Inbound]) -> Head {
    let thread = |head| Thread {
        head,
        events: Vec::new(),
    };
    let mut turn = Turn::on(thread(opened()));
    for message in messages {
        turn.take_in(message);
    }
    let head = turn.thread().head.clone();
    let mut again = thread(head.before_first());
    for event in &turn.thread().events {
        again.apply(event.clone());
    }
    assert_eq!(again.head, head);
    head
}

#[test]
fn w1_answers_go_to_the_name_that_wrote_last() {
    let head = after(&[text("1", PHONE)]);
    assert_eq!((head.sender.as_str(), head.opened_by), (PHONE, None));
    let head = after(&[text("1", PHONE), text("2", USER), text("3", USER)]);
    let opened_by = head.opened_by.as_ref().map(SenderId::as_str);
    assert_eq!((head.sender.as_str(), opened_by), (USER, Some(PHONE)));
    let head = after(&[text("1", PHONE), text("2", USER), text("3", PHONE)]);
    assert_eq!(head.sender.as_str(), PHONE);
    assert_eq!(head.before_first().sender.as_str(), PHONE);
}

#[test]
fn w1_o10_who_changes_names_is_answered_there_and_shows_anew_who_they_are() {
    let until = "2026-11-20T08:00:00Z".parse().unwrap();
    let mut turn = Turn::on(Thread {
        head: opened(),
        events: Vec::new(),
    });
    turn.take_in(&text("1", PHONE));
    let mut thread = turn.thread().clone();
    thread.head.fold.identity.verified_until = Some(until);
    let to = vec![USER.parse().unwrap(), "+250788555009".parse().unwrap()];
    let mut turn = Turn::on(thread);
    turn.take_in(&message("2", PHONE, Content::Renamed { to }));
    let head = &turn.thread().head;
    assert_eq!(head.sender.as_str(), USER);
    assert_eq!(head.fold.identity.verified_until, None);
}
