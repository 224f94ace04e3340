//! Settings that are right, and what is said of those that are not.

use super::*;

const GOOD: &str = r#"[{"endpoint":"demo","tenant":"acme","provider":"twilio",
    "number":"+14155238886","account_sid":"AC1","auth_token":"t0psecret",
    "approval_url":"http://127.0.0.1/hook","approval_secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}]"#;

fn read(vars: &[(&str, &str)]) -> Result<(String, String, u64, Vec<Endpoint>), WrongSettings> {
    let variable = |name: &str| {
        vars.iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| (*v).to_owned())
    };
    let mut reader = Reader::new(&variable);
    let table = reader.table(schema::THREADS);
    let queue = reader.queue(schema::INBOUND);
    let settle = reader.number("SETTLE_SECONDS", 0..=30, 1);
    let endpoints = reader.endpoints();
    let settings = (|| Some((table?, queue?, settle?, endpoints?)))();
    reader.finish(settings)
}

#[test]
fn f7_good_settings_are_read() {
    let (table, queue, settle, endpoints) = read(&[
        ("THREADS_TABLE", "t"),
        ("INBOUND_QUEUE_URL", "http://127.0.0.1:1/0/inbound.fifo"),
        ("ENDPOINTS", GOOD),
    ])
    .unwrap();
    assert_eq!((table.as_str(), settle), ("t", 1));
    assert!(queue.ends_with("inbound.fifo"));
    assert_eq!(endpoints[0].number.as_str(), "+14155238886");
}

#[test]
fn f7_every_wrong_setting_is_named_at_once() {
    let error = read(&[
        ("INBOUND_QUEUE_URL", "inbound"),
        ("SETTLE_SECONDS", "soon"),
        (
            "ENDPOINTS",
            r#"[{"endpoint":"Demo","tenant":"acme","provider":"carrier-pigeon","number":"4155",
                "account_sid":"AC1","auth_token":"t0psecret","approval_url":"http://h/x"}]"#,
        ),
    ])
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "7 settings are wrong:\n  \
         THREADS_TABLE: is not set, wants the name of a DynamoDB table\n  \
         INBOUND_QUEUE_URL: got \"inbound\", wants the URL of an SQS queue\n  \
         SETTLE_SECONDS: got \"soon\", wants a whole number from 0 to 30\n  \
         ENDPOINTS[0].provider: got \"carrier-pigeon\", wants twilio or meta\n  \
         ENDPOINTS[0].approval_secret: is not set, wants whsec_ and the base64 of 24 to 64 \
         bytes, together with approval_url\n  \
         ENDPOINTS[0].endpoint: endpoint: got \"Demo\", wants 1 to 40 of a-z, 0-9 and -\n  \
         ENDPOINTS[0].number: phone number: got \"4155\", wants + and 7 to 15 digits, such as \
         +14155238886"
    );
}

