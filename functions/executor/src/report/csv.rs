//! The report's lines as comma-separated values.

use rust_decimal::Decimal;

use super::SalesReport;
use super::money::exact_amount;

const HEADER: &str = "date,site,sku,product,units,revenue,currency\r\n";

/// The report's lines as RFC 4180: UTF-8 without a byte order mark, CRLF, a header, and one row
/// per day, site and SKU in that order. Amounts are exact and without separators.
///
/// A cell that a spreadsheet would run as a formula gets an apostrophe in front; anything that
/// reads as a number is left alone.
pub fn csv(report: &SalesReport) -> Vec<u8> {
    let currency = &report.heading.currency;
    let mut table = String::from(HEADER);
    for line in &report.lines {
        let row = [
            line.date.to_string(),
            line.site.clone(),
            line.sku.clone(),
            line.product.clone(),
            line.units.to_string(),
            exact_amount(currency, line.revenue),
            currency.clone(),
        ];
        let cells = row.map(|cell| quoted(guarded(cell)));
        table.push_str(&cells.join(","));
        table.push_str("\r\n");
    }
    table.into_bytes()
}

/// Disarms what Excel, LibreOffice or Google Sheets take for a formula, by OWASP's advice on CSV
/// injection: the four signs, their full-width twins, tab and the line breaks.
fn guarded(cell: String) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula && cell.parse::<Decimal>().is_err() {
        format!("'{cell}")
    } else {
        cell
    }
}

fn quoted(cell: String) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{any_sales, heading, sale};
    use super::*;

    fn rows(sales: &[super::super::SaleLine]) -> Vec<Vec<String>> {
        let report = SalesReport::compile(heading("2026-07-01", "2026-07-31"), sales, None);
        let bytes = csv(&report.unwrap());
        ::csv::ReaderBuilder::new()
            .from_reader(bytes.as_slice())
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn c7_a_csv_has_one_row_per_day_site_and_sku() {
        let sales = [
            sale("2026-07-02", "TEA-250", "Nyungwe", 2, "4000"),
            sale("2026-07-01", "COF-500", "Kigali, \"Heights\"", 1, "7500.5"),
            sale("2026-07-02", "TEA-250", "Nyungwe", 3, "6000"),
        ];
        let report = SalesReport::compile(heading("2026-07-01", "2026-07-31"), &sales, None);
        assert_eq!(
            String::from_utf8(csv(&report.unwrap())).unwrap(),
            "date,site,sku,product,units,revenue,currency\r\n\
             2026-07-01,\"Kigali, \"\"Heights\"\"\",COF-500,Café Bourbon 500 g,1,7500.5,RWF\r\n\
             2026-07-02,Nyungwe,TEA-250,Thé de montagne 250 g,5,10000,RWF\r\n"
        );
    }

    #[test]
    fn c7_a_cell_that_would_run_as_a_formula_is_disarmed() {
        let check = |cell: &str, expect: &str| {
            let rows = rows(&[sale("2026-07-01", "TEA-250", cell, 1, "-10")]);
            assert_eq!(rows[0][1], expect);
            assert_eq!(rows[0][5], "-10", "a negative amount stays a number");
        };
        check("=1+1", "'=1+1");
        check("+250 788 000 111", "'+250 788 000 111");
        check("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r\n=1", "'\r\n=1");
        check("＝1", "'＝1");
        check("-12.5", "-12.5");
        check("+7", "+7");
        check("Remera = main", "Remera = main");
        check("", "");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(site in any::<String>()) {
            let rows = rows(&[sale("2026-07-01", "TEA-250", &site, 1, "1")]);
            let read = &rows[0][1];
            let guarded = format!("'{site}");
            prop_assert!([&site, &guarded].contains(&read), "{}", read);
        }

        #[test]
        fn rows_add_up_to_the_reports_total(sales in any_sales()) {
            let heading = heading("2026-07-01", "2026-07-31");
            let report = SalesReport::compile(heading, &sales, None).unwrap();
            let rows = rows(&sales);
            let revenue: Decimal = rows.iter().map(|row| row[5].parse::<Decimal>().unwrap()).sum();
            let units: u64 = rows.iter().map(|row| row[4].parse::<u64>().unwrap()).sum();
            prop_assert_eq!((units, revenue), (report.total.units, report.total.revenue));
        }
    }
}
