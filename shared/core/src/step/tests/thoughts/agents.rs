//! Whose conversation it is, and when it is a person's.

use super::*;
use crate::model::Purpose;

#[test]
fn o2_a_conversation_is_given_to_an_agent_and_stays_with_it() {
    let rows = [AgentKind::Triage, AgentKind::Shop, AgentKind::General].map(|kind| row(kind, &[]));
    let mut scene = with(&rows).answer(&[text("Shop."), text("Hello!"), text("Still me.")]);
    assert_eq!(scene.say(&["good day my friend"]), ["Hello!"]);
    assert_eq!(scene.say(&["and a good evening to you"]), ["Still me."]);
    let asked: Vec<(Purpose, AgentKind)> = scene
        .asked
        .iter()
        .map(|ask| (ask.purpose, ask.agent))
        .collect();
    assert_eq!(
        asked,
        [
            (Purpose::Triage, AgentKind::Triage),
            (Purpose::Answer, AgentKind::Shop),
            (Purpose::Answer, AgentKind::Shop),
        ]
    );
}

#[test]
fn o2_what_triage_is_unsure_of_is_general() {
    let rows = [AgentKind::Triage, AgentKind::Shop, AgentKind::General].map(|kind| row(kind, &[]));
    for word in ["triage", "weather", "", "<shop> or general"] {
        let mut scene = with(&rows).answer(&[text(word), text("Hello!")]);
        assert_eq!(scene.say(&["good day my friend"]), ["Hello!"], "{word}");
        assert_eq!(scene.thread.head.fold.agent, Some(AgentKind::General));
    }
}

#[test]
fn o2_a_hand_over_is_an_event_and_loops_of_them_stop() {
    let rows = [AgentKind::Shop, AgentKind::Support, AgentKind::General].map(|kind| row(kind, &[]));
    let to =
        |kind: AgentKind| calls(&[("hand_over", json!({"to": kind.as_str(), "note": "yours"}))]);
    let mut scene = with(&rows).answer(&[
        to(AgentKind::Shop),
        to(AgentKind::Support),
        to(AgentKind::Shop),
        to(AgentKind::Support),
        text("All right, I'll do it."),
    ]);
    assert_eq!(scene.say(&["who is it now"]), ["All right, I'll do it."]);
    assert_eq!(scene.hand_overs().len(), 3);
    assert_eq!(scene.thread.head.fold.agent, Some(AgentKind::Shop));
    assert!(scene.errors()[0].0.contains("can't take it"));
}

#[test]
fn o2_an_agent_that_is_off_takes_no_conversation() {
    let mut shop = row(AgentKind::Shop, &[]);
    shop.enabled = false;
    let mut scene = with(&[shop, row(AgentKind::General, &[])]).answer(&[
        calls(&[("hand_over", json!({"to": "shop", "note": ""}))]),
        text("Here I am."),
    ]);
    assert_eq!(
        scene.say(&["I want to buy a lantern or two"]),
        ["Here I am."]
    );
    assert!(
        scene.errors()[0]
            .0
            .starts_with("there is no tool \"hand_over\"")
    );
}

#[test]
fn a8_a_model_calls_a_person() {
    let mut scene = one().answer(&[calls(&[(
        "escalate_to_human",
        json!({"reason": "wants the director"}),
    )])]);
    let said = scene.say(&["I want to talk to a person, right now"]);
    assert!(said[0].contains("They will look into it"), "{said:?}");
    assert_eq!(scene.hand_overs(), [(AgentKind::General, Recipient::Human)]);
}
