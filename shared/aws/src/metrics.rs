//! What operators see as metrics without a query: counts by company and number of ours.
//!
//! A count is a line of CloudWatch's embedded metric format on standard output, of which CloudWatch makes
//! a metric by itself: no call, no permission, and no dimension but the two that a company's settings
//! bound. A customer is never one. Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use std::{fmt, io::Write};

use countersign_core::{E164, Tenant, limits::Window};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::MakeWriter,
    layer::{Context, Layer},
};

/// CloudWatch's name for all of ours.
pub const NAMESPACE: &str = "Countersign";

/// What the lines are told under: not part of the log, so that `LOG_LEVEL` leaves them alone.
pub(crate) const TARGET: &str = "countersign_metrics";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Messages that customers sent, each once however often it was delivered.
    MessagesIn,
    /// Messages that a provider took from us.
    MessagesOut,
    /// Messages that were left unanswered, because their sender's window was full.
    OverLimit(Window),
}

impl Metric {
    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::MessagesIn => "MessagesIn",
            Self::MessagesOut => "MessagesOut",
            Self::OverLimit(Window::Minute) => "OverMinuteLimit",
            Self::OverLimit(Window::Day) => "OverDayLimit",
        }
    }
}

/// Counts `many` of a company's on one of its numbers, at `at`.
pub fn count(metric: Metric, many: usize, tenant: &Tenant, number: &E164, at: Timestamp) {
    let line = line(metric, many, tenant, number, at);
    tracing::info!(target: TARGET, line = line.as_str());
}

fn line(metric: Metric, many: usize, tenant: &Tenant, number: &E164, at: Timestamp) -> String {
    let directive = json!({
        "Namespace": NAMESPACE,
        "Dimensions": [["Tenant", "Number"]],
        "Metrics": [{"Name": metric.name(), "Unit": "Count"}],
    });
    let fields = [
        (
            "_aws",
            json!({"Timestamp": at.as_millisecond(), "CloudWatchMetrics": [directive]}),
        ),
        ("Tenant", json!(tenant)),
        ("Number", json!(number)),
        (metric.name(), json!(many)),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Value::Object(Map::from_iter(fields)).to_string()
}

/// Writes the counts, and nothing else.
pub struct Lines<W>(W);

impl<W> Lines<W> {
    /// To where `writer` says.
    pub fn to(writer: W) -> Self {
        Self(writer)
    }
}

/// Whether something that is told is a count.
pub(crate) fn is_count(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if is_count(event.metadata()) {
            event.record(&mut Written(&self.0));
        }
    }
}

struct Written<'a, W>(&'a W);

impl<W: for<'a> MakeWriter<'a>> Visit for Written<'_, W> {
    fn record_str(&mut self, _: &Field, line: &str) {
        // In one piece, so that no other line gets into it. Where it can't be written, nobody listens.
        let line = format!("{line}\n");
        let _ = self.0.make_writer().write_all(line.as_bytes());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const ALL: [Metric; 4] = [
        Metric::MessagesIn,
        Metric::MessagesOut,
        Metric::OverLimit(Window::Minute),
        Metric::OverLimit(Window::Day),
    ];

    fn counted() -> Vec<Value> {
        let (tenant, number) = ("demo".parse().unwrap(), "+14155238886".parse().unwrap());
        let at = "2026-11-20T07:00:00.123Z".parse().unwrap();
        let page = Page::default();
        let writer = page.clone();
        let lines = Lines::to(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::info!(line = "a customer's words", "of the log");
            for (many, metric) in ALL.into_iter().enumerate() {
                count(metric, many + 1, &tenant, &number, at);
            }
        });
        let written = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        let lines = written.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn o9_a_count_is_a_line_of_its_own() {
        let lines = counted();
        assert_eq!(lines.len(), ALL.len());
        assert_eq!(
            lines[0],
            json!({
                "_aws": {
                    "Timestamp": 1_795_158_000_123_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Countersign",
                        "Dimensions": [["Tenant", "Number"]],
                        "Metrics": [{"Name": "MessagesIn", "Unit": "Count"}],
                    }],
                },
                "Tenant": "demo",
                "Number": "+14155238886",
                "MessagesIn": 1,
            })
        );
        let names = [
            "MessagesIn",
            "MessagesOut",
            "OverMinuteLimit",
            "OverDayLimit",
        ];
        for (at, (line, name)) in lines.iter().zip(names).enumerate() {
            assert_eq!(line[name], json!(at + 1), "{line}");
        }
    }

    /// The schema and the rules beside it, of the format's specification.
    #[test]
    fn o9_counts_are_in_the_documented_format() {
        let schema: Value = serde_json::from_str(include_str!("metrics/format.json")).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        for line in counted() {
            assert!(schema.validate(&line).is_ok(), "{line}");
            let mut named = vec!["_aws"];
            for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
                // A dimension is a text beside the directive, at most 1024 characters long.
                for set in directive["Dimensions"].as_array().unwrap() {
                    for dimension in set.as_array().unwrap() {
                        let dimension = dimension.as_str().unwrap();
                        let value = line[dimension].as_str().unwrap();
                        assert!((1..=1024).contains(&value.len()), "{line}");
                        named.push(dimension);
                    }
                }
                // And a metric a number.
                for metric in directive["Metrics"].as_array().unwrap() {
                    let metric = metric["Name"].as_str().unwrap();
                    assert!(line[metric].is_number(), "{line}");
                    named.push(metric);
                }
            }
            // Nothing else is told, and nothing of a customer.
            let mut told: Vec<&str> = line
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            told.sort_unstable();
            named.sort_unstable();
            assert_eq!(told, named);
        }
        let wrong = json!({"_aws": {"Timestamp": "now", "CloudWatchMetrics": []}});
        assert!(schema.validate(&wrong).is_err());
    }
}
