//! When a code is asked for, and when a call is made.

use super::*;

#[test]
fn o10_a_tool_that_wants_a_code_is_called_once_it_is_back() {
    let mut talk = Talk::asked();
    talk.rests();
    assert_eq!(talk.happened(), ["asked for balance"]);
    talk.passes(3);
    let code = talk.code();
    let said = talk.say(&[&code], &[wants(&["balance"]), says("You owe 12 USD.")]);
    assert_eq!(said, ["You owe 12 USD."]);
    assert_eq!(talk.happened(), ["asked for balance", "passed", "balance"]);
    assert_eq!(talk.written(), [WISH, MASK]);
    talk.rests();
    // It asks about no message: the code needs no answer of its own.
    let ask = &talk.scene.asked[1];
    assert_eq!((ask.about.len(), ask.seen.len()), (1, 0));
    // For half an hour no other is needed, for whichever tool.
    talk.passes(29);
    let said = talk.say(&["and could I pay that?"], &[wants(&["pay"])]);
    assert_eq!(said, ["I'm working on it…"]);
    talk.passes(1);
    let said = talk.say(&["and now, still the same?"], &[wants(&["balance"])]);
    assert_eq!(said, ["[a code]"]);
}

/// Their message was dealt with when the code was asked for, so what comes after must be.
#[test]
fn o10_whoever_entered_their_code_is_answered_whatever_a_model_makes_of_it() {
    let mut talk = Talk::asked();
    let code = talk.code();
    let answers = [says(""), wants(&["no_such_tool"]), says("You owe 12 USD.")];
    assert_eq!(talk.say(&[&code], &answers), ["You owe 12 USD."]);
    talk.rests();

    let mut talk = Talk::asked();
    let code = talk.code();
    let answers = [wants(&["balance"]), says(""), says(""), says("")];
    let said = talk.say(&[&code], &answers);
    assert_eq!(said.len(), 1, "{said:?}");
    talk.rests();
}

#[test]
fn o10_a_new_code_makes_the_one_before_void() {
    let mut talk = Talk::asked();
    let first = talk.code();
    talk.say(
        &["nothing has come so far"],
        &[wants(&["balance"]), says("It is on its way.")],
    );
    assert!(
        talk.refused()[0].contains("a moment ago"),
        "{:?}",
        talk.refused()
    );
    talk.passes(1);
    let said = talk.say(&["still nothing, really"], &[wants(&["balance"])]);
    assert_eq!(said, ["[a code]"]);
    assert_ne!(talk.code(), first);
    talk.say(&[&first], &[]);
    assert_eq!(talk.happened().last().unwrap(), "wrong, 2 left");
}

#[test]
fn o10_three_codes_within_an_hour_are_the_most() {
    let mut talk = Talk::asked();
    for _ in 0..2 {
        talk.passes(11);
        assert_eq!(
            talk.say(&["once more, please"], &[wants(&["balance"])]),
            ["[a code]"]
        );
    }
    talk.passes(11);
    let answers = [wants(&["balance"]), says("I can't send more.")];
    assert_eq!(
        talk.say(&["once more, please"], &answers),
        ["I can't send more."]
    );
    let refused = talk.refused();
    assert!(
        refused[0].contains("3 codes within the hour"),
        "{refused:?}"
    );
    assert!(refused[0].contains("escalate_to_human"), "{refused:?}");
    talk.passes(27);
    assert_eq!(
        talk.say(&["and now, please?"], &[wants(&["balance"])]),
        ["[a code]"]
    );
}

