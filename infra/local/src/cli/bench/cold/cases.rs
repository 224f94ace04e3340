//! What is started, which event it gets first, and what it should keep to.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// So much of a wrong answer is shown, in characters.
const SHOWN: usize = 200;

/// The least a function can be.
pub(super) const BARE: &str = "bare";

/// A function and its first event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    /// The function, which its binary is called too.
    pub(super) function: &'static str,
    /// What the event is called.
    pub(super) event: &'static str,
    /// The sample it is made of, under `events/`.
    sample: &'static str,
    made: Made,
    answer: Answer,
    pub(super) targets: Targets,
}

/// How an event is made of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    AsItIs,
    /// With a token that nobody signed.
    Forged,
}

/// The right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// An HTTP status.
    Status(u16),
    /// No message of the batch failed.
    AllTaken,
    /// None, but no error either.
    Nothing,
}

/// What a function should not go beyond. A first response is the median.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Targets {
    /// The binary's size, in MB.
    pub(super) size_mb: Option<f64>,
    /// From the process's start to the first response, in milliseconds.
    pub(super) first_ms: Option<f64>,
    /// The most memory, in MiB.
    pub(super) peak_mib: Option<f64>,
    /// The first response by that of [`BARE`].
    pub(super) ratio: Option<f64>,
}

impl Targets {
    const NONE: Self = Self {
        size_mb: None,
        first_ms: None,
        peak_mib: None,
        ratio: None,
    };
    const INGRESS: Self = Self {
        size_mb: Some(8.0),
        first_ms: Some(15.0),
        peak_mib: Some(25.0),
        ratio: None,
    };
    /// The bare function calls nobody, so it is what calls nobody that is held against it; a webhook
    /// that is queued waits for SQS besides.
    const INGRESS_ALONE: Self = Self {
        ratio: Some(1.5),
        ..Self::INGRESS
    };
    /// What it has more than ingress are the S3 SDK with its checksum tables, which are never read, the
    /// HTTP client, two providers to send through and what looks at the files they bring.
    const OUTBOUND: Self = Self {
        size_mb: Some(12.0),
        ..Self::INGRESS
    };
    /// It holds the providers of models, an MCP client, the rules' parser, schema validation and
    /// regular expressions. None of it is touched before it is needed: the time is what counts.
    const AGENT: Self = Self {
        size_mb: Some(20.0),
        first_ms: Some(30.0),
        peak_mib: Some(25.0),
        ratio: None,
    };
}

/// In the order in which the sample events tell their day; the bare function comes first.
pub(super) const CASES: [Case; 10] = [
    Case {
        function: BARE,
        event: "a webhook, not looked at",
        sample: "ingress/twilio-text.json",
        made: Made::AsItIs,
        answer: Answer::Status(200),
        targets: Targets::NONE,
    },
    Case {
        function: "ingress",
        event: "a webhook",
        sample: "ingress/twilio-text.json",
        made: Made::AsItIs,
        answer: Answer::Status(200),
        targets: Targets::INGRESS,
    },
    Case {
        function: "ingress",
        event: "a forged webhook",
        sample: "ingress/twilio-forged.json",
        made: Made::AsItIs,
        answer: Answer::Status(403),
        targets: Targets::INGRESS_ALONE,
    },
    Case {
        function: "agent",
        event: "messages of two groups",
        sample: "agent/inbound-two-groups.json",
        made: Made::AsItIs,
        answer: Answer::AllTaken,
        targets: Targets::AGENT,
    },
    Case {
        function: "executor",
        event: "a report to draft",
        sample: "executor/draft.json",
        made: Made::AsItIs,
        answer: Answer::AllTaken,
        targets: Targets::NONE,
    },
    Case {
        function: "outbound",
        event: "messages of two groups",
        sample: "outbound/messages-two-groups.json",
        made: Made::AsItIs,
        answer: Answer::AllTaken,
        targets: Targets::OUTBOUND,
    },
    Case {
        function: "outbound",
        event: "statuses",
        sample: "outbound/statuses.json",
        made: Made::AsItIs,
        answer: Answer::AllTaken,
        targets: Targets::OUTBOUND,
    },
    Case {
        function: "approvals",
        event: "a page to show",
        sample: "approvals/page-show.json",
        made: Made::AsItIs,
        answer: Answer::Status(200),
        targets: Targets::NONE,
    },
    Case {
        function: "approvals",
        event: "a forged link",
        sample: "approvals/page-show.json",
        made: Made::Forged,
        answer: Answer::Status(404),
        targets: Targets::NONE,
    },
    Case {
        function: "clock",
        event: "a tick",
        sample: "clock/schedule.json",
        made: Made::AsItIs,
        answer: Answer::Nothing,
        targets: Targets::NONE,
    },
];

