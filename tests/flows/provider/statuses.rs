//! Status callbacks that come twice, late, in no order, or about nothing of ours.

use countersign_core::MessageRef;
use countersign_local::simulator::{
    SimStatus::{self, Delivered, Failed, Queued, Read, Sent},
    Statuses, signed_form,
};
use it::CUSTOMER;

use super::*;

const CODE: u32 = 63024;

/// A stack that reports no status by itself, and the provider's id of the one message sent.
async fn sent(phone: &str) -> (World, String) {
    let world = World::new().await;
    world.stack.simulator.set_statuses(Statuses::Held);
    world.tell(phone, QUESTION).await;
    let sid = sid(&world, phone);
    (world, sid)
}

fn sid(world: &World, phone: &str) -> String {
    world.sent_to(phone)[0].sid.clone()
}

async fn post(world: &World, sid: &str, status: SimStatus) {
    let code = (status == Failed).then_some(CODE);
    let posted = world.stack.simulator.post_status(sid, status, code).await;
    assert_eq!(posted.unwrap(), 200, "{status:?}");
    world.settle().await;
}

#[tokio::test]
async fn w5_a_record_never_goes_back_whatever_the_order_of_its_statuses() {
    let (world, _) = sent(CUSTOMER).await;
    let rows: [(&[SimStatus], SendStatus, usize); 8] = [
        (&[Sent, Delivered, Read], SendStatus::Read, 0),
        (&[Read, Delivered, Sent, Queued], SendStatus::Read, 0),
        (
            &[Delivered, Delivered, Sent, Delivered],
            SendStatus::Delivered,
            0,
        ),
        (&[Queued, Sent, Sent], SendStatus::Sent, 0),
        (
            &[Sent, Failed, Failed, Sent, Failed, Queued],
            SendStatus::Failed,
            1,
        ),
        (&[Failed, Failed], SendStatus::Failed, 1),
        (&[Delivered, Failed], SendStatus::Delivered, 0),
        (&[Read, Failed, Failed], SendStatus::Read, 0),
    ];
    for (index, (statuses, last, told)) in rows.into_iter().enumerate() {
        let phone = format!("+2507885560{index:02}");
        world.tell(&phone, QUESTION).await;
        let sid = sid(&world, &phone);
        let mut furthest = status(&world, &phone).await;
        assert_eq!(furthest, SendStatus::Sent);
        for one in statuses {
            post(&world, &sid, *one).await;
            let now = status(&world, &phone).await;
            assert!(
                now >= furthest,
                "{statuses:?}: {one:?} after {furthest:?}: {now:?}"
            );
            furthest = now;
        }
        assert_eq!(furthest, last, "{statuses:?}");
        world.pass(minutes(6)).await;
        // Late, when SQS has forgotten that it passed on the same.
        post(&world, &sid, statuses[0]).await;
        assert_eq!(status(&world, &phone).await, last, "{statuses:?}");
        let events = undelivered(&world, &phone).await;
        assert_eq!(events.len(), told, "{statuses:?}: {events:?}");
        answered_once(&world, &phone).await;
    }
}

#[tokio::test]
async fn w5_a_status_is_of_use_only_with_a_reference_of_ours() {
    let (world, sid) = sent(CUSTOMER).await;
    let before = record(&world, CUSTOMER).await;
    let company = &world.stack.seed.company.whatsapp;
    let post = async |query: &str, from: &str, word: &str| {
        let path = format!("/webhooks/twilio/demo/status{query}");
        let url = format!("{}{path}", world.stack.url());
        let form = [
            ("MessageSid", sid.as_str()),
            ("From", from),
            ("MessageStatus", word),
            ("ErrorCode", "63024"),
        ];
        let (body, signature) = signed_form(&url, "local-auth-token", &form);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let nobodys = format!("?ref={}", MessageRef::derived("nobody's"));
    let ours = format!("?ref={}", before.reference);
    let number = format!("whatsapp:{}", company.number);
    for (query, from, word, expect) in [
        (nobodys.as_str(), number.as_str(), "failed", 200),
        (&ours, &number, "a word of tomorrow", 200),
        (&ours, "whatsapp:+14155230000", "failed", 404),
        (&ours, "demo", "failed", 400),
        (&ours, &number, "", 400),
        ("", &number, "failed", 400),
        ("?ref=msg_1", &number, "failed", 400),
    ] {
        let answer = post(query, from, word).await;
        assert_eq!(answer, (expect, String::new()), "{query} {from} {word}");
        world.settle().await;
        assert_eq!(record(&world, CUSTOMER).await, before);
    }
    assert_eq!(undelivered(&world, CUSTOMER).await, []);
    assert_eq!(world.dead_letters(), 0);
}
