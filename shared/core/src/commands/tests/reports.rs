//! Asking for reports.

use super::*;

#[test]
fn c3_sales_reports_and_their_days() {
    let today = sales(TODAY, TODAY);
    for text in [
        "sales",
        "sales report",
        "Sales report please",
        "sales today",
        "today's sales",
        "today\u{2019}s sales report",
        "daily sales report",
        "report on sales",
        "report of sales for today",
        "generate sales report",
        "please generate a sales report for me",
        "can I have the sales report",
        "i need today's sales figures",
        "how much did we sell today?",
        "how are sales today",
        "what are our sales today",
        "give me sales report now",
    ] {
        check(text, today.clone());
    }
    let last_week = sales(date(2026, 11, 9), date(2026, 11, 15));
    for text in [
        "sales report for last week",
        "Sales report last week",
        "last week's sales",
        "last week sales report",
        "send me the sales report for last week, thanks",
        "create sales report for the last week",
        "how much did we sell last week",
        "what were last week's sales?",
        "report for last week on sales",
        "i would like a sales report from 9 nov to 15 nov",
    ] {
        check(text, last_week.clone());
    }
    check(
        "sales yesterday",
        sales(date(2026, 11, 17), date(2026, 11, 17)),
    );
    check("sales this week", sales(date(2026, 11, 16), TODAY));
    check("weekly sales report", sales(date(2026, 11, 16), TODAY));
    check("sales report this month", sales(date(2026, 11, 1), TODAY));
    check(
        "sales report for the month of october",
        sales(date(2026, 10, 1), date(2026, 10, 31)),
    );
    check(
        "sales for last month",
        sales(date(2026, 10, 1), date(2026, 10, 31)),
    );
    check(
        "october sales",
        sales(date(2026, 10, 1), date(2026, 10, 31)),
    );
    check(
        "sales for the last 7 days",
        sales(date(2026, 11, 12), TODAY),
    );
    check(
        "sales report past 30 days",
        sales(date(2026, 10, 20), TODAY),
    );
    check(
        "sales on 2026-11-01",
        sales(date(2026, 11, 1), date(2026, 11, 1)),
    );
    check(
        "sales report for 1 Nov",
        sales(date(2026, 11, 1), date(2026, 11, 1)),
    );
    check(
        "sales report 01/11/2026",
        sales(date(2026, 11, 1), date(2026, 11, 1)),
    );
    check(
        "sales from 1 Nov to 5 Nov",
        sales(date(2026, 11, 1), date(2026, 11, 5)),
    );
    check(
        "sales between 1 Nov and 5 Nov",
        sales(date(2026, 11, 1), date(2026, 11, 5)),
    );
    check(
        "sales 1 Nov - 5 Nov",
        sales(date(2026, 11, 1), date(2026, 11, 5)),
    );
    check(
        "sales 5/11/2026 to 1/11/2026",
        sales(date(2026, 11, 1), date(2026, 11, 5)),
    );
}

#[test]
fn c4_a_missing_report_type_is_asked_for() {
    for text in [
        "report",
        "reports",
        "generate a report",
        "i need a report please",
        "report for last week",
        "weekly report",
        "inventory report",
        "stock report for last month",
        "supplier report",
        "Financial report",
        "financial report for october",
        "what reports are there?",
    ] {
        check_missing(text, Intent::GenerateReport, Entity::ReportType);
    }
    assert!(Entity::ReportType.question().contains("sales"));
}

#[test]
fn c3_an_impossible_date_is_asked_about() {
    for text in [
        "sales report for 31 feb",
        "sales 30/02/2026",
        "sales from 31 feb to 5 march",
        "report for 31 feb",
    ] {
        check_missing(text, Intent::GenerateReport, Entity::DateRange);
    }
}
