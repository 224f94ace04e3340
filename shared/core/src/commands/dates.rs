//! Reads dates and spans of dates as people write them, day before month.

use jiff::{ToSpan, civil::Date};

use super::{
    DateRange,
    calendar::{Point, Unit, YEARS, days_until, month, month_named, week, year},
    spelling,
    tokens::Token,
};

/// Dates found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The token after them.
    pub end: usize,
    /// Which; none if the calendar has no such date.
    pub dates: Option<DateRange>,
    /// How many words were misspelt.
    pub typos: u8,
}

/// The longest date or span of dates that begins at token `at`.
///
/// Weeks begin on Monday. What is going on ends today: "this month" is the 1st to today. "last 7
/// days" are today and the six days before. A date without a year is the latest that is not
/// after today.
pub(super) fn read(tokens: &[Token], at: usize, today: Date) -> Option<Found> {
    let mut reader = Reader {
        tokens,
        at,
        typos: 0,
        today,
    };
    let dates = reader.span()?;
    Some(Found {
        end: reader.at,
        dates,
        typos: reader.typos,
    })
}

const NUMBERS: [&str; 11] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
];

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    typos: u8,
    today: Date,
}

impl Reader<'_> {
    fn span(&mut self) -> Option<Option<DateRange>> {
        let is_since = self.word(&["since"]);
        let is_from = !is_since && self.word(&["from", "starting"]);
        let is_between = !is_since && !is_from && self.word(&["between", "btw", "btwn"]);
        let first = self.point()?;

        let after_first = (self.at, self.typos);
        let joined = if is_between {
            self.word(&["and", "to"]) || self.dash()
        } else {
            !is_since
                && (self.word(&["to", "until", "till", "upto", "through", "thru"]) || self.dash())
        };
        if joined && let Some(second) = self.point() {
            return Some(first.until(second, self.today));
        }
        (self.at, self.typos) = after_first;

        match first {
            Point::DayOnly(_) => None,
            _ if is_between => None,
            // "From 1 November" goes on until today, "from last week" is that week.
            Point::Relative(range) if !is_since => Some(Some(range)),
            _ if is_from || is_since => Some(
                first
                    .alone(self.today)
                    .filter(|range| range.first() <= self.today)
                    .map(|range| DateRange::new(range.first(), self.today)),
            ),
            _ => Some(first.alone(self.today)),
        }
    }

    fn point(&mut self) -> Option<Point> {
        let start = (self.at, self.typos);
        let point = self
            .relative()
            .map(Point::Relative)
            .or_else(|| self.numeric())
            .or_else(|| self.day_and_month())
            .or_else(|| self.month_first());
        if point.is_none() {
            (self.at, self.typos) = start;
        }
        point
    }

    fn relative(&mut self) -> Option<DateRange> {
        let today = self.today;
        let start = (self.at, self.typos);
        if self.word(&["today", "todays", "daily"]) {
            return Some(DateRange::day(today));
        }
        if self.word(&["yesterday", "yesterdays"]) {
            return Some(DateRange::day(today.saturating_sub(1.day())));
        }
        if self.word(&["day"]) && self.word(&["before"]) && self.word(&["yesterday"]) {
            return Some(DateRange::day(today.saturating_sub(2.days())));
        }
        (self.at, self.typos) = start;
        if self.word(&["weekly"]) {
            return Some(week(today).until(today));
        }
        if self.word(&["monthly"]) {
            return Some(month(today).until(today));
        }
        if self.word(&["this", "current"]) {
            return match self.unit()? {
                Unit::Day => Some(DateRange::day(today)),
                Unit::Week => Some(week(today).until(today)),
                Unit::Month => Some(month(today).until(today)),
                Unit::Year => Some(year(today).until(today)),
            };
        }
        let is_past = self.word(&["past"]);
        if !is_past && !self.word(&["last", "previous"]) {
            return None;
        }
        let count = self.count();
        let unit = self.unit()?;
        match count {
            Some(count) => days_until(today, count, unit),
            // "The past week" are the days up to now, "last week" is the one that is over.
            None if is_past => days_until(today, 1, unit),
            None => match unit {
                Unit::Day => None,
                Unit::Week => Some(week(today.saturating_sub(1.week()))),
                Unit::Month => Some(month(today.saturating_sub(1.month()))),
                Unit::Year => Some(year(today.saturating_sub(1.year()))),
            },
        }
    }

    /// `2026-11-01`, `01/11/2026`, `1.11.26`, `1/11`, `11/2026`.
    fn numeric(&mut self) -> Option<Point> {
        let word = self.peek()?.to_owned();
        let separator = word.chars().find(|c| !c.is_ascii_digit())?;
        if !matches!(separator, '-' | '/' | '.') {
            return None;
        }
        let parts: Option<Vec<i16>> = word
            .split(separator)
            .map(|part| part.parse().ok().filter(|_| part.len() <= 4))
            .collect();
        let is_year_first = word.find(separator) == Some(4);
        let small = |number: i16| i8::try_from(number).unwrap_or(0);
        let point = match *parts?.as_slice() {
            [year, month, day] if is_year_first => Point::exact(year, small(month), small(day)),
            [day, month, year] if (0..100).contains(&year) => {
                Point::exact(2000 + year, small(month), small(day))
            }
            [day, month, year] => Point::exact(year, small(month), small(day)),
            [month, year] if YEARS.contains(&year) => {
                Point::month_of(year, small(month), self.today)
            }
            [day, month] if separator == '/' => Point::yearless(small(month), Some(small(day))),
            _ => return None,
        };
        self.advance();
        Some(point)
    }

    /// `1 Nov`, `1st of November 2026`, `1nov`; or the day alone.
    fn day_and_month(&mut self) -> Option<Point> {
        let word = self.peek()?;
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (day, suffix) = word.split_at(digits);
        if !(1..=2).contains(&digits) {
            return None;
        }
        let day = day.parse().ok()?;
        let glued = month_named(suffix);
        if glued.is_none() && !matches!(suffix, "" | "st" | "nd" | "rd" | "th") {
            return None;
        }
        self.advance();
        let after_day = self.at;
        let month = match glued {
            Some((month, typos)) => {
                self.typos = self.typos.saturating_add(typos);
                Some(month)
            }
            None => {
                self.word(&["of"]);
                self.month()
            }
        };
        let Some(month) = month else {
            self.at = after_day;
            return Some(Point::DayOnly(day));
        };
        Some(match self.year() {
            Some(year) => Point::exact(year, month, day),
            None => Point::yearless(month, Some(day)),
        })
    }

    /// `Nov 1`, `November 1st 2026`, `November 2026`, `(month of) November`.
    fn month_first(&mut self) -> Option<Point> {
        if self.word(&["month"]) && !self.word(&["of"]) {
            return None;
        }
        let number = self.month()?;
        if let Some(year) = self.year() {
            return Some(Point::month_of(year, number, self.today));
        }
        let day = self.peek().and_then(|word| {
            let day = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let is_day =
                day.len() <= 2 && matches!(&word[day.len()..], "" | "st" | "nd" | "rd" | "th");
            day.parse::<i8>().ok().filter(|_| is_day)
        });
        let Some(day) = day else {
            return Some(Point::yearless(number, None));
        };
        self.advance();
        Some(match self.year() {
            Some(year) => Point::exact(year, number, day),
            None => Point::yearless(number, Some(day)),
        })
    }

    fn month(&mut self) -> Option<i8> {
        let (month, typos) = month_named(self.peek()?)?;
        self.typos = self.typos.saturating_add(typos);
        self.advance();
        Some(month)
    }

    fn year(&mut self) -> Option<i16> {
        let word = self.peek()?;
        let year = word.parse().ok().filter(|_| word.len() == 4)?;
        if !YEARS.contains(&year) {
            return None;
        }
        self.advance();
        Some(year)
    }

    fn unit(&mut self) -> Option<Unit> {
        for (unit, names) in [
            (Unit::Day, ["day", "days"]),
            (Unit::Week, ["week", "weeks"]),
            (Unit::Month, ["month", "months"]),
            (Unit::Year, ["year", "years"]),
        ] {
            if self.word(&names) {
                return Some(unit);
            }
        }
        None
    }

    fn count(&mut self) -> Option<i32> {
        let word = self.peek()?;
        let count = match NUMBERS.iter().position(|number| *number == word) {
            Some(number) => i32::try_from(number).ok()?,
            None => word.parse().ok()?,
        };
        self.advance();
        Some(count)
    }

    fn word(&mut self, words: &[&str]) -> bool {
        let Some((_, typos)) = self.peek().and_then(|word| spelling::nearest(word, words)) else {
            return false;
        };
        self.typos = self.typos.saturating_add(typos);
        self.advance();
        true
    }

    fn dash(&mut self) -> bool {
        let is_dash = self.tokens.get(self.at).is_some_and(Token::is_dash);
        self.at += usize::from(is_dash);
        is_dash
    }

    /// The next word that is not an article.
    fn peek(&self) -> Option<&str> {
        let rest = self.tokens.get(self.at..)?;
        let token = rest.iter().find(|token| !token.is_article())?;
        Some(&token.word)
    }

    fn advance(&mut self) {
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        let articles = rest.iter().take_while(|token| token.is_article()).count();
        self.at += articles + 1;
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::commands::tokens::tokens;

    /// A Wednesday.
    const TODAY: Date = date(2026, 11, 18);

    fn read_all(text: &str) -> Option<Option<DateRange>> {
        let tokens = tokens(text);
        read(&tokens, 0, TODAY)
            .filter(|found| found.end == tokens.len())
            .map(|found| found.dates)
    }

    #[test]
    fn c3_dates_are_read() {
        let check = |text: &str, from: (i16, i8, i8), to: (i16, i8, i8)| {
            let expect = DateRange::new(date(from.0, from.1, from.2), date(to.0, to.1, to.2));
            assert_eq!(read_all(text), Some(Some(expect)), "{text:?}");
        };
        let day =
            |text: &str, year, month, day| check(text, (year, month, day), (year, month, day));
        day("today", 2026, 11, 18);
        day("Yesterday", 2026, 11, 17);
        day("the day before yesterday", 2026, 11, 16);
        day("2026-11-01", 2026, 11, 1);
        day("01/11/2026", 2026, 11, 1);
        day("1.11.26", 2026, 11, 1);
        day("1-11-2026", 2026, 11, 1);
        day("1/11", 2026, 11, 1);
        day("1 Nov", 2026, 11, 1);
        day("1nov", 2026, 11, 1);
        day("1st of November", 2026, 11, 1);
        day("the 2nd november 2025", 2025, 11, 2);
        day("Nov 3rd, 2025", 2025, 11, 3);
        day("novmber 3", 2026, 11, 3);
        // Not after today: last year's.
        day("25 dec", 2025, 12, 25);
        day("29 feb", 2024, 2, 29);
        check("this week", (2026, 11, 16), (2026, 11, 18));
        check("last week", (2026, 11, 9), (2026, 11, 15));
        check("this month", (2026, 11, 1), (2026, 11, 18));
        check("last month", (2026, 10, 1), (2026, 10, 31));
        check("this year", (2026, 1, 1), (2026, 11, 18));
        check("last year", (2025, 1, 1), (2025, 12, 31));
        check("last 7 days", (2026, 11, 12), (2026, 11, 18));
        check("the past 30 days", (2026, 10, 20), (2026, 11, 18));
        check("last two weeks", (2026, 11, 5), (2026, 11, 18));
        check("past week", (2026, 11, 12), (2026, 11, 18));
        check("last 3 months", (2026, 8, 19), (2026, 11, 18));
        check("november", (2026, 11, 1), (2026, 11, 18));
        check("december", (2025, 12, 1), (2025, 12, 31));
        check("the month of october", (2026, 10, 1), (2026, 10, 31));
        check("10/2026", (2026, 10, 1), (2026, 10, 31));
        check("Feb 2024", (2024, 2, 1), (2024, 2, 29));
        check("from 1 nov to 5 nov", (2026, 11, 1), (2026, 11, 5));
        check("between 1 nov and 5 nov 2025", (2025, 11, 1), (2025, 11, 5));
        check("1 Nov - 5 Nov", (2026, 11, 1), (2026, 11, 5));
        check("1-15 november", (2026, 11, 1), (2026, 11, 15));
        check("1 to 15 november 2025", (2025, 11, 1), (2025, 11, 15));
        check("01/11/2026-05/11/2026", (2026, 11, 1), (2026, 11, 5));
        check("2026-11-01 to 2026-11-05", (2026, 11, 1), (2026, 11, 5));
        check("from 1 nov till today", (2026, 11, 1), (2026, 11, 18));
        check("since 1 nov", (2026, 11, 1), (2026, 11, 18));
        check("from 1 nov", (2026, 11, 1), (2026, 11, 18));
        check("from last week", (2026, 11, 9), (2026, 11, 15));
        check("from september to november", (2026, 9, 1), (2026, 11, 30));
        // A span over the turn of the year, one into the future, one the wrong way round.
        check("25 dec to 5 jan", (2025, 12, 25), (2026, 1, 5));
        check("1 nov to 30 nov", (2026, 11, 1), (2026, 11, 30));
        check("10 nov to 1 nov", (2026, 11, 1), (2026, 11, 10));
        check("2026-11-05 to 2026-11-01", (2026, 11, 1), (2026, 11, 5));
        check(
            "between 20 nov and 1 nov 2026",
            (2026, 11, 1),
            (2026, 11, 20),
        );
        check("25 dec to 5 jan 2026", (2025, 12, 25), (2026, 1, 5));
        check("15 jan to 20 nov", (2026, 1, 15), (2026, 11, 20));
        check("january to november 2026", (2026, 1, 1), (2026, 11, 18));
    }

    #[test]
    fn c3_dates_no_calendar_has_are_noticed() {
        for text in [
            "31 feb",
            "30 Feb 2026",
            "29 feb 2025",
            "31/11",
            "11/31/2026",
            "2026-13-01",
            "32 nov",
            "0 nov",
            "from 31 feb to 5 march",
            "1 nov - 31 nov",
            "01/11/1026",
            "since 1 dec 2026",
        ] {
            assert_eq!(read_all(text), Some(None), "{text:?}");
        }
    }

    #[test]
    fn c3_what_is_no_date_is_left_alone() {
        for text in [
            "",
            "nairobi",
            "5",
            "the 5th",
            "last",
            "last 0 days",
            "last 99999999999 days",
            "between 1 nov",
            "1/2/3/4",
            "this",
            "1.5",
            "last day",
        ] {
            assert_eq!(read_all(text), None, "{text:?}");
        }
    }
}
