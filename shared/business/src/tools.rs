//! The tools that read: run inside the turn that chose them.

use countersign_aws::{
    Error,
    business::{AlertState, Business, Product},
};
use countersign_core::{
    Tenant,
    tool::{
        AgentLine, AlertCounts, AlertLine, AlertsArguments, InventoryArguments, MOST_ALERTS,
        MOST_MATCHES, StockLine, Supply, ToolCall, ToolOutcome,
    },
};

use crate::catalogue;

/// The tools over a tenant's business data.
#[derive(Debug, Clone)]
pub struct Tools {
    business: Business,
}

impl Tools {
    /// Tools over this business.
    pub fn new(business: Business) -> Self {
        Self { business }
    }

    /// Runs a tool that reads: one read or query. A tool that runs elsewhere fails.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read; nothing was changed.
    pub async fn look(&self, tenant: &Tenant, tool: &ToolCall) -> Result<ToolOutcome, Error> {
        match tool {
            ToolCall::CheckInventory(which) => self.inventory(tenant, which).await,
            ToolCall::ViewAlerts(which) => self.alerts(tenant, which).await,
            ToolCall::AgentStatus => self.agents(tenant).await,
            ToolCall::GenerateReport(_)
            | ToolCall::SendDocument(_)
            | ToolCall::Remote(_)
            | ToolCall::CarryOut(_) => Ok(ToolOutcome::Failed {
                reason: format!("{} is no tool over the company's own data", tool.name()),
            }),
        }
    }

    async fn inventory(
        &self,
        tenant: &Tenant,
        which: &InventoryArguments,
    ) -> Result<ToolOutcome, Error> {
        let found: Vec<Product> = match which {
            InventoryArguments::Sku(sku) => {
                let product = self.business.product(tenant, sku).await?;
                product.into_iter().collect()
            }
            InventoryArguments::Product(name) => {
                catalogue::matching(self.business.products(tenant).await?, name)
            }
        };
        let more = found.len().saturating_sub(MOST_MATCHES) as u32;
        let found = found.into_iter().take(MOST_MATCHES).map(stock).collect();
        Ok(ToolOutcome::Inventory {
            found,
            more,
            took_ms: None,
        })
    }

    async fn alerts(&self, tenant: &Tenant, which: &AlertsArguments) -> Result<ToolOutcome, Error> {
        let mut open: Vec<_> = self.business.alerts(tenant).await?;
        open.retain(|alert| {
            alert.state == AlertState::Open
                && which
                    .severity
                    .is_none_or(|severity| severity == alert.severity)
        });
        open.sort_by(|a, b| {
            (a.severity, b.raised_at, &a.id).cmp(&(b.severity, a.raised_at, &b.id))
        });
        let mut counts = AlertCounts::default();
        open.iter().for_each(|alert| counts.add(alert.severity));
        let more = open.len().saturating_sub(MOST_ALERTS) as u32;
        let alerts = open
            .into_iter()
            .take(MOST_ALERTS)
            .map(|alert| AlertLine {
                id: alert.id,
                severity: alert.severity,
                title: alert.title,
                raised_at: alert.raised_at,
            })
            .collect();
        Ok(ToolOutcome::Alerts {
            alerts,
            more,
            counts: Some(counts),
        })
    }

    async fn agents(&self, tenant: &Tenant) -> Result<ToolOutcome, Error> {
        let schedules = self.business.schedules();
        let (agents, schedules) =
            tokio::try_join!(self.business.agents(tenant), schedules.all(tenant))?;
        let next_run = |name: &str| {
            let own = schedules.iter().filter(|kept| {
                let agent = kept.schedule.agent;
                agent.is_some_and(|agent| agent.as_str() == name)
            });
            own.filter_map(|kept| kept.next_run).min()
        };
        let agents = agents
            .into_iter()
            .map(|agent| AgentLine {
                next_run: next_run(&agent.name),
                name: agent.name,
                purpose: agent.purpose,
                state: agent.state,
                last_run: agent.last_run,
                last_error: agent.last_error,
            })
            .collect();
        Ok(ToolOutcome::Agents { agents })
    }
}

fn stock(product: Product) -> StockLine {
    StockLine {
        sku: product.sku,
        name: product.name,
        unit: product.unit,
        sites: product.stock,
        reorder_point: product.reorder_point,
        supply: Supply {
            lead_time_days: Some(product.lead_time_days),
            daily_use: product.daily_use,
            safety_stock: product.safety_stock,
            last_reorder: product.last_reorder,
            updated_at: product.updated_at,
        },
    }
}
