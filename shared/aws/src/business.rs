//! What the company runs on, as stored: its profile, catalogue, alerts, agents, prices, rules and sales.

mod alerts;
mod policy;

pub use self::{
    alerts::{Alert, AlertChange, AlertState},
    policy::PolicyError,
};

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use countersign_core::{
    Sku, Tenant,
    agent::AgentRow,
    money::PriceList,
    persona::PersonaRow,
    step::Approver,
    tool::{AgentState, SiteStock},
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    error::Error,
    item::{Item, body, get_time, maybe_text, millis, text, with_body},
    keys::{self, Key},
    schedules::Schedules,
    sends::outcome,
};

/// When an agent last worked; beside the body, because the worker writes it.
const LAST_RUN: &str = "last_run";
/// What went wrong then.
const LAST_ERROR: &str = "last_error";

/// How many items one batch write takes.
const BATCH: usize = 25;

/// The business table.
#[derive(Debug, Clone)]
pub struct Business {
    client: Client,
    table: String,
}

/// A company and how it wants to be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name, as customers know it.
    pub company: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA time zone: what "today" means.
    pub time_zone: String,
    /// Who countersigns.
    pub approver: Approver,
    /// Who works here and can be asked by name, by a rule about calls.
    #[serde(default)]
    pub colleagues: Vec<Approver>,
    /// The agent that answers.
    pub agent: String,
    /// Hours there are to decide.
    pub hours_to_decide: u16,
    /// Whether first contacts are greeted. A row from before there was a greeting says nothing, and
    /// nothing new is said to that company's customers until it wants so.
    #[serde(default)]
    pub greet: bool,
    /// The words by which a customer asks to be sent nothing more; the usual ones where it names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opt_out_words: Vec<String>,
    /// The same for being written to again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opt_in_words: Vec<String>,
    /// Its own personas, and what it has edited of the built-in ones. They lie here so that they are
    /// read with the rest, and take no call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<PersonaRow>,
}

/// A product and its stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Stock keeping unit.
    pub sku: Sku,
    /// Its name.
    pub name: String,
    /// What a unit is.
    pub unit: String,
    /// Units by site.
    pub stock: Vec<SiteStock>,
    /// At or below this many over all sites it is to be ordered again.
    pub reorder_point: u32,
    /// Price of a unit.
    pub price: Decimal,
    /// Who delivers it.
    pub supplier: String,
    /// Days from order to delivery.
    pub lead_time_days: u32,
    /// Units that leave on an average day, all sites together, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_use: Option<u32>,
    /// Units kept for the case that more leave, or a delivery is late, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety_stock: Option<u32>,
    /// The day it was last ordered, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reorder: Option<Date>,
    /// When this was written, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// An agent and how it has fared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentRecord {
    /// Its name.
    pub name: String,
    /// What it does, in a few words.
    pub purpose: String,
    /// Whether it works.
    pub state: AgentState,
    /// When it last did.
    pub last_run: Option<Timestamp>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// How it talks, if it does so with a model. Those without one work by rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<AgentRow>,
}

impl From<AgentRow> for AgentRecord {
    /// An agent that has not worked yet.
    fn from(row: AgentRow) -> Self {
        Self {
            name: row.name.clone(),
            purpose: row.description.clone(),
            state: if row.enabled {
                AgentState::Active
            } else {
                AgentState::Disabled
            },
            last_run: None,
            last_error: None,
            row: Some(row),
        }
    }
}

/// A day's sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesDay {
    /// The day, in the company's time zone.
    pub date: Date,
    /// What was sold.
    pub lines: Vec<Sale>,
}

/// What was sold of a product at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// Which product.
    pub sku: Sku,
    /// Its name at the time.
    pub product: String,
    /// Where.
    pub site: String,
    /// How many units.
    pub units: u32,
    /// For how much.
    pub revenue: Decimal,
}

/// Something to store.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// The company.
    Profile(Profile),
    /// A product.
    Product(Product),
    /// An alert.
    Alert(Alert),
    /// An agent.
    Agent(Box<AgentRecord>),
    /// What models cost.
    Prices(PriceList),
    /// A day's sales.
    SalesDay(SalesDay),
}

impl Business {
    /// The business in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The schedules of the same table.
    pub fn schedules(&self) -> Schedules {
        Schedules::new(self.client.clone(), self.table.clone())
    }

