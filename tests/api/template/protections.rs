//! What the template protects although no code depends on it: nothing else fails when it is gone.

use serde_json::{Value, json};

use super::document::{FUNCTION, Template, many, points_at};

/// Calls of this function are not to be kept from it by any other in the account.
const FIRST: &str = "IngressFunction";

/// The account's own guard against everybody's access, switch by switch.
const NOT_PUBLIC: [&str; 4] = [
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
];

/// Without one there would be nothing to look at. What else is looked at, the code lists.
const NEEDED: [&str; 3] = [
    "AWS::ApiGatewayV2::Stage",
    "AWS::S3::Bucket",
    "AWS::Scheduler::Schedule",
];

/// Conditions that switch protections on: each with its parameter and the value that means "none".
const SWITCHES: [(&str, &str, &str); 2] = [
    ("HasAlarms", "AlarmTopic", ""),
    ("KeepsConcurrency", "IngressConcurrency", "0"),
];

/// Whether something holds, and what is to be said when it does not.
type Rule<'a> = (bool, &'a str);

/// Every protection that is not there, each in a sentence.
pub fn missing(template: &Template) -> Vec<String> {
    let mut missing = Vec::new();
    let gone = NEEDED
        .into_iter()
        .filter(|kind| template.of_type(kind).next().is_none());
    missing.extend(gone.map(|kind| format!("there is no {kind}")));
    for (id, bucket) in template.of_type("AWS::S3::Bucket") {
        missing.extend(broken(id, &bucket_rules(&bucket["Properties"])));
        missing.extend(broken(id, &[stays(bucket)]));
        missing.extend(broken(id, &bucket_policy_rules(template, id)));
        let open = NOT_PUBLIC
            .into_iter()
            .filter(|flag| bucket["Properties"]["PublicAccessBlockConfiguration"][flag] != true);
        missing.extend(open.map(|flag| format!("{id} may become public: {flag} is not on")));
    }
    for (id, policy) in template.of_type("AWS::SQS::QueuePolicy") {
        let mut statements = statements(policy);
        let refused = statements.any(|it| refuses_plain_text(it, "sqs:*"));
        missing.extend(broken(id, &[(refused, "lets in what comes without TLS")]));
    }
    for (id, secret) in template.of_type("AWS::SecretsManager::Secret") {
        // What is generated is generated again; what a person typed in is not.
        if !secret["Properties"]["SecretString"].is_null() {
            missing.extend(broken(id, &[stays(secret)]));
        }
    }
    for (id, log) in template.of_type("AWS::Logs::LogGroup") {
        let days = number(template, &log["Properties"]["RetentionInDays"]);
        missing.extend(broken(id, &[(days.is_some(), "keeps its lines for ever")]));
    }
    for (id, function) in template.of_type(FUNCTION) {
        missing.extend(function_gaps(template, id, &template.properties(function)));
    }
    for (id, schedule) in template.of_type("AWS::Scheduler::Schedule") {
        missing.extend(broken(
            id,
            &schedule_rules(template, &schedule["Properties"]),
        ));
    }
    for (id, stage) in template.of_type("AWS::ApiGatewayV2::Stage") {
        missing.extend(broken(id, &stage_rules(template, &stage["Properties"])));
    }
    let protects = template.parameter("DeletionProtection")["Default"] == "true";
    let unless_told = (protects, "is off unless somebody asks for it");
    missing.extend(broken("DeletionProtection", &[unless_told]));
    for (condition, parameter, none) in SWITCHES {
        let expect = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, none]}]});
        let means_it = *template.condition(condition) == expect;
        let says = format!("does not mean that {parameter} is anything but {none:?}");
        missing.extend(broken(condition, &[(means_it, &says)]));
    }
    missing
}

fn bucket_rules(bucket: &Value) -> Vec<Rule<'static>> {
    let encryption = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"];
    let algorithm = &encryption[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"];
    let owner = &bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"];
    let rules = many(&bucket["LifecycleConfiguration"]["Rules"]);
    let enabled = |has: &dyn Fn(&Value) -> bool| {
        let mut enabled = rules.iter().filter(|rule| rule["Status"] == "Enabled");
        enabled.any(|rule| has(rule))
    };
    let days = |value: &Value| value.as_i64().is_some_and(|days| days > 0);
    vec![
        (
            ["AES256", "aws:kms"].iter().any(|it| algorithm == it),
            "is not encrypted",
        ),
        (
            owner == "BucketOwnerEnforced",
            "may have objects that are not its owner's",
        ),
        (
            bucket["VersioningConfiguration"]["Status"] == "Enabled",
            "keeps no versions",
        ),
        (
            enabled(&|rule| days(&rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])),
            "keeps the remains of uploads for ever",
        ),
        (
            enabled(&|rule| days(&rule["NoncurrentVersionExpiration"]["NoncurrentDays"])),
            "keeps what was deleted for ever",
        ),
        (
            !enabled(&|rule| !rule["ExpirationInDays"].is_null()),
            "forgets what is in use",
        ),
    ]
}

