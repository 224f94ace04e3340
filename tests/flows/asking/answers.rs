//! What is an answer, to what, and whose counts.

use countersign_core::ContentHash;
use futures::future::join_all;

use super::*;

/// On the page and by a callback: nothing changes, and what is wanted is said.
#[tokio::test]
async fn a8_an_answer_that_does_not_fit_changes_nothing() {
    for (format, options, wrong, right) in [
        ("yes_no", json!(null), "maybe", "no"),
        ("choice", json!(["Kigali", "Huye"]), "Musanze", "Huye"),
        ("text", json!(null), " \n ", "Tomorrow."),
    ] {
        let asking = Asking::new().await;
        let output = asking
            .asks(json!({"question": QUESTION, "format": format, "options": options}))
            .await;
        let wants = match format {
            "yes_no" => "“yes”, “no”",
            "choice" => "“Kigali”, “Huye”",
            _ => "1 to 1000 characters",
        };
        let long = "x".repeat(1001);
        for wrong in [wrong, "", &long] {
            let answer = asking
                .callback("wrong", output, json!({"answer": wrong}))
                .await;
            assert_eq!(answer.status, 400, "{}", answer.body);
            assert!(answer.body.contains(wants), "{}", answer.body);
            let answer = asking
                .form(&[("decision", "answer"), ("answer", wrong)])
                .await;
            assert_eq!(answer.status, 400, "{}", answer.body);
            assert!(answer.body.contains(wants), "{}", answer.body);
        }
        // Neither is a yes to it, nor one without an answer.
        let body = asking.world.callback_body(output, "approve", "Grace").await;
        let answer = asking.world.callback("approve", &body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(
            answer.body.contains("this is a question"),
            "{}",
            answer.body
        );
        let answer = asking.form(&[("decision", "approve")]).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body.contains(wants), "{}", answer.body);
        let answer = asking.form(&[("decision", "answer")]).await;
        assert_eq!(answer.status, 400, "{}", answer.body);

        let state = asking.world.state(output).await;
        assert_eq!(
            (state.status, state.decision),
            (OutputStatus::Pending, None)
        );
        assert_eq!(asking.world.heard(CUSTOMER).len(), 1);

        asking.models.script([Canned::text("I know now.")]);
        let answer = asking
            .callback("right", output, json!({"answer": right}))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(asking.world.heard(CUSTOMER).last().unwrap(), "I know now.");
        asking.is_over().await;
    }
}

/// Many at once, on the page and by callbacks: one answer counts, and all are told the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a8_of_many_answers_at_once_one_counts() {
    let asking = Asking::new().await;
    let world = &asking.world;
    let output = asking.asks(json!({"question": QUESTION})).await;
    asking.models.script([Canned::text("I know now.")]);
    let path = world.approval_path();
    let digest = world.state(output).await.digest.to_string();
    let body = world.callback_body(output, "answer", "Jean").await;
    let answers = (0..16).map(|n| {
        let (path, digest, body) = (&path, &digest, &body);
        async move {
            let said = format!("answer {n:02}");
            if n % 2 == 0 {
                let form = [
                    ("decision", "answer"),
                    ("answer", said.as_str()),
                    ("digest", digest.as_str()),
                ];
                world.post_form(path, &form).await
            } else {
                let mut body: Value = serde_json::from_str(body).unwrap();
                body["answer"] = said.into();
                world
                    .callback(&format!("race-{n}"), &body.to_string())
                    .await
            }
        }
    });
    let told = join_all(answers).await;
    world.settle().await;
    let Some(Decision::Answered { answer, .. }) = world.state(output).await.decision else {
        panic!("nobody answered");
    };
    let won = told.iter().filter(|told| told.status == 200).count();
    assert_eq!(won, 1);
    for told in &told {
        assert!(told.status == 200 || told.status == 409, "{told:?}");
        assert!(told.body.contains(&answer), "{answer}: {}", told.body);
    }
    let events = world.events(CUSTOMER).await;
    let ends = events.iter().filter_map(|event| match &event.data {
        EventData::HumanResponse { decision, .. } => Some(decision),
        _ => None,
    });
    let ends: Vec<&Decision> = ends.collect();
    assert!(
        matches!(ends[..], [Decision::Answered { answer: one, .. }] if *one == answer),
        "{ends:?}"
    );
    assert_eq!(world.heard(CUSTOMER), [ASKING, "I know now."]);
    asking.is_over().await;
    all_is_asked_well(&asking.models);
}

