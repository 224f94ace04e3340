//! When it opens, who probes, and that it always comes back.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// What comes of so many calls of the same kind, one after the other.
fn after(state: State, calls: usize, outcome: Outcome, now: Timestamp) -> State {
    (0..calls).fold(state, |state, _| {
        let mut seen = Window::default();
        seen.count(outcome, now);
        state.learn(&seen, now, &Rule::default()).unwrap_or(state)
    })
}

fn is_open(state: &State) -> bool {
    matches!(state, State::Open { .. })
}

#[test]
fn o8_it_opens_at_half_of_at_least_five_calls() {
    let check = |worked, failed, expect| {
        let state = after(State::default(), worked, Outcome::Worked, at(0));
        let state = after(state, failed, Outcome::Failed, at(0));
        assert_eq!(is_open(&state), expect, "{worked} worked, {failed} failed");
    };
    check(0, 4, false);
    check(0, 5, true);
    check(3, 2, false);
    check(2, 3, true);
    check(10, 9, false);
    check(10, 10, true);
}

#[test]
fn o8_what_is_a_minute_ago_does_not_count() {
    let state = after(State::default(), 4, Outcome::Failed, at(0));
    assert!(is_open(&after(state.clone(), 1, Outcome::Failed, at(59))));
    let later = after(state, 1, Outcome::Failed, at(60));
    assert!(!is_open(&later));
    assert!(later.is_troubled(at(60), &Rule::default()));
    assert!(!later.is_troubled(at(120), &Rule::default()));
}

#[test]
fn o8_it_waits_then_probes_then_closes() {
    let rule = Rule::default();
    let state = after(State::default(), 5, Outcome::Failed, at(0));
    let until = at(30);
    assert_eq!(look(&State::default(), at(0)), Verdict::Go);
    assert_eq!(look(&state, at(29)), Verdict::Wait { until });
    assert_eq!(state.probe("early", at(29), &rule), None);
    assert_eq!(look(&state, at(30)), Verdict::Probe);
    let probing = state.probe("first", at(30), &rule).unwrap();
    let until = at(90);
    assert_eq!(look(&probing, at(89)), Verdict::Wait { until });
    assert_eq!(probing.probe("second", at(89), &rule), None);
    assert_eq!(
        probing.probed("first", Outcome::Worked, at(40), &rule),
        Some(State::default())
    );
}

#[test]
fn o8_a_probe_that_was_given_up_decides_nothing() {
    let rule = Rule::default();
    let state = after(State::default(), 5, Outcome::Failed, at(0));
    let probing = state.probe("first", at(30), &rule).unwrap();
    assert_eq!(look(&probing, at(90)), Verdict::Probe);
    let taken = probing.probe("second", at(90), &rule).unwrap();
    for outcome in [Outcome::Worked, Outcome::Failed] {
        assert_eq!(taken.probed("first", outcome, at(91), &rule), None);
        assert!(taken.probed("second", outcome, at(91), &rule).is_some());
    }
}

#[test]
fn o8_each_failed_probe_doubles_the_wait_up_to_five_minutes() {
    let rule = Rule::default();
    let mut state = after(State::default(), 5, Outcome::Failed, at(0));
    let mut waits = Vec::new();
    let mut now = at(0);
    for _ in 0..40 {
        let Verdict::Wait { until } = look(&state, now) else {
            panic!("{state:?} is not open");
        };
        waits.push(until.duration_since(now).as_secs());
        let probing = state.probe("p", until, &rule).unwrap();
        state = probing.probed("p", Outcome::Failed, until, &rule).unwrap();
        now = until;
    }
    assert_eq!(waits[..6], [30, 60, 120, 240, 300, 300]);
    assert!(waits[6..].iter().all(|wait| *wait == 300));
}

#[test]
fn o8_what_a_breaker_stands_before_is_read_as_it_is_written() {
    for text in [
        "provider#openai",
        "provider#compatible",
        "moderation#openai",
        "tool#a#b",
    ] {
        assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "openai",
        "provider#ollama",
        "moderation#",
        "tool#",
        "agent#x",
    ] {
        assert!(text.parse::<Subject>().is_err(), "{text}");
    }
}

proptest! {
    /// Whatever happens in whatever order, a breaker is never open for more than five minutes,
    /// its window stays small, and it can be stored.
    #[test]
    fn o8_a_breaker_always_comes_back(steps in prop::collection::vec((0_u8..4, 0_i64..400), 1..200)) {
        let rule = Rule::default();
        let mut now = at(0);
        let mut state = State::default();
        for (step, seconds) in steps {
            now += SignedDuration::from_secs(seconds);
            let mut seen = Window::default();
            seen.count(if step == 0 { Outcome::Worked } else { Outcome::Failed }, now);
            let next = match step {
                0 | 1 => state.learn(&seen, now, &rule),
                2 => state.probe("p", now, &rule),
                _ => state.probed("p", Outcome::Failed, now, &rule),
            };
            state = next.unwrap_or(state);
            if let Verdict::Wait { until } = look(&state, now) {
                prop_assert!(until.duration_since(now) <= rule.longest);
            }
            let text = serde_json::to_string(&state).unwrap();
            prop_assert!(text.len() < 1_000);
            prop_assert_eq!(&serde_json::from_str::<State>(&text).unwrap(), &state);
        }
    }
}
