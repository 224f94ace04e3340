//! template.yaml against the code: nothing in one that is not in the other; what its roles allow, as
//! a table; and what it protects, and whom it tells.

mod alarms;
mod breaks;
mod described;
mod document;
mod listed;
mod protections;
mod rights;

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use countersign_local::samples::sorted;
use serde_json::Value;

use self::document::{Template, points_at};

fn source() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join("template.yaml")).unwrap()
}

/// F3: tables, keys, indexes, queues, mappings and functions are those the code lists.
#[test]
fn f3_the_template_holds_what_the_code_lists() {
    let template = Template::parse(&source());
    let drift = drift(&listed::resources(), &described::resources(&template));
    assert!(drift.is_empty(), "\n{}", drift.join("\n"));
}

/// F3: whoever calls over HTTP gets an answer of ours: Twilio waits 15 s and API Gateway 30, and a
/// call of ours to AWS ends before its function does.
#[test]
fn f3_http_functions_end_before_their_callers_give_up() {
    let template = Template::parse(&source());
    let call = countersign_aws::timeouts().operation_timeout().unwrap();
    let own_call = call + countersign_aws::settings::LONGEST_RENEWAL;
    let mut seconds: Vec<(&str, Duration)> = template
        .of_type("AWS::ApiGatewayV2::Integration")
        .map(|(_, integration)| {
            let id = points_at(&integration["Properties"]["IntegrationUri"]).unwrap();
            let timeout = &template.properties(template.resource(id))["Timeout"];
            (id, Duration::from_secs(timeout.as_u64().unwrap()))
        })
        .collect();
    seconds.sort_unstable();
    let [
        ("ApprovalsFunction", approvals),
        ("IngressFunction", ingress),
    ] = seconds[..]
    else {
        panic!("{seconds:?}");
    };
    assert!(own_call < approvals && approvals < Duration::from_secs(30));
    assert!(own_call < ingress && ingress < Duration::from_secs(15));
}

/// F7: a function is given every setting it reads, and no other.
#[test]
fn f7_each_function_is_given_the_settings_it_reads() {
    let template = Template::parse(&source());
    let drift = drift(&listed::variables(), &described::variables(&template));
    assert!(drift.is_empty(), "\n{}", drift.join("\n"));
}

/// F3: who may do what, so that every change of it is seen in review. `UPDATE_EXPECT=1 cargo test
/// --test it template` writes it anew.
#[test]
fn f3_who_may_do_what_is_on_record() {
    let template = Template::parse(&source());
    expect_test::expect_file!["../../docs/rights.md"].assert_eq(&rights::page(&template));
}

/// F3: each right is one action on one resource, or is argued for.
#[test]
fn f3_no_right_is_wider_than_its_use() {
    let wide = rights::wide(&Template::parse(&source()));
    assert!(wide.is_empty(), "\n{}", wide.join("\n"));
}

