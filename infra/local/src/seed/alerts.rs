//! What needs somebody's attention.

use std::collections::BTreeSet;

use countersign_core::Sku;
use jiff::{SignedDuration, Timestamp};

use super::{
    document::Document,
    reader::{Entry, Known},
};

/// An alert as it stands when the company is seeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What people type to name it, such as `7f2`: 3 to 8 of a-z and 0-9, at least one of each, so
    /// that it is neither a number of a list nor a word.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, one lower-case word such as `inventory`.
    pub category: String,
    /// One line.
    pub title: String,
    /// What happened and what could be done.
    pub detail: String,
    /// The product it is about, if it is about one.
    pub sku: Option<Sku>,
    /// The id of the site it is about, if it is about one.
    pub site: Option<String>,
    /// How far it stands.
    pub state: AlertState,
    /// Whole hours between the alert and the moment of seeding.
    pub raised_hours_ago: u32,
}

impl Alert {
    /// When it was raised, given that the company is seeded `now`.
    pub fn raised_at(&self, now: Timestamp) -> Timestamp {
        now - SignedDuration::from_hours(i64::from(self.raised_hours_ago))
    }
}

/// How bad an alert is; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Low,
    /// Within the week.
    Medium,
    /// Today.
    High,
    /// Now.
    Critical,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The severity as the file names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// How far an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// Nobody has taken it.
    Open,
    /// Somebody has seen it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl AlertState {
    /// Every state, in the order in which an alert goes through them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Acknowledged, Self::Resolved];

    /// The state as the file names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

pub(super) fn read(
    document: &Document<'_>,
    skus: Option<&Known>,
    sites: Option<&Known>,
) -> Vec<Alert> {
    let mut top = document.top();
    let mut ids = BTreeSet::new();
    let alerts = top
        .tables("alert", "id")
        .into_iter()
        .filter_map(|entry| alert(entry, skus, sites, &mut ids))
        .collect();
    top.finish();
    alerts
}

fn alert(
    mut entry: Entry<'_>,
    skus: Option<&Known>,
    sites: Option<&Known>,
    ids: &mut BTreeSet<String>,
) -> Option<Alert> {
    if let Some(raw) = entry.raw("id") {
        entry.once("id", raw, ids);
    }
    let id = entry.text_as(
        "id",
        r#"3 to 8 of a-z and 0-9 with at least one of each, such as "7f2""#,
        |id| is_alert_id(id).then(|| id.to_owned()),
    );
    let severity = entry.choice("severity", &Severity::ALL, Severity::as_str);
    let category = entry.text_as(
        "category",
        r#"one lower-case word, such as "inventory""#,
        |word| {
            let valid = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
            valid.then(|| word.to_owned())
        },
    );
    let title = entry.text("title");
    let detail = entry.text("detail");
    let sku = if entry.has("sku") {
        entry
            .id::<Sku>("sku")
            .filter(|sku| entry.refers("sku", sku.as_str(), skus))
    } else {
        None
    };
    let site = if entry.has("site") {
        entry
            .text("site")
            .filter(|site| entry.refers("site", site, sites))
    } else {
        None
    };
    let state = entry.choice("state", &AlertState::ALL, AlertState::as_str);
    let raised_hours_ago = raised_hours_ago(&mut entry);
    entry.finish();
    Some(Alert {
        id: id?,
        severity: severity?,
        category: category?,
        title: title?,
        detail: detail?,
        sku,
        site,
        state: state?,
        raised_hours_ago: raised_hours_ago?,
    })
}

fn raised_hours_ago(entry: &mut Entry<'_>) -> Option<u32> {
    match (entry.has("raised_days_ago"), entry.has("raised_hours_ago")) {
        (true, false) => {
            let days: u32 = entry.whole("raised_days_ago", 0..=365)?;
            Some(days * 24)
        }
        (false, true) => entry.whole("raised_hours_ago", 0..=8760),
        (there, _) => {
            let got = if there { "both" } else { "neither" };
            let wants = "exactly one of them";
            entry.reject("raised_days_ago, raised_hours_ago", got, wants);
            None
        }
    }
}

fn is_alert_id(id: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase();
    let digit = |b: u8| b.is_ascii_digit();
    (3..=8).contains(&id.len())
        && id.bytes().all(|b| letter(b) || digit(b))
        && id.bytes().any(letter)
        && id.bytes().any(digit)
}
