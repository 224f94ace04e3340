//! Amounts as people read them and as spreadsheets read them.

use rust_decimal::{Decimal, RoundingStrategy};

/// An amount for people, with its currency and thousands separators: `RWF 1,234,568`,
/// `USD -1,234.50`. Rounded half away from zero to the currency's own decimals.
pub fn format_money(currency: &str, amount: Decimal) -> String {
    format!("{currency} {}", format_amount(currency, amount))
}

/// [`format_money`] without the currency's code, for columns whose title has it.
pub(super) fn format_amount(currency: &str, amount: Decimal) -> String {
    let digits = minor_digits(currency);
    let rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    // An amount that rounds to nothing must not read "-0".
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() {
        "-"
    } else {
        ""
    };
    let plain = format!("{:.*}", digits as usize, rounded.abs());
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", group(whole)),
        None => format!("{sign}{}", group(&plain)),
    }
}

/// An amount for machines: no separators, never rounded, at least the currency's own decimals.
pub(super) fn exact_amount(currency: &str, amount: Decimal) -> String {
    let amount = amount.normalize();
    let digits = minor_digits(currency).max(amount.scale());
    format!("{amount:.*}", digits as usize)
}

/// A whole number with thousands separators: `12,345`.
pub(super) fn format_count(count: u64) -> String {
    group(&count.to_string())
}

/// How many decimals the currency has by ISO 4217 (list one of SIX, its maintenance agency);
/// two for codes not known here.
fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Puts a comma between each three of `digits`, counted from the right.
fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_separators_and_the_currencys_decimals() {
        let check = |currency, amount: &str, expect| {
            assert_eq!(format_money(currency, amount.parse().unwrap()), expect);
        };
        check("RWF", "0", "RWF 0");
        check("RWF", "999", "RWF 999");
        check("RWF", "1000", "RWF 1,000");
        check("RWF", "1234567.5", "RWF 1,234,568");
        check("RWF", "-0.4", "RWF 0");
        check("RWF", "-1500", "RWF -1,500");
        check("USD", "1234.5", "USD 1,234.50");
        check("USD", "-0.005", "USD -0.01");
        check("EUR", "999999.999", "EUR 1,000,000.00");
        check("KWD", "1.2345", "KWD 1.235");
        check(
            "RWF",
            "79228162514264337593543950335",
            "RWF 79,228,162,514,264,337,593,543,950,335",
        );
    }

    #[test]
    fn machines_read_every_digit() {
        let check = |currency, amount: &str, expect| {
            assert_eq!(exact_amount(currency, amount.parse().unwrap()), expect);
        };
        check("RWF", "1234567", "1234567");
        check("RWF", "1234567.500", "1234567.5");
        check("USD", "1234.5", "1234.50");
        check("USD", "0.12345", "0.12345");
        check("USD", "-20", "-20.00");
    }
}
