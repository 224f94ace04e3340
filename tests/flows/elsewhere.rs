//! Functions that run elsewhere, called through the Invoke API alone: `cargo dev --lambda`.

use std::time::Duration;

use countersign_aws::schema;
use countersign_local::{
    lambda::{Failed, Function},
    pump::Thrown,
};
use http::StatusCode;
use it::{APPROVER, Broken, CUSTOMER, Elsewhere};

/// A hidden field of a page's form.
fn hidden(page: &str, name: &str) -> String {
    let (_, field) = page.split_once(&format!("name=\"{name}\"")).unwrap();
    let (_, value) = field.split_once("value=\"").unwrap();
    value.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn f5_a_question_is_answered_through_the_invoke_api() {
    let elsewhere = Elsewhere::new().await;
    assert_eq!(elsewhere.say(CUSTOMER, "stock ABC123").await, 200);
    elsewhere.settle().await;
    let heard = elsewhere.heard(CUSTOMER);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].contains("*Blue widget 40 mm*"), "{heard:?}");
    let called = elsewhere.called();
    assert_eq!(called[..3], ["ingress", "agent", "outbound"]);
    // The statuses of the answer took the same road.
    assert!(called[3..].contains(&"ingress".to_owned()), "{called:?}");
}

#[tokio::test]
async fn f5_an_approved_report_arrives_through_the_invoke_api() {
    let elsewhere = Elsewhere::new().await;
    elsewhere.say(CUSTOMER, "sales report for last week").await;
    elsewhere.settle().await;
    let asked = elsewhere.heard(APPROVER).pop().unwrap();
    let at = asked.find("/approvals/").unwrap();
    let path = asked[at..].split_whitespace().next().unwrap();
    let page = elsewhere.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let digest = hidden(&page.body, "digest");
    let form = [("decision", "approve"), ("reason", ""), ("digest", &digest)];
    let decided = elsewhere.post_form(path, &form).await;
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.body);
    elsewhere.settle().await;

    let sent = elsewhere
        .front
        .simulator
        .sent_to(&CUSTOMER.parse().unwrap());
    assert_eq!(sent.len(), 3);
    let document = reqwest::get(sent[2].media_url.clone().unwrap())
        .await
        .unwrap();
    assert!(document.bytes().await.unwrap().starts_with(b"%PDF"));
    // The approver's own system was asked, too.
    assert_eq!(elsewhere.front.inbox.received().len(), 1);
}

#[tokio::test]
async fn f5_a_function_that_fails_fails_its_batch_which_comes_again() {
    for (broken, why) in [
        (Broken::Threw, "countersign-agent failed: it broke"),
        (Broken::Status500, "countersign-agent failed: it broke"),
        (Broken::Nonsense, "countersign-agent is no JSON"),
        (
            Broken::Missing,
            "countersign-agent was refused with status 404",
        ),
    ] {
        let elsewhere = Elsewhere::new().await;
        elsewhere.breaks("agent", &[broken]);
        elsewhere.say(CUSTOMER, "stock ABC123").await;
        let drained = elsewhere.drain(schema::INBOUND).await;
        let Some(Thrown::Error(said)) = &drained.thrown else {
            panic!("{broken:?}: {drained:?}");
        };
        assert!(said.contains(why), "{broken:?}: {said}");
        assert_eq!((drained.received, drained.deleted()), (1, 0), "{broken:?}");
        // Still invisible, so that nothing of its group is received.
        assert_eq!(elsewhere.drain(schema::INBOUND).await.received, 0);

        let visibility = Duration::from_secs(schema::INBOUND.visibility.into());
        elsewhere.clock.advance(visibility);
        assert_eq!(elsewhere.drain(schema::INBOUND).await.deleted(), 1);
        elsewhere.settle().await;
        assert_eq!(elsewhere.heard(CUSTOMER).len(), 1, "{broken:?}");
    }
}

#[tokio::test]
async fn f5_the_gateway_answers_500_for_a_function_that_fails() {
    let elsewhere = Elsewhere::new().await;
    for broken in [
        Broken::Threw,
        Broken::Status500,
        Broken::Nonsense,
        Broken::Missing,
    ] {
        elsewhere.breaks("ingress", &[broken]);
        assert_eq!(elsewhere.say(CUSTOMER, "stock ABC123").await, 500);
        elsewhere.breaks("approvals", &[broken]);
        let answer = elsewhere.get("/approvals/some-token").await;
        assert_eq!(
            answer.status,
            StatusCode::INTERNAL_SERVER_ERROR,
            "{broken:?}"
        );
        assert_eq!(answer.body, r#"{"message":"Internal Server Error"}"#);
    }
    assert_eq!(elsewhere.say(CUSTOMER, "stock ABC123").await, 200);
}

#[tokio::test]
async fn f5_what_is_refused_here_is_refused_there() {
    let elsewhere = Elsewhere::new().await;
    let forged = elsewhere.post_form("/webhooks/twilio/demo", &[("Body", "stock ABC123")]);
    assert_eq!(forged.await.status, StatusCode::FORBIDDEN);
    let looked = elsewhere.get("/webhooks/twilio/demo").await;
    assert_eq!(looked.status, StatusCode::METHOD_NOT_ALLOWED);
    elsewhere.settle().await;
    assert!(!elsewhere.called().contains(&"agent".to_owned()));
}

/// What undecided requests expire by.
#[tokio::test]
async fn f5_a_tick_reaches_the_clock_function() {
    let elsewhere = Elsewhere::new().await;
    elsewhere.say(CUSTOMER, "sales report for last week").await;
    elsewhere.settle().await;
    elsewhere.clock.advance(Duration::from_secs(25 * 3600));
    elsewhere.front.remote.tick().await.unwrap();
    elsewhere.settle().await;
    // By then they have not written for a day: it is sent when they do.
    assert_eq!(elsewhere.say(CUSTOMER, "help").await, 200);
    elsewhere.settle().await;
    let heard = elsewhere.heard(CUSTOMER);
    let told = |text: &&String| text.contains("nobody could approve");
    assert_eq!(heard.iter().filter(told).count(), 1, "{heard:?}");
    elsewhere.breaks("clock", &[Broken::Threw]);
    let failed = elsewhere.front.remote.tick().await.unwrap_err();
    assert!(matches!(failed, Failed::Threw { .. }), "{failed}");
}

#[tokio::test]
async fn f5_every_function_wakes_and_nothing_comes_of_it() {
    let elsewhere = Elsewhere::new().await;
    for function in Function::HTTP.into_iter().chain(Function::BEHIND) {
        elsewhere.front.remote.wake(function).await.unwrap();
    }
    let expect = [
        "ingress",
        "approvals",
        "agent",
        "executor",
        "outbound",
        "clock",
    ];
    assert_eq!(elsewhere.called(), expect);
    elsewhere.settle().await;
    assert_eq!(elsewhere.called(), expect);
}
