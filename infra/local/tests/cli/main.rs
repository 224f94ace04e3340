//! `cargo dev` as a person meets it: the real program in a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod elsewhere;
mod evals;

use std::{
    net::TcpListener,
    path::Path,
    process::{Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use aws_sdk_sqs::types::QueueAttributeName::{
    ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
    ApproximateNumberOfMessagesNotVisible,
};
use countersign_aws::{Clients, schema};
use countersign_local::stack::EmbeddedAws;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign-local");
/// No condition takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder, and four free ports that stay the same over restarts.
struct Home {
    folder: TempDir,
    port: u16,
}

/// `cargo dev` at work.
struct Dev {
    process: Child,
    url: String,
    port: u16,
}

impl Home {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_ports(),
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .current_dir(self.folder.path())
            .args(words)
            .args(["--port", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().await.unwrap()
    }

    async fn start(&self, words: &[&str]) -> Dev {
        let mut process = self.command(words).spawn().unwrap();
        wait_for_line(&mut process, "/phone").await;
        Dev {
            process,
            url: format!("http://127.0.0.1:{}", self.port),
            port: self.port,
        }
    }
}

impl Dev {
    async fn get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        answer.json().await.unwrap()
    }

    async fn write(&self, from: &str, text: &str) -> String {
        let answer = reqwest::Client::new()
            .post(format!("{}/sim/messages", self.url))
            .json(&json!({"from": from, "name": "Somebody", "body": text}))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
        let message: Value = answer.json().await.unwrap();
        message["sid"].as_str().unwrap().to_owned()
    }

    async fn messages(&self) -> Vec<Value> {
        let news = self.get("/sim/conversations").await;
        news["messages"].as_array().unwrap().clone()
    }

    /// What arrived on a phone.
    async fn heard(&self, phone: &str) -> Vec<String> {
        let messages = self.messages().await;
        let theirs = messages.iter().filter(|m| m["phone"] == phone);
        theirs
            .filter(|m| m["direction"] == "outbound")
            .map(|m| m["body"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until a phone has got so many messages and nothing is under way any more.
    async fn rests_with(&self, phone: &str, count: usize) -> Vec<String> {
        until(async || self.heard(phone).await.len() >= count).await;
        until(async || self.under_way().await == 0).await;
        self.heard(phone).await
    }

    async fn under_way(&self) -> u32 {
        let aws = EmbeddedAws::on_ports_after(self.port).unwrap();
        let sqs = Clients::local(&aws).sqs().clone();
        let mut messages = 0;
        for queue in schema::QUEUES {
            let counts = sqs
                .get_queue_attributes()
                .queue_url(format!("{}/000000000000/{}", aws.sqs, queue.name))
                .attribute_names(ApproximateNumberOfMessages)
                .attribute_names(ApproximateNumberOfMessagesDelayed)
                .attribute_names(ApproximateNumberOfMessagesNotVisible)
                .send()
                .await
                .unwrap();
            let counts = counts.attributes.unwrap_or_default();
            messages += counts
                .values()
                .map(|n| n.parse::<u32>().unwrap())
                .sum::<u32>();
        }
        messages
    }

    async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// Ends it by a signal; gives its exit code.
    async fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.process.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.await.unwrap().success());
        let ended = timeout(Duration::from_millis(2500), self.process.wait()).await;
        ended.expect("ends within about 2 s").unwrap().code()
    }
}

/// Four ports in a row below those that systems give out by themselves.
fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let own = u16::try_from(std::process::id() % 200).unwrap() * 40;
        let first = 20_000 + own + NEXT.fetch_add(4, Ordering::Relaxed) % 4_000;
        let bound = (first..first + 4).map(|port| TcpListener::bind(("127.0.0.1", port)));
        if bound.collect::<Result<Vec<_>, _>>().is_ok() {
            return first;
        }
    }
}

async fn until(condition: impl AsyncFn() -> bool) {
    let met = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, met)
        .await
        .expect("the condition comes about");
}

