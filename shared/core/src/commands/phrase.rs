//! The little language that the table of commands is written in, and its matching.
//!
//! A phrase is words and slots. `a|b` is either word, `?` after a word or slot makes it optional,
//! `{product}` and its like take what a customer fills in. Articles and polite words may stand
//! anywhere. A phrase matches a whole text or it doesn't; a part of a text is a hint.

use jiff::civil::Date;

use super::{Entities, dates, names, spelling, tokens::Token};
use crate::tool::{InventoryArguments, ReportKind, Severity};

/// A phrase of the table.
#[derive(Debug)]
pub(super) struct Phrase {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    what: What,
    is_optional: bool,
}

#[derive(Debug)]
enum What {
    AnyOf(Vec<&'static str>),
    Slot(Slot),
}

#[derive(Debug, Clone, Copy)]
enum Slot {
    /// A SKU.
    Sku,
    /// A SKU or a product's name.
    Product,
    /// How bad.
    Severity,
    /// A type of report that can be made.
    Report,
    /// A verb that tells the type of report.
    Selling,
    /// A type of report that can't be made yet.
    OtherReport,
    /// Dates or a span of dates.
    Dates,
    /// "boxes of" and the like.
    Unit,
    /// "left", "in stock", "now" and the like.
    Tail,
}

/// How much of the tokens a phrase has to account for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of them, from its beginning on.
    Whole,
    /// A part. What a free name would be is then anybody's guess, so it must be a SKU.
    Part,
}

/// What a phrase made of some tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct Match {
    /// The token after it.
    pub end: usize,
    /// Words that were misspelt.
    pub typos: u8,
    /// Words and entities that were not.
    pub exact: u8,
    /// What was filled in.
    pub entities: Entities,
    /// Dates were given that no calendar has.
    pub has_impossible_dates: bool,
}

impl Phrase {
    /// Reads a phrase of the table.
    pub fn read(text: &'static str) -> Self {
        let parts = text
            .split_ascii_whitespace()
            .map(|part| {
                let (part, is_optional) = match part.strip_suffix('?') {
                    Some(part) => (part, true),
                    None => (part, false),
                };
                let what = match part {
                    "{sku}" => What::Slot(Slot::Sku),
                    "{product}" => What::Slot(Slot::Product),
                    "{severity}" => What::Slot(Slot::Severity),
                    "{report}" => What::Slot(Slot::Report),
                    "{selling}" => What::Slot(Slot::Selling),
                    "{other_report}" => What::Slot(Slot::OtherReport),
                    "{dates}" => What::Slot(Slot::Dates),
                    "{unit}" => What::Slot(Slot::Unit),
                    "{tail}" => What::Slot(Slot::Tail),
                    // No token has braces, so a misspelt slot matches nothing; a test finds it.
                    words => What::AnyOf(words.split('|').collect()),
                };
                Part { what, is_optional }
            })
            .collect();
        Self { parts }
    }

    /// Whether it says what is wanted, and doesn't merely name a product.
    pub fn says_what(&self) -> bool {
        self.parts
            .iter()
            .filter(|part| !part.is_optional)
            .any(|part| {
                let names_a_product = matches!(part.what, What::Slot(Slot::Sku | Slot::Product));
                !names_a_product
            })
    }

    /// What the phrase makes of the tokens from `start` on.
    pub fn matches(
        &self,
        tokens: &[Token],
        start: usize,
        extent: Extent,
        today: Date,
    ) -> Option<Match> {
        let matching = Matching {
            tokens,
            extent,
            today,
        };
        matching.parts(
            &self.parts,
            Match {
                end: start,
                ..Match::default()
            },
        )
    }
}

struct Matching<'a> {
    tokens: &'a [Token],
    extent: Extent,
    today: Date,
}

