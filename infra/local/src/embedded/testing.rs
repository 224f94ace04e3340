//! SDK clients for this crate's tests, with retries that don't wait.

use std::{net::SocketAddr, time::Duration};

use aws_sdk_dynamodb::{
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
        KeyType, Projection, ProjectionType, ScalarAttributeType,
    },
};
use tokio::net::TcpListener;

use super::{Server, dynamo, s3};

pub(crate) const TABLE: &str = "threads";
pub(crate) const DUE: &str = "due";
const REGION: &str = "eu-central-1";

pub(crate) fn keys() -> s3::Keys {
    s3::Keys {
        access_key: "countersign".to_owned(),
        secret_key: "countersign-secret".to_owned(),
    }
}

/// A listener on a free port of the loopback interface.
pub(crate) async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

pub(crate) async fn dynamo_in_memory() -> Server {
    dynamo::start(listener().await, dynamo::Store::Memory).unwrap()
}

pub(crate) fn dynamo_client(address: SocketAddr) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{address}"))
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .retry_config(retries())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

pub(crate) fn s3_client(address: SocketAddr) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{address}"))
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .retry_config(retries())
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

pub(crate) fn sqs_client(address: SocketAddr) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{address}"))
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .retry_config(retries())
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

/// A table in the shape of ours: commits by thread and number, and a sparse index of what is due.
pub(crate) async fn create_threads(db: &aws_sdk_dynamodb::Client) {
    let attribute = |name: &str, kind: ScalarAttributeType| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind)
            .build()
            .unwrap()
    };
    let key = |name: &str, kind: KeyType| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    let everything = Projection::builder()
        .projection_type(ProjectionType::All)
        .build();
    let due = GlobalSecondaryIndex::builder()
        .index_name(DUE)
        .key_schema(key("due_shard", KeyType::Hash))
        .key_schema(key("due_at", KeyType::Range))
        .projection(everything)
        .build()
        .unwrap();
    db.create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("thread", ScalarAttributeType::S))
        .attribute_definitions(attribute("number", ScalarAttributeType::N))
        .attribute_definitions(attribute("due_shard", ScalarAttributeType::S))
        .attribute_definitions(attribute("due_at", ScalarAttributeType::N))
        .key_schema(key("thread", KeyType::Hash))
        .key_schema(key("number", KeyType::Range))
        .global_secondary_indexes(due)
        .send()
        .await
        .unwrap();
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn credentials() -> Credentials {
    let keys = keys();
    Credentials::builder()
        .access_key_id(keys.access_key)
        .secret_access_key(keys.secret_key)
        .provider_name("embedded")
        .build()
}

/// Three tries as by default, one millisecond apart.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_initial_backoff(Duration::from_millis(1))
        .with_max_backoff(Duration::from_millis(1))
}
