//! Settings whose values are kept in Secrets Manager or Parameter Store.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use countersign_aws::{
    Clients,
    settings::{Fresh, LONGEST_RENEWAL},
};
use countersign_local::clock::ManualClock;
use http::StatusCode;
use it::Vault;

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf";
const FROM_SECRET: (&str, &str) = (
    "TOKEN",
    "secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf",
);
const FROM_PARAMETER: (&str, &str) = ("ENDPOINTS", "ssm:/countersign/endpoints");

/// A function that only knows its settings.
#[derive(Debug, PartialEq, Eq)]
struct Knows {
    token: String,
    endpoints: String,
}

fn clock() -> ManualClock {
    ManualClock::at("2026-11-20T07:00:00Z".parse().unwrap())
}

async fn start(
    environment: BTreeMap<String, String>,
    clock: &ManualClock,
) -> Result<Fresh<Knows>, String> {
    let clients = Clients::from_env(&|name| environment.get(name).cloned()).unwrap();
    let values = environment.into_iter().collect();
    let clock = Arc::new(clock.clone());
    let fresh = Fresh::new(values, clients, clock, |start| {
        let get = |name| (start.variable)(name).unwrap_or_default();
        if get("TOKEN") == "wrong" {
            return Err("TOKEN: is wrong".into());
        }
        Ok(Knows {
            token: get("TOKEN"),
            endpoints: get("ENDPOINTS"),
        })
    });
    fresh.await.map_err(|error| error.to_string())
}

fn knows(token: &str, endpoints: &str) -> Knows {
    Knows {
        token: token.to_owned(),
        endpoints: endpoints.to_owned(),
    }
}

async fn vault() -> Vault {
    Vault::with(&[(SECRET, "t1"), ("/countersign/endpoints", "e1")]).await
}

#[tokio::test]
async fn f7_secrets_and_parameters_are_fetched_side_by_side_at_the_start() {
    let vault = vault().await;
    vault.answer_together(2);
    let environment = vault.environment(&[FROM_SECRET, FROM_PARAMETER]);
    let fresh = start(environment, &clock()).await.unwrap();
    assert_eq!(*fresh.get().await, knows("t1", "e1"));
    let parameter = "parameter store: /countersign/endpoints".to_owned();
    assert_eq!(
        vault.asked(),
        [parameter, format!("secrets manager: {SECRET}")]
    );
}

#[tokio::test]
async fn f7_nothing_is_fetched_when_the_environment_has_the_values() {
    let vault = vault().await;
    let clock = clock();
    let environment = vault.environment(&[("TOKEN", "here"), ("ENDPOINTS", "[]")]);
    let fresh = start(environment, &clock).await.unwrap();
    clock.advance(Duration::from_secs(3600));
    assert_eq!(*fresh.get().await, knows("here", "[]"));
    assert_eq!(vault.asked(), [] as [String; 0]);
}

