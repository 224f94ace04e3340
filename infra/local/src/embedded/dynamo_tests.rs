//! What we rely on of the embedded DynamoDB, asked through the SDK.

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{
        put_item::PutItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{
        AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
    },
};

use super::*;
use crate::embedded::testing::{
    DUE, TABLE, create_threads, dynamo_client, dynamo_in_memory, listener, number, text,
};

#[tokio::test]
async fn a_repeated_transaction_with_the_same_token_takes_effect_once() {
    let (_server, db) = threads().await;
    for _ in 0..2 {
        db.transact_write_items()
            .client_request_token("turn-7")
            .transact_items(put_if_free("thread-1", 1, "first"))
            .send()
            .await
            .expect("the repetition is answered like the original");
    }
    let refused = db
        .transact_write_items()
        .client_request_token("turn-7")
        .transact_items(put_if_free("thread-1", 2, "another request"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(
        refused.is_idempotent_parameter_mismatch_exception(),
        "{refused}"
    );
    let without_token = db
        .transact_write_items()
        .transact_items(put_if_free("thread-1", 1, "first"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(
        without_token.is_transaction_canceled_exception(),
        "{without_token}"
    );
}

#[tokio::test]
async fn a_cancelled_transaction_shows_each_loser_what_the_winner_wrote() {
    let (_server, db) = threads().await;
    put(&db, "thread-1", 1, "winner").await;
    let error = db
        .transact_write_items()
        .transact_items(put_if_free("thread-1", 2, "free"))
        .transact_items(put_if_free("thread-1", 1, "loser"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("{error}")
    };
    let seen: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(reason)
        .collect();
    assert_eq!(
        seen,
        [
            ("None".to_owned(), None),
            (
                "ConditionalCheckFailed".to_owned(),
                Some("winner".to_owned())
            ),
        ]
    );
    assert_eq!(
        numbers(&db, "thread-1", 10).await,
        [1],
        "nothing of a cancelled transaction is written"
    );
}

#[tokio::test]
async fn a_failed_condition_of_a_single_write_returns_the_old_item() {
    let (_server, db) = threads().await;
    put(&db, "thread-1", 1, "winner").await;

    let error = db
        .put_item()
        .table_name(TABLE)
        .item("thread", text("thread-1"))
        .item("number", number(1))
        .item("body", text("loser"))
        .condition_expression("attribute_not_exists(thread)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await
        .unwrap_err();
    let SdkError::ServiceError(context) = &error else {
        panic!("{error:?}")
    };
    let PutItemError::ConditionalCheckFailedException(failed) = context.err() else {
        panic!("{error:?}")
    };
    assert_eq!(body(failed.item()), Some("winner".to_owned()));

    let error = db
        .update_item()
        .table_name(TABLE)
        .key("thread", text("thread-1"))
        .key("number", number(1))
        .update_expression("SET body = :new")
        .condition_expression("body = :open")
        .expression_attribute_values(":new", text("second decision"))
        .expression_attribute_values(":open", text("open"))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await
        .unwrap_err();
    let SdkError::ServiceError(context) = &error else {
        panic!("{error:?}")
    };
    let UpdateItemError::ConditionalCheckFailedException(failed) = context.err() else {
        panic!("{error:?}")
    };
    assert_eq!(body(failed.item()), Some("winner".to_owned()));
}

#[tokio::test]
async fn racing_transactions_on_one_free_number_have_one_winner() {
    let (_server, db) = threads().await;
    let racers = (0..16).map(|racer| {
        db.transact_write_items()
            .transact_items(put_if_free("thread-1", 1, &format!("racer {racer}")))
            .send()
    });
    let results = futures::future::join_all(racers).await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn an_item_is_in_the_sparse_index_only_while_it_has_both_keys() {
    let (_server, db) = threads().await;
    put(&db, "thread-1", 1, "not due").await;
    put(&db, "thread-1", 2, "due").await;
    assert_eq!(due(&db).await, Vec::<u64>::new());

    db.update_item()
        .table_name(TABLE)
        .key("thread", text("thread-1"))
        .key("number", number(2))
        .update_expression("SET due_shard = :shard, due_at = :at")
        .expression_attribute_values(":shard", text("0"))
        .expression_attribute_values(":at", number(100))
        .send()
        .await
        .unwrap();
    assert_eq!(due(&db).await, [2]);

    db.update_item()
        .table_name(TABLE)
        .key("thread", text("thread-1"))
        .key("number", number(2))
        .update_expression("REMOVE due_shard, due_at")
        .condition_expression("due_at = :at")
        .expression_attribute_values(":at", number(100))
        .send()
        .await
        .unwrap();
    assert_eq!(due(&db).await, Vec::<u64>::new());
}

#[tokio::test]
async fn a_query_reads_the_newest_few_of_many() {
    let (_server, db) = threads().await;
    for n in 1..=12 {
        put(&db, "thread-1", n, "commit").await;
    }
    put(&db, "thread-2", 99, "another thread's").await;
    assert_eq!(numbers(&db, "thread-1", 3).await, [12, 11, 10]);
}

#[tokio::test]
async fn a_file_keeps_its_tables_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::File(folder.path().join("dynamodb.sqlite"));
    let server = start(listener().await, store.clone()).unwrap();
    let db = dynamo_client(server.address());
    create_threads(&db).await;
    put(&db, "thread-1", 1, "kept").await;
    drop(db);
    server.stop().await;

    let server = start(listener().await, store).unwrap();
    let db = dynamo_client(server.address());
    assert_eq!(numbers(&db, "thread-1", 10).await, [1]);
}

async fn threads() -> (Server, Client) {
    let server = dynamo_in_memory().await;
    let db = dynamo_client(server.address());
    create_threads(&db).await;
    (server, db)
}

async fn put(db: &Client, thread: &str, n: u64, body: &str) {
    db.put_item()
        .table_name(TABLE)
        .item("thread", text(thread))
        .item("number", number(n))
        .item("body", text(body))
        .send()
        .await
        .unwrap();
}

fn put_if_free(thread: &str, n: u64, body: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(TABLE)
        .item("thread", text(thread))
        .item("number", number(n))
        .item("body", text(body))
        .condition_expression("attribute_not_exists(thread)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .unwrap();
    TransactWriteItem::builder().put(put).build()
}

/// The numbers of a thread's newest commits, newest first.
async fn numbers(db: &Client, thread: &str, limit: i32) -> Vec<u64> {
    let page = db
        .query()
        .table_name(TABLE)
        .key_condition_expression("thread = :thread")
        .expression_attribute_values(":thread", text(thread))
        .scan_index_forward(false)
        .consistent_read(true)
        .limit(limit)
        .send()
        .await
        .unwrap();
    page.items().iter().map(number_of).collect()
}

/// The numbers of what the index holds as due.
async fn due(db: &Client) -> Vec<u64> {
    let page = db
        .query()
        .table_name(TABLE)
        .index_name(DUE)
        .key_condition_expression("due_shard = :shard AND due_at <= :now")
        .expression_attribute_values(":shard", text("0"))
        .expression_attribute_values(":now", number(1_000))
        .send()
        .await
        .unwrap();
    page.items().iter().map(number_of).collect()
}

fn number_of(item: &Item) -> u64 {
    item["number"].as_n().unwrap().parse().unwrap()
}

fn reason(reason: &CancellationReason) -> (String, Option<String>) {
    let code = reason.code().unwrap_or_default().to_owned();
    (code, body(reason.item()))
}

type Item = std::collections::HashMap<String, AttributeValue>;

fn body(item: Option<&Item>) -> Option<String> {
    Some(item?.get("body")?.as_s().ok()?.clone())
}
