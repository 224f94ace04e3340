//! Who is told when something goes wrong: what the template's alarms watch, and what they do not.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document::{FUNCTION, Template, many, points_at};

/// Nobody is told later than this that messages wait, in seconds.
const LONGEST_WAIT: i64 = 900;

/// What a person must see to begins so; `ALARM` stands in a line of no other kind.
const LINES: &str = "{ $.message = \"ALARM*\" }";

/// What an alarm watches: a metric, of one resource or of all.
struct Watched<'a> {
    namespace: Value,
    metric: &'a str,
    /// The dimension's name, and the resource.
    of: Option<(&'a str, &'a str)>,
}

/// Everything that may go wrong without anybody's being told, each in a sentence.
pub fn missing(template: &Template) -> Vec<String> {
    let mut missing = Vec::new();
    for (id, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let topics = many(&alarm["Properties"]["AlarmActions"]);
        if alarm["Condition"] != "HasAlarms" || !topics.contains(&&json!({"Ref": "AlarmTopic"})) {
            missing.push(format!("{id} tells nobody"));
        }
    }
    let (sources, dead_letters) = queues(template);
    for id in dead_letters {
        if !has_alarm_over(
            template,
            &queue(id, "ApproximateNumberOfMessagesVisible"),
            0,
        ) {
            missing.push(format!("nobody is told of what is in {id}"));
        }
    }
    for id in sources {
        if !has_alarm_over(
            template,
            &queue(id, "ApproximateAgeOfOldestMessage"),
            LONGEST_WAIT,
        ) {
            missing.push(format!("nobody is told when messages wait in {id}"));
        }
    }
    for (id, _) in template.of_type("AWS::ApiGatewayV2::Api") {
        let failed = Watched {
            namespace: "AWS/ApiGateway".into(),
            metric: "5xx",
            of: Some(("ApiId", id)),
        };
        if !has_alarm_over(template, &failed, 0) {
            missing.push(format!("nobody is told when requests to {id} fail"));
        }
    }
    for (id, it) in template.of_type(FUNCTION) {
        let errors = has_alarm_over(template, &function(id, "Errors"), 0);
        if !errors && !is_behind_queue_or_api(template, id, it) {
            missing.push(format!("nobody is told when {id} fails"));
        }
        if !lines_are_told(template, &template.properties(it)) {
            missing.push(format!("nobody is told of the ALARM lines of {id}"));
        }
    }
    for (_, schedule) in template.of_type("AWS::Scheduler::Schedule") {
        let id = points_at(&schedule["Properties"]["Target"]["Arn"]).unwrap_or("?");
        let calls = function(id, "Invocations");
        let ends = |alarm: &Value| {
            alarm["ComparisonOperator"] == "LessThanThreshold"
                && alarm["Threshold"] == 1
                && alarm["TreatMissingData"] == "breaching"
        };
        if !alarms_on(template, &calls).any(ends) {
            missing.push(format!("nobody is told when {id} is called no more"));
        }
    }
    missing
}

/// The queues that functions take from, and those that hold what they gave up.
fn queues(template: &Template) -> (BTreeSet<&str>, BTreeSet<&str>) {
    template
        .of_type("AWS::SQS::Queue")
        .filter_map(|(id, queue)| {
            let redrive = &queue["Properties"]["RedrivePolicy"];
            Some((id, points_at(&redrive["deadLetterTargetArn"])?))
        })
        .unzip()
}

fn queue<'a>(id: &'a str, metric: &'a str) -> Watched<'a> {
    Watched {
        namespace: "AWS/SQS".into(),
        metric,
        of: Some(("QueueName", id)),
    }
}

fn function<'a>(id: &'a str, metric: &'a str) -> Watched<'a> {
    Watched {
        namespace: "AWS/Lambda".into(),
        metric,
        of: Some(("FunctionName", id)),
    }
}

/// Whether what a function fails at is told by another alarm: what a queue gives it becomes a dead
/// letter, and what a request asks of it a 5xx.
fn is_behind_queue_or_api(template: &Template, id: &str, function: &Value) -> bool {
    let events = function["Properties"]["Events"].as_object();
    let takes = events.is_some_and(|events| events.values().any(|it| it["Type"] == "SQS"));
    let mut integrations = template.of_type("AWS::ApiGatewayV2::Integration");
    takes || integrations.any(|(_, it)| points_at(&it["Properties"]["IntegrationUri"]) == Some(id))
}

/// Whether a filter counts the function's ALARM lines, and an alarm watches the count.
fn lines_are_told(template: &Template, function: &Value) -> bool {
    let log = points_at(&function["LoggingConfig"]["LogGroup"]);
    template
        .of_type("AWS::Logs::MetricFilter")
        .map(|(_, filter)| &filter["Properties"])
        .filter(|filter| points_at(&filter["LogGroupName"]) == log)
        .filter(|filter| filter["FilterPattern"] == LINES)
        .flat_map(|filter| many(&filter["MetricTransformations"]))
        .filter(|counted| counted["MetricValue"] == "1")
        .any(|counted| {
            let lines = Watched {
                namespace: counted["MetricNamespace"].clone(),
                metric: counted["MetricName"].as_str().unwrap_or_default(),
                of: None,
            };
            has_alarm_over(template, &lines, 0)
        })
}

/// Whether somebody is told when it rises above `most` at the latest.
fn has_alarm_over(template: &Template, watched: &Watched<'_>, most: i64) -> bool {
    alarms_on(template, watched).any(|alarm| {
        let threshold = alarm["Threshold"].as_i64();
        alarm["ComparisonOperator"] == "GreaterThanThreshold"
            && threshold.is_some_and(|threshold| threshold <= most)
    })
}

/// The properties of the alarms that watch it.
fn alarms_on<'a>(
    template: &'a Template,
    watched: &'a Watched<'_>,
) -> impl Iterator<Item = &'a Value> {
    let alarms = template.of_type("AWS::CloudWatch::Alarm");
    alarms
        .map(|(_, alarm)| &alarm["Properties"])
        .filter(|alarm| {
            let of: Vec<_> = many(&alarm["Dimensions"])
                .into_iter()
                .map(|it| {
                    (
                        it["Name"].as_str().unwrap_or("?"),
                        points_at(&it["Value"]).unwrap_or("?"),
                    )
                })
                .collect();
            alarm["Namespace"] == watched.namespace
                && alarm["MetricName"] == watched.metric
                && of == Vec::from_iter(watched.of)
        })
}
