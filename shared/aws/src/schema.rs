//! The one place that lists tables, keys, indexes, queues and the bucket. `cargo dev` creates
//! from it, and the template is held against it.

/// A table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its logical name; the setting that holds its real one is in [`Table::variable`].
    pub name: &'static str,
    /// The environment variable that names it.
    pub variable: &'static str,
    /// Its indexes.
    pub indexes: &'static [Index],
}

/// A sparse global secondary index: only items with both attributes are in it.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Partition key, a string.
    pub partition: &'static str,
    /// Sort key.
    pub sort: &'static str,
    /// What the sort key is.
    pub sort_type: KeyType,
}

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// A string.
    Text,
    /// A number.
    Number,
}

/// A queue.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    /// Its name; its dead letter queue's is `NAME-dlq`, or `NAME-dlq.fifo`.
    pub name: &'static str,
    /// The environment variable that holds its URL.
    pub variable: &'static str,
    /// Seconds a received message stays invisible: six times the function's timeout.
    pub visibility: u32,
    /// How many messages a function gets at once, at most 10.
    pub batch: u8,
    /// After this many receives a message goes to the dead letter queue. Failed ones are tried
    /// again after at most 30 s, so 40 outlast an outage of a quarter of an hour.
    pub most_receives: u32,
}

impl Queue {
    /// Whether messages of a group keep their order.
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    /// The name of its dead letter queue.
    pub fn dead_letters(&self) -> String {
        match self.name.strip_suffix(".fifo") {
            Some(stem) => format!("{stem}-dlq.fifo"),
            None => format!("{}-dlq", self.name),
        }
    }
}

/// Partition key of every table, a string.
pub const PK: &str = "pk";
/// Sort key of every table, a string.
pub const SK: &str = "sk";
/// The attribute DynamoDB deletes items by, in epoch seconds.
pub const EXPIRES_AT: &str = "expires_at";
/// The shard of an item that is due.
pub const DUE_SHARD: &str = "due_shard";
/// When an item is due, in epoch milliseconds.
pub const DUE_AT: &str = "due_at";
/// The list an item is in.
pub const LIST: &str = "list";
/// Its place in the list.
pub const PLACE: &str = "place";
/// How many shards what is due is spread over.
pub const DUE_SHARDS: u8 = 4;

/// What is due, on every table.
pub const DUE: Index = Index {
    name: "due",
    partition: DUE_SHARD,
    sort: DUE_AT,
    sort_type: KeyType::Number,
};

/// Lists, such as a number's sends or a company's conversations.
pub const LISTS: Index = Index {
    name: "lists",
    partition: LIST,
    sort: PLACE,
    sort_type: KeyType::Text,
};

/// Heads, commits, duplicate markers and send records.
pub const THREADS: Table = Table {
    name: "threads",
    variable: "THREADS_TABLE",
    indexes: &[DUE, LISTS],
};
/// Outputs, decisions, executions and webhook deliveries.
pub const APPROVALS: Table = Table {
    name: "approvals",
    variable: "APPROVALS_TABLE",
    indexes: &[DUE, LISTS],
};
/// Customers and aliases, catalogue, alerts, agents, tools that run elsewhere, schedules, prices, sales,
/// what is spent, breakers, and kept answers.
pub const BUSINESS: Table = Table {
    name: "business",
    variable: "BUSINESS_TABLE",
    indexes: &[DUE, LISTS],
};
/// Every table.
pub const TABLES: [Table; 3] = [THREADS, APPROVALS, BUSINESS];

/// Whatever happens to a thread.
pub const INBOUND: Queue = Queue {
    name: "inbound.fifo",
    variable: "INBOUND_QUEUE_URL",
    visibility: 180,
    most_receives: 40,
    batch: 10,
};
/// WhatsApp messages to send. Two at a time: each may take the provider's ten seconds, and both fit
/// the function's timeout of thirty, so that no call is cut off in the middle.
pub const OUTBOUND: Queue = Queue {
    name: "outbound.fifo",
    variable: "OUTBOUND_QUEUE_URL",
    visibility: 180,
    most_receives: 40,
    batch: 2,
};
/// Delivery statuses to record.
pub const STATUSES: Queue = Queue {
    name: "statuses",
    variable: "STATUSES_QUEUE_URL",
    visibility: 180,
    most_receives: 40,
    batch: 10,
};
/// Approvers' endpoints to call.
pub const WEBHOOKS: Queue = Queue {
    name: "webhooks",
    variable: "WEBHOOKS_QUEUE_URL",
    visibility: 180,
    most_receives: 40,
    batch: 10,
};
/// Reports to make. One at a time, so that one that kills the function
/// takes no other with it.
pub const EXECUTIONS: Queue = Queue {
    name: "executions",
    variable: "EXECUTIONS_QUEUE_URL",
    visibility: 360,
    most_receives: 8,
    batch: 1,
};
/// The same for what is short and somebody waits for, such as what was approved: no report stands
/// before it.
pub const EXPRESS: Queue = Queue {
    name: "executions-express",
    variable: "EXECUTIONS_EXPRESS_QUEUE_URL",
    visibility: 360,
    most_receives: 8,
    batch: 1,
};
/// Every queue.
pub const QUEUES: [Queue; 6] = [INBOUND, OUTBOUND, STATUSES, WEBHOOKS, EXECUTIONS, EXPRESS];

/// The environment variable that names the bucket of generated outputs.
pub const BUCKET_VARIABLE: &str = "OUTPUTS_BUCKET";
