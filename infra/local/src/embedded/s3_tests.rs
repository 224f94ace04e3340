//! What we rely on of the embedded S3, asked through the SDK and, for links, as a browser would.

use std::time::Duration;

use aws_sdk_s3::{Client, presigning::PresigningConfig, primitives::ByteStream};
use tempfile::TempDir;

use super::*;
use crate::embedded::testing::{keys, listener, s3_client};

const BUCKET: &str = "content";
const KEY: &str = "harbour-bikes/0f343b0931126a20f133d67c2b018a3b";

#[tokio::test]
async fn of_sixteen_racing_conditional_writes_one_wins() {
    let bucket = Bucket::open().await;
    for round in 0..8 {
        let key = format!("{KEY}-{round}");
        let racers = (0..16).map(|racer| {
            bucket
                .client
                .put_object()
                .bucket(BUCKET)
                .key(&key)
                .if_none_match("*")
                .body(ByteStream::from(format!("racer {racer}").into_bytes()))
                .send()
        });
        let results = futures::future::join_all(racers).await;
        let mut winners = Vec::new();
        for (racer, result) in results.into_iter().enumerate() {
            match result {
                Ok(_) => winners.push(format!("racer {racer}")),
                Err(error) => {
                    let status = error.raw_response().map(|answer| answer.status().as_u16());
                    assert_eq!(status, Some(412), "{error:?}");
                }
            }
        }
        assert_eq!(winners, [bucket.read(&key).await]);
    }
}

#[tokio::test]
async fn a_reader_never_meets_half_a_write() {
    let bucket = Bucket::open().await;
    bucket.write(KEY, "first").await;
    let writes = async {
        for content in ["second", "third", "fourth", "fifth"].repeat(10) {
            bucket.write(KEY, content).await;
        }
    };
    let reads = async {
        for _ in 0..80 {
            // The SDK compares the checksum.
            bucket.read(KEY).await;
        }
    };
    tokio::join!(writes, reads);
}

#[tokio::test]
async fn a_presigned_link_opens_in_a_browser_under_the_name_and_type_asked_for() {
    let bucket = Bucket::open().await;
    bucket.write(KEY, "<h1>Daily report</h1>").await;
    let link = bucket
        .client
        .get_object()
        .bucket(BUCKET)
        .key(KEY)
        .response_content_type("text/html; charset=utf-8")
        .response_content_disposition("inline; filename=\"daily report.html\"")
        .presigned(PresigningConfig::expires_in(Duration::from_secs(300)).unwrap())
        .await
        .unwrap();

    let answer = reqwest::get(link.uri()).await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(answer.status(), 200);
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        header("content-disposition"),
        "inline; filename=\"daily report.html\""
    );
    assert_eq!(answer.text().await.unwrap(), "<h1>Daily report</h1>");
}

#[tokio::test]
async fn a_link_that_was_changed_or_never_signed_is_refused() {
    let bucket = Bucket::open().await;
    bucket.write(KEY, "the content").await;
    let link = bucket
        .client
        .get_object()
        .bucket(BUCKET)
        .key(KEY)
        .presigned(PresigningConfig::expires_in(Duration::from_secs(300)).unwrap())
        .await
        .unwrap();
    let (unsigned, _) = link.uri().split_once('?').unwrap();
    let elsewhere = link.uri().replace("harbour-bikes", "other-tenant");
    for refused in [unsigned, &elsewhere] {
        assert_eq!(reqwest::get(refused).await.unwrap().status(), 403);
    }
}

#[tokio::test]
async fn what_was_written_is_read_back_after_a_restart() {
    let mut bucket = Bucket::open().await;
    bucket.write(KEY, "kept").await;
    bucket.server.stop().await;
    bucket.server = start(listener().await, bucket.folder.path(), &keys()).unwrap();
    bucket.client = s3_client(bucket.server.address());
    assert_eq!(bucket.read(KEY).await, "kept");
}

#[tokio::test]
async fn a_bucket_and_a_key_of_165_bytes_fit() {
    let bucket = Bucket::open().await;
    let key = "k".repeat(165 - BUCKET.len());
    bucket.write(&key, "found").await;
    assert_eq!(bucket.read(&key).await, "found");
}

struct Bucket {
    folder: TempDir,
    server: Server,
    client: Client,
}

impl Bucket {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = start(listener().await, folder.path(), &keys()).unwrap();
        let client = s3_client(server.address());
        client.create_bucket().bucket(BUCKET).send().await.unwrap();
        Self {
            folder,
            server,
            client,
        }
    }

    async fn write(&self, key: &str, content: &'static str) {
        self.client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(ByteStream::from_static(content.as_bytes()))
            .send()
            .await
            .unwrap();
    }

    async fn read(&self, key: &str) -> String {
        let object = self
            .client
            .get_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .unwrap();
        let content = object.body.collect().await.unwrap().to_vec();
        String::from_utf8(content).unwrap()
    }
}
