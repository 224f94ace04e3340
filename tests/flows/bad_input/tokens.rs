//! Links to approval pages that were guessed, cut, kept too long or opened by a machine.

use std::time::Duration;

use countersign_core::{Secret, approval::OutputStatus, token::ApprovalToken};
use it::{CUSTOMER, STAFF};

use super::*;

fn vote(path: &str, digest: &str) -> Request {
    Request {
        method: Method::POST,
        path: path.to_owned(),
        headers: vec![(
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        )],
        body: format!("decision=approve&reason=&digest={digest}").into_bytes(),
    }
}

fn token_secret(world: &World) -> Secret {
    Secret::new(
        world
            .stack
            .environment
            .get("APPROVAL_TOKEN_SECRET")
            .unwrap(),
    )
}

#[tokio::test]
async fn x1_a_link_that_was_not_sent_opens_and_decides_nothing() {
    let (world, output) = waiting(CUSTOMER).await;
    let w = &world;
    let before = w.state(output).await;
    let path = w.approval_path();
    let token = path.strip_prefix("/approvals/").unwrap();
    let dot = token.find('.').unwrap();
    let tampered = |at: usize| {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &token[..at], &token[at + 1..])
    };
    let ours = ApprovalToken {
        tenant: w.tenant(),
        output,
        version: 1,
        approver: "Grace Uwase".to_owned(),
        expires: before.deadline,
    };
    let mut links: Vec<String> = [0, 1, dot / 2, dot - 1, dot + 1, dot + 20, token.len() - 2]
        .map(tampered)
        .into();
    links.extend([
        token[..token.len() - 1].to_owned(),
        token[..dot].to_owned(),
        token[..dot + 1].to_owned(),
        token[dot..].to_owned(),
        format!("{token}A"),
        "x".to_owned(),
        "x".repeat(5000),
        ours.mint(&Secret::new("somebody-else's-secret-of-this-length")),
        // Ours, on what is not there.
        ApprovalToken {
            tenant: "other".parse().unwrap(),
            ..ours.clone()
        }
        .mint(&token_secret(w)),
        ApprovalToken {
            output: countersign_core::OutputId::derived("nobody's"),
            ..ours.clone()
        }
        .mint(&token_secret(w)),
        ApprovalToken { version: 2, ..ours }.mint(&token_secret(w)),
    ]);
    let nothing = Request::get("/approvals/x").send(w).await;
    assert_eq!(nothing.status, NOT_FOUND);
    let digest = before.digest.to_string();
    for link in links {
        let path = format!("/approvals/{link}");
        for request in [Request::get(&path), vote(&path, &digest)] {
            let answer = request.send(w).await;
            assert_eq!(answer.status, NOT_FOUND, "{link}");
            assert_eq!(answer.body, nothing.body, "{link}");
            leaks_nothing(w, &answer);
        }
        assert_eq!(w.state(output).await, before, "{link}");
    }
    rests(w).await;
    assert_eq!(count(&w.events(CUSTOMER).await, is_decision), 0);
}

#[tokio::test]
async fn p7_looking_decides_nothing_however_often() {
    let (world, output) = waiting(CUSTOMER).await;
    let w = &world;
    let before = w.state(output).await;
    let path = w.approval_path();
    for method in [Method::GET, Method::HEAD] {
        for _ in 0..10 {
            let look = Request {
                method: method.clone(),
                ..Request::get(&path)
            };
            assert_eq!(look.send(w).await.status, OK);
        }
    }
    let query = format!("{path}?decision=approve&digest={}", before.digest);
    assert_eq!(Request::get(&query).send(w).await.status, OK);
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = Request {
            method,
            ..vote(&path, &before.digest.to_string())
        };
        assert_eq!(request.send(w).await.status, NOT_ALLOWED);
    }
    let large = Request {
        body: vec![b'a'; 33 * 1024],
        ..vote(&path, "")
    };
    let unread = Request {
        body: b"decision=%ff%00&digest=".to_vec(),
        ..vote(&path, "")
    };
    for (request, expect) in [(large, TOO_LARGE), (unread, BAD), (vote(&path, "abc"), BAD)] {
        let answer = request.send(w).await;
        assert_eq!(answer.status, expect);
        leaks_nothing(w, &answer);
    }
    rests(w).await;
    assert_eq!(w.state(output).await, before);
    assert_eq!(w.decide_on_page("approve", "").await.status, OK);
    rests(w).await;
    assert_eq!(files(w, CUSTOMER), 1);
}

#[tokio::test]
async fn p5_a_link_ends_with_its_deadline() {
    let (world, output) = waiting(CUSTOMER).await;
    let w = &world;
    let path = w.approval_path();
    let digest = w.state(output).await.digest.to_string();
    w.clock.advance(Duration::from_secs(24 * 3600));
    for _ in 0..2 {
        for request in [Request::get(&path), vote(&path, &digest)] {
            let answer = request.send(w).await;
            assert_eq!(answer.status, GONE);
            assert!(answer.body.contains("The time to decide is over"));
            leaks_nothing(w, &answer);
        }
        assert_eq!(w.state(output).await.decision, None);
    }
    w.pass(Duration::from_secs(60)).await;
    assert_eq!(vote(&path, &digest).send(w).await.status, GONE);
    rests(w).await;
    assert_eq!(w.state(output).await.status, OutputStatus::Expired);
    assert_eq!((files(w, CUSTOMER), w.heard(CUSTOMER).len()), (0, 3));
}

#[tokio::test]
async fn x1_a_link_decides_on_its_own_output_only() {
    let (world, first) = waiting(CUSTOMER).await;
    let w = &world;
    let path_of_first = w.approval_path();
    w.tell(STAFF, "sales report for last month").await;
    let second = w.outputs(STAFF).await[0];
    let path_of_second = w.approval_path();
    let digest = |output| async move { w.state(output).await.digest.to_string() };
    let (digest_of_first, digest_of_second) = (digest(first).await, digest(second).await);
    for (path, digest) in [
        (&path_of_first, &digest_of_second),
        (&path_of_second, &digest_of_first),
    ] {
        let answer = vote(path, digest).send(w).await;
        assert_eq!(answer.status, CONFLICT);
        leaks_nothing(w, &answer);
    }
    for output in [first, second] {
        assert_eq!(w.state(output).await.status, OutputStatus::Pending);
    }
    assert_eq!(
        vote(&path_of_second, &digest_of_second)
            .send(w)
            .await
            .status,
        OK
    );
    rests(w).await;
    assert_eq!((files(w, CUSTOMER), files(w, STAFF)), (0, 1));
    assert_eq!(w.state(first).await.status, OutputStatus::Pending);
    // A decision is not taken back by the same link.
    let again = vote(&path_of_second, &digest_of_second).send(w).await;
    assert_eq!(again.status, CONFLICT);
    rests(w).await;
    assert_eq!(files(w, STAFF), 1);
}
