//! The agents that work behind the conversations: they look at the records, and what is found and
//! by whom it was found stands among the alerts. Looking twice finds nothing twice.

use std::collections::BTreeMap;

use countersign_aws::{
    Error,
    business::{Alert, AlertChange, AlertState, Business, Product},
};
use countersign_core::{ContentHash, Sku, Tenant, schedule::Background, tool::Severity};
use jiff::Timestamp;
use tracing::{error, info};

/// What alerts about stock are filed under.
const CATEGORY: &str = "inventory";

/// How many other ids are tried for an alert whose own is somebody else's.
const MOST_IDS: u8 = 16;

/// What a look at the records comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Nothing that nobody was told of.
    Nothing,
    /// Somebody is to be told, of these alerts where it is about alerts.
    Tell(Vec<Alert>),
}

/// The background agents of a company.
#[derive(Debug, Clone)]
pub struct Monitor {
    business: Business,
}

impl Monitor {
    /// Agents over this business.
    pub fn new(business: Business) -> Self {
        Self { business }
    }

    /// Has `agent` look at the records, and says what somebody is to be told, if anything. That is
    /// read from the alerts themselves: a look after a run that broke off finds what that one found.
    /// A query or two, and one conditional write for each alert that changes.
    ///
    /// # Errors
    /// When a call fails; what was written stays, and is found by the next look.
    pub async fn look(
        &self,
        tenant: &Tenant,
        agent: Background,
        now: Timestamp,
    ) -> Result<Look, Error> {
        let mut alerts = match agent {
            Background::InventoryMonitor => self.watch_stock(tenant, now).await?,
            Background::AlertGenerator => self.business.alerts(tenant).await?,
            // What it is to do is the task that follows.
            Background::ReportGenerator => return Ok(Look::Tell(Vec::new())),
        };
        alerts.retain(|alert| {
            let is_its = match agent {
                Background::InventoryMonitor => is_own(alert),
                _ => alert.severity <= Severity::High,
            };
            is_its && alert.state == AlertState::Open && alert.told_at.is_none()
        });
        match alerts.is_empty() {
            true => Ok(Look::Nothing),
            false => Ok(Look::Tell(alerts)),
        }
    }

    /// Records that staff were told of these. One conditional write each; what somebody changed
    /// meanwhile is as they left it.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn told(
        &self,
        tenant: &Tenant,
        alerts: &[Alert],
        now: Timestamp,
    ) -> Result<(), Error> {
        for alert in alerts {
            let told_at = Some(now);
            let told = Alert {
                told_at,
                ..alert.clone()
            };
            self.business
                .change_alert(tenant, Some(alert), &told)
                .await?;
        }
        Ok(())
    }

    /// Raises, worsens and resolves alerts as the stock is; the alerts as they are then.
    async fn watch_stock(&self, tenant: &Tenant, now: Timestamp) -> Result<Vec<Alert>, Error> {
        let products = self.business.products(tenant).await?;
        let mut alerts: BTreeMap<String, Alert> = (self.business.alerts(tenant).await?)
            .into_iter()
            .map(|alert| (alert.id.clone(), alert))
            .collect();
        for product in &products {
            let Some((before, after)) = change(product, &alerts, now) else {
                continue;
            };
            let changed = self.business.change_alert(tenant, before.as_ref(), &after);
            match changed.await? {
                AlertChange::Stored => {
                    info!(alert = after.id, sku = %product.sku, state = ?after.state, "stock watched");
                    alerts.insert(after.id.clone(), after);
                }
                // Somebody saw to it meanwhile: the next look sees how it is then.
                AlertChange::Refused => info!(alert = after.id, "changed meanwhile"),
            }
        }
        Ok(alerts.into_values().collect())
    }
}

/// How a product's alert is and how it is to be; none if it is as it should be.
fn change(
    product: &Product,
    alerts: &BTreeMap<String, Alert>,
    now: Timestamp,
) -> Option<(Option<Alert>, Alert)> {
    let about =
        |alert: &&Alert| alert.about.as_ref() == Some(&product.sku) && alert.category == CATEGORY;
    let units: u64 = product.stock.iter().map(|site| u64::from(site.units)).sum();
    let severity = match units {
        0 => Some(Severity::Critical),
        units if units <= u64::from(product.reorder_point) => Some(Severity::High),
        _ => None,
    };
    let open = alerts
        .values()
        .filter(about)
        .find(|alert| alert.state != AlertState::Resolved);
    match (open, severity) {
        // What people raised is theirs to resolve.
        (Some(alert), _) if !is_own(alert) => None,
        (Some(alert), None) => {
            let state = AlertState::Resolved;
            Some((
                Some(alert.clone()),
                Alert {
                    state,
                    ..alert.clone()
                },
            ))
        }
        (Some(alert), Some(severity)) if severity < alert.severity => Some((
            Some(alert.clone()),
            raised(product, units, severity, alert.id.clone(), now),
        )),
        (Some(_), Some(_)) | (None, None) => None,
        (None, Some(severity)) => {
            let Some((before, id)) = place(&product.sku, alerts) else {
                error!(sku = %product.sku, "ALARM: no id is left for an alert about its stock");
                return None;
            };
            Some((before, raised(product, units, severity, id, now)))
        }
    }
}

/// Where a new alert about `sku` goes: in place of its last one, or under an id that nobody has.
fn place(sku: &Sku, alerts: &BTreeMap<String, Alert>) -> Option<(Option<Alert>, String)> {
    (0..MOST_IDS).find_map(|attempt| {
        let id = short_id(sku, attempt);
        match alerts.get(&id) {
            None => Some((None, id)),
            Some(last) if is_own(last) && last.about.as_ref() == Some(sku) => {
                Some((Some(last.clone()), id))
            }
            Some(_) => None,
        }
    })
}

/// What people type to name it: five characters with a letter and a digit among them, the same for a
/// product every time.
fn short_id(sku: &Sku, attempt: u8) -> String {
    let digest =
        ContentHash::of(format!("{}/{sku}/{attempt}", Background::InventoryMonitor).as_bytes());
    let digits: String = digest.to_string().chars().take(3).collect();
    format!("i{}{digits}", attempt % 10)
}

fn raised(product: &Product, units: u64, severity: Severity, id: String, now: Timestamp) -> Alert {
    let sites: Vec<String> = (product.stock.iter())
        .map(|site| format!("{} {}", site.site, site.units))
        .collect();
    let name = &product.name;
    let title = match severity {
        Severity::Critical => format!("{name} is sold out"),
        _ => format!("{name} is at or below its reorder point"),
    };
    Alert {
        id,
        severity,
        category: CATEGORY.to_owned(),
        title,
        detail: format!(
            "{units} left in all sites ({}); the reorder point is {}. {} delivers in {} days.",
            sites.join(", "),
            product.reorder_point,
            product.supplier,
            product.lead_time_days
        ),
        raised_at: now,
        state: AlertState::Open,
        about: Some(product.sku.clone()),
        raised_by: Some(Background::InventoryMonitor.to_string()),
        told_at: None,
    }
}

fn is_own(alert: &Alert) -> bool {
    alert.raised_by.as_deref() == Some(Background::InventoryMonitor.as_str())
}

#[cfg(test)]
mod tests;
