//! Sample events for every function: the files under `events/`, and the seed they speak of.
//!
//! The files are made from the seed and the local secrets, and committed as they are made, so that
//! a change of an envelope, a secret or a signature shows in review. Signatures and deadlines are
//! dated, so the time they hold at, [`AT`], is part of them.

mod agent;
mod approvals;
mod clock;
mod conversation;
mod executor;
mod http;
mod ingress;
mod meta;
mod outbound;
mod report;
mod seeding;
mod sqs;
mod story;

use std::collections::BTreeMap;

use countersign_aws::settings::{ApprovalWebhook, Endpoint};
use countersign_core::{Account, ContentHash, Secret};
use jiff::Timestamp;
use serde_json::Value;

pub use self::{
    conversation::{Conversation, Taken},
    report::{Draft, File},
    seeding::{keep, seed},
    story::{Decided, Released, Story, Subjects},
};
use crate::{seed::Seed, stack::Environment};

/// When the events happen: Friday, 20 November 2026, 07:00:00 UTC.
pub const AT: Timestamp = Timestamp::constant(1_795_158_000, 0);

/// The variable under which the functions, on this machine only, are told that it is [`AT`].
pub const CLOCK_VARIABLE: &str = "LOCAL_CLOCK";

/// Where the events reached us. Twilio signs it.
pub const PUBLIC_URL: &str = "http://127.0.0.1:4000";

/// The order in which the events can be tried one after the other. Each works alone as well; in
/// this order they tell a day from a question to the end of what nobody decided on.
pub const RECIPE: [&str; 20] = [
    "ingress/twilio-text.json",
    "ingress/twilio-report.json",
    "ingress/twilio-status.json",
    "ingress/twilio-forged.json",
    "ingress/meta-challenge.json",
    "ingress/meta-text.json",
    "ingress/meta-many.json",
    "ingress/meta-forged.json",
    "agent/inbound-two-groups.json",
    "executor/draft.json",
    "outbound/messages-two-groups.json",
    "outbound/webhook.json",
    "outbound/statuses.json",
    "approvals/page-show.json",
    "approvals/page-decide.json",
    "approvals/callback-approve.json",
    "approvals/callback-reject.json",
    "agent/decision.json",
    "executor/release.json",
    "clock/schedule.json",
];

/// What events are made from, besides the story: who is called at which endpoint, and the secrets.
struct Local {
    endpoint: Endpoint,
    /// The company's number at Meta.
    at_meta: Endpoint,
    approval: ApprovalWebhook,
    token_secret: Secret,
    region: String,
}

/// The text of every file, by its path under `events/`.
///
/// # Errors
/// When the seed has too few people, or a setting is wrong.
pub fn files(seed: &Seed, environment: &Environment) -> anyhow::Result<BTreeMap<String, String>> {
    let local = Local::of(environment)?;
    let story = Story::tell(seed)?;
    let events = ingress::events(&local, &story)?
        .into_iter()
        .chain(meta::events(&local, &story)?)
        .chain(approvals::events(&local, &story)?)
        .chain(agent::events(&local, &story)?)
        .chain(executor::events(&local, &story)?)
        .chain(outbound::events(&local, &story)?)
        .chain(clock::events(&local));
    events
        .map(|(path, event)| {
            let text = serde_json::to_string_pretty(&sorted(event))?;
            Ok((path.to_owned(), text + "\n"))
        })
        .collect()
}

impl Local {
    fn of(environment: &Environment) -> anyhow::Result<Self> {
        let settings = ::outbound::Settings::read(&|name| environment.get(name))?;
        let mut endpoints = settings.endpoints.into_iter();
        let endpoint = endpoints.next();
        let endpoint = endpoint.ok_or_else(|| anyhow::anyhow!("ENDPOINTS: there is none"))?;
        let at_meta = endpoints.find(|it| matches!(it.account, Account::Meta { .. }));
        let approval = endpoint.approval.clone();
        Ok(Self {
            approval: approval
                .ok_or_else(|| anyhow::anyhow!("ENDPOINTS: there is no approval_secret"))?,
            endpoint,
            at_meta: at_meta.ok_or_else(|| anyhow::anyhow!("ENDPOINTS: none is at Meta"))?,
            token_secret: settings.token_secret,
            region: environment.get("AWS_REGION").unwrap_or_default(),
        })
    }
}

/// Keys in one order, whichever maps and features `serde_json` was built with.
pub fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields.into_iter().collect();
            let sorted = fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)));
            Value::Object(sorted.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// 32 hex digits that stand where a program would have taken random ones: always the same for
/// the same thing.
fn token(thing: &str) -> String {
    let digest = ContentHash::of(format!("sample/{thing}").as_bytes()).to_string();
    digest.chars().take(32).collect()
}

/// The same as a UUID.
fn uuid(thing: &str) -> String {
    let bytes = u128::from_str_radix(&token(thing), 16).unwrap_or_default();
    uuid::Builder::from_random_bytes(bytes.to_be_bytes())
        .into_uuid()
        .to_string()
}
