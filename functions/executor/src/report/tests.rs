//! Tests of the fold, and the sample sales the renderers' tests share.

use proptest::prelude::*;

use super::*;

pub(super) fn heading(from: &str, to: &str) -> Heading {
    Heading {
        company: "Imena Provisions Ltd".to_owned(),
        currency: "RWF".to_owned(),
        period: period(from, to),
        prepared_at: "2026-08-01T08:00:00+02:00[Africa/Kigali]".parse().unwrap(),
    }
}

pub(super) fn sale(date: &str, sku: &str, site: &str, units: u64, revenue: &str) -> SaleLine {
    let product = match sku {
        "TEA-250" => "Thé de montagne 250 g",
        "COF-500" => "Café Bourbon 500 g",
        "HON-1" => "Wild honey 1 l",
        other => other,
    };
    SaleLine {
        date: date.parse().unwrap(),
        sku: sku.to_owned(),
        product: product.to_owned(),
        site: site.to_owned(),
        units,
        revenue: revenue.parse().unwrap(),
    }
}

/// Sales of late June to early August 2026, so some lie outside of any July report.
pub(super) fn any_sales() -> impl Strategy<Value = Vec<SaleLine>> {
    let line = (
        -5_i64..40,
        0_usize..14,
        0_usize..5,
        0_u64..1_000,
        -100_000_i64..10_000_000,
        0_u32..4,
    );
    let line = line.prop_map(|(day, product, site, units, mantissa, scale)| SaleLine {
        date: Date::constant(2026, 7, 1).checked_add(day.days()).unwrap(),
        sku: format!("SKU-{product}"),
        product: format!("Product {}", product % 3),
        site: ["Remera", "Kimironko", "Huye", "Musanze", "Rubavu"][site].to_owned(),
        units,
        revenue: Decimal::new(mantissa, scale),
    });
    proptest::collection::vec(line, 0..60)
}