    /// The company. One read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn profile(&self, tenant: &Tenant) -> Result<Option<Profile>, Error> {
        self.get(keys::tenant(tenant), "reading a company").await
    }

    /// A product by its SKU. One read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn product(&self, tenant: &Tenant, sku: &Sku) -> Result<Option<Product>, Error> {
        self.get(keys::product(tenant, sku), "reading a product")
            .await
    }

    /// The whole catalogue, by SKU. One query per megabyte, which is some thousand products.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn products(&self, tenant: &Tenant) -> Result<Vec<Product>, Error> {
        let pk = text(format!("{tenant}#catalogue"));
        self.all(pk, None, "reading the catalogue").await
    }

    /// Every agent, by name: those that talk and those that work by rules. One query.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn agents(&self, tenant: &Tenant) -> Result<Vec<AgentRecord>, Error> {
        const WHAT: &str = "reading the agents";
        let pk = text(format!("{tenant}#agents"));
        let items = self.items(pk, None, WHAT).await?;
        items
            .iter()
            .map(|item| {
                let mut agent: AgentRecord = body(WHAT, item)?;
                if item.contains_key(LAST_RUN) {
                    agent.last_run = Some(get_time(WHAT, item, LAST_RUN)?);
                    agent.last_error = maybe_text(item, LAST_ERROR).map(str::to_owned);
                }
                Ok(agent)
            })
            .collect()
    }

    /// What models cost; `None` before the company is seeded. One read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn prices(&self, tenant: &Tenant) -> Result<Option<PriceList>, Error> {
        self.get(keys::prices(tenant), "reading the prices").await
    }

    /// Records that an agent worked, and what went wrong if something did. An older run than the
    /// one on record changes nothing. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn agent_ran(
        &self,
        tenant: &Tenant,
        name: &str,
        at: Timestamp,
        error: Option<&str>,
    ) -> Result<(), Error> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::agent(tenant, name).into_item()))
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(#run) OR #run <= :at)",
            )
            .expression_attribute_names("#run", LAST_RUN)
            .expression_attribute_names("#error", LAST_ERROR)
            .expression_attribute_values(":at", millis(at));
        let update = match error {
            None => update.update_expression("SET #run = :at REMOVE #error"),
            Some(error) => update
                .update_expression("SET #run = :at, #error = :error")
                .expression_attribute_values(":error", text(error)),
        };
        outcome("recording an agent's run", update.send().await).map(drop)
    }

    /// The sales from one day to another, both included. One query per megabyte.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn sales(
        &self,
        tenant: &Tenant,
        from: Date,
        to: Date,
    ) -> Result<Vec<SalesDay>, Error> {
        let first = keys::sales_day(tenant, from);
        let last = keys::sales_day(tenant, to);
        let days = Some((first.sk, last.sk));
        self.all(text(first.pk), days, "reading sales").await
    }

    /// Stores one thing, in place of what was there. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn put(&self, tenant: &Tenant, entry: &Entry) -> Result<(), Error> {
        self.put_item(item(tenant, entry)?).await
    }

    pub(crate) async fn put_item(&self, item: Item) -> Result<(), Error> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| Error::sdk("storing business data", error))?;
        Ok(())
    }

    /// Stores many things. One call for every 25, and for what DynamoDB handed back.
    ///
    /// # Errors
    /// When a call fails; what went before is stored.
    pub async fn put_all(&self, tenant: &Tenant, entries: &[Entry]) -> Result<(), Error> {
        const WHAT: &str = "storing business data";
        for batch in entries.chunks(BATCH) {
            let mut left = batch
                .iter()
                .map(|entry| {
                    let put = PutRequest::builder()
                        .set_item(Some(item(tenant, entry)?))
                        .build()
                        .map_err(|why| Error::unreadable(WHAT, why))?;
                    Ok(WriteRequest::builder().put_request(put).build())
                })
                .collect::<Result<Vec<_>, Error>>()?;
            while !left.is_empty() {
                let answer = self
                    .client
                    .batch_write_item()
                    .set_request_items(Some(HashMap::from([(self.table.clone(), left)])))
                    .send()
                    .await
                    .map_err(|error| Error::sdk(WHAT, error))?;
                left = answer
                    .unprocessed_items
                    .and_then(|mut tables| tables.remove(&self.table))
                    .unwrap_or_default();
            }
        }
        Ok(())
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        key: Key,
        what: &'static str,
    ) -> Result<Option<T>, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.into_item()))
            .send()
            .await
            .map_err(|error| Error::sdk(what, error))?;
        found.item.map(|item| body(what, &item)).transpose()
    }

    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        pk: AttributeValue,
        between: Option<(String, String)>,
        what: &'static str,
    ) -> Result<Vec<T>, Error> {
        let items = self.items(pk, between, what).await?;
        items.iter().map(|item| body(what, item)).collect()
    }

    async fn items(
        &self,
        pk: AttributeValue,
        between: Option<(String, String)>,
        what: &'static str,
    ) -> Result<Vec<Item>, Error> {
        let mut all = Vec::new();
        let mut from: Option<Item> = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.table)
                .expression_attribute_values(":pk", pk.clone())
                .set_exclusive_start_key(from);
            let query = match &between {
                None => query.key_condition_expression("pk = :pk"),
                Some((first, last)) => query
                    .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                    .expression_attribute_values(":first", text(first))
                    .expression_attribute_values(":last", text(last)),
            };
            let page = query
                .send()
                .await
                .map_err(|error| Error::sdk(what, error))?;
            all.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(all);
            }
        }
    }
}

fn item(tenant: &Tenant, entry: &Entry) -> Result<Item, Error> {
    const WHAT: &str = "storing business data";
    match entry {
        Entry::Profile(profile) => with_body(keys::tenant(tenant), WHAT, profile),
        Entry::Product(product) => with_body(keys::product(tenant, &product.sku), WHAT, product),
        Entry::Alert(alert) => with_body(keys::alert(tenant, &alert.id), WHAT, alert),
        Entry::Agent(agent) => with_body(keys::agent(tenant, &agent.name), WHAT, agent),
        Entry::Prices(prices) => with_body(keys::prices(tenant), WHAT, prices),
        Entry::SalesDay(day) => with_body(keys::sales_day(tenant, day.date), WHAT, day),
    }
}
