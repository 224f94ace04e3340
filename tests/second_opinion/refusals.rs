//! What DynamoDB refuses to do: an expression that is forgiven here and not on AWS would be found
//! out there, at its first call.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use countersign_aws::schema::{DUE, DUE_AT, DUE_SHARD};

use super::{
    Right, check, code,
    tables::{TABLE, item, key, number, put, put_if_free, table, text},
};

/// What DynamoDB answers to what makes no sense.
const REFUSED: &str = "ValidationException";

/// An update of an item by these expressions, with these values.
#[derive(Default)]
struct Update {
    set: &'static str,
    only_if: Option<&'static str>,
    names: &'static [(&'static str, &'static str)],
    values: Vec<(&'static str, AttributeValue)>,
}

impl Update {
    async fn send(self, db: &Client) -> Result<(), String> {
        let mut request = db.update_item().table_name(TABLE);
        request = request
            .set_key(Some(key("thread", "c#1")))
            .update_expression(self.set)
            .set_condition_expression(self.only_if.map(str::to_owned));
        for (name, stands_for) in self.names {
            request = request.expression_attribute_names(*name, *stands_for);
        }
        for (name, value) in self.values {
            request = request.expression_attribute_values(name, value);
        }
        request.send().await.map(drop).map_err(code)
    }
}

async fn refused(right: Right, update: fn() -> Update) {
    let case = move |clients| async move {
        let db = table(&clients).await;
        put(&db, "thread", "c#1", "before").await;
        assert_eq!(update().send(&db).await, Err(REFUSED.to_owned()));
    };
    check(right, case).await;
}

#[tokio::test]
async fn f2_a_value_that_is_not_used_is_refused() {
    let update = || Update {
        set: "SET body = :new",
        values: vec![(":new", text("after")), (":unused", text("?"))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_a_name_that_is_not_used_is_refused() {
    let update = || Update {
        set: "SET body = :new",
        names: &[("#unused", "body")],
        values: vec![(":new", text("after"))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_a_value_that_is_not_given_is_refused() {
    let update = || Update {
        set: "SET body = :new",
        only_if: Some("body = :before"),
        values: vec![(":new", text("after"))],
        ..Update::default()
    };
    refused(Right::Embedded, update).await;
}

#[tokio::test]
async fn f2_a_reserved_word_is_refused() {
    let update = || Update {
        set: "SET status = :new",
        values: vec![(":new", text("after"))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_a_reserved_word_in_a_condition_is_refused() {
    let update = || Update {
        set: "SET body = :new",
        only_if: Some("attribute_not_exists(status)"),
        values: vec![(":new", text("after"))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_an_attribute_set_twice_is_refused() {
    let update = || Update {
        set: "SET body = :new, body = :other",
        values: vec![(":new", text("after")), (":other", text("else"))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_a_key_can_not_be_changed() {
    let update = || Update {
        set: "SET sk = :new",
        values: vec![(":new", text("c#2"))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_arithmetic_on_text_is_refused() {
    let update = || Update {
        set: "SET body = body + :one",
        values: vec![(":one", number(1))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_an_attribute_that_is_missing_can_not_be_added_to() {
    let update = || Update {
        set: "SET receives = receives + :one",
        values: vec![(":one", number(1))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_an_index_key_of_another_kind_is_refused() {
    let update = || Update {
        set: "SET due_shard = :shard, due_at = :at",
        values: vec![(":shard", text("0")), (":at", text("tomorrow"))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_an_index_key_that_is_empty_is_refused() {
    let update = || Update {
        set: "SET due_shard = :shard, due_at = :at",
        values: vec![(":shard", text("")), (":at", number(1))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_an_empty_set_is_refused() {
    let update = || Update {
        set: "SET tags = :none",
        values: vec![(":none", AttributeValue::Ss(Vec::new()))],
        ..Update::default()
    };
    refused(Right::Embedded, update).await;
}

#[tokio::test]
async fn f2_a_number_of_more_than_38_digits_is_refused() {
    let update = || Update {
        set: "SET amount = :long",
        values: vec![(":long", AttributeValue::N("1".repeat(39)))],
        ..Update::default()
    };
    refused(Right::Embedded, update).await;
}

#[tokio::test]
async fn f2_an_update_that_makes_an_item_too_large_is_refused() {
    let update = || Update {
        set: "SET body = :new",
        values: vec![(":new", text(&"x".repeat(400 * 1024)))],
        ..Update::default()
    };
    refused(Right::Both, update).await;
}

#[tokio::test]
async fn f2_an_item_has_a_largest_size_that_counts_its_names() {
    let case = async |clients| {
        let db = table(&clients).await;
        // "pk", "sk" and "body" with "thread" and "c#1" take 17 bytes.
        let put = |bytes| {
            let item = item("thread", "c#1", &"x".repeat(bytes));
            let request = db.put_item().table_name(TABLE);
            request.set_item(Some(item)).send()
        };
        put(400 * 1024 - 17).await.unwrap();
        let refused = put(400 * 1024 - 16).await.map_err(code);
        assert_eq!(refused.unwrap_err(), REFUSED);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_an_empty_key_is_refused() {
    let case = async |clients| {
        let db = table(&clients).await;
        let request = db.put_item().table_name(TABLE);
        let put = request.set_item(Some(item("", "c#1", "body"))).send().await;
        assert_eq!(put.map_err(code).unwrap_err(), REFUSED);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_half_a_key_is_refused() {
    let case = async |clients| {
        let db = table(&clients).await;
        let request = db.get_item().table_name(TABLE);
        let got = request.key("pk", text("thread")).send().await;
        assert_eq!(got.map_err(code).unwrap_err(), REFUSED);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_an_index_can_not_be_read_strongly() {
    let case = async |clients| {
        let db = table(&clients).await;
        let request = db.query().table_name(TABLE).index_name(DUE.name);
        let request = request
            .key_condition_expression("due_shard = :shard")
            .expression_attribute_values(":shard", text("0"))
            .consistent_read(true);
        let read = request.send().await;
        assert_eq!(read.map_err(code).unwrap_err(), REFUSED);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_query_without_its_partition_is_refused() {
    let case = async |clients| {
        let db = table(&clients).await;
        let request = db.query().table_name(TABLE);
        let request = request
            .key_condition_expression("sk = :sk")
            .expression_attribute_values(":sk", text("c#1"));
        let read = request.send().await;
        assert_eq!(read.map_err(code).unwrap_err(), REFUSED);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_filter_on_the_key_of_a_query_is_refused() {
    let case = async |clients| {
        let db = table(&clients).await;
        let request = db.query().table_name(TABLE).index_name(DUE.name);
        let request = request
            .key_condition_expression("#shard = :shard")
            .filter_expression("#at > :at")
            .expression_attribute_names("#shard", DUE_SHARD)
            .expression_attribute_names("#at", DUE_AT)
            .expression_attribute_values(":shard", text("0"))
            .expression_attribute_values(":at", number(1));
        let read = request.send().await;
        assert_eq!(read.map_err(code).unwrap_err(), REFUSED);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_key_has_a_largest_size() {
    let case = async |clients| {
        let db = table(&clients).await;
        let put = |pk: usize, sk: usize| {
            let item = item(&"p".repeat(pk), &"s".repeat(sk), "body");
            let request = db.put_item().table_name(TABLE);
            request.set_item(Some(item)).send()
        };
        put(2048, 1024).await.unwrap();
        let refused = put(2049, 1).await.map_err(code).unwrap_err();
        assert_eq!(refused, REFUSED);
        let refused = put(1, 1025).await.map_err(code).unwrap_err();
        assert_eq!(refused, REFUSED);
    };
    check(Right::Both, case).await;
}

#[tokio::test]
async fn f2_a_token_has_a_largest_size() {
    let case = async |clients| {
        let db = table(&clients).await;
        let write = |bytes: usize, sk: &str| {
            let request = db.transact_write_items();
            let request = request.transact_items(put_if_free(sk, "first"));
            request.client_request_token("t".repeat(bytes)).send()
        };
        write(36, "c#1").await.unwrap();
        let refused = write(37, "c#2").await.map_err(code).unwrap_err();
        assert_eq!(refused, REFUSED);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_transaction_of_more_than_four_megabytes_is_refused() {
    let case = async |clients| {
        let db = table(&clients).await;
        let long = "x".repeat(390 * 1024);
        let puts = (0..11).map(|n| put_if_free(&format!("c#{n}"), &long));
        let request = db.transact_write_items();
        let request = request.set_transact_items(Some(puts.collect()));
        request.send().await.unwrap_err();
        let read = db.scan().table_name(TABLE).send().await.unwrap();
        assert_eq!(read.count(), 0);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_limit_of_none_is_refused() {
    let case = async |clients| {
        let db = table(&clients).await;
        let request = db.query().table_name(TABLE).limit(0);
        let request = request
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text("thread"));
        let read = request.send().await;
        assert_eq!(read.map_err(code).unwrap_err(), REFUSED);
    };
    check(Right::Embedded, case).await;
}

#[tokio::test]
async fn f2_a_table_that_is_not_there_is_named_as_such() {
    let case = async |clients| {
        let db = table(&clients).await;
        let request = db.get_item().table_name("gone");
        let got = request.set_key(Some(key("thread", "c#1"))).send().await;
        assert_eq!(got.map_err(code).unwrap_err(), "ResourceNotFoundException");
    };
    check(Right::Both, case).await;
}
