//! The report as one A4 page.

use jiff::Zoned;
use jiff::civil::Date;
use krilla::Document;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::chart::{Chart, format_mark};
use super::money::{format_amount, format_count, format_money};
use super::sheet::{
    ACCENT, Align, At, BAR, CARD, CELL, Cell, Color, FALL, INK, LEFT, MUTED, PAGE, RIGHT, RISE,
    ROW, RULE, Sheet, Style, WIDTH, bold, column, regular,
};
use super::text::Typeface;
use super::{Comparison, Period, SalesReport, SiteLine, TOP_PRODUCTS, Totals};

/// The site table's longest form; further sites share its last row.
const SITE_ROWS: usize = 9;

const CHART_TOP: f32 = 204.0;
const CHART_HEIGHT: f32 = 136.0;
/// Where the chart's bars begin, right of the scale.
const AXIS: f32 = LEFT + 34.0;
const AXIS_LABEL: Style = regular(7.0, MUTED);

/// The report as a PDF of one A4 page, whatever its length: further sites are summed up, long
/// periods are charted by weeks, long names are cut.
///
/// The same report gives the same bytes: dates and identifiers in the file come from the report.
///
/// # Errors
/// [`PdfError`] only if the program itself is at fault, never for what a report says.
pub fn pdf(report: &SalesReport) -> Result<Vec<u8>, PdfError> {
    let regular = Typeface::load(dejavu::sans_condensed::regular()).ok_or(PdfError::Font)?;
    let bold = Typeface::load(dejavu::sans_condensed::bold()).ok_or(PdfError::Font)?;
    let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(PdfError::Page)?;
    let mut document = Document::new();
    document.set_metadata(metadata(report));
    let mut page = document.start_page_with(settings);
    let mut sheet = Sheet::new(page.surface(), &regular, &bold);
    heading(&mut sheet, report);
    headline(&mut sheet, report);
    chart(&mut sheet, report);
    if !report.by_site.is_empty() {
        let below = sites(&mut sheet, report, 380.0);
        products(&mut sheet, report, below + 22.0);
    }
    footer(&mut sheet, report);
    sheet.finish();
    page.finish();
    let finished = document.finish();
    finished.map_err(|error| PdfError::Write(error.to_string()))
}

/// Why a PDF could not be made: always a fault of this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// The built-in font does not load.
    #[error("the report's built-in font does not load: rebuild with an intact `dejavu` crate")]
    Font,
    /// The page's size is refused.
    #[error("the PDF library refuses an A4 page: check its version")]
    Page,
    /// The file cannot be written.
    #[error("the PDF library cannot write the report ({0}): report this with the report's id")]
    Write(String),
}

fn metadata(report: &SalesReport) -> Metadata {
    let heading = &report.heading;
    let company = valid_in_xml(&heading.company);
    let metadata = Metadata::new()
        .title(format!("Sales report, {company}, {}", days(heading.period)))
        .authors(vec![company])
        .creator("Countersign".to_owned())
        .language("en".to_owned());
    match creation_date(&heading.prepared_at) {
        Some(date) => metadata.creation_date(date),
        None => metadata,
    }
}

/// The file's metadata is XML, which has no way to write control and non-characters.
fn valid_in_xml(text: &str) -> String {
    let valid =
        |character: &char| !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(valid).take(200).collect()
}

/// `None` for the years a PDF cannot name.
fn creation_date(at: &Zoned) -> Option<DateTime> {
    let part = |value: i8| u8::try_from(value).ok();
    let minutes = at.offset().seconds() / 60;
    Some(
        DateTime::new(u16::try_from(at.year()).ok()?)
            .month(part(at.month())?)
            .day(part(at.day())?)
            .hour(part(at.hour())?)
            .minute(part(at.minute())?)
            .second(part(at.second())?)
            .utc_offset_hour(i8::try_from(minutes / 60).ok()?)
            .utc_offset_minute(u8::try_from((minutes % 60).abs()).ok()?),
    )
}

