//! Who writes: from a sender as received to the customer and their current thread.

use aws_sdk_dynamodb::Client;
use countersign_core::{
    CustomerId, EndpointId, PersonaName, SenderId, Tenant, ThreadId, step::Role,
};

use crate::{
    error::Error,
    item::{Item, maybe_text, parse, text},
    keys,
};

/// The customers' aliases in the business table.
#[derive(Debug, Clone)]
pub struct Customers {
    client: Client,
    table: String,
}

/// One way a customer is named by a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Which customer it is.
    pub customer: CustomerId,
    /// Their current thread, if they ever had one.
    pub thread: Option<ThreadId>,
    /// What they may do.
    pub role: Role,
    /// The name the company knows them by.
    pub name: Option<String>,
    /// As which persona they are spoken to; none is the default.
    pub persona: Option<PersonaName>,
}

impl Customers {
    /// Customers in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Who `sender` is. A sender that was never seen is a new customer, whose id is derived so
    /// that two turns at once name the same one. One strongly consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn find(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        sender: &SenderId,
    ) -> Result<Alias, Error> {
        const WHAT: &str = "looking up a customer";
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::alias(tenant, endpoint, sender).into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        let new = CustomerId::derived(&format!("{tenant}/{endpoint}/{sender}"));
        let Some(item) = found.item else {
            return Ok(Alias {
                customer: new,
                thread: None,
                role: Role::Customer,
                name: None,
                persona: None,
            });
        };
        Ok(Alias {
            customer: match maybe_text(&item, "customer") {
                Some(_) => parse(WHAT, &item, "customer")?,
                None => new,
            },
            thread: match maybe_text(&item, "thread") {
                Some(_) => Some(parse(WHAT, &item, "thread")?),
                None => None,
            },
            role: role(&item)?,
            name: maybe_text(&item, "name").map(str::to_owned),
            // What can't be a persona's name is none: whoever writes is answered all the same.
            persona: maybe_text(&item, "persona").and_then(|name| name.parse().ok()),
        })
    }

    /// Makes someone known by name, role and persona, whether or not they wrote before. Without a
    /// persona they have the default. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn introduce(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        sender: &SenderId,
        name: &str,
        role: Role,
        persona: Option<&PersonaName>,
    ) -> Result<(), Error> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::alias(tenant, endpoint, sender).into_item()))
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#role", "role")
            .expression_attribute_names("#persona", "persona")
            .expression_attribute_values(":name", text(name))
            .expression_attribute_values(":role", text(word(role)));
        let update = match persona {
            None => update.update_expression("SET #name = :name, #role = :role REMOVE #persona"),
            Some(persona) => update
                .update_expression("SET #name = :name, #role = :role, #persona = :persona")
                .expression_attribute_values(":persona", text(persona.as_str())),
        };
        update
            .send()
            .await
            .map_err(|error| Error::sdk("introducing a customer", error))?;
        Ok(())
    }
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Customer => "customer",
        Role::Staff => "staff",
        Role::Approver => "approver",
    }
}

fn role(item: &Item) -> Result<Role, Error> {
    match maybe_text(item, "role") {
        None | Some("customer") => Ok(Role::Customer),
        Some("staff") => Ok(Role::Staff),
        Some("approver") => Ok(Role::Approver),
        Some(other) => Err(Error::unreadable(
            "looking up a customer",
            format!("role: got {other:?}, wants customer, staff or approver"),
        )),
    }
}
