//! Whether a customer may have a later thread.

use super::*;

const NUMBER: &str = "+14155238886";

fn begun(at: Timestamp) -> Head {
    let (number, sender): (E164, SenderId) =
        (NUMBER.parse().unwrap(), "+250788555001".parse().unwrap());
    let group = Group::of(&number, &sender);
    Head::new(
        "acme".parse().unwrap(),
        ThreadId::derived("x"),
        CustomerId::derived("c"),
        "demo".parse().unwrap(),
        number,
        sender,
        group,
        at,
    )
}

/// What keeps a thread awake besides the customer says nothing of whether they went on elsewhere.
#[test]
fn w3_w5_only_after_an_act_or_a_silence_may_there_be_a_later_thread() {
    let now: Timestamp = "2026-11-20T07:00:00Z".parse().unwrap();
    let before = |hours| now - SignedDuration::from_hours(hours);
    let week = 7 * 24;
    for (opened, wrote, acts, expect) in [
        (1, None, 0, false),
        (week, Some(week), 0, false),
        (week + 1, None, 0, true),
        (week + 1, Some(week), 0, false),
        (week + 1, Some(week + 1), 0, true),
        (1, Some(1), 1, true),
    ] {
        let mut head = begun(before(opened));
        head.customer_wrote_at = wrote.map(before);
        head.epoch = acts;
        head.changed_at = now;
        assert_eq!(head.is_over(now), Over::No);
        let may = head.may_have_a_later(now);
        assert_eq!(may, expect, "{opened} {wrote:?} {acts}");
    }
}
