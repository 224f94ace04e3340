//! Sales follow from the model and the day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    ToSpan,
    civil::{Date, date},
};
use rust_decimal::Decimal;

use super::*;

#[test]
fn shipped_sales_fill_sixty_days_and_a_part_of_today() {
    let seed = load().unwrap();
    let today = date(2026, 3, 12);
    let sales = seed.sales(today);
    assert_eq!(sales, load().unwrap().sales(today));
    assert!(sales.is_sorted_by_key(|line| line.date));

    let mut units: BTreeMap<Date, u32> = BTreeMap::new();
    for line in &sales {
        *units.entry(line.date).or_default() += line.units;
    }
    let days: Vec<Date> = (0..=60).rev().map(|ago| today - ago.days()).collect();
    assert_eq!(units.keys().copied().collect::<Vec<_>>(), days);
    let usual = units[&date(2026, 3, 5)];
    assert!(units[&today] * 10 < usual * 7, "today is not over");
    assert!(units[&date(2026, 3, 8)] < usual, "a Sunday");

    let prices: BTreeMap<_, _> = seed.products.iter().map(|p| (&p.sku, p)).collect();
    for line in &sales {
        let product = prices[&line.sku];
        assert!(line.units > 0, "{line:?}");
        assert_eq!(line.product, product.name);
        assert_eq!(line.revenue, product.price * Decimal::from(line.units));
    }
    let sold: BTreeSet<_> = sales.iter().map(|line| &line.sku).collect();
    assert_eq!(sold.len(), 60);
}

/// The sales of the small company's only product per day, oldest first, with `sales` as its file.
fn units_a_day(sales: &str) -> Vec<u32> {
    let files = SeedFiles { sales, ..SMALL };
    let today = date(2026, 3, 12);
    let mut units = vec![0; 61];
    for line in Seed::parse(&files).unwrap().sales(today) {
        let ago = (today - line.date).get_days();
        units[60 - usize::try_from(ago).unwrap()] += line.units;
    }
    units
}

#[test]
fn no_day_of_the_shipped_sales_is_empty_whenever_it_is_seeded() {
    let seed = load().unwrap();
    let year = date(2026, 1, 1).series(1.day()).take(365);
    for today in year.step_by(13) {
        let days: BTreeSet<Date> = seed.sales(today).iter().map(|line| line.date).collect();
        assert_eq!(days.len(), 61, "{today}");
    }
}

#[test]
fn a_weekday_of_nought_is_a_closed_day() {
    let units = units_a_day(&SMALL.sales.replace("sunday = 100", "sunday = 0"));
    // The 12th of March 2026 is a Thursday: the last Sunday was 4 days ago.
    for (index, units) in units.iter().enumerate() {
        let sunday = (60 - index) % 7 == 4;
        assert_eq!(*units == 0, sunday, "{} days ago: {units}", 60 - index);
    }
}

#[test]
fn sales_follow_trend_events_and_the_hour() {
    let sum = |units: &[u32]| units.iter().sum::<u32>();
    // 100 a day, give or take 40.
    let plain = units_a_day(SMALL.sales);
    assert!(plain[..60].iter().all(|units| (60..=140).contains(units)));
    assert!((24..=56).contains(&plain[60]), "40 % of today");

    // Chance depends on the day alone, so each of these changes nothing else.
    let rising = units_a_day(&SMALL.sales.replace("weekly_trend = 0", "weekly_trend = 5"));
    assert_eq!(rising[54..], plain[54..]);
    let (then, now) = (sum(&rising[0..4]) * 100, sum(&plain[0..4]) * 60);
    assert!(then.abs_diff(now) <= 400, "60 % of today's, 8 weeks ago");

    let event = SMALL
        .sales
        .replace("percent = 100\nskus", "percent = 300\nskus");
    let event = units_a_day(&event);
    for (index, (event, plain)) in event.iter().zip(&plain).enumerate() {
        let busy = (50..=51).contains(&index);
        let expect = if busy { plain * 3 } else { *plain };
        assert!(event.abs_diff(expect) <= 3, "{index}: {event}, {plain}");
        assert!(busy || event == plain, "{index}");
    }
}

#[test]
fn a_slow_product_sells_now_and_then() {
    let units = units_a_day(&SMALL.sales.replace("goma-road = 100", "goma-road = 0.25"));
    let sum: u32 = units.iter().sum();
    assert!(units.iter().all(|units| *units <= 1), "{units:?}");
    assert!((8..=22).contains(&sum), "about 15: {sum}");
}

#[test]
fn the_same_day_gives_the_same_sales_on_every_machine() {
    let units = units_a_day(SMALL.sales);
    // Reckoned by a second implementation.
    assert_eq!(units[53..], [82, 75, 135, 128, 69, 130, 62, 35]);
}
