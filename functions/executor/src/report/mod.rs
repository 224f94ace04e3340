//! The sales report: sale lines come in, one [`SalesReport`] goes out, rendered as PDF or CSV.
//!
//! Everything here is a pure function of its arguments. Approvers bind to the SHA-256 of the
//! rendered file, so the same report gives the same bytes, in any process and at any time.

mod chart;
mod csv;
mod money;
mod pdf;
mod sheet;
mod text;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use rust_decimal::Decimal;

pub use self::csv::csv;
pub use self::money::format_money;
pub use self::pdf::{PdfError, pdf};

/// The longest period one report covers, in days (ten years).
pub const LONGEST_PERIOD_DAYS: u32 = 3_660;

/// How many products a report names.
pub const TOP_PRODUCTS: usize = 10;

/// What was sold of one product at one site on one day, as the point of sale recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleLine {
    /// The business day of the sale, in the company's time zone.
    pub date: Date,
    /// The product's stock-keeping unit; it identifies the product.
    pub sku: String,
    /// The product's name as people read it.
    pub product: String,
    /// The shop or warehouse that sold it.
    pub site: String,
    /// Units sold.
    pub units: u64,
    /// Revenue in the report's currency, in major units; negative when refunds outweigh sales.
    pub revenue: Decimal,
}

/// The days a report covers, both ends included; never empty, never over [`LONGEST_PERIOD_DAYS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// The days from `from` to `to`, both included.
    ///
    /// # Errors
    /// [`ReportError::Period`] when `to` is before `from` or the period is too long.
    pub fn new(from: Date, to: Date) -> Result<Self, ReportError> {
        let period = Self { from, to };
        if from <= to && period.days() <= LONGEST_PERIOD_DAYS {
            Ok(period)
        } else {
            Err(ReportError::Period { from, to })
        }
    }

    /// The first day.
    pub fn from(&self) -> Date {
        self.from
    }

    /// The last day, included.
    pub fn to(&self) -> Date {
        self.to
    }

    /// How many days the period has, at least 1.
    pub fn days(&self) -> u32 {
        let nights = self.to.duration_since(self.from).as_hours() / 24;
        u32::try_from(nights).unwrap_or(0).saturating_add(1)
    }

    /// Whether `date` lies in the period.
    pub fn contains(&self, date: Date) -> bool {
        (self.from..=self.to).contains(&date)
    }

    /// As many days as this period has, ending the day before it begins: what "compared with the
    /// previous period" means. `None` only at the beginning of the calendar.
    pub fn preceding(&self) -> Option<Self> {
        let from = self.from.checked_sub(i64::from(self.days()).days()).ok()?;
        let to = self.from.yesterday().ok()?;
        Some(Self { from, to })
    }
}

/// What stands at the head of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// The company's name.
    pub company: String,
    /// ISO 4217 code of every amount in the report, e.g. `RWF`.
    pub currency: String,
    /// The days covered.
    pub period: Period,
    /// When the report was prepared, in the company's time zone.
    pub prepared_at: Zoned,
}

/// Units and revenue of any set of sales.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Units sold.
    pub units: u64,
    /// Revenue in major units of the report's currency.
    pub revenue: Decimal,
}

impl Totals {
    /// The sum of the lines that fall in `period`.
    ///
    /// # Errors
    /// [`ReportError::TooLarge`] when the sum cannot be held exactly.
    pub fn of(period: Period, sales: &[SaleLine]) -> Result<Self, ReportError> {
        let mut total = Self::default();
        for sale in sales.iter().filter(|sale| period.contains(sale.date)) {
            total.add(sale)?;
        }
        Ok(total)
    }

    fn add(&mut self, sale: &SaleLine) -> Result<(), ReportError> {
        let sum = self.units.checked_add(sale.units);
        self.units = sum.ok_or(ReportError::TooLarge { date: sale.date })?;
        let sum = exact_sum(self.revenue, sale.revenue);
        self.revenue = sum.ok_or(ReportError::TooLarge { date: sale.date })?;
        Ok(())
    }
}

/// The totals of another period, against which a report's own are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The days compared with, usually [`Period::preceding`].
    pub period: Period,
    /// What was sold in them.
    pub total: Totals,
}

/// One site's part of the sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteLine {
    /// The site's name.
    pub site: String,
    /// What it sold.
    pub total: Totals,
}

/// One product's part of the sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductLine {
    /// Its stock-keeping unit.
    pub sku: String,
    /// Its name.
    pub product: String,
    /// What was sold of it, over all sites.
    pub total: Totals,
}

/// One day's sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLine {
    /// The day.
    pub date: Date,
    /// What was sold on it.
    pub total: Totals,
}

