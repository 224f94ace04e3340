//! What the provider answers to a send, and what becomes of the message.

use countersign_local::simulator::{
    Answer::{self, DropConnection, Garbage, Hang, Refuse, ServerError, TooManyRequests},
    Effect::{NotTaken, Taken},
    Statuses,
};
use it::CUSTOMER;

use super::*;

fn phone(index: usize) -> String {
    format!("+2507885560{index:02}")
}

/// A question whose answer is sent into `answers`, and all that follows at once.
async fn ask(world: &World, phone: &str, answers: impl IntoIterator<Item = Answer>) {
    world.stack.simulator.next_answers(answers);
    world.tell(phone, QUESTION).await;
}

#[tokio::test]
async fn x3_a_message_that_was_taken_in_spite_of_the_answer_is_never_repeated() {
    let world = World::new().await;
    let rows = [ServerError(Taken), Garbage(Taken), DropConnection(Taken)];
    for (index, answer) in rows.into_iter().enumerate() {
        let phone = phone(index);
        ask(&world, &phone, [answer]).await;
        assert_eq!(
            status(&world, &phone).await,
            SendStatus::Delivered,
            "{answer:?}"
        );
        another_writes(&world).await;
    }
    for _ in 0..3 {
        world.pass(minutes(11)).await;
    }
    for (index, answer) in rows.into_iter().enumerate() {
        answered_once(&world, &phone(index)).await;
        assert_eq!(
            status(&world, &phone(index)).await,
            SendStatus::Delivered,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn x3_a_message_that_was_not_taken_goes_again_once_the_channel_is_known_to_be_alive() {
    let world = World::new().await;
    let rows = [
        ServerError(NotTaken),
        Garbage(NotTaken),
        DropConnection(NotTaken),
    ];
    for (index, answer) in rows.into_iter().enumerate() {
        let phone = phone(index);
        ask(&world, &phone, [answer]).await;
        assert_eq!(
            status(&world, &phone).await,
            SendStatus::Unknown,
            "{answer:?}"
        );
        another_writes(&world).await;
        world.pass(minutes(8)).await;
        assert_eq!(world.heard(&phone), Vec::<String>::new(), "{answer:?}");
        world.pass(minutes(2)).await;
        answered_once(&world, &phone).await;
        let record = record(&world, &phone).await;
        assert_eq!((record.status, record.attempt), (SendStatus::Delivered, 1));
    }
    world.pass(minutes(30)).await;
    for index in 0..rows.len() {
        answered_once(&world, &phone(index)).await;
    }
}

#[tokio::test]
async fn x3_no_answer_at_all_and_the_message_was_taken() {
    let world = World::new().await;
    ask(&world, CUSTOMER, [Hang(Taken)]).await;
    answered_once(&world, CUSTOMER).await;
    another_writes(&world).await;
    world.pass(minutes(11)).await;
    world.pass(minutes(11)).await;
    answered_once(&world, CUSTOMER).await;
    assert_eq!(status(&world, CUSTOMER).await, SendStatus::Delivered);
}

#[tokio::test]
async fn x3_no_answer_at_all_and_the_message_was_not_taken() {
    let world = World::new().await;
    ask(&world, CUSTOMER, [Hang(NotTaken)]).await;
    assert_eq!(status(&world, CUSTOMER).await, SendStatus::Unknown);
    another_writes(&world).await;
    world.pass(TEN_MINUTES).await;
    answered_once(&world, CUSTOMER).await;
}

#[tokio::test]
async fn x3_on_a_silent_channel_an_unknown_message_is_held_and_not_repeated() {
    let world = World::new().await;
    world.stack.simulator.set_statuses(Statuses::Held);
    ask(&world, CUSTOMER, [Garbage(NotTaken)]).await;
    // Messages still go out, but no status of any comes in.
    another_writes(&world).await;
    for _ in 0..5 {
        world.pass(minutes(11)).await;
        assert_eq!(status(&world, CUSTOMER).await, SendStatus::Held);
        assert_eq!(world.heard(CUSTOMER), Vec::<String>::new());
    }
    world.stack.simulator.set_statuses(Statuses::Automatic);
    another_writes(&world).await;
    world.pass(minutes(11)).await;
    answered_once(&world, CUSTOMER).await;
    assert_eq!(status(&world, CUSTOMER).await, SendStatus::Delivered);
    world.pass(minutes(11)).await;
    answered_once(&world, CUSTOMER).await;
}

#[tokio::test]
async fn x3_a_held_message_that_had_arrived_is_settled_by_its_late_status() {
    let world = World::new().await;
    world.stack.simulator.set_statuses(Statuses::Held);
    ask(&world, CUSTOMER, [Garbage(Taken)]).await;
    for _ in 0..3 {
        world.pass(minutes(11)).await;
        assert_eq!(status(&world, CUSTOMER).await, SendStatus::Held);
    }
    assert_eq!(world.stack.simulator.deliver_statuses().await.len(), 2);
    world.settle().await;
    assert_eq!(status(&world, CUSTOMER).await, SendStatus::Delivered);
    world.stack.simulator.set_statuses(Statuses::Automatic);
    another_writes(&world).await;
    world.pass(minutes(11)).await;
    answered_once(&world, CUSTOMER).await;
}

#[tokio::test]
async fn w5_too_many_requests_are_waited_out() {
    let world = World::new().await;
    for (index, refusals) in [1, 3, 5].into_iter().enumerate() {
        let phone = phone(index);
        ask(&world, &phone, vec![TooManyRequests; refusals]).await;
        answered_once(&world, &phone).await;
        let record = record(&world, &phone).await;
        assert_eq!((record.attempt, record.tries as usize), (0, refusals));
    }
    // Further messages of the same person wait behind it.
    world.stack.simulator.next_answers([TooManyRequests; 2]);
    world.say(CUSTOMER, QUESTION).await;
    world.say(CUSTOMER, "help").await;
    world.settle().await;
    let heard = world.heard(CUSTOMER);
    assert_eq!(heard.len(), 2);
    assert!(heard[0].contains("Total: *143*"), "{heard:?}");
}

#[tokio::test]
async fn w5_too_many_requests_for_long_leave_the_queue_and_go_out_when_due() {
    let world = World::new().await;
    ask(&world, CUSTOMER, [TooManyRequests; 6]).await;
    assert_eq!(status(&world, CUSTOMER).await, SendStatus::Retrying);
    assert!(world.is_idle());
    world.pass(minutes(4)).await;
    assert_eq!(world.heard(CUSTOMER), Vec::<String>::new());
    world.stack.simulator.next_answers([TooManyRequests]);
    world.pass(minutes(1)).await;
    assert_eq!(status(&world, CUSTOMER).await, SendStatus::Retrying);
    assert_eq!(world.heard(CUSTOMER), Vec::<String>::new());
    world.pass(minutes(5)).await;
    answered_once(&world, CUSTOMER).await;
    world.pass(minutes(30)).await;
    answered_once(&world, CUSTOMER).await;
    assert_eq!(status(&world, CUSTOMER).await, SendStatus::Delivered);
}

#[tokio::test]
async fn w5_what_is_refused_for_good_is_recorded_with_what_to_do_and_not_repeated() {
    let world = World::new().await;
    let rows = [
        (Refuse(63024), "63024", "reach them another way"),
        (Refuse(21211), "21211", "correct the recipient's number"),
        (Refuse(99_999), "99999", "docs/api/errors/99999"),
        (
            Answer::AcceptThenFail(63024),
            "63024",
            "reach them another way",
        ),
    ];
    for (index, (answer, ..)) in rows.into_iter().enumerate() {
        ask(&world, &phone(index), [answer]).await;
    }
    another_writes(&world).await;
    for _ in 0..2 {
        world.pass(minutes(11)).await;
    }
    for (index, (answer, code, advice)) in rows.into_iter().enumerate() {
        let phone = phone(index);
        let told = undelivered(&world, &phone).await;
        assert!(
            matches!(told.as_slice(), [(c, meaning)] if c == code && meaning.contains(advice)),
            "{answer:?}: {told:?}"
        );
        let record = record(&world, &phone).await;
        assert_eq!(record.status, SendStatus::Failed, "{answer:?}");
        assert_eq!(record.code.as_deref(), Some(code));
        let taken = usize::from(matches!(answer, Answer::AcceptThenFail(_)));
        assert_eq!(world.heard(&phone).len(), taken, "{answer:?}");
    }
    // They are answered as ever when they write again.
    assert_eq!(world.tell(&phone(0), QUESTION).await.len(), 1);
}