#[test]
fn f7_each_provider_wants_what_it_signs_and_sends_with() {
    let check = |fields: &str, expect: &str| {
        let endpoints =
            format!(r#"[{{"endpoint":"demo","tenant":"acme","number":"+14155238886",{fields}}}]"#);
        let read = read(&[
            ("THREADS_TABLE", "t"),
            ("INBOUND_QUEUE_URL", "http://h/q"),
            ("ENDPOINTS", &endpoints),
        ]);
        let said = match read {
            Ok((_, _, _, endpoints)) => endpoints[0].account.provider().to_owned(),
            Err(wrong) => wrong.to_string(),
        };
        assert!(said.contains(expect), "{fields}: {said}");
        assert!(!said.contains("t0psecret"), "{said}");
    };
    let meta = r#""provider":"meta","phone_number_id":"1066","access_token":"t0psecret-a",
        "app_secret":"t0psecret-b","verify_token":"t0psecret-c""#;
    check(meta, "meta");
    for field in [
        "phone_number_id",
        "access_token",
        "app_secret",
        "verify_token",
    ] {
        let missing = meta.replace(field, "approval_url");
        check(&missing, &format!("ENDPOINTS[0].{field}: is not set"));
    }
    let empty = meta.replace("t0psecret-b", "");
    check(
        &empty,
        "ENDPOINTS[0].app_secret: got \"\", wants the app's secret",
    );
    check(
        r#""provider":"twilio","account_sid":"AC1""#,
        "ENDPOINTS[0].auth_token: is not set",
    );
}

#[test]
fn f7_no_error_and_no_debug_output_shows_a_secret() {
    let broken = GOOD.replace("\"tenant\":\"acme\"", "\"tenant\":t0psecret");
    for endpoints in [broken.as_str(), "t0psecret", "[]", &GOOD.replace("+1", "x")] {
        let error = read(&[("ENDPOINTS", endpoints)]).unwrap_err().to_string();
        assert!(
            !error.contains("t0psecret") && !error.contains("C2FVs"),
            "{error}"
        );
    }
    let settings = read(&[
        ("THREADS_TABLE", "t"),
        ("INBOUND_QUEUE_URL", "http://h/q"),
        ("ENDPOINTS", GOOD),
    ]);
    let shown = format!("{settings:?}");
    assert!(
        !shown.contains("t0psecret") && !shown.contains("C2FVs"),
        "{shown}"
    );
}

#[test]
fn f7_a_secret_that_is_too_short_is_not_quoted() {
    let variable = |_: &str| Some("hunter2".to_owned());
    let mut reader = Reader::new(&variable);
    let secret = reader.secret("APPROVAL_TOKEN_SECRET", 32);
    assert_eq!(
        reader.finish(secret).unwrap_err().to_string(),
        "a setting is wrong: APPROVAL_TOKEN_SECRET: got \"one that is too short\", wants a \
         secret of at least 32 characters"
    );
}

#[test]
fn f7_two_endpoints_of_one_name_are_refused() {
    let entry = GOOD.trim_start_matches('[').trim_end_matches(']');
    let error = read(&[
        ("THREADS_TABLE", "t"),
        ("INBOUND_QUEUE_URL", "http://h/q"),
        ("ENDPOINTS", &format!("[{entry},{entry}]")),
    ]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "2 settings are wrong:\n  ENDPOINTS[1].endpoint: got \"demo\", wants a name that no \
         other entry has\n  ENDPOINTS[1].number: got \"+14155238886\", wants a number that no \
         other entry has: a conversation belongs to one"
    );
}

#[test]
fn f7_the_public_secrets_of_cargo_dev_guard_nothing_but_a_local_aws() {
    let public = GOOD.replace("t0psecret", "local-auth-token");
    let public = public.replace(
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "whsec_bG9jYWwtYXBwcm92YWwtc2VjcmV0LTAwMDE=",
    );
    let settings = [
        ("THREADS_TABLE", "t"),
        ("INBOUND_QUEUE_URL", "http://h/q"),
        ("ENDPOINTS", public.as_str()),
    ];
    assert_eq!(
        read(&settings).unwrap_err().to_string(),
        "2 settings are wrong:\n  \
         ENDPOINTS[0].auth_token: got \"the public one of cargo dev\", wants a secret of your own\n  \
         ENDPOINTS[0].approval_secret: got \"the public one of cargo dev\", wants a secret of your own"
    );
    let local = ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:4002");
    let beside: Vec<_> = settings.into_iter().chain([local]).collect();
    assert!(read(&beside).is_ok());
}

#[test]
fn f7_a_public_secret_signs_no_link_but_in_front_of_a_local_aws() {
    let secret = "local-token-secret-0123456789abcdef";
    let read = |elsewhere: Option<&str>| {
        let variable = |name: &str| match name {
            "APPROVAL_TOKEN_SECRET" => Some(secret.to_owned()),
            "AWS_ENDPOINT_URL_DYNAMODB" => elsewhere.map(str::to_owned),
            _ => None,
        };
        let mut reader = Reader::new(&variable);
        let read = reader.secret("APPROVAL_TOKEN_SECRET", 32);
        reader.finish(read)
    };
    let here = read(Some("http://127.0.0.1:4001")).unwrap();
    assert_eq!(here.expose(), secret);
    for elsewhere in [None, Some("https://dynamodb.eu-west-1.amazonaws.com")] {
        assert_eq!(
            read(elsewhere).unwrap_err().to_string(),
            "a setting is wrong: APPROVAL_TOKEN_SECRET: got \"the public one of cargo dev\", wants a \
             secret of at least 32 characters"
        );
    }
}

#[test]
fn f7_aws_is_here_when_each_service_that_is_named_is() {
    let services = ["", "_DYNAMODB", "_SQS", "_S3", "_SECRETS_MANAGER", "_SSM"];
    let all = services.map(|service| format!("AWS_ENDPOINT_URL{service}"));
    for one in &all {
        let is_here = |one_is_at: &str, others_are_at: Option<&str>| {
            is_local(&|name| match name == one {
                true => Some(one_is_at.to_owned()),
                false if all.iter().any(|it| it == name) => others_are_at.map(str::to_owned),
                false => None,
            })
        };
        let here = "http://127.0.0.1:4001";
        assert!(is_here(here, None), "{one}");
        assert!(is_here("http://127.0.0.1:4001/", Some(here)), "{one}");
        for elsewhere in [
            "https://example.com",
            "https://127.0.0.1:4001",
            "http://127.0.0.12",
            "http://127.0.0.1:",
            "http://127.0.0.1:4001.example.com",
            "http://127.0.0.1:4001@example.com",
        ] {
            assert!(!is_here(elsewhere, Some(here)), "{one} {elsewhere}");
        }
    }
}