/// What a sales report says; [`pdf`] and [`csv`] write it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesReport {
    /// Whose sales, in which currency, over which days.
    pub heading: Heading,
    /// Everything sold in the period.
    pub total: Totals,
    /// What the period is compared with; `None` when there is nothing to compare.
    pub previous: Option<Comparison>,
    /// Every site that has a line, highest revenue first, then by name.
    pub by_site: Vec<SiteLine>,
    /// At most [`TOP_PRODUCTS`], highest revenue first, then by name, then by SKU.
    pub top_products: Vec<ProductLine>,
    /// One entry for every day of the period in order, days without sales included.
    pub by_day: Vec<DayLine>,
    /// One entry per day, site and SKU, in that order: the lines the sums are made of.
    pub lines: Vec<SaleLine>,
}

impl SalesReport {
    /// Folds raw sale lines, in any order, into the report on the heading's period.
    ///
    /// Lines of other days are left out, so one query may serve this period and the previous one.
    /// Lines of the same day, site and SKU become one. A product goes by the name on its latest
    /// sale; where that day has several, by the first of them in alphabetical order.
    ///
    /// # Errors
    /// [`ReportError::TooLarge`] when a sum cannot be held exactly.
    pub fn compile(
        heading: Heading,
        sales: &[SaleLine],
        previous: Option<Comparison>,
    ) -> Result<Self, ReportError> {
        let period = heading.period;
        let names = product_names(period, sales);
        let mut total = Totals::default();
        let mut sites = BTreeMap::<&str, Totals>::new();
        let mut products = BTreeMap::<&str, Totals>::new();
        let mut days: BTreeMap<Date, Totals> = period
            .from
            .series(1.day())
            .take_while(|date| *date <= period.to)
            .map(|date| (date, Totals::default()))
            .collect();
        let mut lines = BTreeMap::<(Date, &str, &str), Totals>::new();

        for sale in sales.iter().filter(|sale| period.contains(sale.date)) {
            total.add(sale)?;
            sites.entry(&sale.site).or_default().add(sale)?;
            products.entry(&sale.sku).or_default().add(sale)?;
            days.entry(sale.date).or_default().add(sale)?;
            let line = lines.entry((sale.date, &sale.site, &sale.sku));
            line.or_default().add(sale)?;
        }

        let name = |sku: &str| names.get(sku).map_or(sku, |(_, name)| name).to_owned();
        let mut by_site: Vec<SiteLine> = sites
            .into_iter()
            .map(|(site, total)| SiteLine {
                site: site.to_owned(),
                total,
            })
            .collect();
        // The sort is stable and the map was in order of names, so equals stay in that order.
        by_site.sort_by_key(|line| Reverse(line.total.revenue));
        let mut top_products: Vec<ProductLine> = products
            .into_iter()
            .map(|(sku, total)| ProductLine {
                sku: sku.to_owned(),
                product: name(sku),
                total,
            })
            .collect();
        top_products.sort_by(|a, b| {
            (b.total.revenue.cmp(&a.total.revenue)).then_with(|| a.product.cmp(&b.product))
        });
        top_products.truncate(TOP_PRODUCTS);

        Ok(Self {
            total,
            previous,
            by_site,
            top_products,
            by_day: days
                .into_iter()
                .map(|(date, total)| DayLine { date, total })
                .collect(),
            lines: lines
                .into_iter()
                .map(|((date, site, sku), total)| SaleLine {
                    date,
                    sku: sku.to_owned(),
                    product: name(sku),
                    site: site.to_owned(),
                    units: total.units,
                    revenue: total.revenue,
                })
                .collect(),
            heading,
        })
    }
}

/// Why a report cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The period is empty or too long.
    #[error(
        "a report from {from} to {to} is not possible: give an end on or after the start and at \
         most {LONGEST_PERIOD_DAYS} days"
    )]
    Period {
        /// The first day asked for.
        from: Date,
        /// The last day asked for.
        to: Date,
    },
    /// A sum has more digits than can be held exactly; a rounded total would not be what the
    /// lines add up to.
    #[error(
        "the sales up to {date} add up to more digits than a report can hold: check that day's \
         units and amounts"
    )]
    TooLarge {
        /// The day of the line that could not be added.
        date: Date,
    },
}

/// Each SKU's name and the day it was taken from.
fn product_names(period: Period, sales: &[SaleLine]) -> BTreeMap<&str, (Date, &str)> {
    let mut names = BTreeMap::<&str, (Date, &str)>::new();
    for sale in sales.iter().filter(|sale| period.contains(sale.date)) {
        let name = names.entry(&sale.sku).or_insert((sale.date, &sale.product));
        let newer = sale.date > name.0;
        if newer || (sale.date == name.0 && sale.product.as_str() < name.1) {
            *name = (sale.date, &sale.product);
        }
    }
    names
}

/// The sum, or `None` where [`Decimal`] would overflow or round to make it fit its 96 bits.
fn exact_sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    // Without trailing zeros a sum has exactly the larger scale, unless it was rounded.
    let (a, b) = (a.normalize(), b.normalize());
    let sum = a.checked_add(b)?;
    (sum.scale() >= a.scale().max(b.scale())).then(|| sum.normalize())
}

#[cfg(test)]
mod tests;
