//! What the embedded services take for one call by itself, SDK included: the part of a path's time
//! that is not ours, and not AWS's either.

use std::time::{Duration, Instant};

use anyhow::Context;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_sdk_s3::primitives::ByteStream;
use countersign_aws::{
    Clients,
    schema::{self, BUCKET_VARIABLE, PK, SK},
};

use super::{report::Row, road};
/// What a commit of a command takes, about, in bytes.
const COMMIT: usize = 1500;
/// What a head takes, about, in bytes.
const HEAD: usize = 800;
/// What a report takes, about, in bytes.
const DOCUMENT: usize = 30_000;

/// Each call that the paths make, under the name that its count has.
pub(super) async fn calls(iterations: usize) -> anyhow::Result<Vec<Row>> {
    let stack = road::stack().await?;
    let table = stack.environment.get(schema::THREADS.variable);
    let queue = stack.environment.get(schema::STATUSES.variable);
    let bucket = stack.environment.get(BUCKET_VARIABLE);
    let services = Services {
        clients: stack.direct.clone(),
        table: table.context("no table")?,
        queue: queue.context("no queue")?,
        bucket: bucket.context("no bucket")?,
    };
    services.put_object().await?;
    for number in 0..10 {
        services.commit(number).await?;
        services.update(number).await?;
    }
    Ok(vec![
        measure("DynamoDB GetItem", iterations, async |_| {
            services.get().await
        })
        .await?,
        measure("DynamoDB Query", iterations, async |_| {
            services.query().await
        })
        .await?,
        measure("DynamoDB UpdateItem", iterations, async |n| {
            services.update(n).await
        })
        .await?,
        measure("DynamoDB TransactWriteItems", iterations, async |n| {
            services.commit(n + 10).await
        })
        .await?,
        measure("SQS SendMessage", iterations, async |_| {
            services.send().await
        })
        .await?,
        measure("S3 GetObject", iterations, async |_| {
            services.get_object().await
        })
        .await?,
    ])
}

async fn measure(
    name: &str,
    iterations: usize,
    mut call: impl AsyncFnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Row> {
    let mut times: Vec<Duration> = Vec::with_capacity(iterations);
    for number in 0..iterations {
        let began = Instant::now();
        call(number).await.with_context(|| name.to_owned())?;
        times.push(began.elapsed());
    }
    Ok(Row::of_call(name, times))
}

struct Services {
    clients: Clients,
    table: String,
    queue: String,
    bucket: String,
}

impl Services {
    async fn get(&self) -> anyhow::Result<()> {
        let get = self.clients.dynamodb().get_item().table_name(&self.table);
        get.key(PK, text("bench#thread"))
            .key(SK, text(commit_key(1)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(())
    }

    async fn query(&self) -> anyhow::Result<()> {
        let query = self.clients.dynamodb().query().table_name(&self.table);
        query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text("bench#thread"))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(6)
            .send()
            .await?;
        Ok(())
    }

    async fn update(&self, number: usize) -> anyhow::Result<()> {
        let update = self
            .clients
            .dynamodb()
            .update_item()
            .table_name(&self.table);
        update
            .key(PK, text(format!("bench#send#{number}")))
            .key(SK, text("send"))
            .update_expression("SET #status = :status, #token = :token")
            .condition_expression("attribute_not_exists(pk) OR #token = :token")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":status", text(format!("sending {number}")))
            .expression_attribute_values(":token", text("0".repeat(32)))
            .send()
            .await?;
        Ok(())
    }

    async fn commit(&self, number: usize) -> anyhow::Result<()> {
        let commit = self.put("bench#thread", &commit_key(number), COMMIT)?;
        let head = self.put("bench#thread", "head", HEAD)?;
        let marker = self.put(&format!("bench#marker#{number}"), "marker", 100)?;
        let write = self.clients.dynamodb().transact_write_items();
        write
            .set_transact_items(Some(vec![commit, head, marker]))
            .send()
            .await?;
        Ok(())
    }

    fn put(&self, pk: &str, sk: &str, bytes: usize) -> anyhow::Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&self.table)
            .item(PK, text(pk))
            .item(SK, text(sk))
            .item("body", text("x".repeat(bytes)))
            .condition_expression("attribute_not_exists(pk) OR sk = :head")
            .expression_attribute_values(":head", text("head"))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    async fn send(&self) -> anyhow::Result<()> {
        let send = self.clients.sqs().send_message().queue_url(&self.queue);
        send.message_body("x".repeat(HEAD)).send().await?;
        Ok(())
    }

    async fn put_object(&self) -> anyhow::Result<()> {
        let put = self.clients.s3().put_object().bucket(&self.bucket);
        let bytes = ByteStream::from(vec![b'x'; DOCUMENT]);
        put.key("bench").body(bytes).send().await?;
        Ok(())
    }

    async fn get_object(&self) -> anyhow::Result<()> {
        let get = self.clients.s3().get_object().bucket(&self.bucket);
        get.key("bench").send().await?.body.collect().await?;
        Ok(())
    }
}

fn commit_key(number: usize) -> String {
    format!("c#{number:010}")
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}
