//! A report as the executor drafts it, from the seed's sales instead of the stored ones. A test
//! holds it against what the executor does draft.

use anyhow::bail;
use countersign_core::{
    ContentHash,
    message::{Document, Execution, ExecutionResult},
    tool::ToolCall,
};
use executor::report::{Comparison, Heading, Period, SaleLine, SalesReport, Totals, csv, pdf};

use super::AT;
use crate::seed::Seed;

/// A file of the bucket.
#[derive(Debug, Clone)]
pub struct File {
    /// What the document says of it.
    pub document: Document,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A draft: the page for people and the rows for machines.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What was ordered.
    pub order: Execution,
    /// What is sent once it is approved.
    pub page: File,
    /// What stays on record.
    pub rows: File,
}

/// What the seed's company has sold until [`AT`].
pub(super) struct Ledger<'a> {
    seed: &'a Seed,
    sales: Vec<SaleLine>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(seed: &'a Seed) -> Self {
        let company = &seed.company;
        let today = company.time_zone.to_datetime(AT).date();
        let sales = seed.sales(today).into_iter().map(|line| SaleLine {
            date: line.date,
            sku: line.sku.into(),
            product: line.product,
            site: company
                .sites
                .iter()
                .find(|site| site.id == line.site)
                .map_or(line.site, |site| site.name.clone()),
            units: line.units.into(),
            revenue: line.revenue,
        });
        Self {
            seed,
            sales: sales.collect(),
        }
    }

    pub(super) fn draft(&self, order: &Execution) -> anyhow::Result<Draft> {
        let ToolCall::GenerateReport(arguments) = &order.tool else {
            bail!("{} drafts nothing", order.tool.name());
        };
        let company = &self.seed.company;
        let period = Period::new(arguments.from, arguments.to)?;
        let previous = match period.preceding() {
            None => None,
            Some(period) => {
                let total = Totals::of(period, &self.sales)?;
                Some(Comparison { period, total })
            }
        };
        let heading = Heading {
            company: company.name.clone(),
            currency: company.currency.clone(),
            period,
            prepared_at: order.ordered_at.to_zoned(company.time_zone.clone()),
        };
        let report = SalesReport::compile(heading, &self.sales, previous)?;
        Ok(Draft {
            order: order.clone(),
            page: file(period, "pdf", "application/pdf", pdf(&report)?),
            rows: file(period, "csv", "text/csv", csv(&report)),
        })
    }
}

impl Draft {
    pub(super) fn result(&self) -> ExecutionResult {
        ExecutionResult::Drafted {
            asks: None,
            document: self.page.document.clone(),
            rows: self.rows.document.clone(),
        }
    }
}

fn file(period: Period, extension: &str, media_type: &str, bytes: Vec<u8>) -> File {
    let (from, to) = (period.from(), period.to());
    let (stem, title) = if from == to {
        (format!("sales-{from}"), format!("Sales report for {from}"))
    } else {
        (
            format!("sales-{from}-to-{to}"),
            format!("Sales report from {from} to {to}"),
        )
    };
    File {
        document: Document {
            filename: format!("{stem}.{extension}"),
            media_type: media_type.to_owned(),
            content: ContentHash::of(&bytes),
            size: bytes.len() as u64,
            title,
        },
        bytes,
    }
}