fn period(from: &str, to: &str) -> Period {
    Period::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

fn totals(units: u64, revenue: &str) -> Totals {
    Totals {
        units,
        revenue: revenue.parse().unwrap(),
    }
}

#[test]
fn c7_a_report_is_what_the_hand_checked_table_says() {
    // Kigali: 3 + 1 + 4 = 8 units, 6000 + 7500.50 + 8000 = 21500.50.
    // Huye:   2 + 5     = 7 units, 15001 + 20000     = 35001.
    // Musanze: a refund only, -500.
    let sales = [
        sale("2026-07-01", "TEA-250", "Kigali", 3, "6000"),
        sale("2026-07-01", "COF-500", "Kigali", 1, "7500.50"),
        sale("2026-07-03", "COF-500", "Huye", 2, "15001"),
        sale("2026-07-03", "TEA-250", "Kigali", 1, "2000"),
        sale("2026-07-03", "TEA-250", "Kigali", 3, "6000"),
        sale("2026-07-03", "HON-1", "Huye", 5, "20000"),
        sale("2026-07-02", "HON-1", "Musanze", 0, "-500"),
        sale("2026-06-30", "HON-1", "Huye", 9, "36000"),
        sale("2026-07-04", "HON-1", "Huye", 9, "36000"),
    ];
    let heading = heading("2026-07-01", "2026-07-03");
    let previous = Comparison {
        period: heading.period.preceding().unwrap(),
        total: Totals::of(heading.period.preceding().unwrap(), &sales).unwrap(),
    };
    let site = |site: &str, total| SiteLine {
        site: site.to_owned(),
        total,
    };
    let product = |sku: &str, total| ProductLine {
        sku: sku.to_owned(),
        product: sale("2026-07-01", sku, "", 0, "0").product,
        total,
    };
    let day = |date: &str, total| DayLine {
        date: date.parse().unwrap(),
        total,
    };
    assert_eq!(
        SalesReport::compile(heading.clone(), &sales, Some(previous)).unwrap(),
        SalesReport {
            heading,
            total: totals(15, "56001.50"),
            previous: Some(Comparison {
                period: period("2026-06-28", "2026-06-30"),
                total: totals(9, "36000"),
            }),
            by_site: vec![
                site("Huye", totals(7, "35001")),
                site("Kigali", totals(8, "21500.50")),
                site("Musanze", totals(0, "-500")),
            ],
            top_products: vec![
                product("COF-500", totals(3, "22501.50")),
                product("HON-1", totals(5, "19500")),
                product("TEA-250", totals(7, "14000")),
            ],
            by_day: vec![
                day("2026-07-01", totals(4, "13500.50")),
                day("2026-07-02", totals(0, "-500")),
                day("2026-07-03", totals(11, "43001")),
            ],
            lines: vec![
                sale("2026-07-01", "COF-500", "Kigali", 1, "7500.50"),
                sale("2026-07-01", "TEA-250", "Kigali", 3, "6000"),
                sale("2026-07-02", "HON-1", "Musanze", 0, "-500"),
                sale("2026-07-03", "COF-500", "Huye", 2, "15001"),
                sale("2026-07-03", "HON-1", "Huye", 5, "20000"),
                sale("2026-07-03", "TEA-250", "Kigali", 4, "8000"),
            ],
        }
    );
}

#[test]
fn equals_are_in_order_of_their_names() {
    let sales = [
        sale("2026-07-01", "B", "Rubavu", 1, "5.0"),
        sale("2026-07-01", "C", "Huye", 9, "5.00"),
        sale("2026-07-01", "A", "Kigali", 2, "5"),
    ];
    let report = SalesReport::compile(heading("2026-07-01", "2026-07-01"), &sales, None).unwrap();
    let sites: Vec<&str> = report.by_site.iter().map(|l| l.site.as_str()).collect();
    let skus: Vec<&str> = report.top_products.iter().map(|l| l.sku.as_str()).collect();
    assert_eq!(sites, ["Huye", "Kigali", "Rubavu"]);
    assert_eq!(skus, ["A", "B", "C"]);
}

#[test]
fn a_product_goes_by_its_latest_name() {
    let named = |date: &str, product: &str| SaleLine {
        product: product.to_owned(),
        ..sale(date, "TEA-250", "Huye", 1, "1")
    };
    let check = |sales: &[SaleLine], expect: &str| {
        let heading = heading("2026-07-01", "2026-07-31");
        let report = SalesReport::compile(heading, sales, None).unwrap();
        assert_eq!(report.top_products[0].product, expect);
    };
    check(
        &[named("2026-07-02", "New"), named("2026-07-01", "Old")],
        "New",
    );
    check(&[named("2026-07-02", "B"), named("2026-07-02", "A")], "A");
    check(
        &[named("2026-07-02", "In"), named("2026-08-01", "Out")],
        "In",
    );
}

#[test]
fn a_sum_is_exact_or_refused() {
    let check = |a: &str, b: &str, expect: Option<&str>| {
        let sum = exact_sum(a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(sum.map(|sum| sum.to_string()).as_deref(), expect);
    };
    let most = Decimal::MAX.to_string();
    check("0.10", "0.2", Some("0.3"));
    check("0.00", "5", Some("5"));
    check("1.25", "-1.25", Some("0"));
    check(&most, "0", Some(&most));
    check(&most, "1", None);
    check(&most, "0.5", None);
    check("7922816251426433759354395033.5", "0.01", None);
}

#[test]
fn too_large_a_sum_names_its_day() {
    let sales = [
        sale("2026-07-01", "A", "Huye", u64::MAX, "1"),
        sale("2026-07-02", "A", "Huye", 1, "1"),
    ];
    let report = SalesReport::compile(heading("2026-07-01", "2026-07-31"), &sales, None);
    let date = sales[1].date;
    assert_eq!(report, Err(ReportError::TooLarge { date }));
}

#[test]
fn a_period_is_neither_empty_nor_endless() {
    let check = |from: &str, to: &str, days: Option<u32>| {
        let period = Period::new(from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(period.ok().map(|period| period.days()), days);
    };
    check("2026-07-01", "2026-07-01", Some(1));
    check("2026-07-01", "2026-07-31", Some(31));
    check("2026-07-02", "2026-07-01", None);
    check("2016-01-01", "2026-01-07", Some(3_660));
    check("2016-01-01", "2026-01-08", None);
    check("-009999-01-01", "9999-12-31", None);
}

#[test]
fn the_preceding_period_is_as_long_and_ends_the_day_before() {
    let check = |of: Period, expect: Option<Period>| assert_eq!(of.preceding(), expect);
    check(
        period("2026-07-01", "2026-07-31"),
        Some(period("2026-05-31", "2026-06-30")),
    );
    check(
        period("2026-07-20", "2026-07-20"),
        Some(period("2026-07-19", "2026-07-19")),
    );
    check(period("-009999-01-01", "-009999-01-02"), None);
}

proptest! {
    #[test]
    fn c7_sites_days_lines_and_the_total_agree(sales in any_sales()) {
        let heading = heading("2026-07-01", "2026-07-31");
        let report = SalesReport::compile(heading, &sales, None).unwrap();
        let sum = |parts: Vec<Totals>| Totals {
            units: parts.iter().map(|part| part.units).sum(),
            revenue: parts.iter().map(|part| part.revenue).sum(),
        };
        let sites = report.by_site.iter().map(|line| line.total).collect();
        let days = report.by_day.iter().map(|line| line.total).collect();
        prop_assert_eq!(sum(sites), report.total);
        prop_assert_eq!(sum(days), report.total);
        prop_assert_eq!(Totals::of(report.heading.period, &report.lines).unwrap(), report.total);
        prop_assert_eq!(report.by_day.len(), 31);
        if report.top_products.len() < TOP_PRODUCTS {
            let products = report.top_products.iter().map(|line| line.total).collect();
            prop_assert_eq!(sum(products), report.total);
        }
    }

    #[test]
    fn the_order_of_sales_does_not_matter(
        (sales, shuffled) in any_sales().prop_flat_map(|s| (Just(s.clone()), Just(s).prop_shuffle()))
    ) {
        let heading = heading("2026-07-01", "2026-07-31");
        prop_assert_eq!(
            SalesReport::compile(heading.clone(), &sales, None),
            SalesReport::compile(heading, &shuffled, None)
        );
    }
}
