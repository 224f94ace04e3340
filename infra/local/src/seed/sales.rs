//! How the company sells, and the sales that follow from it. Units are counted in integers and money
//! in decimals: there is no float, and the same day always gives the same sales.

use std::collections::BTreeMap;

use countersign_core::Sku;
use jiff::{Span, civil::Date};
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::{
    company::Site,
    document::Document,
    products::Product,
    reader::{Entry, Known},
};

/// Whole days before the day of seeding that have sales.
pub const FULL_SALES_DAYS: u32 = 60;

/// What sells, where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesModel {
    /// How much of the day of seeding is over, in percent of its sales, 0 to 100.
    pub today_percent: u32,
    /// How each day of the week sells, Monday first, in percent of an average day, 0 to 300.
    pub weekday_percent: [u32; 7],
    /// How products sell. One that isn't there sells nothing.
    pub products: BTreeMap<Sku, ProductSales>,
    /// What makes some days different.
    pub events: Vec<SalesEvent>,
}

/// How one product sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductSales {
    /// Thousandths of a unit on an average day of this week, by the id of the site.
    pub daily: BTreeMap<String, u32>,
    /// By how many percent of this week's sales they changed with every week, -10 to 10.
    pub weekly_trend: i32,
}

/// Some days on which some products sold differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesEvent {
    /// What happened.
    pub name: String,
    /// The first day, as days before the day of seeding.
    pub from_days_ago: u32,
    /// The last day, as days before the day of seeding, not more than the first.
    pub to_days_ago: u32,
    /// Sales in percent of what they would have been, 0 to 1000.
    pub percent: u32,
    /// The products it is about.
    pub skus: Vec<Sku>,
    /// The ids of the sites it is about; none means all.
    pub sites: Vec<String>,
}

/// What was sold of one product at one site on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleLine {
    /// The day, in the company's time zone.
    pub date: Date,
    /// What was sold.
    pub sku: Sku,
    /// The product's name.
    pub product: String,
    /// The id of the site.
    pub site: String,
    /// How many units, at least 1.
    pub units: u32,
    /// Units times price, in the company's currency.
    pub revenue: Decimal,
}

impl SalesModel {
    pub(super) fn expand(
        &self,
        products: &[Product],
        sites: &[Site],
        today: Date,
    ) -> Vec<SaleLine> {
        let mut lines = Vec::new();
        for days_ago in (0..=FULL_SALES_DAYS).rev() {
            let date = today.saturating_sub(Span::new().days(days_ago));
            for product in products {
                for site in sites {
                    let units = self.units(&product.sku, &site.id, date, days_ago);
                    if units > 0 {
                        lines.push(SaleLine {
                            date,
                            sku: product.sku.clone(),
                            product: product.name.clone(),
                            site: site.id.clone(),
                            units,
                            revenue: Decimal::from(units) * product.price,
                        });
                    }
                }
            }
        }
        lines
    }

    fn units(&self, sku: &Sku, site: &str, date: Date, days_ago: u32) -> u32 {
        let Some(sales) = self.products.get(sku) else {
            return 0;
        };
        let daily = sales.daily.get(site).copied().unwrap_or(0);
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let hash = hash(sku.as_str(), site, date);
        let so_far = if days_ago == 0 {
            self.today_percent
        } else {
            100
        };
        let factors = [
            u64::from(self.weekday_percent[weekday]),
            u64::from(sales.trend_percent(days_ago)),
            u64::from(so_far),
            // No two days are alike: between 60 and 140 percent, 100 on average.
            60 + hash % 81,
        ];
        let events = self
            .events
            .iter()
            .filter(|event| event.applies(sku, site, days_ago))
            .map(|event| u64::from(event.percent));
        let millionths = factors
            .into_iter()
            .chain(events)
            .fold(u64::from(daily) * 1000, |amount, percent| {
                amount.saturating_mul(percent) / 100
            });
        // Rounded up as often as the fraction is large: a product that sells 0.3 a day sells one
        // on three days of ten.
        let rounded = millionths.saturating_add((hash >> 32) % MILLION) / MILLION;
        u32::try_from(rounded).unwrap_or(u32::MAX)
    }
}

impl ProductSales {
    fn trend_percent(&self, days_ago: u32) -> u32 {
        let weeks_ago = i32::try_from(days_ago / 7).unwrap_or(i32::MAX);
        let percent = 100_i32.saturating_sub(self.weekly_trend.saturating_mul(weeks_ago));
        u32::try_from(percent).unwrap_or(0)
    }
}