/// It is reached over TLS only, and nothing in it is written over.
fn bucket_policy_rules(template: &Template, bucket: &str) -> Vec<Rule<'static>> {
    let all = json!({"Fn::GetAtt": [bucket, "Arn"]});
    let objects = json!({"Fn::Sub": format!("${{{bucket}.Arn}}/*")});
    let statements: Vec<&Value> = template
        .of_type("AWS::S3::BucketPolicy")
        .filter(|(_, policy)| points_at(&policy["Properties"]["Bucket"]) == Some(bucket))
        .flat_map(|(_, policy)| statements(policy))
        .collect();
    let on = |statement: &Value, what: &Value| many(&statement["Resource"]).contains(&what);
    let over_tls = statements
        .iter()
        .any(|it| refuses_plain_text(it, "s3:*") && on(it, &all) && on(it, &objects));
    let once = statements.iter().any(|it| {
        refuses_everybody(it, "s3:PutObject")
            && on(it, &objects)
            && it["Condition"] == json!({"Null": {"s3:if-none-match": "true"}})
    });
    vec![
        (over_tls, "lets in what comes without TLS"),
        (once, "can be written over"),
    ]
}

fn function_gaps(template: &Template, id: &str, function: &Value) -> Vec<String> {
    let traced = (function["Tracing"] == "Active", "is not traced");
    let mut gaps: Vec<String> = broken(id, &[traced]).collect();
    if id == FIRST {
        let reserve = &function["ReservedConcurrentExecutions"];
        let reserves = *reserve
            == json!({"Fn::If": [
                "KeepsConcurrency",
                {"Ref": "IngressConcurrency"},
                {"Ref": "AWS::NoValue"},
            ]});
        gaps.extend(broken(id, &[(reserves, "keeps no concurrency for itself")]));
    }
    let events = function["Events"].as_object().into_iter().flatten();
    for (event, it) in events.filter(|(_, it)| it["Type"] == "SQS") {
        let most = &it["Properties"]["ScalingConfig"]["MaximumConcurrency"];
        if number(template, most).is_none() {
            gaps.push(format!("{id} may take all concurrency for {event}"));
        }
    }
    gaps
}

fn schedule_rules(template: &Template, schedule: &Value) -> Vec<Rule<'static>> {
    let target = points_at(&schedule["Target"]["Arn"]).unwrap_or_default();
    let function = template.properties(template.resource(target));
    let seconds = function["Timeout"].as_u64();
    vec![
        (target == "ClockFunction", "does not call the clock"),
        (
            schedule["ScheduleExpression"] == "rate(1 minute)",
            "does not call once a minute",
        ),
        (schedule["State"] != "DISABLED", "is switched off"),
        (
            schedule["FlexibleTimeWindow"]["Mode"] == "OFF",
            "calls when it likes",
        ),
        (
            seconds.is_some_and(|seconds| seconds < 60),
            "calls again before the last call has ended",
        ),
        (
            function["EventInvokeConfig"]["MaximumRetryAttempts"] == 0,
            "has a tick that failed repeated beside the next",
        ),
    ]
}

fn stage_rules(template: &Template, stage: &Value) -> Vec<Rule<'static>> {
    let limits = &stage["DefaultRouteSettings"];
    let limited = |name: &str| number(template, &limits[name]).is_some();
    let log = &stage["AccessLogSettings"];
    let format = log["Format"].as_str().unwrap_or_default();
    vec![
        (
            limited("ThrottlingRateLimit") && limited("ThrottlingBurstLimit"),
            "takes any number of requests",
        ),
        (
            points_at(&log["DestinationArn"]).is_some_and(|id| template.has(id)),
            "logs no requests",
        ),
        (
            !format.contains("$context.path"),
            "logs paths, and that of an approval page holds its token",
        ),
    ]
}

/// Whether it outlives the stack and its own replacement.
fn stays(resource: &Value) -> Rule<'static> {
    let stays = |policy: &Value| policy == "Retain" || policy == "RetainExceptOnCreate";
    let kept = stays(&resource["DeletionPolicy"]) && stays(&resource["UpdateReplacePolicy"]);
    (kept, "goes with the stack")
}

/// A number that stands there, or the default of the parameter that does.
fn number(template: &Template, value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let parameter = template.parameter(value["Ref"].as_str()?);
        parameter["Default"].as_i64()
    })
}

fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    many(&policy["Properties"]["PolicyDocument"]["Statement"]).into_iter()
}

fn refuses_everybody(statement: &Value, action: &str) -> bool {
    statement["Effect"] == "Deny" && statement["Principal"] == "*" && statement["Action"] == action
}

fn refuses_plain_text(statement: &Value, action: &str) -> bool {
    refuses_everybody(statement, action)
        && statement["Condition"] == json!({"Bool": {"aws:SecureTransport": "false"}})
}

fn broken(id: &str, rules: &[Rule<'_>]) -> impl Iterator<Item = String> {
    rules
        .iter()
        .filter(|(holds, _)| !holds)
        .map(move |(_, says)| format!("{id} {says}"))
}
