//! What the company sells and has in stock.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::Sku;
use rust_decimal::Decimal;

use super::{
    document::Document,
    reader::{Entry, Known, whole_in, whole_wants},
};

/// A product with its stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its stock keeping unit, unique in the company.
    pub sku: Sku,
    /// What people call it.
    pub name: String,
    /// What one of it is: piece, bag, box, …
    pub unit: String,
    /// The price of one unit in the company's currency, above 0, at most two decimals.
    pub price: Decimal,
    /// Who delivers it.
    pub supplier: String,
    /// Days from order to delivery, 0 to 365.
    pub lead_time_days: u32,
    /// Units of all sites together below which it should be ordered.
    pub reorder_point: u32,
    /// Units that leave on an average day, all sites together, if it is known.
    pub daily_use: Option<u32>,
    /// Units kept for the case that more leave, or a delivery is late, if it is known.
    pub safety_stock: Option<u32>,
    /// How many days before the seeding it was last ordered, if it is known.
    pub reordered_days_ago: Option<u16>,
    /// Units by the id of the site. A site that isn't there doesn't carry the product.
    pub stock: BTreeMap<String, u32>,
}

impl Product {
    /// The units of all sites together.
    pub fn total_stock(&self) -> u32 {
        self.stock.values().sum()
    }

    /// Whether it should be ordered.
    pub fn is_below_reorder_point(&self) -> bool {
        self.total_stock() < self.reorder_point
    }
}

/// The products, and their SKUs for other files to refer to.
pub(super) fn read(document: &Document<'_>, sites: Option<&Known>) -> (Vec<Product>, Known) {
    let mut top = document.top();
    let mut ids = BTreeSet::new();
    let products = top
        .tables("product", "sku")
        .into_iter()
        .filter_map(|entry| product(entry, sites, &mut ids))
        .collect();
    top.finish();
    let wants = "a SKU of products.toml".to_owned();
    (products, Known { wants, ids })
}

fn product(
    mut entry: Entry<'_>,
    sites: Option<&Known>,
    skus: &mut BTreeSet<String>,
) -> Option<Product> {
    if let Some(raw) = entry.raw("sku") {
        entry.once("sku", raw, skus);
    }
    let sku = entry.id("sku");
    let name = entry.text("name");
    let unit = entry.text("unit");
    let price = entry.money("price");
    let supplier = entry.text("supplier");
    let lead_time_days = entry.whole("lead_time_days", 0..=365);
    let reorder_point = entry.whole("reorder_point", UNITS);
    let mut known = |field| match entry.has(field) {
        true => entry.whole(field, UNITS).map(Some),
        false => Some(None),
    };
    let (daily_use, safety_stock) = (known("daily_use"), known("safety_stock"));
    let reordered_days_ago = match entry.has("reordered_days_ago") {
        true => entry.whole("reordered_days_ago", 0..=3650).map(Some),
        false => Some(None),
    };
    let stock = entry.by_key("stock", sites, &whole_wants(&UNITS), |value, _| {
        whole_in(value, &UNITS)
    });
    entry.finish();
    Some(Product {
        sku: sku?,
        name: name?,
        unit: unit?,
        price: price?,
        supplier: supplier?,
        lead_time_days: lead_time_days?,
        reorder_point: reorder_point?,
        daily_use: daily_use?,
        safety_stock: safety_stock?,
        reordered_days_ago: reordered_days_ago?,
        stock: stock?,
    })
}

const UNITS: std::ops::RangeInclusive<i64> = 0..=1_000_000;
