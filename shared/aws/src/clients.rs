//! The AWS SDK's clients.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};

/// No single try of a call takes longer.
const ATTEMPT: Duration = Duration::from_secs(3);
/// No call takes longer, retries included: a Lambda does not sleep on the wall clock.
const CALL: Duration = Duration::from_secs(10);
/// Connecting takes no longer.
const CONNECT: Duration = Duration::from_secs(2);

/// The clients a function needs. They connect on their first call, not before.
#[derive(Debug, Clone)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// S3.
    pub s3: aws_sdk_s3::Client,
}

impl Clients {
    /// Clients for the region, credentials and endpoints that the environment names.
    pub async fn from_env() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts())
            .retry_config(retries())
            .load()
            .await;
        Self::new(&config)
    }

    /// Clients of a local stack.
    pub fn local(local: &LocalAws) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(local.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                local.access_key.clone(),
                local.secret_key.clone(),
                None,
                None,
                "local",
            )))
            .timeout_config(timeouts())
            .retry_config(retries())
            .build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(
                aws_sdk_dynamodb::config::Builder::from(&config)
                    .endpoint_url(&local.dynamodb)
                    .build(),
            ),
            sqs: aws_sdk_sqs::Client::from_conf(
                aws_sdk_sqs::config::Builder::from(&config)
                    .endpoint_url(&local.sqs)
                    .build(),
            ),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(&config)
                    .endpoint_url(&local.s3)
                    .force_path_style(true)
                    .build(),
            ),
        }
    }

    fn new(config: &SdkConfig) -> Self {
        // A local S3 is one host without wildcard names, so buckets go into the path there.
        let local = std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(config)
                    .force_path_style(local)
                    .build(),
            ),
        }
    }
}

/// Where a local stack's services are, and what they are called with.
#[derive(Debug, Clone)]
pub struct LocalAws {
    /// DynamoDB's base URL.
    pub dynamodb: String,
    /// SQS's base URL.
    pub sqs: String,
    /// S3's base URL.
    pub s3: String,
    /// Any region's name.
    pub region: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
}

/// The timeouts of every call.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(CALL)
        .build()
}

/// The retries of every call: three tries, at most 2 s of waiting in all.
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(1))
}
