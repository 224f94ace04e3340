//! How values are put for people to read.

pub(crate) use countersign_core::safety::shown;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A point in time. Whoever decides may be anywhere, so it is in UTC and says so.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%-d %b %Y, %H:%M UTC")
        .to_string()
}

/// How long is left, in its two largest units, rounded down: nobody is promised a minute too many.
pub(crate) fn left(time: SignedDuration) -> String {
    let minutes = time.as_mins();
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    match (days, hours, minutes % 60) {
        (0, 0, ..1) => "less than a minute".to_owned(),
        (0, 0, minutes) => count(minutes, "minute"),
        (0, hours, 0) => count(hours, "hour"),
        (0, hours, minutes) => format!("{} {}", count(hours, "hour"), count(minutes, "minute")),
        (days, 0, _) => count(days, "day"),
        (days, hours, _) => format!("{} {}", count(days, "day"), count(hours, "hour")),
    }
}

/// A size, with two digits at least where there are any.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if size < 9.95 {
        format!("{size:.1} {}", UNITS[unit])
    } else {
        format!("{size:.0} {}", UNITS[unit])
    }
}

/// The usual name of a MIME type, or the type itself.
pub(crate) fn kind(media_type: &str) -> String {
    match media_type {
        "application/pdf" => "PDF".to_owned(),
        "text/csv" => "CSV".to_owned(),
        "application/json" => "JSON".to_owned(),
        other => shown(other),
    }
}

fn count(number: i64, unit: &str) -> String {
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p7_time_left_is_put_in_words() {
        for (seconds, expect) in [
            (-5, "less than a minute"),
            (59, "less than a minute"),
            (60, "1 minute"),
            (59 * 60 + 59, "59 minutes"),
            (60 * 60, "1 hour"),
            (2 * 3600 + 61, "2 hours 1 minute"),
            (24 * 3600 - 1, "23 hours 59 minutes"),
            (24 * 3600 + 59, "1 day"),
            (3 * 24 * 3600 + 5 * 3600, "3 days 5 hours"),
        ] {
            assert_eq!(left(SignedDuration::from_secs(seconds)), expect);
        }
    }

    #[test]
    fn p7_sizes_are_put_in_words() {
        for (bytes, expect) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 KB"),
            (18_432, "18 KB"),
            (999_499, "999 KB"),
            (999_500, "1.0 MB"),
            (2_500_000, "2.5 MB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(size(bytes), expect);
        }
    }

    #[test]
    fn p7_a_moment_names_its_time_zone() {
        let at = "2026-11-01T08:05:59Z".parse().unwrap();
        assert_eq!(moment(at), "1 Nov 2026, 08:05 UTC");
    }
}