/// A test of the tests: each of these changes to the template is named, and nothing beside it.
#[test]
fn f3_each_drift_is_named() {
    for (from, to, expect) in [
        (
            "AttributeName: expires_at",
            "AttributeName: expires",
            "tables/threads/expires by: the code has \"expires_at\", the template \"expires\"",
        ),
        (
            "- { AttributeName: sk, KeyType: RANGE }",
            "- { AttributeName: list, KeyType: RANGE }",
            "tables/threads/key: the code has [\"pk HASH S\",\"sk RANGE S\"], the template \
             [\"pk HASH S\",\"list RANGE S\"]",
        ),
        (
            "- IndexName: lists",
            "- IndexName: inventory",
            "tables/threads/indexes/inventory: the code has nothing, the template {\"key\":\
             [\"list HASH S\",\"place RANGE S\"],\"projection\":\"ALL\"}\n\
             tables/threads/indexes/lists: the code has {\"key\":[\"list HASH S\",\
             \"place RANGE S\"],\"projection\":\"ALL\"}, the template nothing",
        ),
        (
            "{ AttributeName: due_at, AttributeType: N }",
            "{ AttributeName: due_at, AttributeType: S }",
            "tables/threads/indexes/due/key: the code has [\"due_shard HASH S\",\
             \"due_at RANGE N\"], the template [\"due_shard HASH S\",\"due_at RANGE S\"]",
        ),
        (
            "Projection: { ProjectionType: ALL }",
            "Projection: { ProjectionType: KEYS_ONLY }",
            "tables/threads/indexes/due/projection: the code has \"ALL\", the template \
             \"KEYS_ONLY\"",
        ),
        (
            "DeletionPolicy: Retain",
            "DeletionPolicy: Delete",
            "tables/threads/kept: the code has [\"Retain\",\"Retain\"], the template \
             [\"Delete\",\"Retain\"]",
        ),
        (
            "PointInTimeRecoveryEnabled: true",
            "PointInTimeRecoveryEnabled: false",
            "tables/threads/recovered to a point in time: the code has true, the template false",
        ),
        (
            "DeletionProtectionEnabled: !Ref DeletionProtection",
            "DeletionProtectionEnabled: false",
            "tables/threads/protected: the code has \"DeletionProtection\", the template nothing",
        ),
        (
            "VisibilityTimeout: 180",
            "VisibilityTimeout: 30",
            "queues/inbound.fifo/visibility: the code has 180, the template 30",
        ),
        (
            "maxReceiveCount: 8",
            "maxReceiveCount: 5",
            "queues/executions/receives: the code has 8, the template 5",
        ),
        (
            "deadLetterTargetArn: !GetAtt StatusesDeadLetters.Arn",
            "deadLetterTargetArn: !GetAtt WebhooksDeadLetters.Arn",
            "queues/statuses/dead letters: the code has \"statuses-dlq\", the template \
             \"webhooks-dlq\"",
        ),
        (
            "${AWS::AccountId}:${AWS::StackName}-webhooks",
            "${AWS::AccountId}:${AWS::StackName}-statuses",
            "queues/webhooks-dlq/takes from: the code has [\"webhooks\"], the template \
             [\"statuses\"]",
        ),
        (
            "        - !Ref ExecutionsDeadLetters\n",
            "",
            "queues/executions-dlq/over TLS only: the code has true, the template false",
        ),
        (
            "BatchSize: 2",
            "BatchSize: 10",
            "mappings/outbound.fifo/batch: the code has 2, the template 10",
        ),
        (
            "FunctionResponseTypes: [ReportBatchItemFailures]",
            "FunctionResponseTypes: []",
            "mappings/inbound.fifo/answers: the code has [\"ReportBatchItemFailures\"], the \
             template []",
        ),
        (
            "Queue: !GetAtt WebhooksQueue.Arn",
            "Queue: !GetAtt WebhooksDeadLetters.Arn",
            "mappings/webhooks: the code has {\"answers\":[\"ReportBatchItemFailures\"],\
             \"batch\":10,\"function\":\"outbound\",\"seconds\":30}, the template nothing\n\
             mappings/webhooks-dlq: the code has nothing, the template {\"answers\":\
             [\"ReportBatchItemFailures\"],\"batch\":10,\"function\":\"outbound\",\"seconds\":30}",
        ),
        (
            "Timeout: 60",
            "Timeout: 61",
            "mappings/executions/seconds: the code has 60, the template 61\n\
             mappings/executions-express/seconds: the code has 60, the template 61",
        ),
        (
            "BuildProperties: { Binary: clock }",
            "BuildProperties: { Binary: agent }",
            "functions/clock/binary: the code has \"clock\", the template \"agent\"",
        ),
        (
            "Role: !GetAtt ClockRole.Arn",
            "Role: !GetAtt AgentRole.Arn",
            "functions/clock/role: the code has \"ClockRole\", the template \"AgentRole\"",
        ),
    ] {
        let template = Template::parse(&source().replacen(from, to, 1));
        let drift = drift(&listed::resources(), &described::resources(&template));
        assert_eq!(drift.join("\n"), expect, "{from}");
    }
}

