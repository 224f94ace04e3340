//! The page's tests: one page, the same bytes, and the words on it.

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::report::tests::{any_sales, heading, sale};
use crate::report::{Heading, SaleLine};

fn compile(heading: Heading, sales: &[SaleLine]) -> SalesReport {
    let period = heading.period.preceding().unwrap();
    let previous = Comparison {
        period,
        total: Totals::of(period, sales).unwrap(),
    };
    SalesReport::compile(heading, sales, Some(previous)).unwrap()
}

fn july() -> SalesReport {
    let sales = [
        sale("2026-06-11", "TEA-250", "Huye", 4, "8000"),
        sale("2026-07-01", "COF-500", "Kigali", 12, "90000"),
        sale("2026-07-09", "TEA-250", "Huye", 7, "14000"),
        sale("2026-07-31", "HON-1", "Musanze", 3, "13500"),
    ];
    compile(heading("2026-07-01", "2026-07-31"), &sales)
}

/// Page objects are never compressed, so they can be counted without reading the whole file.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let text = text.replace("/Type/", "/Type /");
    text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
}

fn digest(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn c7_a_pdf_is_one_page_with_its_fonts_inside() {
    let pdf = pdf(&july()).unwrap();
    assert!(pdf.starts_with(b"%PDF-1."));
    assert!(pdf.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!(pages(&pdf), 1);
    let text = String::from_utf8_lossy(&pdf);
    assert_eq!(text.matches("/FontFile2").count(), 2);
    assert!(pdf.len() < 60_000, "{} bytes", pdf.len());
}

#[test]
fn c7_the_same_report_gives_the_same_bytes_in_every_process() {
    const CHILD: &str = "EXECUTOR_TEST_PRINTS_THE_PDF";
    const THIS: &str =
        "report::pdf::tests::c7_the_same_report_gives_the_same_bytes_in_every_process";
    let here = digest(&pdf(&july()).unwrap());
    if std::env::var_os(CHILD).is_some() {
        println!("<{here}>");
        return;
    }
    assert_eq!(digest(&pdf(&july()).unwrap()), here);
    let mut child = Command::new(std::env::current_exe().unwrap());
    let child = child.args(["--exact", "--nocapture", THIS]).env(CHILD, "1");
    let said = String::from_utf8(child.output().unwrap().stdout).unwrap();
    assert!(said.contains(&format!("<{here}>")), "{said}");
}

#[test]
fn another_report_gives_other_bytes() {
    let report = july();
    let mut later = report.clone();
    later.heading.prepared_at = "2026-08-01T08:01:00+02:00[Africa/Kigali]".parse().unwrap();
    assert_ne!(pdf(&report).unwrap(), pdf(&later).unwrap());
}

#[test]
fn c7_a_pdf_is_one_page_whatever_the_report_says() {
    let check = |from: &str, to: &str, sales: &[SaleLine]| {
        let mut heading = heading(from, to);
        heading.company = "東京 ☕ شركة 12 ".repeat(60);
        heading.currency = "a currency of no bank\n".repeat(9);
        let report = compile(heading, sales);
        assert_eq!(pages(&pdf(&report).unwrap()), 1);
    };
    check("2026-07-01", "2026-07-31", &[]);
    check(
        "2016-08-01",
        "2026-07-31",
        &[sale("2026-07-01", "", "", 0, "0")],
    );
    let most = Decimal::MAX.to_string();
    check(
        "2026-07-01",
        "2026-07-01",
        &[sale("2026-07-01", "X", "\0", u64::MAX, &most)],
    );
    let least = Decimal::MIN.to_string();
    check(
        "2026-07-01",
        "2026-07-02",
        &[sale("2026-07-02", "X", "\n", 1, &least)],
    );
    let many: Vec<SaleLine> = (0..300)
        .map(|n| {
            sale(
                "2026-07-05",
                &format!("SKU-{n}"),
                &format!("Kiosk {n}"),
                n,
                "1.5",
            )
        })
        .collect();
    check("2026-07-01", "2026-07-31", &many);
}

#[test]
fn sites_that_do_not_fit_share_the_last_row() {
    let check = |count: u64, last: &str, units: u64| {
        let sites: Vec<SiteLine> = (1..=count)
            .map(|n| SiteLine {
                site: format!("Site {n}"),
                total: Totals {
                    units: n,
                    revenue: Decimal::from(n),
                },
            })
            .collect();
        let rows = site_rows(&sites);
        assert!(rows.len() <= SITE_ROWS);
        let row = rows.last().unwrap();
        assert_eq!((row.site.as_str(), row.total.units), (last, units));
        let sum: u64 = rows.iter().map(|row| row.total.units).sum();
        assert_eq!(sum, count * (count + 1) / 2);
    };
    check(1, "Site 1", 1);
    check(9, "Site 9", 9);
    check(10, "2 other sites", 19);
    check(12, "4 other sites", 42);
}

#[test]
fn a_change_is_told_against_the_other_period() {
    let previous = july().previous;
    let check = |now: i64, before: Option<i64>, expect: &str| {
        let change = Change::of(Decimal::from(now), before.map(Decimal::from));
        assert_eq!(change.note(previous.as_ref()).0, expect);
    };
    check(150, Some(120), "▲ 25.0% on 31 May – 30 Jun 2026");
    check(100, Some(120), "▼ 16.7% on 31 May – 30 Jun 2026");
    check(120, Some(120), "as in 31 May – 30 Jun 2026");
    check(120, Some(0), "none in 31 May – 30 Jun 2026");
    check(120, Some(-5), "below zero in 31 May – 30 Jun 2026");
    check(120, None, "");
}

#[test]
fn a_period_is_told_in_as_few_words_as_are_clear() {
    let check = |from: &str, to: &str, expect: &str| {
        assert_eq!(days(heading(from, to).period), expect);
    };
    check("2026-07-01", "2026-07-01", "1 Jul 2026");
    check("2026-07-01", "2026-07-31", "1–31 Jul 2026");
    check("2026-06-28", "2026-07-04", "28 Jun – 4 Jul 2026");
    check("2025-12-29", "2026-01-04", "29 Dec 2025 – 4 Jan 2026");
    check("2025-07-01", "2026-07-31", "1 Jul 2025 – 31 Jul 2026");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_sales_give_one_page_and_the_same_bytes_twice(sales in any_sales()) {
        let report = compile(heading("2026-07-01", "2026-07-31"), &sales);
        let bytes = pdf(&report).unwrap();
        prop_assert_eq!(pages(&bytes), 1);
        prop_assert_eq!(bytes, pdf(&report).unwrap());
    }

    #[test]
    fn any_text_gives_one_page(
        company in any::<String>(),
        sku in any::<String>(),
        site in r"[\p{Latin}\p{Arabic}\p{Hebrew}\p{M}\p{N}\p{Z}\p{Cf}()]{0,60}",
    ) {
        let mut report = compile(
            heading("2026-07-01", "2026-07-31"),
            &[sale("2026-07-05", &sku, &site, 3, "4500")],
        );
        report.heading.company = company;
        prop_assert_eq!(pages(&pdf(&report).unwrap()), 1);
    }
}
