//! Drafting a report: it is stored and nothing is sent, so nobody is asked.

use countersign_aws::{Error, business::SalesDay};
use countersign_core::{
    Tenant,
    message::{Document, Execution, ExecutionResult},
    tool::{ReportArguments, ReportKind},
};
use jiff::tz::TimeZone;

use crate::{
    Executor, NotDone,
    report::{Comparison, Heading, Period, SaleLine, SalesReport, Totals, csv, pdf},
};

/// The agent that reports are made in the name of.
const WORKER: &str = "report_generator";

impl Executor {
    pub(crate) async fn draft(
        &self,
        order: &Execution,
        report: &ReportArguments,
    ) -> Result<(), NotDone> {
        let made = match report.kind {
            ReportKind::Sales => self.sales_report(order, report).await,
        };
        let failure = made.as_ref().err().map(ToString::to_string);
        self.business
            .agent_ran(&order.tenant, WORKER, self.clock.now(), failure.as_deref())
            .await?;
        let (document, rows) = made?;
        let result = ExecutionResult::Drafted {
            document,
            rows,
            asks: report.asks.clone(),
        };
        self.report(order, result).await?;
        Ok(())
    }

    /// One page for people, and beside it the rows for machines, which stay on record.
    async fn sales_report(
        &self,
        order: &Execution,
        report: &ReportArguments,
    ) -> Result<(Document, Document), NotDone> {
        let tenant = &order.tenant;
        let never = |why: &dyn std::fmt::Display| NotDone::Never(why.to_string());
        let profile = self
            .business
            .profile(tenant)
            .await?
            .ok_or_else(|| NotDone::Never(format!("{tenant} has no profile")))?;
        let zone = TimeZone::get(&profile.time_zone).map_err(|why| never(&why))?;
        let period = Period::new(report.from, report.to).map_err(|why| never(&why))?;
        let sales = self.sales(tenant, period).await?;
        let previous = match period.preceding() {
            None => None,
            Some(period) => {
                let sales = self.sales(tenant, period).await?;
                let total = Totals::of(period, &sales).map_err(|why| never(&why))?;
                Some(Comparison { period, total })
            }
        };
        let heading = Heading {
            company: profile.company,
            currency: profile.currency,
            period,
            // The time of the order, not of this try: a second try makes the same bytes.
            prepared_at: order.ordered_at.to_zoned(zone),
        };
        let report = SalesReport::compile(heading, &sales, previous).map_err(|why| never(&why))?;
        let page = pdf(&report).map_err(|why| never(&why))?;
        let rows = self.store(tenant, period, "csv", "text/csv", csv(&report));
        let rows = rows.await?;
        let page = self.store(tenant, period, "pdf", "application/pdf", page);
        Ok((page.await?, rows))
    }

    async fn store(
        &self,
        tenant: &Tenant,
        period: Period,
        extension: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<Document, Error> {
        let size = bytes.len() as u64;
        Ok(Document {
            filename: format!("{}.{extension}", stem(period)),
            media_type: media_type.to_owned(),
            content: self.bucket.put(tenant, bytes, media_type).await?,
            size,
            title: title(period),
        })
    }

    async fn sales(&self, tenant: &Tenant, period: Period) -> Result<Vec<SaleLine>, Error> {
        let days = self
            .business
            .sales(tenant, period.from(), period.to())
            .await?;
        Ok(days.into_iter().flat_map(lines).collect())
    }
}

fn lines(day: SalesDay) -> impl Iterator<Item = SaleLine> {
    let date = day.date;
    day.lines.into_iter().map(move |sale| SaleLine {
        date,
        sku: sale.sku.into(),
        product: sale.product,
        site: sale.site,
        units: sale.units.into(),
        revenue: sale.revenue,
    })
}

fn title(period: Period) -> String {
    if period.from() == period.to() {
        format!("Sales report for {}", period.from())
    } else {
        format!("Sales report from {} to {}", period.from(), period.to())
    }
}

fn stem(period: Period) -> String {
    if period.from() == period.to() {
        format!("sales-{}", period.from())
    } else {
        format!("sales-{}-to-{}", period.from(), period.to())
    }
}
