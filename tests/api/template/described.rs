//! What the template says, in the words of what the code lists.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::document::{FUNCTION, Template, after_stack_name, many, points_at};

/// Functions, tables, queues and mappings.
pub fn resources(template: &Template) -> Value {
    let tables: Map<String, Value> = template
        .of_type("AWS::DynamoDB::Table")
        .map(|(id, it)| (id.trim_end_matches("Table").to_lowercase(), table(it)))
        .collect();
    let tls_only: BTreeSet<&str> = template
        .of_type("AWS::SQS::QueuePolicy")
        .flat_map(|(_, policy)| many(&policy["Properties"]["Queues"]))
        .filter_map(points_at)
        .collect();
    let queues: Map<String, Value> = template
        .of_type("AWS::SQS::Queue")
        .map(|(id, it)| {
            let name = name(template, id).to_owned();
            (name, queue(template, id, it, tls_only.contains(id)))
        })
        .collect();
    let mut mappings = Map::new();
    let mut functions = Map::new();
    for (id, it) in template.of_type(FUNCTION) {
        let name = after_stack_name(&it["Properties"]["FunctionName"]).unwrap_or(id);
        functions.insert(name.to_owned(), function(template, it));
        for (queue, mapping) in sources(template, name, it) {
            mappings.insert(queue, mapping);
        }
    }
    json!({"tables": tables, "queues": queues, "mappings": mappings, "functions": functions})
}

/// The variables of each function, and what each points at.
pub fn variables(template: &Template) -> Value {
    template
        .of_type(FUNCTION)
        .map(|(id, it)| {
            let name = after_stack_name(&it["Properties"]["FunctionName"]).unwrap_or(id);
            let properties = template.properties(it);
            let variables = properties["Environment"]["Variables"].as_object().unwrap();
            let variables: Map<String, Value> = variables
                .iter()
                .map(|(variable, value)| (variable.clone(), given(template, value).into()))
                .collect();
            (name.to_owned(), variables.into())
        })
        .collect::<Map<_, _>>()
        .into()
}

fn given(template: &Template, value: &Value) -> String {
    let value = match &value["Fn::If"] {
        // Where the option is not chosen, it is not given at all.
        Value::Array(either) if points_at(&either[2]) == Some("AWS::NoValue") => &either[1],
        _ => value,
    };
    let resource = points_at(value).filter(|id| {
        template.has(id) || ["ModelsSecret", "ToolSecrets", "TranscriptionSecret"].contains(id)
    });
    let text = value["Fn::Sub"].as_str().unwrap_or_default();
    match resource {
        Some(id) if text.starts_with("secretsmanager:") => format!("a reference to {id}"),
        Some(id) => id.to_owned(),
        None => "a value".to_owned(),
    }
}

fn table(table: &Value) -> Value {
    let properties = &table["Properties"];
    let indexes: Map<String, Value> = many(&properties["GlobalSecondaryIndexes"])
        .into_iter()
        .map(|index| {
            let described = json!({
                "key": key(properties, index),
                "projection": index["Projection"]["ProjectionType"],
            });
            (index["IndexName"].as_str().unwrap().to_owned(), described)
        })
        .collect();
    let expiry = &properties["TimeToLiveSpecification"];
    let recovery = &properties["PointInTimeRecoverySpecification"];
    json!({
        "key": key(properties, properties),
        "indexes": indexes,
        "expires by": if expiry["Enabled"] == true { &expiry["AttributeName"] } else { &Value::Null },
        "billed": properties["BillingMode"],
        "recovered to a point in time": recovery["PointInTimeRecoveryEnabled"],
        "protected": points_at(&properties["DeletionProtectionEnabled"]),
        "kept": [table["DeletionPolicy"], table["UpdateReplacePolicy"]],
    })
}

/// Each part of a key: its name, its place and its type.
fn key(table: &Value, keyed: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    let kind = |name: &Value| {
        let definitions = many(&table["AttributeDefinitions"]);
        let mut named = definitions.iter().filter(|it| it["AttributeName"] == *name);
        named
            .next()
            .map_or("nothing".to_owned(), |it| text(&it["AttributeType"]))
    };
    many(&keyed["KeySchema"])
        .into_iter()
        .map(|part| {
            let name = &part["AttributeName"];
            format!("{} {} {}", text(name), text(&part["KeyType"]), kind(name))
        })
        .collect()
}

fn queue(template: &Template, id: &str, queue: &Value, tls_only: bool) -> Value {
    let properties = &queue["Properties"];
    let mut described = json!({
        "id": id,
        "fifo": properties["FifoQueue"] == true,
        "encrypted": properties["SqsManagedSseEnabled"],
        "over TLS only": tls_only,
    });
    let redrive = &properties["RedrivePolicy"];
    let allows = &properties["RedriveAllowPolicy"];
    if !redrive.is_null() {
        let target = points_at(&redrive["deadLetterTargetArn"]);
        described["visibility"] = properties["VisibilityTimeout"].clone();
        described["receives"] = redrive["maxReceiveCount"].clone();
        described["dead letters"] = target.map(|id| name(template, id)).into();
    }
    if allows["redrivePermission"] == "byQueue" {
        let seconds = properties["MessageRetentionPeriod"]
            .as_u64()
            .unwrap_or_default();
        let sources = many(&allows["sourceQueueArns"]).into_iter();
        described["keeps for days"] = (seconds / 86_400).into();
        described["takes from"] = sources
            .filter_map(|arn| arn["Fn::Sub"].as_str()?.split_once("${AWS::StackName}-"))
            .map(|(_, name)| name)
            .collect();
    }
    described
}

fn name<'a>(template: &'a Template, queue: &'a str) -> &'a str {
    after_stack_name(&template.resource(queue)["Properties"]["QueueName"]).unwrap_or(queue)
}

fn function(template: &Template, function: &Value) -> Value {
    let properties = template.properties(function);
    json!({
        "binary": function["Metadata"]["BuildProperties"]["Binary"],
        "build": function["Metadata"]["BuildMethod"],
        "role": points_at(&properties["Role"]),
        "log": points_at(&properties["LoggingConfig"]["LogGroup"]),
    })
}

/// The queues a function is given messages from.
fn sources(template: &Template, function: &str, resource: &Value) -> Vec<(String, Value)> {
    let properties = template.properties(resource);
    let events = properties["Events"].as_object().into_iter().flatten();
    events
        .filter(|(_, event)| event["Type"] == "SQS")
        .map(|(_, event)| {
            let event = &event["Properties"];
            let queue = points_at(&event["Queue"]).unwrap();
            let described = json!({
                "function": function,
                "batch": event["BatchSize"],
                "answers": event["FunctionResponseTypes"],
                "seconds": properties["Timeout"],
            });
            (name(template, queue).to_owned(), described)
        })
        .collect()
}