impl Case {
    /// Its event, of the samples' texts by path.
    pub(super) fn event(&self, samples: &BTreeMap<String, String>) -> anyhow::Result<Bytes> {
        let text = samples.get(self.sample);
        let text = text.with_context(|| format!("there is no sample {}", self.sample))?;
        match self.made {
            Made::AsItIs => Ok(Bytes::from(text.clone())),
            Made::Forged => forged(text).map(Bytes::from),
        }
    }

    /// Whether the function answered as it should: a refusal is quicker than work, and would be
    /// taken for it.
    ///
    /// # Errors
    /// With what it answered.
    pub(super) fn check(&self, answer: &[u8]) -> anyhow::Result<()> {
        let right = match self.answer {
            Answer::Status(expect) => status(answer) == Some(expect),
            Answer::AllTaken => failures(answer) == Some(0),
            Answer::Nothing => serde_json::from_slice(answer).ok() == Some(Value::Null),
        };
        ensure!(
            right,
            "{} answered {} with {}, where {:?} is right",
            self.function,
            self.sample,
            beginning(answer),
            self.answer
        );
        Ok(())
    }
}

/// As much of an answer as an error can show.
fn beginning(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let mut beginning: String = text.chars().take(SHOWN).collect();
    if beginning.len() < text.len() {
        beginning.push('…');
    }
    beginning
}

/// The event with a token whose signature is another, wherever the token stands.
fn forged(event: &str) -> anyhow::Result<String> {
    let read: Value = serde_json::from_str(event)?;
    let token = read["pathParameters"]["token"].as_str();
    let token = token.context("the sample has no token to forge")?;
    let (said, signature) = token.split_once('.').context("the token is not signed")?;
    let other: String = signature.chars().rev().collect();
    ensure!(other != signature, "{signature} is the same backwards");
    Ok(event.replace(token, &format!("{said}.{other}")))
}

fn status(answer: &[u8]) -> Option<u16> {
    #[derive(Deserialize)]
    struct Http {
        #[serde(rename = "statusCode")]
        status: u16,
    }
    serde_json::from_slice(answer)
        .ok()
        .map(|Http { status }| status)
}

/// How many messages of a batch are to come again.
fn failures(answer: &[u8]) -> Option<usize> {
    #[derive(Deserialize)]
    struct Batch {
        #[serde(rename = "batchItemFailures")]
        failures: Vec<Value>,
    }
    let batch: Option<Batch> = serde_json::from_slice(answer).ok();
    batch.map(|batch| batch.failures.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::RECIPE;

    #[test]
    fn f5_every_case_is_made_of_a_sample() {
        for case in CASES {
            assert!(RECIPE.contains(&case.sample), "{}", case.sample);
        }
    }

    #[test]
    fn f5_only_the_right_answer_is_measured() {
        let case = |function, event| {
            let of = |case: &&Case| case.function == function && case.event == event;
            *CASES.iter().find(of).unwrap()
        };
        let check = |case: Case, answer: &str, right: bool| {
            assert_eq!(case.check(answer.as_bytes()).is_ok(), right, "{answer}");
        };
        let webhook = case("ingress", "a webhook");
        check(webhook, r#"{"statusCode":200,"headers":{}}"#, true);
        check(webhook, r#"{"statusCode":403,"headers":{}}"#, false);
        check(webhook, "null", false);
        let batch = case("agent", "messages of two groups");
        check(batch, r#"{"batchItemFailures":[]}"#, true);
        let failed = r#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#;
        check(batch, failed, false);
        check(batch, "null", false);
        check(case("clock", "a tick"), "null", true);
        check(case("clock", "a tick"), "{}", false);
    }

    #[test]
    fn f5_a_forged_link_has_another_signature_wherever_it_stands() {
        let event = r#"{"pathParameters":{"token":"said.abc"},"rawPath":"/approvals/said.abc"}"#;
        let expect = r#"{"pathParameters":{"token":"said.cba"},"rawPath":"/approvals/said.cba"}"#;
        assert_eq!(forged(event).unwrap(), expect);
    }
}