/// A pause came between the choice and the call.
#[test]
fn o10_who_the_customer_is_is_looked_at_again_when_a_call_runs() {
    let mut talk = Talk::asked();
    let code = talk.code();
    talk.say(&[&code], &[says("Thanks.")]);
    let message = talk.scene.message(Content::Text { body: WISH.into() });
    let mut turn = Turn::on(talk.scene.thread.clone());
    turn.take_in(&message);
    let moment = |now| Moment {
        now,
        role: Role::Customer,
    };
    let Step::Ask(ask) = step(turn.thread(), &talk.scene.agent, moment(talk.now)) else {
        panic!("not asked");
    };
    let thought = ask.answered(model(), wants(&["balance"]), MicroUsd(1));
    turn.record(thought, talk.now);
    let Step::Record(planned) = step(turn.thread(), &talk.scene.agent, moment(talk.now)) else {
        panic!("not chosen");
    };
    planned.into_iter().for_each(|it| turn.record(it, talk.now));
    let agent = &talk.scene.agent;
    let in_time = talk.now + SignedDuration::from_mins(29);
    assert!(matches!(
        step(turn.thread(), agent, moment(in_time)),
        Step::Run { .. }
    ));
    let late = talk.now + SignedDuration::from_mins(30);
    let Step::Record(planned) = step(turn.thread(), agent, moment(late)) else {
        panic!("it runs");
    };
    let is_refused = |planned: &Planned| {
        matches!(
            &planned.data,
            EventData::ToolResult {
                outcome: ToolOutcome::Refused { .. },
                ..
            }
        )
    };
    assert!(planned.iter().all(is_refused), "{planned:?}");
    // The model goes on from that.
    planned.into_iter().for_each(|it| turn.record(it, late));
    assert!(matches!(
        step(turn.thread(), agent, moment(late)),
        Step::Ask(_)
    ));
}

#[test]
fn o10_one_code_does_for_all_that_is_wanted_at_once() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.say(&[WISH], &[wants(&["balance", "pay"])]),
        ["[a code]"]
    );
    assert_eq!(talk.happened(), ["asked for balance"]);
    // What needs none is looked up, and the model tells.
    let mut talk = Talk::new();
    let answers = [wants(&["pay", "orders"]), says("It is on its way.")];
    assert_eq!(
        talk.say(&[WISH], &answers),
        ["[a code]", "It is on its way."]
    );
    assert_eq!(talk.happened(), ["asked for pay", "orders"]);
    talk.rests();
    // What is ordered is announced beside it.
    let mut talk = Talk::new();
    let said = talk.say(&[WISH], &[wants(&["generate_report", "balance"])]);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].starts_with("I'm preparing"), "{said:?}");
    talk.rests();
}

#[test]
fn o10_where_no_code_can_be_made_the_tool_is_not_called() {
    let mut talk = Talk::new();
    talk.scene.agent.codes = Codes::Unset;
    talk.say(&[WISH], &[wants(&["balance"]), says("I can't.")]);
    assert_eq!(talk.happened(), [] as [String; 0]);
    assert!(talk.refused()[0].contains("can't be done here"));
}

#[test]
fn o10_a_rule_knows_whether_the_customer_is_verified() {
    let because = "Who you are is not known.".to_owned();
    let mut talk = Talk::new();
    let rule = Rule {
        name: "known only".into(),
        when: "tool == 'orders' && !customer.verified".into(),
        then: Then::Deny { because },
    };
    talk.scene.agent.policy = Policy::parse(&[rule]).unwrap();
    let answers = [wants(&["orders"]), wants(&["balance"])];
    assert_eq!(talk.say(&[WISH], &answers), ["[a code]"]);
    assert!(talk.refused()[0].contains("Who you are is not known."));
    let code = talk.code();
    talk.say(&[&code], &[wants(&["orders"]), says("Two.")]);
    assert_eq!(talk.happened(), ["asked for balance", "passed", "orders"]);
    talk.passes(30);
    talk.say(&["and now, please?"], &[wants(&["orders"]), says("No.")]);
    assert_eq!(talk.refused().len(), 2);
}

/// While a person has the conversation, a code is compared and nothing is said.
#[test]
fn o10_a_code_that_comes_while_it_is_paused_counts_when_it_goes_on() {
    let mut talk = Talk::asked();
    let code = talk.code();
    talk.scene.control(ControlAction::Pause);
    assert_eq!(talk.say(&[&code], &[]), [] as [String; 0]);
    let answers = [wants(&["balance"]), says("You owe 12 USD.")];
    let resume = talk.scene.inbound(Cause::Control(ControlNotice {
        thread: talk.scene.thread.head.thread,
        id: "resume".into(),
        action: ControlAction::Resume,
        by: "op".into(),
    }));
    assert_eq!(talk.take(&[resume], &answers), ["You owe 12 USD."]);
}