/// A report and a question wait side by side. Neither's decision counts for the other, whatever is put
/// together of both.
#[tokio::test]
async fn p7_an_answer_approves_nothing_and_an_approval_answers_nothing() {
    let asking = Asking::new().await;
    let world = &asking.world;
    let question = asking
        .asks(json!({"question": QUESTION, "format": "yes_no"}))
        .await;
    asking.models.script([Canned::call(
        "generate_report",
        &json!({"kind": "sales", "from": "2026-11-09", "to": "2026-11-15"}),
    )]);
    world
        .tell(CUSTOMER, "and could I get the figures of last week, please")
        .await;
    let report = world.outputs(CUSTOMER).await[1];
    let digest = |output| async move { world.state(output).await.digest.to_string() };
    let (of_question, of_report) = (digest(question).await, digest(report).await);

    // The answer, sent to the report: as it is, and with either digest.
    for digest in [&of_question, &of_report] {
        let said = json!({"answer": "yes", "digest": digest});
        let answer = asking.callback("to-the-report", report, said).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body.contains("no question"), "{}", answer.body);
    }
    // An approval, sent to the question: with its own digest and the report's.
    for (digest, status) in [(&of_question, 400), (&of_report, 409)] {
        let said = json!({"decision": "approve", "digest": digest});
        let answer = asking.callback("to-the-question", question, said).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    // The answer's digest is not the question's.
    let said = json!({"answer": "yes", "digest": ContentHash::of(b"x")});
    let answer = asking.callback("of-another", question, said).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    for output in [question, report] {
        assert_eq!(world.state(output).await.status, OutputStatus::Pending);
    }

    asking.models.script([Canned::text("Yes, it may.")]);
    let said = json!({"answer": "yes"});
    let answer = asking.callback("the-answer", question, said.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // Replayed against the report under its own id.
    let answer = asking.callback("the-answer", report, said).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(world.documents(CUSTOMER), 0);
    assert_eq!(world.state(report).await.status, OutputStatus::Pending);

    world.approve(report).await;
    assert_eq!(world.documents(CUSTOMER), 1);
    let said = json!({"decision": "approve"});
    let answer = asking.callback("late", question, said).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert_eq!(world.state(question).await.status, OutputStatus::Answered);
    all_is_asked_well(&asking.models);
}

/// A question that was asked long before its answer is still shown beside it, also after a crash
/// between taking the answer in and asking a model.
#[tokio::test]
async fn a8_a_model_that_goes_on_knows_the_question_however_long_ago_it_was() {
    let asking = Asking::new().await;
    let world = &asking.world;
    let output = asking
        .asks(json!({"question": QUESTION, "urgency": "low"}))
        .await;
    for _ in 0..40 {
        world.tell(CUSTOMER, "stock ABC123").await;
    }
    asking.models.answer_with(|request| {
        assert!(request.user().contains(QUESTION), "{}", request.user());
        Canned::text("Yes, it may.")
    });
    let answer = asking
        .callback("one", output, json!({"answer": "yes"}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(world.heard(CUSTOMER).last().unwrap(), "Yes, it may.");
    assert_eq!(asking.models.violations(), [] as [String; 0]);
}

/// The act is read to hold the answer against; other than that it is like every decision.
#[tokio::test]
async fn o9_an_answer_makes_exactly_these_calls() {
    let asking = Asking::new().await;
    let world = &asking.world;
    let output = asking.asks(json!({"question": QUESTION})).await;
    let body = world.callback_body(output, "answer", "Grace").await;
    let mut body: Value = serde_json::from_str(&body).unwrap();
    body["answer"] = "yes".into();
    let request = world.callback_request("one", &body.to_string());
    let functions = world.stack.cold().unwrap();
    world.stack.faults.reset();
    assert_eq!(functions.approvals.handle(request).await.status(), 200);
    let calls = world.stack.faults.calls();
    let calls: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(
        calls,
        ["GetItem", "UpdateItem", "SendMessage", "UpdateItem"]
    );
}