impl SalesEvent {
    fn applies(&self, sku: &Sku, site: &str, days_ago: u32) -> bool {
        (self.to_days_ago..=self.from_days_ago).contains(&days_ago)
            && self.skus.contains(sku)
            && (self.sites.is_empty() || self.sites.iter().any(|one| one == site))
    }
}

pub(super) fn read(
    document: &Document<'_>,
    skus: Option<&Known>,
    sites: Option<&Known>,
) -> Option<SalesModel> {
    let mut top = document.top();
    let today_percent = top.whole("today_percent", 0..=100);
    let weekday_percent = top.table("weekday_percent").and_then(weekday_percent);
    let products = top
        .keyed_tables("products", "product")
        .into_iter()
        .filter_map(|(key, entry)| product(&key, entry, skus, sites))
        .collect();
    let mut events = Vec::new();
    if top.has("event") {
        let entries = top.tables("event", "name").into_iter();
        events.extend(entries.filter_map(|entry| event(entry, skus, sites)));
    }
    top.finish();
    Some(SalesModel {
        today_percent: today_percent?,
        weekday_percent: weekday_percent?,
        products,
        events,
    })
}

fn weekday_percent(mut entry: Entry<'_>) -> Option<[u32; 7]> {
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let [mon, tue, wed, thu, fri, sat, sun] = days.map(|day| entry.whole(day, 0..=300));
    entry.finish();
    Some([mon?, tue?, wed?, thu?, fri?, sat?, sun?])
}

fn product(
    key: &str,
    mut entry: Entry<'_>,
    skus: Option<&Known>,
    sites: Option<&Known>,
) -> Option<(Sku, ProductSales)> {
    let known = entry.refers("sku", key, skus);
    let wants = "units a day from 0 to 1000 with at most three decimals, such as 2.5";
    let daily = entry.by_key("daily", sites, wants, |value, written| {
        matches!(value, DeValue::Integer(_) | DeValue::Float(_))
            .then(|| thousandths(written))
            .flatten()
    });
    let weekly_trend = if entry.has("weekly_trend") {
        entry.whole("weekly_trend", -10..=10)
    } else {
        Some(0)
    };
    entry.finish();
    let sku = key.parse().ok().filter(|_| known)?;
    Some((
        sku,
        ProductSales {
            daily: daily?,
            weekly_trend: weekly_trend?,
        },
    ))
}

fn event(mut entry: Entry<'_>, skus: Option<&Known>, sites: Option<&Known>) -> Option<SalesEvent> {
    let name = entry.text("name");
    let days = 0..=i64::from(FULL_SALES_DAYS);
    let from_days_ago: Option<u32> = entry.whole("from_days_ago", days.clone());
    let to_days_ago: Option<u32> = entry.whole("to_days_ago", days);
    if let (Some(from), Some(to)) = (from_days_ago, to_days_ago)
        && from < to
    {
        let wants = format!("at most {from}, the days of from_days_ago");
        entry.reject("to_days_ago", &to.to_string(), &wants);
    }
    let percent = entry.whole("percent", 0..=1000);
    let about_skus = entry.list("skus", |sku| known_in(skus, sku));
    let about_sites = if entry.has("sites") {
        entry.list("sites", |site| known_in(sites, site))
    } else {
        Some(Vec::new())
    };
    entry.finish();
    Some(SalesEvent {
        name: name?,
        from_days_ago: from_days_ago?,
        to_days_ago: to_days_ago?,
        percent: percent?,
        skus: about_skus?
            .iter()
            .filter_map(|sku| sku.parse().ok())
            .collect(),
        sites: about_sites?,
    })
}

fn known_in(known: Option<&Known>, id: &str) -> Result<(), String> {
    match known {
        Some(known) if !known.ids.contains(id) => Err(known.wants.clone()),
        _ => Ok(()),
    }
}

/// The thousandths in a plain decimal of 0 to 1000, read from its digits.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, most| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(whole, 4) || !digits(fraction, 3) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let fraction: u32 = format!("{fraction:0<3}").parse().ok()?;
    let thousandths = whole * 1000 + fraction;
    (thousandths <= 1_000_000).then_some(thousandths)
}

/// Chance that depends on nothing but its arguments: FNV-1a, its bits then mixed as SplitMix64 does.
fn hash(sku: &str, site: &str, date: Date) -> u64 {
    let key = format!("{sku}/{site}/{date}");
    let mut hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

const MILLION: u64 = 1_000_000;
