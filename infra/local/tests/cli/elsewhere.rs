//! With functions that run elsewhere.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::Path as Part, routing::post};
use countersign_aws::{Clients, schema};
use countersign_local::{samples, stack::EmbeddedAws};
use serde_json::json;

use super::{Home, text, until, wait_for_line};

/// The functions find the moment, the provider and the approver's endpoint of the sample events; a
/// second start finds what the first one left.
#[tokio::test]
async fn f5_aws_has_what_the_sample_events_speak_of() {
    let home = Home::new();
    let aws = EmbeddedAws::on_ports_after(home.port).unwrap();
    for start in ["first", "second"] {
        let mut process = home.command(&["aws"]).spawn().unwrap();
        wait_for_line(&mut process, "Ctrl-C ends it").await;
        let written = std::fs::read_to_string(home.folder.path().join(".env.local")).unwrap();
        let clock = format!("{}={}\n", samples::CLOCK_VARIABLE, samples::AT);
        assert!(written.contains(&clock), "{start}: {written}");
        for path in ["/sim/conversations", "/sim/approver"] {
            let url = format!("http://127.0.0.1:{}{path}", home.port);
            let answer = reqwest::get(url).await.unwrap();
            assert_eq!(answer.status(), 200, "{start}: {path}");
        }
        let clients = Clients::local(&aws);
        let approvals = clients.dynamodb().scan();
        let found = approvals.table_name(schema::APPROVALS.name).send().await;
        // A state and an act for each.
        assert_eq!(found.unwrap().count, 2 * 8, "{start}");
        process.kill().await.unwrap();
    }
}

/// An Invoke API whose functions find nothing to do; gives its URL and the names called.
async fn invoke_api() -> (String, Arc<Mutex<Vec<String>>>) {
    let called = Arc::new(Mutex::new(Vec::new()));
    let log = called.clone();
    let invoke = async move |Part(name): Part<String>| {
        log.lock().unwrap().push(name);
        json!({"statusCode": 404, "headers": {}, "cookies": [], "batchItemFailures": []})
            .to_string()
    };
    let router = Router::new().route("/2015-03-31/functions/{name}/invocations", post(invoke));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, called)
}

#[tokio::test]
async fn f5_a_deployed_stacks_functions_must_be_there() {
    let home = Home::new();
    let output = home
        .run(&["--lambda", "http://127.0.0.1:1", "--no-pump"])
        .await;
    assert_eq!(
        text(&output.stderr),
        "nothing answers at http://127.0.0.1:1 (Connection refused (os error 111)); where the \
         functions run, their log says more\n"
    );
    assert_eq!(output.status.code(), Some(1));
    let output = home.run(&["demo", "--lambda", "http://127.0.0.1:1"]).await;
    let said = text(&output.stderr);
    assert!(
        !output.status.success() && said.lines().count() == 1,
        "{said}"
    );
}

#[tokio::test]
async fn f5_functions_that_are_not_there_yet_are_waited_for_with_their_settings_written() {
    let home = Home::new();
    let mut process = home
        .command(&["--lambda", "http://127.0.0.1:1"])
        .spawn()
        .unwrap();
    wait_for_line(&mut process, "cargo lambda watch").await;
    let written = std::fs::read_to_string(home.folder.path().join(".env.local")).unwrap();
    assert!(written.contains("AWS_ENDPOINT_URL_SQS="), "{written}");
    // Whoever talks with the phones is in the present.
    assert!(!written.contains(samples::CLOCK_VARIABLE), "{written}");
    process.kill().await.unwrap();
}

#[tokio::test]
async fn f5_without_the_pump_only_http_functions_are_called_and_no_aws() {
    let home = Home::new();
    let (api, called) = invoke_api().await;
    let words = ["--lambda", &api, "--function-prefix", "stack-", "--no-pump"];
    let dev = home.start(&words).await;
    let page = reqwest::get(format!("{}/phone", dev.url)).await.unwrap();
    assert_eq!(page.status(), 200);
    let answer = reqwest::get(format!("{}/approvals/x", dev.url))
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(
        *called.lock().unwrap(),
        ["stack-ingress", "stack-approvals", "stack-approvals"]
    );
    assert_eq!(dev.end("TERM").await, Some(0));
}

#[tokio::test]
async fn f5_queues_are_pumped_into_functions_elsewhere_and_their_clock_ticks() {
    let home = Home::new();
    let (api, called) = invoke_api().await;
    let dev = home.start(&["--lambda", &api]).await;
    let count = |name: &str| {
        let called = called.lock().unwrap();
        called.iter().filter(|called| *called == name).count()
    };
    // Once to wake it, and then because something is in its queue.
    assert_eq!(count("agent"), 1);
    let clients = Clients::local(&EmbeddedAws::on_ports_after(dev.port).unwrap());
    let inbound = format!(
        "http://127.0.0.1:{}/000000000000/inbound.fifo",
        dev.port + 2
    );
    let send = clients.sqs().send_message().queue_url(inbound);
    send.message_body("{}")
        .message_group_id("g")
        .message_deduplication_id("d")
        .send()
        .await
        .unwrap();
    until(async || count("agent") == 2).await;
    until(async || count("clock") >= 2).await;
    until(async || dev.under_way().await == 0).await;
    assert_eq!(dev.end("INT").await, Some(0));
}
