//! What a record says of the message it is about, whoever writes it: one that begins to send, or one
//! that holds.

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, builders::UpdateBuilder},
};
use countersign_core::{E164, message::Outgoing};
use jiff::Timestamp;

use super::SendStatus;
use crate::{
    error::Error,
    item::{Item, maybe_text, millis, number, text},
    schema::{DUE_AT, DUE_SHARD},
};

/// The code a send is or was held under.
pub(super) const HELD: &str = "held";
/// The template it went as.
pub(super) const TEMPLATE: &str = "template";
/// When the customer had last written, as far as was known. As text, because a later message of theirs
/// can be less than a millisecond later.
const WROTE_AT: &str = "wrote_at";

/// What a message is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As<'a> {
    /// As it is.
    Itself,
    /// As the template of this name.
    Template(&'a str),
}

/// An update of a record, by attribute.
pub(super) struct Fields {
    set: Vec<(&'static str, AttributeValue)>,
    remove: Vec<&'static str>,
    attempt: u32,
    token: String,
}

/// Builders of updates, which have the same methods.
pub(super) trait Update: Sized {
    fn expression(self, expression: String) -> Self;
    fn condition(self, expression: &str) -> Self;
    fn name(self, key: String, name: &str) -> Self;
    fn value(self, key: String, value: AttributeValue) -> Self;
}

macro_rules! update {
    ($builder:ty) => {
        impl Update for $builder {
            fn expression(self, expression: String) -> Self {
                self.update_expression(expression)
            }

            fn condition(self, expression: &str) -> Self {
                self.condition_expression(expression)
            }

            fn name(self, key: String, name: &str) -> Self {
                self.expression_attribute_names(key, name)
            }

            fn value(self, key: String, value: AttributeValue) -> Self {
                self.expression_attribute_values(key, value)
            }
        }
    };
}

update!(UpdateItemFluentBuilder);
update!(UpdateBuilder);

impl Fields {
    /// What every record says, in this status and by the run of this `token`.
    pub fn of(
        message: &Outgoing,
        number_of_ours: &E164,
        token: &str,
        status: SendStatus,
        now: Timestamp,
    ) -> Self {
        let mut fields = Self {
            set: Vec::new(),
            remove: vec![DUE_SHARD, DUE_AT],
            attempt: message.attempt,
            token: token.to_owned(),
        };
        fields.set("status", status.as_str());
        fields.put("rank", number(status.rank()));
        fields.set("token", token);
        fields.put("began_at", millis(now));
        fields.put("attempt", number(message.attempt));
        fields.set("thread", message.thread.to_string());
        fields.set("group", message.group.as_str());
        fields.put("commit", number(message.commit));
        fields.set("correlation", message.correlation.0.as_str());
        fields.set("number", number_of_ours.as_str());
        fields
    }

    /// An attribute that is text.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.put(name, text(value));
    }

    /// Another attribute.
    pub fn put(&mut self, name: &'static str, value: AttributeValue) {
        self.set.push((name, value));
    }

    /// An attribute that is not to be there.
    pub fn remove(&mut self, name: &'static str) {
        self.remove.push(name);
    }

    /// It is due then.
    pub fn due(&mut self, shard: String, at: Timestamp) {
        self.remove
            .retain(|name| ![DUE_SHARD, DUE_AT].contains(name));
        self.set(DUE_SHARD, shard);
        self.put(DUE_AT, millis(at));
    }

    /// What a message goes as, and what is known of its window.
    pub fn goes(&mut self, message: &Outgoing, as_what: As<'_>) {
        match as_what {
            As::Itself => self.remove.push(TEMPLATE),
            As::Template(name) => self.set(TEMPLATE, name),
        }
        let window = message.window.as_ref();
        match window.and_then(|window| window.wrote_at) {
            Some(at) => self.set(WROTE_AT, at.to_string()),
            None => self.remove.push(WROTE_AT),
        }
    }

    /// The update, unless the record is further than this try: begun by another run, or done.
    pub fn on<U: Update>(self, update: U) -> U {
        let mut sets: Vec<String> = Vec::new();
        let mut update = update;
        for (name, value) in self.set {
            sets.push(format!("#{name} = :{name}"));
            update = update
                .name(format!("#{name}"), name)
                .value(format!(":{name}"), value);
        }
        for name in &self.remove {
            update = update.name(format!("#{name}"), name);
        }
        let removes: Vec<String> = self.remove.iter().map(|name| format!("#{name}")).collect();
        update
            .expression(format!(
                "SET {}, #tries = if_not_exists(#tries, :none) REMOVE {}",
                sets.join(", "),
                removes.join(", ")
            ))
            .condition(
                "attribute_not_exists(pk) OR (#status = :was_retrying AND #attempt <= :this_attempt) \
                 OR (#status = :was_sending AND #token = :this_token)",
            )
            .name("#tries".to_owned(), "tries")
            .value(":none".to_owned(), number(0))
            .value(":was_retrying".to_owned(), text(SendStatus::Retrying.as_str()))
            .value(":was_sending".to_owned(), text(SendStatus::Sending.as_str()))
            .value(":this_attempt".to_owned(), number(self.attempt))
            .value(":this_token".to_owned(), text(self.token))
    }
}

/// When the customer had last written, as a record has it.
pub(super) fn wrote_at(what: &'static str, item: &Item) -> Result<Option<Timestamp>, Error> {
    maybe_text(item, WROTE_AT)
        .map(|at| at.parse())
        .transpose()
        .map_err(|why| Error::unreadable(what, why))
}
