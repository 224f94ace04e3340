//! The seed goes into the business table, once: what a demo has changed since stays as it is.

use aws_sdk_dynamodb::Client;
use countersign_aws::{
    business::{AgentRecord, Alert, AlertState, Business, Entry, Product, Profile, Sale, SalesDay},
    customers::Customers,
    schedules::Schedules,
};
use countersign_core::{
    E164, SenderId,
    schedule::Schedule,
    step::{Approver, Role},
    tool::{AgentState, Severity, SiteStock},
};
use jiff::Timestamp;

use crate::seed::{self, ScheduleSeed, Seed};

/// Whether a seed was needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeded {
    /// It was stored.
    Now,
    /// The company was there, and stays as it is.
    Before,
}

/// Stores what `seed` has, with dates relative to `now`, unless the company is there already.
///
/// # Errors
/// When a call fails, or the seed has no approver.
pub async fn seed(
    dynamodb: &Client,
    table: &str,
    seed: &Seed,
    now: Timestamp,
) -> anyhow::Result<Seeded> {
    let business = Business::new(dynamodb.clone(), table.to_owned());
    let tenant = &seed.company.tenant;
    if business.profile(tenant).await?.is_some() {
        return Ok(Seeded::Before);
    }
    let customers = Customers::new(dynamodb.clone(), table.to_owned());
    for person in &seed.company.people {
        let sender = sender(&person.number)?;
        let role = match person.role {
            seed::Role::Approver => Role::Approver,
            seed::Role::Staff => Role::Staff,
            seed::Role::Customer => Role::Customer,
        };
        let numbers = [Some(&seed.company.whatsapp), seed.company.meta.as_ref()];
        for number in numbers.into_iter().flatten() {
            let (endpoint, persona) = (&number.endpoint, person.persona.as_ref());
            customers
                .introduce(tenant, endpoint, &sender, &person.name, role, persona)
                .await?;
        }
    }
    let today = seed.company.time_zone.to_datetime(now).date();
    let mut entries: Vec<Entry> = Vec::new();
    entries.extend(
        seed.products
            .iter()
            .map(|product| Entry::Product(stored_product(seed, product, now))),
    );
    entries.extend(
        seed.alerts
            .iter()
            .map(|alert| Entry::Alert(stored_alert(alert, now))),
    );
    entries.extend(
        seed.agents
            .iter()
            .map(|agent| Entry::Agent(Box::new(stored_agent(agent)))),
    );
    entries.extend(
        seed.conversational
            .iter()
            .map(|row| Entry::Agent(Box::new(row.clone().into()))),
    );
    entries.push(Entry::Prices(seed.prices.clone()));
    entries.extend(sales_days(seed, today).into_iter().map(Entry::SalesDay));
    business.put_all(tenant, &entries).await?;
    business.put_policy(tenant, &seed.policy).await?;
    for tool in &seed.tools {
        business.put_remote_tool(tenant, tool).await?;
    }
    for template in &seed.templates {
        business.put_message_template(tenant, template).await?;
    }
    let schedules = Schedules::new(dynamodb.clone(), table.to_owned());
    for row in &seed.schedules {
        schedules.put(tenant, &schedule(seed, row)?, now).await?;
    }
    // The profile comes last: as long as it is not there, a crash in between is made good.
    business
        .put(tenant, &Entry::Profile(profile(seed)?))
        .await?;
    Ok(Seeded::Now)
}

/// A schedule of the company's, at its own number and in its own time zone.
fn schedule(seed: &Seed, row: &ScheduleSeed) -> anyhow::Result<Schedule> {
    let company = &seed.company;
    Ok(Schedule {
        name: row.name.clone(),
        endpoint: company.whatsapp.endpoint.clone(),
        number: company.whatsapp.number.clone(),
        recipient: sender(&row.to)?,
        task: row.task.clone(),
        every: row.every,
        time_zone: company.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        enabled: row.enabled,
        agent: row.agent,
    })
}

pub(crate) fn profile(seed: &Seed) -> anyhow::Result<Profile> {
    let company = &seed.company;
    let approver = company
        .people
        .iter()
        .find(|person| person.role == seed::Role::Approver)
        .ok_or_else(|| anyhow::anyhow!("company.toml: nobody has the role approver"))?;
    Ok(Profile {
        company: company.name.clone(),
        currency: company.currency.clone(),
        time_zone: company.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        approver: Approver {
            name: approver.name.clone(),
            address: sender(&approver.number)?,
        },
        colleagues: colleagues(seed)?,
        agent: "concierge".to_owned(),
        hours_to_decide: 24,
        greet: company.greet,
        opt_out_words: company.opt_out_words.clone(),
        opt_in_words: company.opt_in_words.clone(),
        personas: seed.personas.clone(),
    })
}

/// Who works there, and can be asked.
fn colleagues(seed: &Seed) -> anyhow::Result<Vec<Approver>> {
    let works_here = |person: &&seed::Person| person.role != seed::Role::Customer;
    let people = seed.company.people.iter().filter(works_here);
    people
        .map(|person| {
            Ok(Approver {
                name: person.name.clone(),
                address: sender(&person.number)?,
            })
        })
        .collect()
}