impl Matching<'_> {
    fn parts(&self, parts: &[Part], so_far: Match) -> Option<Match> {
        let Some((part, rest)) = parts.split_first() else {
            let is_done =
                self.extent == Extent::Part || self.skip_noise(so_far.end) == self.tokens.len();
            return is_done.then_some(so_far);
        };
        let filled = match &part.what {
            What::AnyOf(words) => self
                .one_of(words, &so_far)
                .and_then(|found| self.parts(rest, found)),
            What::Slot(slot) => self.slot(*slot, rest, &so_far),
        };
        match filled {
            None if part.is_optional => self.parts(rest, so_far),
            filled => filled,
        }
    }

    fn slot(&self, slot: Slot, rest: &[Part], so_far: &Match) -> Option<Match> {
        match slot {
            Slot::Sku => {
                let at = self.skip_noise(so_far.end);
                let sku = names::sku(self.tokens.get(at)?)?;
                let mut found = so_far.counting(0, at + 1);
                found.entities.product = Some(InventoryArguments::Sku(sku));
                self.parts(rest, found)
            }
            Slot::Product => self.product(rest, so_far),
            Slot::Severity => {
                let words = SEVERITIES.map(|(word, _)| word);
                let (which, mut found) = self.which_of(&words, so_far)?;
                found.entities.severity = Some(SEVERITIES[which].1);
                if let Some(longer) = self.one_of(&["priority", "severity", "level"], &found) {
                    found = longer;
                }
                self.parts(rest, found)
            }
            Slot::Report | Slot::Selling => {
                let words: &[&str] = match slot {
                    Slot::Report => &["sales"],
                    _ => &["sell", "sold"],
                };
                let mut found = self.one_of(words, so_far)?;
                found.entities.report_type = Some(ReportKind::Sales);
                self.parts(rest, found)
            }
            Slot::OtherReport => self.parts(rest, self.one_of(OTHER_REPORTS, so_far)?),
            Slot::Dates => {
                let read = dates::read(self.tokens, self.skip_noise(so_far.end), self.today)?;
                let mut found = so_far.counting(read.typos, read.end);
                found.has_impossible_dates = read.dates.is_none();
                found.entities.dates = read.dates;
                self.parts(rest, found)
            }
            Slot::Unit => {
                let unit = self.one_of(UNITS, so_far)?;
                self.parts(rest, self.one_of(&["of"], &unit)?)
            }
            Slot::Tail => {
                let found = self.tail(so_far)?;
                // What follows may be another one: "left in stock now".
                self.slot(Slot::Tail, rest, &found)
                    .or_else(|| self.parts(rest, found))
            }
        }
    }

    /// Tries the shortest name first, so that "left" in "cement left" is not part of it.
    fn product(&self, rest: &[Part], so_far: &Match) -> Option<Match> {
        let start = self.skip_noise(so_far.end);
        let longest = self.tokens.len().min(start + names::MOST_WORDS + 2);
        (start + 1..=longest).find_map(|end| {
            let product = names::product(&self.tokens[start..end])?;
            let is_certain = matches!(product, InventoryArguments::Sku(_));
            if self.extent == Extent::Part && !is_certain {
                return None;
            }
            let mut found = so_far.counting(0, end);
            found.entities.product = Some(product);
            self.parts(rest, found)
        })
    }

    fn tail(&self, so_far: &Match) -> Option<Match> {
        if let Some(found) = self.one_of(&["in", "on", "at", "right", "as"], so_far) {
            return self.one_of(PLACES, &found).or_else(|| {
                self.one_of(PLACES, &self.one_of(&["our", "my", "your", "of"], &found)?)
            });
        }
        self.one_of(TAILS, so_far)
    }

    fn one_of(&self, words: &[&str], so_far: &Match) -> Option<Match> {
        self.which_of(words, so_far).map(|(_, found)| found)
    }

    fn which_of(&self, words: &[&str], so_far: &Match) -> Option<(usize, Match)> {
        let at = self.skip_noise(so_far.end);
        let (which, typos) = spelling::nearest(&self.tokens.get(at)?.word, words)?;
        Some((which, so_far.counting(typos, at + 1)))
    }

    fn skip_noise(&self, at: usize) -> usize {
        let rest = self.tokens.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|token| token.is_noise()).count()
    }
}

impl Match {
    fn counting(&self, typos: u8, end: usize) -> Self {
        let mut next = self.clone();
        next.end = end;
        next.typos = next.typos.saturating_add(typos);
        next.exact = next.exact.saturating_add(u8::from(typos == 0));
        next
    }

    /// This, after what was matched `before` it.
    pub fn after(mut self, before: &Self) -> Self {
        self.typos = self.typos.saturating_add(before.typos);
        self
    }

    /// Whether the product is given by a name, which only a look-up can confirm.
    pub fn has_free_name(&self) -> bool {
        matches!(self.entities.product, Some(InventoryArguments::Product(_)))
    }
}

const SEVERITIES: [(&str, Severity); 5] = [
    ("critical", Severity::Critical),
    ("crit", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
];

const OTHER_REPORTS: &[&str] = &[
    "inventory",
    "stock",
    "stocks",
    "supplier",
    "suppliers",
    "financial",
    "financials",
    "finance",
    "profit",
    "expense",
    "expenses",
    "purchase",
    "purchases",
];

const UNITS: &[&str] = &[
    "units", "unit", "pieces", "pcs", "bags", "bag", "boxes", "box", "cartons", "carton", "crates",
    "crate", "kilos", "kgs", "kg", "litres", "packets", "packs", "rolls", "bottles", "tins",
    "pairs",
];

const PLACES: &[&str] = &[
    "stock",
    "store",
    "stores",
    "warehouse",
    "shop",
    "hand",
    "godown",
    "house",
    "inventory",
    "present",
    "moment",
    "now",
    "today",
];

const TAILS: &[&str] = &[
    "left",
    "remaining",
    "remain",
    "remains",
    "available",
    "there",
    "now",
    "currently",
    "today",
    "instock",
    "still",
];

#[cfg(test)]
impl Phrase {
    /// Words that no token can be: what a slip in the table leaves behind.
    pub fn unmatchable(&self) -> Vec<&'static str> {
        let words = self.parts.iter().flat_map(|part| match &part.what {
            What::AnyOf(words) => words.as_slice(),
            What::Slot(_) => &[],
        });
        let is_plain = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase());
        words
            .copied()
            .filter(|w| w.is_empty() || !is_plain(w))
            .collect()
    }
}