/// Reads on to the end in the background, so that the program never waits for a reader.
async fn wait_for_line(process: &mut Child, part: &str) {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let found = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(part) {
                return true;
            }
        }
        false
    };
    let found = timeout(PATIENCE, found).await.expect("starts in time");
    assert!(found, "the program ended without {part:?}");
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// One sentence on stderr, nothing on stdout, and exit 1.
fn check_refused(output: &Output, expect: &str) {
    assert_eq!(text(&output.stderr), format!("{expect}\n"));
    assert_eq!(text(&output.stdout), "");
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn what_is_wrong_is_one_sentence_and_exit_1() {
    let home = Home::new();
    let port = home.port;
    let output = home.run(&["--data-dir", "/proc/x"]).await;
    check_refused(
        &output,
        "the folder /proc/x can't be written (No such file or directory (os error 2)); choose \
         another with --data-dir",
    );
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let in_the_way =
        format!("port {port} is taken; stop what listens there, or choose others with --port");
    check_refused(&home.run(&[]).await, &in_the_way);
    drop(taken);
    let output = home.run(&["--nice"]).await;
    check_refused(
        &output,
        "unexpected argument '--nice' found; cargo dev --help shows what there is",
    );
    let output = home.command(&[]).env("LOG_LEVEL", "loud").output();
    check_refused(
        &output.await.unwrap(),
        "LOG_LEVEL: got \"loud\", wants off, error, warn, info, debug or trace",
    );
    let output = home.run(&["send", "help"]).await;
    let nobody = format!("nothing answers at http://127.0.0.1:{port}; start it with `cargo dev`");
    let said = text(&output.stderr);
    assert!(said.starts_with(&nobody), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn a_folder_belongs_to_one_stack_at_a_time() {
    let home = Home::new();
    let dev = home.start(&[]).await;
    let elsewhere = Home {
        folder: home.folder,
        port: free_ports(),
    };
    for words in [&["--fresh"][..], &["aws"][..]] {
        check_refused(
            &elsewhere.run(words).await,
            "the folder .countersign is in use by another cargo dev; end that one, or choose \
             another with --data-dir",
        );
    }
    dev.write("+250788555001", "help").await;
    // Help is as good as a greeting.
    assert_eq!(dev.rests_with("+250788555001", 1).await.len(), 1);
}

#[tokio::test]
async fn signals_end_it_cleanly_while_a_phone_is_open() {
    for signal in ["INT", "TERM"] {
        let home = Home::new();
        let dev = home.start(&[]).await;
        let mut phone = reqwest::get(format!("{}/sim/events", dev.url))
            .await
            .unwrap();
        assert!(phone.chunk().await.unwrap().is_some());
        assert_eq!(dev.end(signal).await, Some(0), "{signal}");
    }
}

#[tokio::test]
async fn a_restart_keeps_conversations_and_threads_and_fresh_forgets_them() {
    let home = Home::new();
    let phone = "+250788555001";
    let dev = home.start(&[]).await;
    dev.write(phone, "stock").await;
    let asked = dev.rests_with(phone, 2).await;
    assert!(asked[0].starts_with("Welcome to "), "{asked:?}");
    assert!(asked[1].starts_with("Which product?"), "{asked:?}");
    assert_eq!(dev.end("TERM").await, Some(0));

    let dev = home.start(&[]).await;
    assert_eq!(dev.messages().await.len(), 3);
    dev.write(phone, "ABC123").await;
    let heard = dev.rests_with(phone, 3).await;
    assert!(heard[2].contains("*Blue widget 40 mm*"), "{heard:?}");
    assert_eq!(dev.end("TERM").await, Some(0));

    let dev = home.start(&["--fresh"]).await;
    assert_eq!(dev.messages().await, Vec::<Value>::new());
}

/// When the process is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    /// The phone's text was taken by the provider.
    Written,
    /// The webhook was answered 200.
    Queued,
    /// The provider took the answer.
    Answered,
}

/// X4: really killed, with `SIGKILL`, and started again on what it left.
#[tokio::test]
async fn x4_a_killed_process_answers_exactly_once() {
    let home = Home::new();
    for (run, (moment, words)) in [
        (Moment::Written, "good morning my friend"),
        (Moment::Queued, "i have something to ask you"),
        (Moment::Answered, "stock ABC123"),
        (Moment::Written, "stock ABC123"),
    ]
    .into_iter()
    .enumerate()
    {
        let phone = format!("+25078855501{run}");
        // A greeting is answered by the one they get; other messages besides.
        let answers = if words.starts_with("good morning") {
            1
        } else {
            2
        };
        let dev = home.start(&[]).await;
        let sid = dev.write(&phone, words).await;
        match moment {
            Moment::Written => {}
            Moment::Queued => {
                until(async || {
                    let messages = dev.messages().await;
                    let ours = messages.iter().find(|m| m["sid"] == sid.as_str());
                    ours.is_some_and(|m| m["status"] != "sent")
                })
                .await;
            }
            // With both: of one that is just being sent nobody knows for ten minutes.
            Moment::Answered => until(async || dev.heard(&phone).await.len() >= answers).await,
        }
        dev.kill().await;
        let dev = home.start(&[]).await;
        let heard = dev.rests_with(&phone, answers).await;
        assert_eq!(heard.len(), answers, "{moment:?}: {heard:?}");
        assert_eq!(dev.end("TERM").await, Some(0));
    }
}

#[tokio::test]
async fn send_prints_each_answer_once() {
    let home = Home::new();
    let _dev = home.start(&[]).await;
    let words = ["send", "stock ABC123", "--from", "+250 788 555 001"];
    let output = home
        .run(&[&words[..], &["--json", "--provider", "twilio"]].concat())
        .await;
    let printed = text(&output.stdout);
    let answers: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 2, "{printed}{}", text(&output.stderr));
    assert_eq!(answers[1]["phone"], "+250788555001");
    let output = home.run(&["send", "help", "--from", "somebody"]).await;
    let said = text(&output.stderr);
    assert!(said.starts_with("the message was not taken: "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[tokio::test]
async fn aws_writes_the_settings_that_env_shows_masked() {
    let home = Home::new();
    let mut process = home.command(&["aws"]).spawn().unwrap();
    wait_for_line(&mut process, "Ctrl-C ends it").await;
    let written = std::fs::read_to_string(home.folder.path().join(".env.local")).unwrap();
    let revealed = text(&home.run(&["env", "--reveal"]).await.stdout);
    // And the moment of the sample events, which a `cargo dev` is not at.
    let clock = |line: &&str| line.starts_with("LOCAL_CLOCK=");
    assert_eq!(written.lines().filter(clock).count(), 1);
    let lines: Vec<&str> = written.lines().filter(|line| !clock(line)).collect();
    assert_eq!(lines, revealed.lines().collect::<Vec<_>>());
    let dynamodb = format!(
        "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:{}\n",
        home.port + 1
    );
    assert!(revealed.contains(&dynamodb), "{revealed}");
    let masked = text(&home.run(&["env"]).await.stdout);
    for secret in ["local-auth-token", "whsec_", "token-secret", "local-secret"] {
        assert!(revealed.contains(secret), "{secret}");
        assert!(!masked.contains(secret), "{secret} in {masked}");
    }
    assert!(
        masked.contains("AWS_SECRET_ACCESS_KEY=********\n"),
        "{masked}"
    );
    assert_eq!(masked.lines().count(), revealed.lines().count());
    assert!(Path::new(home.folder.path()).join(".countersign").is_dir());
}

#[tokio::test]
async fn the_demo_finds_nothing_off() {
    let home = Home::new();
    let output = home.run(&["demo"]).await;
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{printed}{}", text(&output.stderr));
    assert!(printed.ends_with("Nothing was off.\n"), "{printed}");
    assert!(!printed.contains('\x1b'));
}