fn sender(number: &E164) -> anyhow::Result<SenderId> {
    Ok(number.as_str().parse()?)
}

fn stored_product(seed: &Seed, product: &seed::Product, now: Timestamp) -> Product {
    let today = seed.company.time_zone.to_datetime(now).date();
    let last_reorder = product
        .reordered_days_ago
        .and_then(|days| today.checked_sub(jiff::Span::new().days(days)).ok());
    Product {
        sku: product.sku.clone(),
        name: product.name.clone(),
        unit: product.unit.clone(),
        stock: seed
            .company
            .sites
            .iter()
            .map(|site| SiteStock {
                site: site.name.clone(),
                units: product.stock.get(&site.id).copied().unwrap_or_default(),
            })
            .collect(),
        reorder_point: product.reorder_point,
        price: product.price,
        supplier: product.supplier.clone(),
        lead_time_days: product.lead_time_days,
        daily_use: product.daily_use,
        safety_stock: product.safety_stock,
        last_reorder,
        updated_at: Some(now),
    }
}

fn stored_alert(alert: &seed::Alert, now: Timestamp) -> Alert {
    Alert {
        id: alert.id.clone(),
        severity: match alert.severity {
            seed::Severity::Critical => Severity::Critical,
            seed::Severity::High => Severity::High,
            seed::Severity::Medium => Severity::Medium,
            seed::Severity::Low => Severity::Low,
        },
        category: alert.category.clone(),
        title: alert.title.clone(),
        detail: alert.detail.clone(),
        raised_at: alert.raised_at(now),
        state: match alert.state {
            seed::AlertState::Open => AlertState::Open,
            seed::AlertState::Acknowledged => AlertState::Acknowledged,
            seed::AlertState::Resolved => AlertState::Resolved,
        },
        about: alert.sku.clone(),
        raised_by: None,
        told_at: None,
    }
}

fn stored_agent(agent: &seed::AgentSeed) -> AgentRecord {
    AgentRecord {
        name: agent.name.clone(),
        purpose: agent.description.clone(),
        state: if agent.enabled {
            AgentState::Active
        } else {
            AgentState::Disabled
        },
        last_run: None,
        last_error: None,
        row: None,
    }
}

fn sales_days(seed: &Seed, today: jiff::civil::Date) -> Vec<SalesDay> {
    let mut days: Vec<SalesDay> = Vec::new();
    for line in seed.sales(today) {
        let site = seed
            .company
            .sites
            .iter()
            .find(|site| site.id == line.site)
            .map_or(line.site, |site| site.name.clone());
        let sale = Sale {
            sku: line.sku,
            product: line.product,
            site,
            units: line.units,
            revenue: line.revenue,
        };
        match days.last_mut() {
            Some(day) if day.date == line.date => day.lines.push(sale),
            _ => days.push(SalesDay {
                date: line.date,
                lines: vec![sale],
            }),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    };
    use countersign_aws::{
        remote_tools::NotStored,
        schema::{PK, SK},
    };

    use super::*;
    use crate::{
        embedded::testing::{dynamo_client, dynamo_in_memory},
        seed::SeedFiles,
    };

    const EXAMPLE: &str = include_str!("../../../seed/tools/example.toml");
    const TABLE: &str = "business";

    /// Without indexes, which nothing here reads.
    async fn create_table(client: &Client) {
        let mut create = client.create_table().table_name(TABLE);
        for (name, kind) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
            let text = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S);
            let key = KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind);
            create = create
                .attribute_definitions(text.build().unwrap())
                .key_schema(key.build().unwrap());
        }
        let create = create.billing_mode(BillingMode::PayPerRequest);
        create.send().await.unwrap();
    }

    #[tokio::test]
    async fn a5_tools_that_run_elsewhere_are_stored_if_they_are_right() {
        let server = dynamo_in_memory().await;
        let client = dynamo_client(server.address());
        create_table(&client).await;
        let business = Business::new(client.clone(), TABLE.to_owned());
        let data = Seed::parse(&SeedFiles {
            tools: &[("tools/example.toml", EXAMPLE)],
            ..SeedFiles::SHIPPED
        });
        let data = data.unwrap();
        let tenant = &data.company.tenant;
        let now = "2026-11-21T08:00:00Z".parse().unwrap();
        seed(&client, TABLE, &data, now).await.unwrap();
        // By name, as they are stored.
        let [orders, courier] = data.tools.as_slice() else {
            panic!("{:?}", data.tools);
        };
        let stored = business.remote_tools(tenant).await.unwrap();
        assert_eq!(stored, [courier.clone(), orders.clone()]);

        let mut changed = orders.clone();
        changed.enabled = true;
        business.put_remote_tool(tenant, &changed).await.unwrap();
        let mut wrong = courier.clone();
        wrong.timeout_seconds = 60;
        let refused = business.put_remote_tool(tenant, &wrong).await;
        assert!(matches!(refused, Err(NotStored::Wrong(_))), "{refused:?}");
        let stored = business.remote_tools(tenant).await.unwrap();
        assert_eq!(stored, [courier.clone(), changed]);
        let other = "somebody-else".parse().unwrap();
        assert_eq!(business.remote_tools(&other).await.unwrap(), []);
    }
}
