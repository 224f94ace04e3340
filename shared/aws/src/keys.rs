//! Every key there is. None can be built without a tenant.

use countersign_core::{
    ContentHash, CustomerId, E164, EndpointId, MessageRef, OutputId, SenderId, Sku, Tenant,
    ThreadId, breaker::Subject, message::CauseKey,
};

use crate::schema::DUE_SHARDS;

/// The two halves of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    fn new(tenant: &Tenant, pk: impl std::fmt::Display, sk: impl Into<String>) -> Self {
        Self {
            pk: format!("{tenant}#{pk}"),
            sk: sk.into(),
        }
    }
}

/// The head sorts after every commit, so a newest-first query finds it first.
pub(crate) fn head(tenant: &Tenant, thread: ThreadId) -> Key {
    Key::new(tenant, format_args!("thread#{thread}"), "head")
}

pub(crate) fn commit(tenant: &Tenant, thread: ThreadId, number: u64) -> Key {
    Key::new(
        tenant,
        format_args!("thread#{thread}"),
        format!("c#{number:010}"),
    )
}

pub(crate) fn marker(tenant: &Tenant, cause: &CauseKey) -> Key {
    Key::new(tenant, format_args!("marker#{}", cause.as_str()), "marker")
}

pub(crate) fn send(tenant: &Tenant, reference: MessageRef) -> Key {
    Key::new(tenant, format_args!("send#{reference}"), "send")
}

/// The partition of all that is held until a customer writes to this number of ours.
pub(crate) fn waits(tenant: &Tenant, customer: CustomerId, number: &E164) -> String {
    format!("{tenant}#waits#{customer}#{number}")
}

pub(crate) fn number(tenant: &Tenant, number: &E164) -> Key {
    Key::new(tenant, format_args!("number#{number}"), "number")
}

pub(crate) fn alias(tenant: &Tenant, endpoint: &EndpointId, sender: &SenderId) -> Key {
    Key::new(tenant, format_args!("alias#{endpoint}#{sender}"), "alias")
}

pub(crate) fn tenant(tenant: &Tenant) -> Key {
    Key::new(tenant, "tenant", "tenant")
}

pub(crate) fn product(tenant: &Tenant, sku: &Sku) -> Key {
    Key::new(tenant, "catalogue", format!("product#{sku}"))
}

pub(crate) fn alert(tenant: &Tenant, id: &str) -> Key {
    Key::new(tenant, "alerts", format!("alert#{id}"))
}

pub(crate) fn agent(tenant: &Tenant, name: &str) -> Key {
    Key::new(tenant, "agents", format!("agent#{name}"))
}

/// The partition of all of a company's tools that run elsewhere.
pub(crate) fn remote_tools(tenant: &Tenant) -> String {
    format!("{tenant}#tools")
}

pub(crate) fn remote_tool(tenant: &Tenant, name: &str) -> Key {
    Key {
        pk: remote_tools(tenant),
        sk: format!("tool#{name}"),
    }
}

/// The partition of all of a company's registered templates.
pub(crate) fn templates(tenant: &Tenant) -> String {
    format!("{tenant}#templates")
}

pub(crate) fn template(tenant: &Tenant, name: &str) -> Key {
    Key {
        pk: templates(tenant),
        sk: format!("template#{name}"),
    }
}

/// The partition of all of a company's schedules.
pub(crate) fn schedules(tenant: &Tenant) -> String {
    format!("{tenant}#schedules")
}

pub(crate) fn schedule(tenant: &Tenant, name: &str) -> Key {
    Key {
        pk: schedules(tenant),
        sk: format!("schedule#{name}"),
    }
}

/// The name of the schedule with this sort key.
pub(crate) fn schedule_name(sk: &str) -> Option<&str> {
    sk.strip_prefix("schedule#")
}

pub(crate) fn prices(tenant: &Tenant) -> Key {
    Key::new(tenant, "prices", "prices")
}

pub(crate) fn policy(tenant: &Tenant) -> Key {
    Key::new(tenant, "policy", "policy")
}

pub(crate) fn sales_day(tenant: &Tenant, day: jiff::civil::Date) -> Key {
    Key::new(tenant, "sales", format!("day#{day}"))
}

/// The partition of all of a company's breakers.
pub(crate) fn breakers(tenant: &Tenant) -> String {
    format!("{tenant}#breakers")
}

pub(crate) fn breaker(tenant: &Tenant, subject: &Subject) -> Key {
    Key {
        pk: breakers(tenant),
        sk: format!("breaker#{subject}"),
    }
}

/// What the breaker with this sort key stands before.
pub(crate) fn breaker_subject(sk: &str) -> Option<&str> {
    sk.strip_prefix("breaker#")
}

/// A partition for each answer: they are only ever read one at a time.
pub(crate) fn kept_answer(tenant: &Tenant, key: &ContentHash) -> Key {
    Key::new(tenant, format_args!("answer#{key}"), "answer")
}

pub(crate) fn spend(tenant: &Tenant, day: jiff::civil::Date) -> Key {
    Key::new(tenant, "spend", format!("day#{day}"))
}

pub(crate) fn output(tenant: &Tenant, output: OutputId) -> Key {
    Key::new(tenant, format_args!("output#{output}"), "state")
}

pub(crate) fn act(tenant: &Tenant, output: OutputId, version: u32) -> Key {
    Key::new(
        tenant,
        format_args!("output#{output}"),
        format!("act#{version:010}"),
    )
}

/// The shard of the due index that `seed` falls into.
pub(crate) fn due_shard(seed: &str) -> String {
    let sum = seed.bytes().fold(0_u8, |sum, byte| sum.wrapping_add(byte));
    due_shard_name(sum % DUE_SHARDS)
}

pub(crate) fn due_shard_name(shard: u8) -> String {
    format!("due#{shard}")
}
