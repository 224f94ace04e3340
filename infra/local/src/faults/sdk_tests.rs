//! Faults as the AWS SDK takes them: canned answers, retries, late indexes, signatures.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use aws_sdk_s3::presigning::PresigningConfig;

use super::*;
use crate::embedded::{
    s3,
    testing::{
        DUE, TABLE, create_threads, dynamo_client, dynamo_in_memory, keys, listener, number,
        s3_client, sqs_client, text,
    },
};

#[tokio::test]
async fn the_sdk_takes_canned_answers_for_dynamodbs_own() {
    let faults = Faults::new();
    let nobody = listener().await.local_addr().unwrap();
    let proxy = faults.proxy(Service::DynamoDb, nobody).await.unwrap();
    let db = dynamo_client(proxy);
    for (canned, code, calls) in [
        (
            Canned::transaction_conflict(),
            "TransactionConflictException",
            1,
        ),
        (
            Canned::throughput_exceeded(),
            "ProvisionedThroughputExceededException",
            3,
        ),
        (Canned::throttled(), "ThrottlingException", 3),
        (Canned::dynamodb_failed(), "InternalServerError", 3),
    ] {
        faults.reset();
        faults.arm(Plan::every(
            Service::DynamoDb,
            "GetItem",
            Fault::Answer(canned),
        ));
        let get = db.get_item().table_name(TABLE).key("thread", text("1"));
        let error = get.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        assert_eq!(faults.calls().len(), calls, "tries at {code}");
    }

    let conflict = Fault::Answer(Canned::transaction_cancelled_by_conflict());
    faults.arm(Plan::every(
        Service::DynamoDb,
        "TransactWriteItems",
        conflict,
    ));
    let put = Put::builder().table_name(TABLE).item("thread", text("1"));
    let put = TransactWriteItem::builder()
        .put(put.build().unwrap())
        .build();
    let write = db
        .transact_write_items()
        .set_transact_items(Some(vec![put; 3]));
    let error = write.send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("{error}")
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap())
        .collect();
    assert_eq!(codes, ["TransactionConflict"; 3]);
}

#[tokio::test]
async fn the_sdk_takes_canned_answers_for_those_of_sqs_and_s3() {
    let faults = Faults::new();
    let nobody = listener().await.local_addr().unwrap();
    let sqs = sqs_client(faults.proxy(Service::Sqs, nobody).await.unwrap());
    for (canned, code) in [
        (Canned::sqs_unavailable(), "ServiceUnavailable"),
        (Canned::sqs_failed(), "InternalFailure"),
    ] {
        faults.reset();
        faults.arm(Plan::every(
            Service::Sqs,
            "SendMessage",
            Fault::Answer(canned),
        ));
        let send = sqs
            .send_message()
            .queue_url("inbound.fifo")
            .message_body("hello");
        assert_eq!(send.send().await.unwrap_err().code(), Some(code));
        assert_eq!(faults.calls().len(), 3, "tries at {code}");
    }
    let s3 = s3_client(faults.proxy(Service::S3, nobody).await.unwrap());
    for (canned, code) in [
        (Canned::s3_slow_down(), "SlowDown"),
        (Canned::s3_failed(), "InternalError"),
    ] {
        faults.reset();
        faults.arm(Plan::every(Service::S3, "PutObject", Fault::Answer(canned)));
        let put = s3.put_object().bucket("content").key("a/b");
        assert_eq!(put.send().await.unwrap_err().code(), Some(code));
        assert_eq!(faults.calls().len(), 3, "tries at {code}");
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_retried_by_the_sdk_and_meets_itself() {
    let dynamo = dynamo_in_memory().await;
    let faults = Faults::new();
    let proxy = faults
        .proxy(Service::DynamoDb, dynamo.address())
        .await
        .unwrap();
    let db = dynamo_client(proxy);
    create_threads(&dynamo_client(dynamo.address())).await;
    faults.arm(Plan::nth_of(
        Service::DynamoDb,
        "PutItem",
        1,
        Fault::LoseAnswer,
    ));
    let error = db
        .put_item()
        .table_name(TABLE)
        .item("thread", text("thread-1"))
        .item("number", number(1))
        .condition_expression("attribute_not_exists(thread)")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_conditional_check_failed_exception(), "{error}");
    let called: Vec<_> = faults
        .calls()
        .into_iter()
        .map(|call| call.operation)
        .collect();
    assert_eq!(called, ["PutItem", "PutItem"]);
}

#[tokio::test]
async fn a_late_index_finds_nothing_while_the_table_does() {
    let dynamo = dynamo_in_memory().await;
    let faults = Faults::new();
    let db = dynamo_client(
        faults
            .proxy(Service::DynamoDb, dynamo.address())
            .await
            .unwrap(),
    );
    create_threads(&db).await;
    db.put_item()
        .table_name(TABLE)
        .item("thread", text("1"))
        .item("number", number(1))
        .item("due_shard", text("0"))
        .item("due_at", number(100))
        .send()
        .await
        .unwrap();
    let found = async |index: Option<&str>, key: &str, value: &str| {
        let query = db
            .query()
            .table_name(TABLE)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression(format!("{key} = :value"))
            .expression_attribute_values(":value", text(value));
        query.send().await.unwrap().count()
    };
    faults.arm(Plan::every(Service::DynamoDb, "Query", Fault::StaleIndex));
    assert_eq!(found(None, "thread", "1").await, 1);
    assert_eq!(found(Some(DUE), "due_shard", "0").await, 0);
    faults.reset();
    assert_eq!(found(Some(DUE), "due_shard", "0").await, 1);
}

#[tokio::test]
async fn signed_requests_and_links_pass_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let server = s3::start(listener().await, folder.path(), &keys()).unwrap();
    let faults = Faults::new();
    let s3 = s3_client(faults.proxy(Service::S3, server.address()).await.unwrap());
    s3.create_bucket().bucket("content").send().await.unwrap();
    let large = vec![7_u8; 3 * 1024 * 1024];
    let put = s3.put_object().bucket("content").key("tenant/a b+c");
    put.body(large.clone().into()).send().await.unwrap();
    let get = s3.get_object().bucket("content").key("tenant/a b+c");
    let minute = Duration::from_secs(60);
    let signing = PresigningConfig::expires_in(minute).unwrap();
    let link = get.clone().presigned(signing).await.unwrap();
    let object = get.send().await.unwrap();
    assert_eq!(object.body.collect().await.unwrap().to_vec(), large);
    let linked = reqwest::get(link.uri()).await.unwrap();
    assert_eq!(linked.bytes().await.unwrap(), large);
    let called: Vec<_> = faults
        .calls()
        .into_iter()
        .map(|call| call.operation)
        .collect();
    assert_eq!(
        called,
        ["PUT /content/", "PutObject", "GetObject", "GetObject"]
    );
}