#[tokio::test]
async fn f7_a_secret_is_kept_for_five_minutes_and_then_fetched_again() {
    let vault = vault().await;
    let clock = clock();
    let environment = vault.environment(&[FROM_SECRET]);
    let fresh = start(environment, &clock).await.unwrap();
    vault.put(SECRET, "t2");
    clock.advance(Duration::from_secs(299));
    assert_eq!(fresh.get().await.token, "t1");
    assert_eq!(vault.asked().len(), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(fresh.get().await.token, "t2");
    assert_eq!(fresh.get().await.token, "t2");
    assert_eq!(vault.asked().len(), 1);
}

#[tokio::test]
async fn f7_a_function_is_made_anew_only_when_a_value_changed() {
    let vault = vault().await;
    let clock = clock();
    let fresh = start(vault.environment(&[FROM_SECRET]), &clock)
        .await
        .unwrap();
    let before = fresh.get().await;
    clock.advance(Duration::from_secs(300));
    assert!(Arc::ptr_eq(&before, &fresh.get().await));
}

#[tokio::test]
async fn f7_what_can_not_be_renewed_stays_as_it_was_and_is_tried_again() {
    let vault = vault().await;
    let clock = clock();
    let fresh = start(vault.environment(&[FROM_SECRET]), &clock)
        .await
        .unwrap();
    let check = async |seconds: u64, token: &str, asked: usize| {
        vault.asked();
        clock.advance(Duration::from_secs(seconds));
        assert_eq!(fresh.get().await.token, token);
        assert_eq!(vault.asked().len(), asked);
    };
    vault.remove(SECRET);
    check(300, "t1", 1).await;
    check(29, "t1", 0).await;
    vault.put(SECRET, "wrong");
    check(1, "t1", 1).await;
    // What was wrong once is no more right for having been seen before.
    check(30, "t1", 1).await;
    vault.put(SECRET, "t3");
    check(30, "t3", 1).await;
}

#[tokio::test]
async fn f7_an_invocation_waits_only_so_long_for_settings_that_hang() {
    let vault = vault().await;
    let clock = clock();
    let fresh = start(vault.environment(&[FROM_SECRET]), &clock)
        .await
        .unwrap();
    vault.asked();
    // More than ever ask, so nobody is answered.
    vault.answer_together(1000);
    clock.advance(Duration::from_secs(300));
    let limit = LONGEST_RENEWAL * 2;
    let renewed = tokio::time::timeout(limit, fresh.get()).await;
    assert_eq!(renewed.expect("it waits no longer").token, "t1");
    assert_ne!(vault.asked(), [] as [String; 0]);
}

#[tokio::test]
async fn f7_every_value_that_can_not_be_had_is_named_at_the_start() {
    let vault = Vault::with(&[]).await;
    let environment = vault.environment(&[FROM_SECRET, FROM_PARAMETER]);
    let error = start(environment, &clock()).await.err().unwrap();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[0], "2 settings are wrong:");
    assert!(
        lines[1].starts_with("  ENDPOINTS: ssm:/countersign/endpoints can't be had: ")
            && lines[1].contains("it is not there")
            && lines[1].ends_with("; see that it is there and that the function may read it"),
        "{error}"
    );
    assert!(
        lines[2].starts_with(&format!("  TOKEN: secretsmanager:{SECRET} can't be had: ")),
        "{error}"
    );
}

#[tokio::test]
async fn f7_the_extension_is_asked_where_there_is_one() {
    let vault = vault().await;
    let environment = vault.environment_with_extension(&[FROM_SECRET, FROM_PARAMETER]);
    let fresh = start(environment, &clock()).await.unwrap();
    assert_eq!(*fresh.get().await, knows("t1", "e1"));
    let parameter = "extension: /countersign/endpoints".to_owned();
    assert_eq!(vault.asked(), [parameter, format!("extension: {SECRET}")]);
}

#[tokio::test]
async fn f7_aws_is_asked_while_the_extension_does_not_serve_yet() {
    let vault = vault().await;
    vault.extension_answers(StatusCode::BAD_REQUEST);
    let environment = vault.environment_with_extension(&[FROM_SECRET]);
    let fresh = start(environment, &clock()).await.unwrap();
    assert_eq!(fresh.get().await.token, "t1");
    assert_eq!(
        vault.asked(),
        [
            format!("extension: {SECRET}"),
            format!("secrets manager: {SECRET}")
        ]
    );
}

#[tokio::test]
async fn f7_aws_is_asked_where_no_extension_listens() {
    let vault = vault().await;
    let mut environment = vault.environment_with_extension(&[FROM_SECRET]);
    // The discard port, on which nobody listens.
    let nobody = ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "9");
    environment.insert(nobody.0.to_owned(), nobody.1.to_owned());
    let fresh = start(environment, &clock()).await.unwrap();
    assert_eq!(fresh.get().await.token, "t1");
    assert_eq!(vault.asked(), [format!("secrets manager: {SECRET}")]);
}

#[tokio::test]
async fn f7_whoever_listens_on_the_extensions_port_elsewhere_is_not_shown_the_token() {
    let vault = vault().await;
    let mut environment = vault.environment_with_extension(&[FROM_SECRET]);
    environment.remove("AWS_LAMBDA_FUNCTION_NAME");
    start(environment, &clock()).await.unwrap();
    assert_eq!(vault.asked(), [format!("secrets manager: {SECRET}")]);
}

#[tokio::test]
async fn f7_a_region_or_credentials_that_are_missing_are_named() {
    let clients = Clients::from_env(&|_| None);
    assert_eq!(
        clients.err().unwrap().to_string(),
        "3 settings are wrong:\n  \
         AWS_REGION: is not set, wants the region of the functions\n  \
         AWS_ACCESS_KEY_ID: is not set, wants an access key\n  \
         AWS_SECRET_ACCESS_KEY: is not set, wants a secret of at least 1 characters"
    );
}
