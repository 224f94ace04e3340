use aws_sdk_sqs::types::QueueAttributeName;

use super::{Server, bodies, handle};
use crate::sqs::QueueCounts;

#[tokio::test]
async fn a_message_in_flight_is_hidden_for_its_timeout() {
    let server = Server::start().await;
    let url = server
        .queue(
            "executions",
            &[(QueueAttributeName::VisibilityTimeout, "20")],
        )
        .await;
    server.send(&url, "book table").await;
    assert_eq!(server.bodies(&url).await, ["book table"]);
    let counts = |visible, in_flight, delayed| QueueCounts {
        visible,
        in_flight,
        delayed,
    };
    assert_eq!(server.sqs.counts("executions").unwrap(), counts(0, 1, 0));
    server.advance(19);
    assert_eq!(server.receive(&url).await, []);
    server.advance(1);
    assert_eq!(server.sqs.counts("executions").unwrap(), counts(1, 0, 0));
    let own = server
        .client
        .receive_message()
        .queue_url(&url)
        .visibility_timeout(60);
    assert_eq!(bodies(own.send().await.unwrap().messages()), ["book table"]);
    server.advance(59);
    assert_eq!(server.receive(&url).await, []);
    server.advance(1);
    assert_eq!(server.bodies(&url).await, ["book table"]);
}

#[tokio::test]
async fn a_timeout_can_be_changed_while_it_runs() {
    let server = Server::start().await;
    let url = server.queue("executions", &[]).await;
    server.send(&url, "book table").await;
    let message = server.receive(&url).await.remove(0);
    server.show_again(&url, &message, 100).await.unwrap();
    server.advance(99);
    assert_eq!(server.receive(&url).await, []);
    server.show_again(&url, &message, 5).await.unwrap();
    server.advance(5);
    let message = server.receive(&url).await.remove(0);
    server.show_again(&url, &message, 0).await.unwrap();
    assert_eq!(server.bodies(&url).await, ["book table"]);
    server.advance(30);
    assert_eq!(
        server.bodies(&url).await,
        ["book table"],
        "the change was for one receive"
    );
}

#[tokio::test]
async fn changes_that_make_no_sense_are_refused() {
    let server = Server::start().await;
    let url = server.queue("executions", &[]).await;
    let other = server.queue("webhooks", &[]).await;
    server.send(&url, "book table").await;
    let message = server.receive(&url).await.remove(0);
    let wrong = |code: &str| Err(code.to_owned());
    let too_long = server.show_again(&url, &message, 43_201).await;
    assert_eq!(too_long, wrong("InvalidParameterValue"));
    server.show_again(&url, &message, 43_200).await.unwrap();
    server.advance(1);
    let beyond = server.show_again(&url, &message, 43_200).await;
    assert_eq!(
        beyond,
        wrong("InvalidParameterValue"),
        "12 hours from the receive are the limit"
    );
    server.show_again(&url, &message, 0).await.unwrap();
    let back = server.show_again(&url, &message, 10).await;
    assert_eq!(back, wrong("AWS.SimpleQueueService.MessageNotInflight"));
    let elsewhere = server.show_again(&other, &message, 10).await;
    assert_eq!(elsewhere, wrong("ReceiptHandleIsInvalid"));
    let newer = server.receive(&url).await.remove(0);
    let stale = server.show_again(&url, &message, 10).await;
    assert_eq!(
        stale,
        wrong("InvalidParameterValue"),
        "somebody else has it now"
    );
    server.delete(&url, &newer).await.unwrap();
    let gone = server.show_again(&url, &newer, 10).await;
    assert_eq!(gone, wrong("InvalidParameterValue"));
}

#[tokio::test]
async fn any_handle_of_a_message_deletes_it_from_a_standard_queue() {
    let server = Server::start().await;
    let url = server.queue("executions", &[]).await;
    server.send(&url, "book table").await;
    let first = server.receive(&url).await.remove(0);
    server.advance(30);
    let second = server.receive(&url).await.remove(0);
    assert_ne!(handle(&first), handle(&second));
    server.delete(&url, &first).await.unwrap();
    assert_eq!(server.sqs.pending().unwrap(), 0);
    server.delete(&url, &second).await.unwrap();
}

#[tokio::test]
async fn a_handle_that_is_none_is_refused() {
    let server = Server::start().await;
    let url = server.queue("executions", &[]).await;
    for garbage in ["garbage", "AQEB////", "Z2FyYmFnZQ=="] {
        let delete = server
            .client
            .delete_message()
            .queue_url(&url)
            .receipt_handle(garbage);
        let error = delete.send().await.unwrap_err().into_service_error();
        assert!(error.is_receipt_handle_is_invalid(), "{error:?}");
        let change = server.client.change_message_visibility().queue_url(&url);
        let change = change.receipt_handle(garbage).visibility_timeout(0);
        let error = change.send().await.unwrap_err().into_service_error();
        assert!(error.is_receipt_handle_is_invalid(), "{error:?}");
    }
}