fn heading(sheet: &mut Sheet<'_>, report: &SalesReport) {
    let heading = &report.heading;
    sheet.rectangle(0.0, 0.0, PAGE.0, 6.0, ACCENT);
    let title = bold(21.0, INK);
    sheet.name(title, At::left(LEFT, 56.0, WIDTH * 0.62), "Sales report");
    let company = regular(11.0, MUTED);
    let name = &heading.company;
    sheet.name(company, At::left(LEFT, 74.0, WIDTH * 0.62), name);
    let period = days(heading.period);
    let style = bold(11.0, INK);
    sheet.name(style, At::right(RIGHT, 56.0, WIDTH * 0.36), &period);
    let note = format!(
        "{} · amounts in {}",
        day_count(heading.period.days() as usize),
        heading.currency
    );
    let style = regular(8.5, MUTED);
    sheet.name(style, At::right(RIGHT, 74.0, WIDTH * 0.36), &note);
}

/// Three cards: what was earned, what was sold, and the best day.
fn headline(sheet: &mut Sheet<'_>, report: &SalesReport) {
    let currency = &report.heading.currency;
    let previous = report.previous.as_ref();
    let (total, before) = (report.total, previous.map(|previous| previous.total));
    let revenue = Change::of(total.revenue, before.map(|before| before.revenue));
    let units = Change::of(
        Decimal::from(total.units),
        before.map(|before| Decimal::from(before.units)),
    );
    let money = format_money(currency, total.revenue);
    card(sheet, 0, "Revenue", &money, revenue.note(previous));
    let count = format_count(total.units);
    card(sheet, 1, "Units sold", &count, units.note(previous));
    // Of several best days the first: the last maximum of the days in reverse.
    let best = report.by_day.iter().rev();
    let best = best.max_by_key(|day| day.total.revenue);
    match best.filter(|day| day.total.revenue > Decimal::ZERO) {
        Some(day) => {
            let amount = format_money(currency, day.total.revenue);
            let when = day.date.strftime("%a %-d %b %Y").to_string();
            card(sheet, 2, "Best day", &amount, (when, MUTED));
        }
        None => card(sheet, 2, "Best day", "—", ("no revenue".to_owned(), MUTED)),
    }
}

fn card(sheet: &mut Sheet<'_>, place: u8, label: &str, figure: &str, note: (String, Color)) {
    const GAP: f32 = 12.0;
    const TOP: f32 = 94.0;
    let width = (WIDTH - 2.0 * GAP) / 3.0;
    let left = LEFT + f32::from(place) * (width + GAP);
    sheet.rectangle(left, TOP, width, 68.0, CARD);
    sheet.rectangle(left, TOP, 2.5, 68.0, ACCENT);
    let (text, room) = (left + 13.0, width - 22.0);
    let style = regular(8.5, MUTED);
    sheet.name(style, At::left(text, TOP + 18.0, room), label);
    let style = bold(16.0, INK);
    sheet.number(style, At::left(text, TOP + 39.0, room), figure);
    let style = regular(8.0, note.1);
    sheet.number(style, At::left(text, TOP + 56.0, room), &note.0);
}

fn chart(sheet: &mut Sheet<'_>, report: &SalesReport) {
    let chart = Chart::new(&report.by_day);
    if report.by_site.is_empty() {
        let middle = At::center((LEFT + RIGHT) / 2.0, CHART_TOP, WIDTH);
        sheet.name(regular(10.0, MUTED), middle, "No sales in this period");
        return;
    }
    sheet.section(188.0, &format!("Revenue by {}", chart.unit()));
    if let Some(days) = chart.days_in_last_bar() {
        let note = format!("the last bar is {}", day_count(days));
        sheet.name(AXIS_LABEL, At::right(RIGHT, 188.0, WIDTH / 2.0), &note);
    }
    for mark in chart.scale.marks() {
        let y = chart_y(&chart, mark);
        sheet.rectangle(AXIS, y - 0.25, RIGHT - AXIS, 0.5, RULE);
        let at = At::right(AXIS - 6.0, y + 2.5, AXIS - 6.0 - LEFT);
        sheet.number(AXIS_LABEL, at, &format_mark(mark));
    }
    bars(sheet, &chart);
    let zero = chart_y(&chart, 0.0);
    sheet.rectangle(AXIS, zero - 0.5, RIGHT - AXIS, 1.0, MUTED);
}