/// The same of settings.
#[test]
fn f7_each_setting_that_drifts_is_named() {
    for (from, to, expect) in [
        (
            "          SETTLE_SECONDS: !Ref SettleSeconds\n",
            "",
            "agent/SETTLE_SECONDS: the code has \"a value\", the template nothing",
        ),
        (
            "SETTLE_SECONDS: !Ref SettleSeconds",
            "SETTLE_SECONDS: !Ref SettleSeconds\n          EXTRA: 1",
            "agent/EXTRA: the code has nothing, the template \"a value\"",
        ),
        (
            "THREADS_TABLE: !Ref ThreadsTable",
            "THREADS_TABLE: !Ref BusinessTable",
            "agent/THREADS_TABLE: the code has \"ThreadsTable\", the template \"BusinessTable\"",
        ),
        (
            "ENDPOINTS: !Sub secretsmanager:${EndpointsSecret.Id}",
            "ENDPOINTS: '[]'",
            "ingress/ENDPOINTS: the code has \"a reference to EndpointsSecret\", the template \
             \"a value\"",
        ),
    ] {
        let template = Template::parse(&source().replacen(from, to, 1));
        let drift = drift(&listed::variables(), &described::variables(&template));
        assert_eq!(drift.join("\n"), expect, "{from}");
    }
}

/// And of rights.
#[test]
fn f3_each_right_that_is_too_wide_is_named() {
    for (from, to, expect) in [
        (
            "Action: [s3:GetObject, s3:PutObject]",
            "Action: s3:*",
            "ExecutorRole may s3:*, which is not one action",
        ),
        (
            "Resource: !GetAtt InboundQueue.Arn",
            "Resource: \"*\"",
            "AgentRole may sqs:ReceiveMessage on `*`\n\
             AgentRole may sqs:DeleteMessage on `*`\n\
             AgentRole may sqs:GetQueueAttributes on `*`\n\
             AgentRole may sqs:ChangeMessageVisibility on `*`",
        ),
        (
            "Action: [s3:GetObject, s3:PutObject]",
            "Action: [s3:GetObject, s3:DeleteObject]",
            "ExecutorRole may s3:DeleteObject, which nobody may",
        ),
        (
            "${ThreadsTable.Arn}/index/due",
            "${ThreadsTable.Arn}/index/*",
            "ClockRole may dynamodb:Query on `ThreadsTable/index/*`",
        ),
        (
            "      Policies:\n        - PolicyName: clock\n",
            "      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]\n      \
             Policies:\n        - PolicyName: clock\n",
            "ClockRole has managed policies",
        ),
        (
            "      Role: !GetAtt ClockRole.Arn\n",
            "      Role: !GetAtt ClockRole.Arn\n      Policies: [AdministratorAccess]\n",
            "ClockFunction has policies beside its role's",
        ),
    ] {
        let wide = rights::wide(&Template::parse(&source().replacen(from, to, 1)));
        assert_eq!(wide.join("\n"), expect, "{from}");
    }
}

/// Where the two differ, each with its path. Lists are compared whole.
fn drift(code: &Value, template: &Value) -> Vec<String> {
    fn walk(path: &str, code: &Value, template: &Value, drift: &mut Vec<String>) {
        match (code, template) {
            (Value::Object(a), Value::Object(b)) => {
                let names: BTreeMap<&String, ()> =
                    a.keys().chain(b.keys()).map(|n| (n, ())).collect();
                for name in names.into_keys() {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}/{name}")
                    };
                    let side = |side: &serde_json::Map<String, Value>| {
                        side.get(name).cloned().unwrap_or(Value::Null)
                    };
                    walk(&path, &side(a), &side(b), drift);
                }
            }
            (code, template) if code == template => {}
            (code, template) => {
                let said = |value: &Value| match value {
                    Value::Null => "nothing".to_owned(),
                    value => sorted(value.clone()).to_string(),
                };
                drift.push(format!(
                    "{path}: the code has {}, the template {}",
                    said(code),
                    said(template)
                ));
            }
        }
    }
    let mut found = Vec::new();
    walk("", code, template, &mut found);
    found
}
