//! The answers that a persona gives in its own way: what its templates are filled in with.

use std::cell::RefCell;

use jiff::Timestamp;

use super::{Voice, commands, lower_first};
use crate::{
    commands::Entity,
    event::{EventData, Failing},
    message::Document,
    persona::{AnswerKind, Values},
    step::{Planned, Role, Step},
    tool::{AlertCounts, AlertLine, Severity, SiteStock, StockLine, ToolCall},
};

/// What is said when not even the default has words for it, which only an edited program can come to.
const NO_WORDS: &str =
    "Sorry, I can't put that into words just now. Write *help* to see what I can do.";

/// Templates that came to nothing while something was put into words.
#[derive(Debug, Default)]
pub struct Failures(RefCell<Vec<String>>);

impl Failures {
    fn note(&self, wrong: Vec<String>) {
        self.0.borrow_mut().extend(wrong);
    }

    /// The step, with what went wrong on the way for operators to read.
    pub fn recorded(self, step: Step) -> Step {
        let mut failures = self.0.into_inner();
        failures.dedup();
        match step {
            Step::Record(mut planned) => {
                planned.extend(failures.into_iter().map(|detail| Planned {
                    answers: vec![],
                    data: EventData::error(detail, Some(Failing::Template)),
                    leaves: &[],
                }));
                Step::Record(planned)
            }
            step => step,
        }
    }
}

impl Voice<'_> {
    fn in_words(&self, kind: AnswerKind, values: Values) -> String {
        let values = values
            .text("company", &self.agent.company)
            .text("now", self.minute(self.now));
        let (text, wrong) = self.agent.personas.say(self.persona, kind, &values);
        self.failures.note(wrong);
        text.unwrap_or_else(|| NO_WORDS.to_owned())
    }

    /// A time there, to the second, as machines read it too.
    fn minute(&self, at: Timestamp) -> String {
        let there = at.to_zoned(self.agent.time_zone.clone());
        there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    fn examples(&self, kind: AnswerKind, role: Role) -> String {
        let example = |command: &&str| Values::default().text("command", command);
        let rows = commands(role).iter().map(example);
        self.in_words(kind, Values::default().rows("examples", rows))
    }

    /// What can be asked for.
    pub fn help(&self, role: Role) -> String {
        self.examples(AnswerKind::Help, role)
    }

    /// To what was not understood.
    pub fn unknown(&self, role: Role) -> String {
        self.examples(AnswerKind::Unknown, role)
    }

    /// To what only a model could have answered, when none can be asked.
    pub fn cannot_think(&self, role: Role) -> String {
        self.examples(AnswerKind::CannotAnswer, role)
    }

    /// What a command lacks.
    pub fn asks_for(&self, missing: Entity) -> String {
        self.in_words(AnswerKind::Missing, lacking(missing))
    }

    /// To what does not answer our question.
    pub fn not_an_answer(&self, missing: Entity) -> String {
        self.in_words(AnswerKind::Missing, lacking(missing).flag("again"))
    }

    /// To what someone's role does not cover.
    pub fn not_allowed(&self, tool: &ToolCall) -> String {
        let values = match tool {
            ToolCall::ViewAlerts(_) => Values::default().flag("alerts"),
            _ => Values::default(),
        };
        self.in_words(AnswerKind::NoPermission, values)
    }

    /// When a draft waits for its countersignature.
    pub fn waits_for_approval(&self, document: &Document, approver: &str) -> String {
        let values = Values::default()
            .text("title", &document.title)
            .text("title_within", lower_first(&document.title))
            .text("filename", &document.filename)
            .text("format", format(&document.media_type))
            .text("size", size(document.size))
            .text("approver", approver);
        self.in_words(AnswerKind::ReportReady, values)
    }

    /// When nobody decided in time.
    pub fn expired(&self) -> String {
        self.in_words(AnswerKind::Timeout, Values::default())
    }

    /// When something went wrong that is not the customer's business.
    pub fn failed(&self) -> String {
        self.in_words(AnswerKind::Error, Values::default())
    }

    /// Stock by site, which took so many milliseconds to look up.
    pub fn stock(&self, found: &[StockLine], more: u32, took_ms: Option<u32>) -> String {
        match found {
            [] => self.in_words(AnswerKind::InventoryNone, Values::default()),
            [line] if more == 0 => {
                let values = self.product(line).maybe("query_ms", took_ms);
                self.in_words(AnswerKind::Inventory, values)
            }
            lines => {
                let products = lines.iter().map(|line| self.product(line));
                let values = Values::default()
                    .text("count", lines.len() as u64 + u64::from(more))
                    .rows("products", products)
                    .maybe("more", some(more))
                    .maybe("query_ms", took_ms);
                self.in_words(AnswerKind::InventorySeveral, values)
            }
        }
    }

    fn product(&self, line: &StockLine) -> Values {
        let (total, point) = (line.total(), u64::from(line.reorder_point));
        let supply = &line.supply;
        let daily = supply.daily_use.map(u64::from).filter(|daily| *daily > 0);
        let lead_use = daily
            .zip(supply.lead_time_days)
            .map(|(daily, days)| daily * u64::from(days));
        let safe = supply.safety_stock.map(u64::from);
        let adds_up = lead_use
            .zip(safe)
            .is_some_and(|(used, safe)| used + safe == point);
        let days_to_reorder = daily
            .filter(|_| total > point)
            .map(|daily| (total - point).div_ceil(daily));
        let state = match total {
            0 => "out",
            total if total <= point => "low",
            _ => "fine",
        };
        let values = Values::default()
            .text("sku", &line.sku)
            .text("name", &line.name)
            .text("total", total)
            .text("unit", of_unit(&line.unit, total))
            .text("locations", locations(&line.sites))
            .text("reorder_point", point)
            .rows("sites", line.sites.iter().map(site))
            .flag(state)
            .maybe("daily_use", daily)
            .maybe("lead_time_days", supply.lead_time_days)
            .maybe("safety_stock", safe)
            .maybe("lead_time_use", lead_use)
            .maybe("last_reorder", supply.last_reorder)
            .maybe("coverage_days", daily.map(|daily| total / daily))
            .maybe("days_to_reorder", days_to_reorder)
            .maybe("last_updated", supply.updated_at.map(|at| self.minute(at)));
        match adds_up {
            true => values.flag("adds_up"),
            false => values,
        }
    }

    /// Open alerts, of which so many are how bad.
    pub fn alerts(&self, alerts: &[AlertLine], more: u32, counts: Option<AlertCounts>) -> String {
        if alerts.is_empty() {
            return self.in_words(AnswerKind::AlertsNone, Values::default());
        }
        let count = alerts.len() as u64 + u64::from(more);
        let by_severity = counts.map(|counts| {
            Values::default()
                .text("critical", counts.critical)
                .text("high", counts.high)
                .text("medium", counts.medium)
                .text("low", counts.low)
        });
        let row = |alert: &AlertLine| {
            let (mark, severity) = severity(alert.severity);
            Values::default()
                .text("id", &alert.id)
                .text("mark", mark)
                .text("severity", severity)
                .text("title", &alert.title)
                .text("ago", self.ago(alert.raised_at))
        };
        let values = Values::default()
            .text("count", count)
            .rows("by_severity", by_severity)
            .rows("alerts", alerts.iter().map(row))
            .maybe("more", some(more));
        let values = match count {
            1 => values.flag("single"),
            _ => values,
        };
        self.in_words(AnswerKind::Alerts, values)
    }
}

