//! What the code lists, in the words that the template is described in.

use std::{cell::RefCell, collections::BTreeMap};

use countersign_aws::schema::{
    BUCKET_VARIABLE, EXECUTIONS, EXPIRES_AT, EXPRESS, INBOUND, Index, KeyType, OUTBOUND, PK,
    QUEUES, Queue, SK, STATUSES, TABLES, Table, WEBHOOKS,
};
use serde_json::{Map, Value, json};

/// Every function, and what it reads its settings with.
const FUNCTIONS: [(&str, Read); 6] = [
    ("agent", |variable| drop(agent::Settings::read(variable))),
    ("approvals", |variable| {
        drop(approvals::Settings::read(variable))
    }),
    ("clock", |variable| drop(clock::Settings::read(variable))),
    ("executor", |variable| {
        drop(executor::Settings::read(variable))
    }),
    ("ingress", |variable| {
        drop(ingress::Settings::read(variable))
    }),
    ("outbound", |variable| {
        drop(outbound::Settings::read(variable))
    }),
];

/// Whose messages go to which function, as the pump of `cargo dev` does it.
const TAKES: [(Queue, &str); 6] = [
    (INBOUND, "agent"),
    (OUTBOUND, "outbound"),
    (STATUSES, "outbound"),
    (WEBHOOKS, "outbound"),
    (EXECUTIONS, "executor"),
    (EXPRESS, "executor"),
];

/// Read by every `main`, before the settings.
const LOG_LEVEL: &str = "LOG_LEVEL";

/// Read by the extension that fetches secrets, where there is one.
const EXTENSION: [&str; 2] = ["SECRETS_MANAGER_TTL", "SSM_PARAMETER_STORE_TTL"];

/// Settings that hold a secret, and the resource that keeps it.
const SECRETS: [(&str, &str); 6] = [
    ("MODELS", "ModelsSecret"),
    ("TRANSCRIPTION_KEY", "TranscriptionSecret"),
    ("TOOL_SECRETS", "ToolSecrets"),
    ("ENDPOINTS", "EndpointsSecret"),
    ("APPROVAL_TOKEN_SECRET", "ApprovalTokenSecret"),
    ("IDENTITY_SECRET", "IdentitySecret"),
];

type Read = fn(&dyn Fn(&str) -> Option<String>);

/// Functions, tables, queues and mappings.
pub fn resources() -> Value {
    let tables: Map<String, Value> = TABLES
        .iter()
        .map(|t| (t.name.to_owned(), table(t)))
        .collect();
    let mut queues = Map::new();
    for it in QUEUES {
        queues.insert(it.name.to_owned(), queue(&it));
        queues.insert(it.dead_letters(), dead_letters(&it));
    }
    // A queue without a reader would be one that nothing takes from.
    assert_eq!(
        TAKES.map(|(queue, _)| queue.name),
        QUEUES.map(|queue| queue.name)
    );
    let mappings: Map<String, Value> = TAKES
        .iter()
        .map(|(queue, function)| {
            let mapping = json!({
                "function": function,
                "batch": queue.batch,
                "answers": ["ReportBatchItemFailures"],
                "seconds": queue.visibility / 6,
            });
            (queue.name.to_owned(), mapping)
        })
        .collect();
    let functions: Map<String, Value> = FUNCTIONS
        .iter()
        .map(|(name, _)| {
            let id = pascal(name);
            let function = json!({
                "binary": name,
                "build": "rust-cargolambda",
                "role": format!("{id}Role"),
                "log": format!("{id}Log"),
            });
            ((*name).to_owned(), function)
        })
        .collect();
    json!({"tables": tables, "queues": queues, "mappings": mappings, "functions": functions})
}

/// The settings of each function, and what each points at.
pub fn variables() -> Value {
    let mut resources = BTreeMap::from([(BUCKET_VARIABLE, "OutputsBucket".to_owned())]);
    for table in TABLES {
        resources.insert(table.variable, format!("{}Table", pascal(table.name)));
    }
    for queue in QUEUES {
        resources.insert(queue.variable, format!("{}Queue", pascal(stem(queue.name))));
    }
    for (variable, secret) in SECRETS {
        resources.insert(variable, format!("a reference to {secret}"));
    }
    let points_at = |variable: &str| {
        let resource = resources.get(variable).cloned();
        Value::from(resource.unwrap_or_else(|| "a value".to_owned()))
    };
    FUNCTIONS
        .iter()
        .map(|(name, read)| {
            let read = variables_of(*read).into_iter();
            let read: Vec<String> = read.chain([LOG_LEVEL.to_owned()]).collect();
            let has_secrets = SECRETS
                .iter()
                .any(|(secret, _)| read.iter().any(|r| r == secret));
            let extension = EXTENSION.iter().filter(|_| has_secrets);
            let variables: Map<String, Value> = read
                .into_iter()
                .chain(extension.map(|variable| (*variable).to_owned()))
                .map(|variable| (variable.clone(), points_at(&variable)))
                .collect();
            ((*name).to_owned(), variables.into())
        })
        .collect::<Map<_, _>>()
        .into()
}

/// Every variable that is asked for: none is set, and all that are wrong are named at once.
fn variables_of(read: Read) -> Vec<String> {
    let asked = RefCell::new(Vec::new());
    read(&|variable| {
        // Whether AWS is on this machine is the SDK's own setting.
        if !variable.starts_with("AWS_ENDPOINT_URL") {
            asked.borrow_mut().push(variable.to_owned());
        }
        None
    });
    asked.into_inner()
}

fn table(table: &Table) -> Value {
    let indexes: Map<String, Value> = table
        .indexes
        .iter()
        .map(|index| (index.name.to_owned(), self::index(index)))
        .collect();
    json!({
        "key": [format!("{PK} HASH S"), format!("{SK} RANGE S")],
        "indexes": indexes,
        "expires by": EXPIRES_AT,
        "billed": "PAY_PER_REQUEST",
        "recovered to a point in time": true,
        "protected": "DeletionProtection",
        "kept": ["Retain", "Retain"],
    })
}

fn index(index: &Index) -> Value {
    let kind = match index.sort_type {
        KeyType::Text => "S",
        KeyType::Number => "N",
    };
    json!({
        "key": [format!("{} HASH S", index.partition), format!("{} RANGE {kind}", index.sort)],
        "projection": "ALL",
    })
}

fn queue(queue: &Queue) -> Value {
    json!({
        "id": format!("{}Queue", pascal(stem(queue.name))),
        "fifo": queue.is_fifo(),
        "visibility": queue.visibility,
        "receives": queue.most_receives,
        "dead letters": queue.dead_letters(),
        "encrypted": true,
        "over TLS only": true,
    })
}

fn dead_letters(queue: &Queue) -> Value {
    json!({
        "id": format!("{}DeadLetters", pascal(stem(queue.name))),
        "fifo": queue.is_fifo(),
        "takes from": [queue.name],
        "keeps for days": 14,
        "encrypted": true,
        "over TLS only": true,
    })
}

fn stem(queue: &str) -> &str {
    queue.strip_suffix(".fifo").unwrap_or(queue)
}

fn pascal(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let (first, rest) = part.split_at(1);
        first.to_uppercase() + rest
    });
    parts.collect()
}
