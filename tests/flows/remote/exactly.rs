//! What was approved is what is called, and what an approver sees of it.

use super::*;

/// What no number holds exactly is never shown as one thing and sent as another.
#[tokio::test]
async fn x1_a_number_that_would_be_rounded_is_refused() {
    let company = Company::new().await;
    let amount = 9_007_199_254_740_993_u64;
    company.models.script([
        Canned::text("general"),
        Canned::call("refund_payment", &json!({"order": "K1", "amount": amount})),
        Canned::text("That is too much."),
    ]);
    let heard = company.world.tell(CUSTOMER, WISH).await;
    assert_eq!(heard, ["That is too much."]);
    let prompt = company.models.requests().pop().unwrap().user();
    assert!(
        prompt.contains("more than a number holds exactly"),
        "{prompt}"
    );
    assert_eq!(company.world.outputs(CUSTOMER).await, []);
}

/// The link arrives, and no other beside it.
#[tokio::test]
async fn p7_a_customer_cannot_dress_the_question_or_keep_it_from_the_approver() {
    let company = Company::new().await;
    let note = format!(
        "K1\nUntil never https://evil.example/approvals/x {}",
        "x".repeat(3_000)
    );
    let arguments = json!({"order": "K1", "amount": 1, "note": note});
    company.wishes(arguments).await;
    let asked = company.world.heard(APPROVER).pop().unwrap();
    assert!(asked.chars().count() <= 1_600);
    assert_eq!(asked.matches("://").count(), 1, "{asked}");
    assert_eq!(asked.matches("\nUntil ").count(), 1, "{asked}");
    assert!(asked.contains("… (see the page)"), "{asked}");
    let page = company.world.get(&company.world.approval_path()).await;
    assert!(page.body.contains("evil.example"), "whole, and as it is");
}

#[tokio::test]
async fn x1_a_call_is_not_made_when_its_content_was_swapped() {
    let company = Company::new().await;
    company.wishes(json!({"order": "K1", "amount": 1})).await;
    let world = &company.world;
    let output = world.outputs(CUSTOMER).await[0];
    let request = world.approvals().request(&world.tenant(), output, 1).await;
    let content = request.unwrap().unwrap().act.content;
    let s3 = Clients::local(&world.stack.aws).s3().clone();
    s3.put_object()
        .bucket("outputs")
        .key(format!("{}/{content}", world.tenant()))
        .body(br#"{"amount":999999,"order":"K1"}"#.to_vec().into())
        .send()
        .await
        .unwrap();
    world.approve(output).await;
    assert_eq!(company.service.asked(), []);
    assert_eq!(world.state(output).await.status, OutputStatus::Failed);
}

/// The company changed the tool after somebody approved a call of it.
#[tokio::test]
async fn x1_a_call_is_not_made_of_a_tool_that_was_changed_since() {
    let changes: [fn(&Company) -> RemoteTool; 3] = [
        |company| RemoteTool {
            enabled: false,
            ..company.refund(Repeat::Never, "/refunds")
        },
        |company| company.refund(Repeat::Never, "/refunds-to-somebody-else"),
        |company| company.refund(Repeat::Safe, "/refunds"),
    ];
    for change in changes {
        let company = Company::new().await;
        company.wishes(json!({"order": "K1", "amount": 1})).await;
        let world = &company.world;
        let output = world.outputs(CUSTOMER).await[0];
        let changed = change(&company);
        let (business, tenant) = (company.business(), world.tenant());
        business.put_remote_tool(&tenant, &changed).await.unwrap();
        world.approve(output).await;
        assert_eq!(company.service.asked(), []);
        assert_eq!(world.state(output).await.status, OutputStatus::Failed);
        assert_eq!(world.heard(CUSTOMER).last().unwrap(), UNSETTLED);
    }
}
