//! Who writes: from a sender as received to the customer and their current thread.

mod resolve;

pub use self::resolve::Resolved;

use aws_sdk_dynamodb::{Client, types::ReturnValue};
use countersign_core::{
    CustomerId, EndpointId, PersonaName, SenderId, Tenant, ThreadId, step::Role,
};

use crate::{
    error::Error,
    item::{Item, get_number, maybe_text, parse, text},
    keys,
    names::{OF, PAST, PERSONA},
};

/// So many names can lead to one another.
const MOST_NAMES: usize = 8;

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
    /// The name they are kept under, which the one looked up may lead to.
    pub sender: SenderId,
    /// How often the name looked up was let go of by who had it: each time it was given to somebody else.
    pub let_go: u64,
}

/// What stands under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// A customer.
    Kept,
    /// Another name, this one.
    Leads(SenderId),
    /// What the company says of whoever writes from it.
    Introduced,
    /// Nothing, or that it was somebody's once.
    Absent,
}

impl Customers {
    /// Customers in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Who `sender` is. A sender that was never seen is a new customer, whose id is derived so
    /// that two turns at once name the same one. One strongly consistent read, and another where the
    /// customer is kept under another name.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn find(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        sender: &SenderId,
    ) -> Result<Alias, Error> {
        let (alias, _) = self.kept(tenant, endpoint, sender).await?;
        Ok(alias)
    }

    async fn kept(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        sender: &SenderId,
    ) -> Result<(Alias, Entry), Error> {
        const WHAT: &str = "looking up a customer";
        let item = self.item(tenant, endpoint, sender).await?;
        let let_go = let_go(&item)?;
        if maybe_text(&item, OF).is_some() {
            let first: SenderId = parse(WHAT, &item, OF)?;
            let (home, item) = self.home(tenant, endpoint, first.clone()).await?;
            let found = Alias {
                let_go,
                ..alias(tenant, endpoint, home, &item)?
            };
            return Ok((found, Entry::Leads(first)));
        }
        let entry = if item.contains_key("customer") || item.contains_key("thread") {
            Entry::Kept
        } else if item.contains_key("role") || item.contains_key("name") {
            Entry::Introduced
        } else {
            Entry::Absent
        };
        Ok((alias(tenant, endpoint, sender.clone(), &item)?, entry))
    }

    /// The name that `name` leads to in the end, and what stands under it: a customer who changed
    /// names more than once may be kept a few names away.
    async fn home(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        name: SenderId,
    ) -> Result<(SenderId, Item), Error> {
        const WHAT: &str = "following a customer's names";
        let mut home = name;
        for _ in 0..MOST_NAMES {
            let item = self.item(tenant, endpoint, &home).await?;
            if maybe_text(&item, OF).is_none() {
                return Ok((home, item));
            }
            home = parse(WHAT, &item, OF)?;
        }
        let why = format!("more than {MOST_NAMES} names lead to one another");
        Err(Error::unreadable(WHAT, why))
    }

    async fn item(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        sender: &SenderId,
    ) -> Result<Item, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::alias(tenant, endpoint, sender).into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk("looking up a customer", error))?;
        Ok(found.item.unwrap_or_default())
    }

    /// Makes someone known by name, role and persona, whether or not they wrote before. Without a
    /// persona they have the default. One write, and another where they are kept under another name.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn introduce(
        &self,
        tenant: &Tenant,
        endpoint: &EndpointId,
        sender: &SenderId,
        name: &str,
        role: Role,
        persona: Option<&PersonaName>,
    ) -> Result<(), Error> {
        const WHAT: &str = "introducing a customer";
        let introduce = async |sender: &SenderId| {
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(keys::alias(tenant, endpoint, sender).into_item()))
                .expression_attribute_names("#name", "name")
                .expression_attribute_names("#role", "role")
                .expression_attribute_names("#persona", PERSONA)
                .expression_attribute_values(":name", text(name))
                .expression_attribute_values(":role", text(word(role)))
                .return_values(ReturnValue::AllNew);
            let update = match persona {
                None => {
                    update.update_expression("SET #name = :name, #role = :role REMOVE #persona")
                }
                Some(persona) => update
                    .update_expression("SET #name = :name, #role = :role, #persona = :persona")
                    .expression_attribute_values(":persona", text(persona.as_str())),
            };
            let updated = update.send().await;
            let updated = updated.map_err(|error| Error::sdk(WHAT, error))?;
            Ok::<Item, Error>(updated.attributes.unwrap_or_default())
        };
        let item = introduce(sender).await?;
        if maybe_text(&item, OF).is_some() {
            let (home, _) = self.home(tenant, endpoint, parse(WHAT, &item, OF)?).await?;
            introduce(&home).await?;
        }
        Ok(())
    }
}

/// What stands under the name a customer is kept under. Who has a name after it was let go of is
/// another customer than who had it before.
fn alias(
    tenant: &Tenant,
    endpoint: &EndpointId,
    sender: SenderId,
    item: &Item,
) -> Result<Alias, Error> {
    const WHAT: &str = "looking up a customer";
    let named = format!("{tenant}/{endpoint}/{sender}");
    let let_go = let_go(item)?;
    let new = match let_go {
        0 => CustomerId::derived(&named),
        past => CustomerId::derived(&format!("{named} after {past}")),
    };
    Ok(Alias {
        customer: match maybe_text(item, "customer") {
            Some(_) => parse(WHAT, item, "customer")?,
            None => new,
        },
        thread: match maybe_text(item, "thread") {
            Some(_) => Some(parse(WHAT, item, "thread")?),
            None => None,
        },
        role: role(item)?,
        name: maybe_text(item, "name").map(str::to_owned),
        // What can't be a persona's name is none: whoever writes is answered all the same.
        persona: maybe_text(item, PERSONA).and_then(|name| name.parse().ok()),
        sender,
        let_go,
    })
}

fn let_go(item: &Item) -> Result<u64, Error> {
    match item.contains_key(PAST) {
        true => get_number("looking up a customer", item, PAST),
        false => Ok(0),
    }
}

pub(crate) fn word(role: Role) -> &'static str {
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