/// The chart's bars with the dates they begin at; the highest stands out.
fn bars(sheet: &mut Sheet<'_>, chart: &Chart) {
    /// The widest date, such as "28 Nov 26", with the space that sets it apart from the next.
    const DATE_WIDTH: f32 = 44.0;
    let highest = chart.bars.iter().map(|bar| bar.revenue).fold(0.0, f64::max);
    let pitch = (RIGHT - AXIS) / (chart.bars.len().max(1) as f32);
    let width = (pitch * 0.72).min(34.0);
    let labelled = (DATE_WIDTH / pitch).ceil().max(1.0) as usize;
    for (index, bar) in chart.bars.iter().enumerate() {
        let middle = AXIS + pitch * (index as f32 + 0.5);
        let top = chart_y(chart, bar.revenue.max(0.0));
        let bottom = chart_y(chart, bar.revenue.min(0.0));
        let color = match bar.revenue {
            revenue if revenue < 0.0 => FALL,
            revenue if revenue == highest => ACCENT,
            _ => BAR,
        };
        sheet.rectangle(middle - width / 2.0, top, width, bottom - top, color);
        if index.is_multiple_of(labelled) {
            let date = bar.from.strftime("%-d %b %y").to_string();
            let middle = middle.min(RIGHT - 16.0);
            let at = At::center(middle, CHART_TOP + CHART_HEIGHT + 13.0, DATE_WIDTH);
            sheet.number(AXIS_LABEL, at, &date);
        }
    }
}

fn chart_y(chart: &Chart, value: f64) -> f32 {
    CHART_TOP + CHART_HEIGHT * (1.0 - chart.scale.position(value))
}

/// Draws the table from `top` down and returns where it ends.
fn sites(sheet: &mut Sheet<'_>, report: &SalesReport, top: f32) -> f32 {
    let currency = &report.heading.currency;
    let columns = [
        column("Site", LEFT, 250.0, Align::Left),
        column("Units", 254.0, 320.0, Align::Right),
        column(&format!("Revenue ({currency})"), 324.0, 424.0, Align::Right),
        column("Share", 428.0, 470.0, Align::Right),
    ];
    sheet.section(top, "By site");
    let mut y = sheet.column_titles(top + 19.0, &columns);
    for line in site_rows(&report.by_site) {
        let share = percent(line.total.revenue, report.total.revenue);
        let cells = [
            Cell::Name(line.site),
            Cell::Number(format_count(line.total.units)),
            Cell::Number(format_amount(currency, line.total.revenue)),
            Cell::Number(share.map_or("—".to_owned(), |share| format!("{share:.1}%"))),
        ];
        sheet.row(y, CELL, &columns, cells);
        if let Some(share) = share.and_then(|share| share.to_f32()) {
            let share = (share / 100.0).clamp(0.0, 1.0);
            sheet.rectangle(480.0, y - 6.0, RIGHT - 480.0, 5.0, CARD);
            sheet.rectangle(480.0, y - 6.0, (RIGHT - 480.0) * share, 5.0, BAR);
        }
        y += ROW;
    }
    sheet.rectangle(LEFT, y - ROW + 5.5, WIDTH, 0.75, MUTED);
    let cells = [
        Cell::Name("All sites".to_owned()),
        Cell::Number(format_count(report.total.units)),
        Cell::Number(format_amount(currency, report.total.revenue)),
        Cell::Number(String::new()),
    ];
    sheet.row(y, bold(8.5, INK), &columns, cells);
    y + 6.0
}

fn products(sheet: &mut Sheet<'_>, report: &SalesReport, top: f32) {
    let currency = &report.heading.currency;
    let columns = [
        column("", LEFT, LEFT + 12.0, Align::Right),
        column("Product", LEFT + 20.0, 280.0, Align::Left),
        column("SKU", 290.0, 380.0, Align::Left),
        column("Units", 384.0, 446.0, Align::Right),
        column(&format!("Revenue ({currency})"), 450.0, RIGHT, Align::Right),
    ];
    sheet.section(top, "Top products");
    let mut y = sheet.column_titles(top + 19.0, &columns);
    for (index, line) in report.top_products.iter().take(TOP_PRODUCTS).enumerate() {
        let cells = [
            Cell::Number((index + 1).to_string()),
            Cell::Name(line.product.clone()),
            Cell::Name(line.sku.clone()),
            Cell::Number(format_count(line.total.units)),
            Cell::Number(format_amount(currency, line.total.revenue)),
        ];
        sheet.row(y, CELL, &columns, cells);
        y += ROW;
    }
}

