//! given as much as there can be → when stepped → then no more is taken on.

use super::*;
use crate::thread::MOST_TASKS;

#[test]
fn c8_no_more_is_ordered_than_a_thread_can_hold() {
    let mut scene = Scene::new(Role::Customer);
    for _ in 0..MOST_OPEN {
        let said = scene.say(&["sales report for last week"]);
        assert!(said[0].starts_with("I'm preparing"), "{said:?}");
    }
    let said = scene.say(&["sales report for last week"]);
    assert!(said[0].contains("several requests"), "{said:?}");
}

/// Invariant 2: the fold stays under 4 KB, whatever is open, and with the longest names that there are
/// the head under 5.
#[test]
fn a1_the_head_is_bounded() {
    let mut scene = Scene::new(Role::Customer);
    scene.thread.head.sender = "C".repeat(140).parse().unwrap();
    let number = scene.thread.head.number.clone();
    scene.thread.head.group = Group::of(&number, &scene.thread.head.sender);
    scene.thread.head.tenant = "t".repeat(40).parse().unwrap();
    scene.thread.head.endpoint = "e".repeat(40).parse().unwrap();
    let outputs: Vec<OutputId> = (0..MOST_OPEN).map(|_| scene.drafted()).collect();
    scene.say(&[&format!("stock of {}", "x".repeat(4000))]);
    scene.say(&["report"]);
    scene.control(ControlAction::Pause);
    for output in outputs {
        scene.decide(output, approved());
    }
    for n in 0..50 {
        scene.say(&[&format!("are you there? {n}")]);
        scene.launch(&n.to_string(), "stock ABC123");
    }
    let change = |n: usize, known| crate::thread::Change {
        mark: "0".repeat(16),
        order: CallId::derived(&n.to_string()),
        known,
    };
    let failed = (0..4).map(|n| change(n, crate::thread::Known::Failed));
    scene.thread.head.fold.changes = failed.collect();
    scene.thread.head.fold.escalation = crate::thread::Escalation::Called;
    scene.thread.head.fold.attempt.said = vec![u64::from(u32::MAX); crate::thread::MOST_PARTS];
    let at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    scene.thread.head.fold.identity = crate::thread::Identity {
        challenge: Some(crate::thread::Challenge {
            id: crate::ChallengeId::derived("x"),
            expires_at: at,
            left: 3,
        }),
        verified_until: None,
        asked: vec![at.as_second(); crate::identity::MOST_CHALLENGES],
    };
    let count = crate::thread::Count {
        since: at.as_second(),
        messages: u32::MAX,
    };
    scene.thread.head.fold.rate = crate::thread::Rate {
        minute: count,
        day: count,
        told: Some(at.as_second()),
        opted: Some(at.as_second()),
    };
    scene.thread.head.fold.opted = crate::opt_out::Opted::Out;
    scene.thread.head.fold.persona = Some("p".repeat(40).parse().unwrap());
    scene.thread.head.fold.unanswered.times = u16::MAX;
    scene.thread.head.fold.offered = Some(u64::from(u32::MAX));
    scene.thread.head.fold.shows = Shows::Taps;
    scene.thread.head.fold.attempt.reactions = 1;
    scene.thread.head.fold.waits = crate::thread::Waits::most(at);
    let messages =
        |open: &&mut crate::thread::OpenEvent| open.kind == crate::thread::OpenKind::Message;
    for open in scene.thread.head.fold.open.iter_mut().filter(messages) {
        open.file = crate::thread::FileState::Fetching;
    }
    assert_eq!(
        scene.thread.head.fold.open.len(),
        2 * MOST_OPEN + MOST_TASKS
    );
    let head = &scene.thread.head;
    let fold = serde_json::to_string(&head.fold).unwrap().len();
    let whole = serde_json::to_string(head).unwrap().len();
    assert!(fold <= 4096 && whole <= 5120, "{fold} of {whole} bytes");
}
