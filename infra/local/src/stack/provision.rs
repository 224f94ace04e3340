//! Tables, queues and the bucket, made from the one list of them. What is there stays.

use anyhow::Context;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use countersign_aws::{
    Clients,
    schema::{self, BUCKET_VARIABLE, EXPIRES_AT, PK, Queue, SK, Table},
};
use serde_json::json;

use super::Environment;

pub(super) async fn provision(clients: &Clients, environment: &Environment) -> anyhow::Result<()> {
    for table in schema::TABLES {
        make_table(clients, table)
            .await
            .with_context(|| format!("table {} can't be made", table.name))?;
    }
    for queue in schema::QUEUES {
        make_queue(clients, queue)
            .await
            .with_context(|| format!("queue {} can't be made", queue.name))?;
    }
    let bucket = environment.get(BUCKET_VARIABLE).unwrap_or_default();
    make_bucket(clients, &bucket)
        .await
        .with_context(|| format!("bucket {bucket} can't be made"))
}

async fn make_table(clients: &Clients, table: Table) -> anyhow::Result<()> {
    let attribute = |name: &str, kind: ScalarAttributeType| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind)
            .build()
    };
    let key = |name: &str, kind: KeyType| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
    };
    let mut request = clients
        .dynamodb()
        .create_table()
        .table_name(table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(PK, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(SK, ScalarAttributeType::S)?)
        .key_schema(key(PK, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?);
    for index in table.indexes {
        let sort = match index.sort_type {
            schema::KeyType::Text => ScalarAttributeType::S,
            schema::KeyType::Number => ScalarAttributeType::N,
        };
        request = request
            .attribute_definitions(attribute(index.partition, ScalarAttributeType::S)?)
            .attribute_definitions(attribute(index.sort, sort)?)
            .global_secondary_indexes(
                GlobalSecondaryIndex::builder()
                    .index_name(index.name)
                    .key_schema(key(index.partition, KeyType::Hash)?)
                    .key_schema(key(index.sort, KeyType::Range)?)
                    .projection(
                        Projection::builder()
                            .projection_type(ProjectionType::All)
                            .build(),
                    )
                    .build()?,
            );
    }
    match request.send().await {
        Ok(_) => {}
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_resource_in_use_exception()) =>
        {
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    clients
        .dynamodb()
        .update_time_to_live()
        .table_name(table.name)
        .time_to_live_specification(
            TimeToLiveSpecification::builder()
                .attribute_name(EXPIRES_AT)
                .enabled(true)
                .build()?,
        )
        .send()
        .await?;
    Ok(())
}

async fn make_queue(clients: &Clients, queue: Queue) -> anyhow::Result<()> {
    let dead = create(clients, &queue, &queue.dead_letters(), None).await?;
    let arn = clients
        .sqs()
        .get_queue_attributes()
        .queue_url(dead)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await?
        .attributes
        .and_then(|mut attributes| attributes.remove(&QueueAttributeName::QueueArn))
        .context("the dead letter queue has no ARN")?;
    let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": queue.most_receives});
    create(clients, &queue, queue.name, Some(redrive.to_string())).await?;
    Ok(())
}

async fn create(
    clients: &Clients,
    queue: &Queue,
    name: &str,
    redrive: Option<String>,
) -> anyhow::Result<String> {
    let mut request = clients.sqs().create_queue().queue_name(name).attributes(
        QueueAttributeName::VisibilityTimeout,
        queue.visibility.to_string(),
    );
    if queue.is_fifo() {
        request = request.attributes(QueueAttributeName::FifoQueue, "true");
    }
    if let Some(policy) = redrive {
        request = request.attributes(QueueAttributeName::RedrivePolicy, policy);
    }
    let made = request.send().await?;
    made.queue_url.context("the queue has no URL")
}

async fn make_bucket(clients: &Clients, name: &str) -> anyhow::Result<()> {
    match clients.s3().create_bucket().bucket(name).send().await {
        Ok(_) => Ok(()),
        Err(error)
            if error.as_service_error().is_some_and(|e| {
                e.is_bucket_already_owned_by_you() || e.is_bucket_already_exists()
            }) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