fn footer(sheet: &mut Sheet<'_>, report: &SalesReport) {
    const BASE: f32 = PAGE.1 - 26.0;
    sheet.rectangle(LEFT, BASE - 13.0, WIDTH, 0.5, RULE);
    let prepared = report.heading.prepared_at.strftime("%-d %b %Y, %H:%M %Q");
    let (style, prepared) = (regular(7.5, MUTED), format!("Prepared {prepared}"));
    sheet.name(style, At::left(LEFT, BASE, WIDTH * 0.7), &prepared);
    sheet.name(style, At::right(RIGHT, BASE, WIDTH * 0.2), "Page 1 of 1");
}

/// How a figure moved since the period it is compared with.
enum Change {
    /// There is nothing to compare with, or the change is beyond numbers.
    Unknown,
    /// Nothing was sold then, so no percentage says how much more it is now.
    FromNothing,
    /// Refunds outweighed sales then, so a percentage would mislead.
    FromBelow,
    /// By so many percent.
    Percent(Decimal),
}

impl Change {
    fn of(now: Decimal, before: Option<Decimal>) -> Self {
        let Some(before) = before else {
            return Self::Unknown;
        };
        if before.is_zero() {
            return Self::FromNothing;
        }
        if before < Decimal::ZERO {
            return Self::FromBelow;
        }
        let change = now
            .checked_sub(before)
            .and_then(|more| percent(more, before));
        change.map_or(Self::Unknown, Self::Percent)
    }

    fn note(&self, previous: Option<&Comparison>) -> (String, Color) {
        let than = previous.map_or(String::new(), |previous| days(previous.period));
        match self {
            Self::Unknown => (String::new(), MUTED),
            Self::FromNothing => (format!("none in {than}"), MUTED),
            Self::FromBelow => (format!("below zero in {than}"), MUTED),
            Self::Percent(change) if change.is_zero() => (format!("as in {than}"), MUTED),
            Self::Percent(change) if *change > Decimal::ZERO => {
                (format!("▲ {change:.1}% on {than}"), RISE)
            }
            Self::Percent(change) => (format!("▼ {:.1}% on {than}", change.abs()), FALL),
        }
    }
}

/// What part `part` is of `whole`, in percent with one decimal; `None` of nothing or less.
fn percent(part: Decimal, whole: Decimal) -> Option<Decimal> {
    if whole <= Decimal::ZERO {
        return None;
    }
    let percent = part.checked_div(whole)?.checked_mul(Decimal::ONE_HUNDRED)?;
    Some(percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero))
}

/// The sites in their order; those that do not fit are added up in the last row.
fn site_rows(sites: &[SiteLine]) -> Vec<SiteLine> {
    if sites.len() <= SITE_ROWS {
        return sites.to_vec();
    }
    let (shown, others) = sites.split_at(SITE_ROWS - 1);
    let mut total = Totals::default();
    for line in others {
        total.units = total.units.saturating_add(line.total.units);
        total.revenue = total.revenue.saturating_add(line.total.revenue);
    }
    let mut rows = shown.to_vec();
    rows.push(SiteLine {
        site: format!("{} other sites", others.len()),
        total,
    });
    rows
}

fn day_count(days: usize) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// `1–31 Jul 2026`, with no more said of the first day than sets it apart from the last.
fn days(period: Period) -> String {
    let (from, to) = (period.from(), period.to());
    let full = |date: Date| date.strftime("%-d %b %Y").to_string();
    if from == to {
        full(to)
    } else if from.first_of_month() == to.first_of_month() {
        format!("{}–{}", from.day(), full(to))
    } else if from.year() == to.year() {
        format!("{} – {}", from.strftime("%-d %b"), full(to))
    } else {
        format!("{} – {}", full(from), full(to))
    }
}

#[cfg(test)]
mod tests;
