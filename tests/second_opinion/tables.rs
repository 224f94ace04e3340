//! Tables: conditional writes, transactions, indexes and pages.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::{
        put_item::PutItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
        KeyType, Projection, ProjectionType, Put, ReturnValuesOnConditionCheckFailure,
        ScalarAttributeType, TransactWriteItem, Update,
    },
};
use countersign_aws::{
    Clients,
    schema::{DUE, DUE_AT, DUE_SHARD, PK, SK},
};

use super::{Right, check};

/// The table of a case.
pub(super) const TABLE: &str = "threads";

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A table with our keys and the sparse index of what is due.
pub(super) async fn table(clients: &Clients) -> Client {
    let attribute = |name: &str, kind| {
        let builder = AttributeDefinition::builder().attribute_name(name);
        builder.attribute_type(kind).build().unwrap()
    };
    let key = |name: &str, kind| {
        let builder = KeySchemaElement::builder().attribute_name(name);
        builder.key_type(kind).build().unwrap()
    };
    let all = Projection::builder().projection_type(ProjectionType::All);
    let index = GlobalSecondaryIndex::builder()
        .index_name(DUE.name)
        .key_schema(key(DUE_SHARD, KeyType::Hash))
        .key_schema(key(DUE_AT, KeyType::Range))
        .projection(all.build());
    let made = clients
        .dynamodb()
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(PK, ScalarAttributeType::S))
        .attribute_definitions(attribute(SK, ScalarAttributeType::S))
        .attribute_definitions(attribute(DUE_SHARD, ScalarAttributeType::S))
        .attribute_definitions(attribute(DUE_AT, ScalarAttributeType::N))
        .key_schema(key(PK, KeyType::Hash))
        .key_schema(key(SK, KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .send();
    made.await.unwrap();
    clients.dynamodb().clone()
}

pub(super) fn item(pk: &str, sk: &str, body: &str) -> Item {
    let attributes = [(PK, text(pk)), (SK, text(sk)), ("body", text(body))];
    attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

pub(super) fn key(pk: &str, sk: &str) -> Item {
    let mut key = item(pk, sk, "");
    key.remove("body");
    key
}

pub(super) async fn put(db: &Client, pk: &str, sk: &str, body: &str) {
    let request = db.put_item().table_name(TABLE);
    let put = request.set_item(Some(item(pk, sk, body))).send().await;
    put.unwrap();
}

fn body(item: Option<&Item>) -> Option<&str> {
    Some(item?.get("body")?.as_s().unwrap())
}

async fn stands(db: &Client, pk: &str, sk: &str) -> Option<String> {
    let request = db.get_item().table_name(TABLE).consistent_read(true);
    let found = request.set_key(Some(key(pk, sk))).send().await.unwrap();
    body(found.item()).map(str::to_owned)
}

pub(super) fn put_if_free(sk: &str, body: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(TABLE)
        .set_item(Some(item("thread", sk, body)))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder()
        .put(put.build().unwrap())
        .build()
}

#[tokio::test]
async fn f2_a_condition_that_fails_shows_what_stands() {
    let case = async |clients| {
        let db = table(&clients).await;
        put(&db, "thread", "c#1", "winner").await;
        let request = db.put_item().table_name(TABLE);
        let request = request
            .set_item(Some(item("thread", "c#1", "loser")))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let SdkError::ServiceError(refused) = request.send().await.unwrap_err() else {
            panic!("no answer")
        };
        let PutItemError::ConditionalCheckFailedException(failed) = refused.err() else {
            panic!("{refused:?}")
        };
        assert_eq!(body(failed.item()), Some("winner"));

        let request = db.update_item().table_name(TABLE);
        let request = request
            .set_key(Some(key("thread", "c#1")))
            .update_expression("SET body = :new")
            .condition_expression("body = :open")
            .expression_attribute_values(":new", text("second"))
            .expression_attribute_values(":open", text("open"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let SdkError::ServiceError(refused) = request.send().await.unwrap_err() else {
            panic!("no answer")
        };
        let UpdateItemError::ConditionalCheckFailedException(failed) = refused.err() else {
            panic!("{refused:?}")
        };
        assert_eq!(body(failed.item()), Some("winner"));
        assert_eq!(stands(&db, "thread", "c#1").await.unwrap(), "winner");
    };
    check(Right::Both, case).await;
}

/// Writes two, of which the second is not free, and gives why not, entry by entry.
async fn cancelled(db: &Client) -> Vec<(String, Option<String>)> {
    put(db, "thread", "c#1", "winner").await;
    let request = db.transact_write_items();
    let request = request
        .transact_items(put_if_free("c#2", "free"))
        .transact_items(put_if_free("c#1", "loser"));
    let error = request.send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("{error}")
    };
    let reasons = cancelled.cancellation_reasons().iter().map(|reason| {
        let code = reason.code().unwrap_or_default().to_owned();
        (code, body(reason.item()).map(str::to_owned))
    });
    reasons.collect()
}

#[tokio::test]
async fn f2_a_cancelled_transaction_writes_nothing_and_shows_each_loser_what_stands() {
    let case = async |clients| {
        let db = table(&clients).await;
        let failed = (
            "ConditionalCheckFailed".to_owned(),
            Some("winner".to_owned()),
        );
        assert_eq!(cancelled(&db).await, [("None".to_owned(), None), failed]);
        assert_eq!(stands(&db, "thread", "c#1").await.unwrap(), "winner");
        assert_eq!(stands(&db, "thread", "c#2").await, None);
    };
    check(Right::Both, case).await;
}

/// The SDK's own retry after a lost answer.
#[tokio::test]
async fn f2_a_transaction_with_the_same_token_takes_effect_once() {
    let case = async |clients| {
        let db = table(&clients).await;
        for _ in 0..2 {
            let request = db.transact_write_items().client_request_token("turn-7");
            let request = request.transact_items(put_if_free("c#1", "first"));
            request.send().await.unwrap();
        }
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_token_is_for_one_transaction() {
    let case = async |clients| {
        let db = table(&clients).await;
        let write = |sk: &str| {
            let request = db.transact_write_items().client_request_token("turn-7");
            request.transact_items(put_if_free(sk, "first")).send()
        };
        write("c#1").await.unwrap();
        let error = write("c#2").await.unwrap_err().into_service_error();
        let mismatch = error.is_idempotent_parameter_mismatch_exception();
        assert!(mismatch, "{error:?}");
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_transaction_has_one_action_for_an_item_and_a_hundred_in_all() {
    let case = async |clients| {
        let db = table(&clients).await;
        let update = Update::builder()
            .table_name(TABLE)
            .set_key(Some(key("thread", "c#1")))
            .update_expression("SET body = :new")
            .expression_attribute_values(":new", text("other"));
        let update = TransactWriteItem::builder().update(update.build().unwrap());
        let twice = db.transact_write_items().transact_items(update.build());
        let twice = twice.transact_items(put_if_free("c#1", "first"));
        assert_eq!(
            super::code(twice.send().await.unwrap_err()),
            "ValidationException"
        );
        let write = |most: u32| {
            let puts = (0..most).map(|n| put_if_free(&format!("c#{n}"), "one of many"));
            let request = db.transact_write_items();
            request.set_transact_items(Some(puts.collect())).send()
        };
        assert_eq!(
            super::code(write(101).await.unwrap_err()),
            "ValidationException"
        );
        write(100).await.unwrap();
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_an_item_is_in_the_sparse_index_while_it_has_both_keys() {
    let case = async |clients| {
        let db = table(&clients).await;
        put(&db, "thread", "c#1", "never due").await;
        put(&db, "thread", "c#2", "due").await;
        let update = |expression: &str| {
            let request = db.update_item().table_name(TABLE);
            let request = request.set_key(Some(key("thread", "c#2")));
            request.update_expression(expression)
        };
        let due = async || {
            let request = db.query().table_name(TABLE).index_name(DUE.name);
            let request = request
                .key_condition_expression("due_shard = :shard AND due_at <= :now")
                .expression_attribute_values(":shard", text("0"))
                .expression_attribute_values(":now", number(1_000));
            let page = request.send().await.unwrap();
            page.items()
                .iter()
                .map(|item| item[SK].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(due().await, []);
        let set = update("SET due_shard = :shard, due_at = :at")
            .expression_attribute_values(":shard", text("0"))
            .expression_attribute_values(":at", number(100));
        set.send().await.unwrap();
        assert_eq!(due().await, [text("c#2")]);
        let removed = update("REMOVE due_shard, due_at")
            .condition_expression("due_at = :at")
            .expression_attribute_values(":at", number(100));
        removed.send().await.unwrap();
        assert_eq!(due().await, []);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_query_gives_the_newest_few_and_goes_on_where_it_ended() {
    let case = async |clients| {
        let db = table(&clients).await;
        for n in 1..=5 {
            put(&db, "thread", &format!("c#{n}"), "commit").await;
        }
        put(&db, "thread", "head", "no commit").await;
        put(&db, "thread-2", "c#9", "another's").await;
        let page = async |from: Option<Item>| {
            let request = db.query().table_name(TABLE).consistent_read(true);
            let request = request
                .key_condition_expression("pk = :pk AND begins_with(sk, :commits)")
                .expression_attribute_values(":pk", text("thread"))
                .expression_attribute_values(":commits", text("c#"))
                .scan_index_forward(false)
                .limit(3)
                .set_exclusive_start_key(from);
            let page = request.send().await.unwrap();
            let sorts: Vec<_> = page.items().iter().map(|item| item[SK].clone()).collect();
            (sorts, page.last_evaluated_key)
        };
        let (first, from) = page(None).await;
        assert_eq!(first, ["c#5", "c#4", "c#3"].map(text));
        let (second, end) = page(Some(from.unwrap())).await;
        assert_eq!(second, ["c#2", "c#1"].map(text));
        assert_eq!(end, None);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_page_of_a_query_ends_at_a_megabyte() {
    let case = async |clients| {
        let db = table(&clients).await;
        let long = "x".repeat(300 * 1024);
        for n in 1..=4 {
            put(&db, "thread", &format!("c#{n}"), &long).await;
        }
        let request = db.query().table_name(TABLE);
        let request = request
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text("thread"));
        let first = request.clone().send().await.unwrap();
        assert!(first.count() < 4);
        let request = request.set_exclusive_start_key(first.last_evaluated_key.clone());
        let second = request.send().await.unwrap();
        assert_eq!(first.count() + second.count(), 4);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_an_index_sorts_numbers_by_value_and_goes_on_where_it_ended() {
    let case = async |clients| {
        let db = table(&clients).await;
        for at in [100, 9, 10] {
            let mut item = item("thread", &format!("c#{at}"), "due");
            item.insert(DUE_SHARD.to_owned(), text("0"));
            item.insert(DUE_AT.to_owned(), number(at));
            let request = db.put_item().table_name(TABLE).set_item(Some(item));
            request.send().await.unwrap();
        }
        let (mut seen, mut from) = (Vec::new(), None);
        loop {
            let request = db.query().table_name(TABLE).index_name(DUE.name);
            let request = request
                .key_condition_expression("due_shard = :shard")
                .expression_attribute_values(":shard", text("0"))
                .limit(1)
                .set_exclusive_start_key(from);
            let page = request.send().await.unwrap();
            seen.extend(page.items().iter().map(|item| item[DUE_AT].clone()));
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(seen, [9, 10, 100].map(number));
    };
    check(Right::Both, case).await;
}

/// The first status of a send may come before its record.
#[tokio::test]
async fn f2_an_update_makes_what_is_not_there_yet() {
    let case = async |clients| {
        let db = table(&clients).await;
        for expect in [1, 2] {
            let request = db.update_item().table_name(TABLE);
            let request = request
                .set_key(Some(key("thread", "counter")))
                .update_expression("SET began = if_not_exists(began, :first) ADD seen :one")
                .expression_attribute_values(":first", number(expect))
                .expression_attribute_values(":one", number(1))
                .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew);
            let made = request.send().await.unwrap().attributes.unwrap();
            assert_eq!(made["began"], number(1));
            assert_eq!(made["seen"], number(expect));
        }
    };
    check(Right::Both, case).await;
}
