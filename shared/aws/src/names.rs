//! What becomes of a customer's names when a commit is written.
//!
//! A customer is one item of the business table, under the name they were last known by; their other
//! names lead to it. All of it is told by the verified webhook of one endpoint and holds there alone,
//! and a name that is somebody else's is never taken from them.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use countersign_core::{
    CustomerId, E164, EndpointId, PersonaName, SenderId, Tenant, ThreadId, step::Role,
};

use crate::{
    customers::word,
    error::Error,
    item::{number, text},
    keys,
};

/// The attribute that says which name a name leads to.
pub(crate) const OF: &str = "of";
/// The attribute that says as which persona somebody is spoken to.
pub(crate) const PERSONA: &str = "persona";
/// The attribute that counts how often a name was let go of.
pub(crate) const PAST: &str = "past";

/// A change of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameChange {
    /// A free name becomes the one a customer is kept under.
    Take {
        /// The name.
        sender: SenderId,
        /// Whose it is.
        customer: CustomerId,
        /// Their current thread.
        thread: Option<ThreadId>,
        /// What they may do, where that goes with them.
        role: Option<Role>,
        /// The name the company knows them by, where that goes with them.
        name: Option<String>,
        /// As which persona they are spoken to.
        persona: Option<PersonaName>,
    },
    /// A name leads to another from now on.
    Lead {
        /// The name.
        sender: SenderId,
        /// The one the customer is kept under.
        to: SenderId,
        /// What it was found as.
        was: Was,
    },
    /// A name is nobody's any more: who uses it next is a stranger.
    Free {
        /// The name.
        sender: SenderId,
        /// What it was found as.
        was: Was,
    },
}

/// What a name was when it was looked up. A change holds only if it still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Was {
    /// Nobody's.
    Nobodys,
    /// The one a customer is kept under.
    Kept {
        /// Who.
        customer: CustomerId,
        /// Their current thread.
        thread: Option<ThreadId>,
    },
    /// One that leads to another.
    Leading {
        /// Which.
        to: SenderId,
    },
}

impl NameChange {
    /// The name that changes.
    pub fn sender(&self) -> &SenderId {
        match self {
            Self::Take { sender, .. } | Self::Lead { sender, .. } | Self::Free { sender, .. } => {
                sender
            }
        }
    }

    /// The change as a part of the transaction that commits `opened`, the thread that becomes the
    /// customer's current one with it, if one does.
    pub(crate) fn write(
        &self,
        table: &str,
        (tenant, endpoint): (&Tenant, &EndpointId),
        opened: Option<ThreadId>,
    ) -> Result<TransactWriteItem, Error> {
        const WHAT: &str = "changing a customer's names";
        let key = keys::alias(tenant, endpoint, self.sender());
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key.into_item()))
            .expression_attribute_names("#customer", "customer")
            .expression_attribute_names("#of", OF);
        let update = match self {
            Self::Take {
                customer,
                thread,
                role,
                name,
                persona,
                ..
            } => {
                let mut update = update;
                let mut sets = vec!["#customer = :customer"];
                update =
                    update.expression_attribute_values(":customer", text(customer.to_string()));
                if let Some(thread) = opened.or(*thread) {
                    sets.push("#thread = :thread");
                    update = update
                        .expression_attribute_names("#thread", "thread")
                        .expression_attribute_values(":thread", text(thread.to_string()));
                }
                // What the company has said of the name itself stands.
                if let Some(role) = role {
                    sets.push("#role = if_not_exists(#role, :role)");
                    update = update
                        .expression_attribute_names("#role", "role")
                        .expression_attribute_values(":role", text(word(*role)));
                }
                if let Some(name) = name {
                    sets.push("#name = if_not_exists(#name, :name)");
                    update = update
                        .expression_attribute_names("#name", "name")
                        .expression_attribute_values(":name", text(name.clone()));
                }
                if let Some(persona) = persona {
                    sets.push("#persona = if_not_exists(#persona, :persona)");
                    update = update
                        .expression_attribute_names("#persona", PERSONA)
                        .expression_attribute_values(":persona", text(persona.as_str()));
                }
                update
                    .update_expression(format!("SET {}", sets.join(", ")))
                    .condition_expression(NOBODYS)
            }
            Self::Lead { to, was, .. } => was
                .condition(update.expression_attribute_names("#thread", "thread"))
                .update_expression("SET #of = :to REMOVE #customer, #thread")
                .expression_attribute_values(":to", text(to.as_str())),
            Self::Free { was, .. } => was
                .condition(update.expression_attribute_names("#thread", "thread"))
                .expression_attribute_names("#past", PAST)
                .expression_attribute_names("#role", "role")
                .expression_attribute_names("#name", "name")
                .expression_attribute_names("#persona", PERSONA)
                .update_expression(
                    "SET #past = if_not_exists(#past, :none) + :one \
                     REMOVE #customer, #thread, #of, #role, #name, #persona",
                )
                .expression_attribute_values(":none", number(0))
                .expression_attribute_values(":one", number(1)),
        };
        let update = update.build().map_err(|why| Error::unreadable(WHAT, why))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

const NOBODYS: &str = "attribute_not_exists(#customer) AND attribute_not_exists(#of)";

impl Was {
    fn condition(
        &self,
        update: aws_sdk_dynamodb::types::builders::UpdateBuilder,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        match self {
            Self::Nobodys => update.condition_expression(NOBODYS),
            Self::Leading { to } => update
                .condition_expression("#of = :was")
                .expression_attribute_values(":was", text(to.as_str())),
            Self::Kept {
                customer,
                thread: None,
            } => update
                .condition_expression("#customer = :was AND attribute_not_exists(#thread)")
                .expression_attribute_values(":was", text(customer.to_string())),
            Self::Kept {
                thread: Some(thread),
                ..
            } => update
                .condition_expression("#thread = :was AND attribute_not_exists(#of)")
                .expression_attribute_values(":was", text(thread.to_string())),
        }
    }
}

/// Whether a name is a phone number. Numbers are given to others one day, and user ids are not.
pub(crate) fn is_number(name: &SenderId) -> bool {
    name.as_str().parse::<E164>().is_ok()
}