fn lacking(missing: Entity) -> Values {
    let entity = match missing {
        Entity::Product => "PRODUCT",
        Entity::Severity => "SEVERITY",
        Entity::ReportType => "REPORT_TYPE",
        Entity::DateRange => "DATE_RANGE",
    };
    Values::default()
        .text("question", missing.question())
        .text("entity", entity)
}

fn some(more: u32) -> Option<u32> {
    (more > 0).then_some(more)
}

fn site(site: &SiteStock) -> Values {
    let values = Values::default()
        .text("site", &site.site)
        .text("units", site.units);
    match site.units {
        0 => values.flag("empty"),
        _ => values,
    }
}

fn locations(sites: &[SiteStock]) -> String {
    let sites = sites.iter().map(|it| format!("{} {}", it.site, it.units));
    let all = sites.collect::<Vec<_>>().join(", ");
    match all.is_empty() {
        true => "-".to_owned(),
        false => all,
    }
}

fn of_unit(unit: &str, count: u64) -> String {
    match (unit, count) {
        (unit, 1) => unit.to_owned(),
        ("box", _) => "boxes".to_owned(),
        (unit, _) => format!("{unit}s"),
    }
}

/// `application/pdf` as people call it.
fn format(media_type: &str) -> String {
    let subtype = media_type.rsplit('/').next().unwrap_or(media_type);
    let subtype = subtype.split(';').next().unwrap_or(subtype);
    subtype.trim().to_uppercase()
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1_000_000.0),
    }
}

/// A severity's mark and its name.
fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("🔴", "critical"),
        Severity::High => ("🟠", "high"),
        Severity::Medium => ("🟡", "medium"),
        Severity::Low => ("🔵", "low"),
    }
}
