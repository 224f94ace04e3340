//! The AWS SDK's clients.

use std::{sync::OnceLock, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::{
    Builder,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};

use crate::settings::{Reader, WrongSettings};

/// No single try of a call takes longer.
const ATTEMPT: Duration = Duration::from_secs(3);
/// No call takes longer, retries included: a Lambda does not sleep on the wall clock.
const CALL: Duration = Duration::from_secs(10);
/// Connecting takes no longer.
const CONNECT: Duration = Duration::from_secs(2);

/// The clients a function needs. Each is made when it is first asked for, so that a function
/// neither starts nor carries one it never calls; they connect on their first call, and share one
/// pool of connections.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    urls: Urls,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
}

/// Where the services are, when not where the SDK finds them by region.
#[derive(Debug, Clone, Default)]
struct Urls {
    dynamodb: Option<String>,
    sqs: Option<String>,
    s3: Option<String>,
    secrets_manager: Option<String>,
    ssm: Option<String>,
}

impl Clients {
    /// Clients for the region, credentials and `AWS_ENDPOINT_URL…` of the environment, as Lambda
    /// and `.env.local` set them. The SDK's other sources of credentials, such as profiles, cost a
    /// function that never uses them size and start.
    ///
    /// # Errors
    /// When region or credentials are not set.
    pub fn from_env(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut reader = Reader::new(variable);
        let region = reader.text("AWS_REGION", "the region of the functions");
        let key = reader.text("AWS_ACCESS_KEY_ID", "an access key");
        let secret = reader.secret("AWS_SECRET_ACCESS_KEY", 1);
        let session = variable("AWS_SESSION_TOKEN");
        let found = (|| Some((region?, key?, secret?)))();
        let (region, key, secret) = reader.finish(found)?;
        let url = |service: &str| {
            variable(&format!("AWS_ENDPOINT_URL_{service}"))
                .or_else(|| variable("AWS_ENDPOINT_URL"))
        };
        let urls = Urls {
            dynamodb: url("DYNAMODB"),
            sqs: url("SQS"),
            s3: url("S3"),
            secrets_manager: url("SECRETS_MANAGER"),
            ssm: url("SSM"),
        };
        let credentials = Credentials::new(key, secret.expose(), session, None, "environment");
        Ok(Self::new(region, credentials, urls))
    }

    /// Clients of a local stack.
    pub fn local(local: &LocalAws) -> Self {
        let (key, secret) = (local.access_key.clone(), local.secret_key.clone());
        let credentials = Credentials::new(key, secret, None, None, "local");
        let urls = Urls {
            dynamodb: Some(local.dynamodb.clone()),
            sqs: Some(local.sqs.clone()),
            s3: Some(local.s3.clone()),
            ..Urls::default()
        };
        Self::new(local.region.clone(), credentials, urls)
    }

    /// DynamoDB.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| {
            let mut config = aws_sdk_dynamodb::config::Builder::from(&self.config);
            config.set_endpoint_url(self.urls.dynamodb.clone());
            aws_sdk_dynamodb::Client::from_conf(config.build())
        })
    }

    /// SQS.
    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| {
            let mut config = aws_sdk_sqs::config::Builder::from(&self.config);
            config.set_endpoint_url(self.urls.sqs.clone());
            aws_sdk_sqs::Client::from_conf(config.build())
        })
    }

    /// S3.
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            let mut config = aws_sdk_s3::config::Builder::from(&self.config);
            // A local S3 is one host without wildcard names, so buckets go into the path there.
            config.set_force_path_style(Some(self.urls.s3.is_some()));
            config.set_endpoint_url(self.urls.s3.clone());
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }

    /// Secrets Manager.
    pub(crate) fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(&self.config);
        config.set_endpoint_url(self.urls.secrets_manager.clone());
        aws_sdk_secretsmanager::Client::from_conf(config.build())
    }

    /// SSM, for its Parameter Store.
    pub(crate) fn ssm(&self) -> aws_sdk_ssm::Client {
        let mut config = aws_sdk_ssm::config::Builder::from(&self.config);
        config.set_endpoint_url(self.urls.ssm.clone());
        aws_sdk_ssm::Client::from_conf(config.build())
    }

    fn new(region: String, credentials: Credentials, urls: Urls) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(https_client(Roots::of(&region, &urls)))
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(timeouts())
            .retry_config(retries())
            .build();
        Self {
            config,
            urls,
            dynamodb: OnceLock::new(),
            sqs: OnceLock::new(),
            s3: OnceLock::new(),
        }
    }
}

/// Who may vouch that a server is AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roots {
    /// Amazon's own certificate authorities and nobody else. Reading the machine's hundred and a
    /// half takes most of a function's start.
    Amazon,
    /// Whoever the machine trusts.
    Machine,
}

impl Roots {
    /// The endpoints of regions are Amazon's, but for those in China; whose another endpoint is,
    /// nobody knows here. One that begins with `http://` shows no certificate.
    fn of(region: &str, urls: &Urls) -> Self {
        let set = [&urls.dynamodb, &urls.sqs, &urls.s3];
        let set = set.into_iter().chain([&urls.secrets_manager, &urls.ssm]);
        let is_elsewhere = set.flatten().any(|url| url.starts_with("https://"));
        if is_elsewhere || region.starts_with("cn-") {
            Self::Machine
        } else {
            Self::Amazon
        }
    }
}

/// The five roots of <https://www.amazontrust.com/repository/>, which AWS asks clients to trust. They
/// end between 2037 and 2040.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("../roots/amazon-trust-services.pem");

/// One pool of connections for all clients: each would else make its own, and read the roots once
/// more.
fn https_client(roots: Roots) -> SharedHttpClient {
    let trusted = match roots {
        Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON_TRUST_SERVICES),
        Roots::Machine => TrustStore::default(),
    };
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let builder = Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
    match context {
        Ok(context) => builder.tls_context(context).build_https(),
        // What there is by default: the machine's roots.
        Err(_) => builder.build_https(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_amazon_vouches_for_the_endpoints_of_its_regions() {
        let check = |region: &str, sqs: Option<&str>, expect: Roots| {
            let urls = Urls {
                sqs: sqs.map(str::to_owned),
                ..Urls::default()
            };
            assert_eq!(Roots::of(region, &urls), expect, "{region} {sqs:?}");
        };
        check("eu-west-1", None, Roots::Amazon);
        check("us-east-1", Some("http://127.0.0.1:4002"), Roots::Amazon);
        check("us-east-1", Some("https://sqs.example.com"), Roots::Machine);
        check("cn-north-1", None, Roots::Machine);
    }

    /// The builder of a connector panics on a certificate it can't read; clients make one at once.
    #[test]
    fn amazons_roots_can_be_read() {
        let roots = String::from_utf8_lossy(AMAZON_TRUST_SERVICES);
        assert_eq!(roots.matches("BEGIN CERTIFICATE").count(), 5);
        let variable = |name: &str| match name {
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("key".to_owned()),
            _ => None,
        };
        let clients = Clients::from_env(&variable).unwrap();
        assert_eq!(
            clients.sqs().config().region().unwrap().as_ref(),
            "eu-west-1"
        );
    }
}
