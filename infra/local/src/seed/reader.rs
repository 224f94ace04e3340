//! Reads TOML field by field and notes everything that is wrong with it, where serde stops at the
//! first mistake. Every method that reads a field notes a problem and gives `None` when the field
//! is missing or wrong; reading goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    str::FromStr,
};

use countersign_core::InvalidId;
use rust_decimal::Decimal;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::document::Document;

type Value<'a> = Spanned<DeValue<'a>>;

/// The ids that another file may refer to, also those of entries that are wrong elsewhere: one
/// mistake shall not be listed as many.
#[derive(Debug)]
pub(crate) struct Known {
    /// What a reference wants to be, such as "a SKU of products.toml".
    pub wants: String,
    pub ids: BTreeSet<String>,
}

/// A table of a file, whose fields are read one after the other. [`Entry::finish`] then notes the
/// fields that nobody asked for.
pub(crate) struct Entry<'a> {
    document: &'a Document<'a>,
    place: String,
    prefix: String,
    table: &'a DeTable<'a>,
    start: usize,
    asked: Vec<&'static str>,
}

impl<'a> Entry<'a> {
    /// The table that begins at byte `start`; `place` begins with ", " or is empty.
    pub fn new(
        document: &'a Document<'a>,
        table: &'a DeTable<'a>,
        start: usize,
        place: String,
    ) -> Self {
        Self {
            document,
            place,
            prefix: String::new(),
            table,
            start,
            asked: Vec::new(),
        }
    }

    /// Whether the optional field is there.
    pub fn has(&mut self, field: &'static str) -> bool {
        self.ask(field);
        self.table.get(field).is_some()
    }

    /// The field if it is text, whatever is wrong with it otherwise.
    pub fn raw(&self, field: &str) -> Option<&'a str> {
        self.table.get(field)?.get_ref().as_str()
    }

    /// Text that is not blank, without the blanks around it.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        self.field(field, "text in quotes, not blank", |value| {
            let text = value.as_str()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    /// Text that `read` makes something of.
    pub fn text_as<T>(
        &mut self,
        field: &'static str,
        wants: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.field(field, wants, |value| read(value.as_str()?))
    }

    /// An identifier, which says itself what it wants.
    pub fn id<T: FromStr<Err = InvalidId>>(&mut self, field: &'static str) -> Option<T> {
        let text = self.field(field, "text in quotes", |value| {
            value.as_str().map(str::to_owned)
        })?;
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                self.note(self.start_of(field), &error.to_string());
                None
            }
        }
    }

    /// Notes it when `id` was `seen` before.
    pub fn once(&self, field: &str, id: &str, seen: &mut BTreeSet<String>) {
        if !seen.insert(id.to_owned()) {
            let message = self.message(field, &format!("{id:?} a second time"), "each only once");
            self.note(self.start_of(field), &message);
        }
    }

    /// Whether `id`, which the field holds, is known or can't be checked.
    pub fn refers(&self, field: &str, id: &str, known: Option<&Known>) -> bool {
        self.refers_at(self.start_of(field), field, id, known)
    }

    /// One of the names that `name` gives to `all`.
    pub fn choice<T: Copy>(
        &mut self,
        field: &'static str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        self.field(field, &one_of(&names), |value| {
            let text = value.as_str()?;
            all.iter().copied().find(|one| name(*one) == text)
        })
    }

    /// A whole number within `range`, which must fit into `T`.
    pub fn whole<T: TryFrom<i64>>(
        &mut self,
        field: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<T> {
        let wants = whole_wants(&range);
        self.field(field, &wants, |value| whole_in(value, &range))
    }

    /// An amount of money above zero, written as text so that no float comes near it.
    pub fn money(&mut self, field: &'static str) -> Option<Decimal> {
        let wants = r#"a decimal above 0 in quotes, such as "12500" or "12500.50""#;
        self.text_as(field, wants, |text| {
            let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
            let digits = |part: &str, most| {
                (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
            };
            let amount = (digits(whole, 12) && digits(cents, 2))
                .then(|| Decimal::from_str_exact(text).ok())??;
            (amount > Decimal::ZERO).then_some(amount)
        })
    }

    /// A number, whole or with decimals.
    pub fn number(&mut self, field: &'static str) -> Option<f64> {
        self.field(field, "a number, such as 0.7", |value| match value {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        })
    }

    /// US dollars in millionths, written as text so that no float comes near them.
    pub fn usd(&mut self, field: &'static str) -> Option<u64> {
        let wants = r#"US dollars in quotes with at most six decimals, such as "0.075""#;
        self.text_as(field, wants, |text| {
            let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
            let digits = |part: &str| {
                (1..=6).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
            };
            if !digits(whole) || !digits(part) {
                return None;
            }
            let part: u64 = format!("{part:0<6}").parse().ok()?;
            Some(whole.parse::<u64>().ok()? * 1_000_000 + part)
        })
    }

    /// `true` or `false`.
    pub fn flag(&mut self, field: &'static str) -> Option<bool> {
        self.field(field, "true or false", |value| value.as_bool())
    }

    /// A list of text, each item of which `check` accepts or what it wants instead.
    pub fn list(
        &mut self,
        field: &'static str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<Vec<String>> {
        let items = self.field(field, "a list of text, [\"…\", \"…\"]", |value| {
            value.as_array().map(|items| items.iter())
        })?;
        let read = items.filter_map(|item| {
            let checked = match item.get_ref().as_str() {
                Some(text) => check(text).map(|()| text.to_owned()),
                None => Err("text in quotes".to_owned()),
            };
            checked
                .map_err(|wants| self.note_got(field, item, &wants))
                .ok()
        });
        Some(read.collect())
    }

    /// A table whose keys are known ids, each with a value that `read` makes something of.
    pub fn by_key<T>(
        &mut self,
        field: &'static str,
        known: Option<&Known>,
        wants: &str,
        read: impl Fn(&DeValue<'_>, &str) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let table = self.field(field, "a table, { key = value }", DeValue::as_table)?;
        let mut values = BTreeMap::new();
        for (key, value) in table {
            let name = format!("{field}.{}", key.get_ref());
            if !self.refers_at(key.span().start, &name, key.get_ref(), known) {
                continue;
            }
            let written = self.document.quote(value);
            match read(value.get_ref(), &written) {
                Some(read) => {
                    values.insert(key.get_ref().to_string(), read);
                }
                None => self.note_got(&name, value, wants),
            }
        }
        Some(values)
    }

    /// A table with fields of its own.
    pub fn table(&mut self, field: &'static str) -> Option<Self> {
        let start = self.start_of(field);
        let table = self.field(field, "a table", DeValue::as_table)?;
        let mut inner = Self::new(self.document, table, start, self.place.clone());
        inner.prefix = format!("{}{field}.", self.prefix);
        Some(inner)
    }

    /// The tables of `[[field]]`, each called by the text of its `id` field, else by its number.
    pub fn tables(&mut self, field: &'static str, id: &str) -> Vec<Self> {
        let wants = format!("at least one [[{field}]]");
        self.tables_of(field, id, &wants, 1).unwrap_or_default()
    }

    /// The tables in a list, which may be empty, each called by its number.
    pub fn rows(&mut self, field: &'static str, wants: &str) -> Option<Vec<Self>> {
        self.tables_of(field, "", wants, 0)
    }

    fn tables_of(
        &mut self,
        field: &'static str,
        id: &str,
        wants: &str,
        least: usize,
    ) -> Option<Vec<Self>> {
        let items = self.field(field, wants, |value| {
            value.as_array().filter(|items| items.len() >= least)
        })?;
        let mut entries = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item.get_ref().as_table() {
                Some(table) => {
                    let mut entry =
                        Self::new(self.document, table, item.span().start, String::new());
                    let name = entry.raw(id).map(str::to_owned);
                    let name = name.unwrap_or_else(|| format!("number {}", index + 1));
                    entry.place = format!("{}, {field} {name}", self.place);
                    entries.push(entry);
                }
                None => self.note_got(field, item, wants),
            }
        }
        Some(entries)
    }

    /// The tables in the table `field`, with their keys.
    pub fn keyed_tables(&mut self, field: &'static str, kind: &str) -> Vec<(String, Self)> {
        let table = self.field(field, "a table", DeValue::as_table);
        let mut entries = Vec::new();
        for (key, value) in table.into_iter().flatten() {
            let place = format!(", {kind} {}", key.get_ref());
            match value.get_ref().as_table() {
                Some(table) => {
                    let entry = Self::new(self.document, table, key.span().start, place);
                    entries.push((key.get_ref().to_string(), entry));
                }
                None => self.note_got(&format!("{field}.{}", key.get_ref()), value, "a table"),
            }
        }
        entries
    }

    /// Notes a problem of the entry as a whole or, if it is there, of its field.
    pub fn reject(&self, field: &str, got: &str, wants: &str) {
        self.note(self.start_of(field), &self.message(field, got, wants));
    }

    /// Notes, at a line of the text that the field holds, counted from 1, what is wrong with it.
    pub fn reject_line(&self, field: &str, line: usize, why: &str) {
        let start = self.document.line_within(self.start_of(field), line);
        self.note(start, &format!("{}{field}: {why}", self.prefix));
    }

    /// Notes every field that was not asked for.
    pub fn finish(self) {
        for key in self.table.keys() {
            if !self.asked.contains(&key.get_ref().as_ref()) {
                let wants = one_of(&self.asked);
                let message = self.message(key.get_ref(), "an unknown field", &wants);
                self.note(key.span().start, &message);
            }
        }
    }

    /// The line of the field, or of the entry if it is not there.
    pub fn line_of(&self, field: &str) -> usize {
        self.document.line(self.start_of(field))
    }

    /// The field as `read` makes it of whatever stands there.
    pub fn field<T>(
        &mut self,
        field: &'static str,
        wants: &str,
        read: impl FnOnce(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<T> {
        self.ask(field);
        let Some(value) = self.table.get(field) else {
            self.reject(field, "nothing", wants);
            return None;
        };
        let read = read(value.get_ref());
        if read.is_none() {
            self.note_got(field, value, wants);
        }
        read
    }

    /// An optional field is asked for twice: whether it is there, and what it is.
    fn ask(&mut self, field: &'static str) {
        if !self.asked.contains(&field) {
            self.asked.push(field);
        }
    }

    fn refers_at(&self, start: usize, field: &str, id: &str, known: Option<&Known>) -> bool {
        let Some(known) = known.filter(|known| !known.ids.contains(id)) else {
            return true;
        };
        self.note(
            start,
            &self.message(field, &format!("{id:?}"), &known.wants),
        );
        false
    }

    fn start_of(&self, field: &str) -> usize {
        self.table
            .get(field)
            .map_or(self.start, |value| value.span().start)
    }

    fn note_got(&self, field: &str, value: &Value<'_>, wants: &str) {
        let got = self.document.quote(value);
        self.note(value.span().start, &self.message(field, &got, wants));
    }

    fn message(&self, field: &str, got: &str, wants: &str) -> String {
        format!("{}{field}: got {got}, wants {wants}", self.prefix)
    }

    fn note(&self, start: usize, message: &str) {
        self.document
            .note(start, format!("{}: {message}", self.place));
    }
}

/// "a, b or c".
pub(crate) fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

/// The whole number that `value` is, if it is within `range` and fits into `T`.
pub(super) fn whole_in<T: TryFrom<i64>>(
    value: &DeValue<'_>,
    range: &RangeInclusive<i64>,
) -> Option<T> {
    let number = value.as_integer()?;
    let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
    T::try_from(number).ok().filter(|_| range.contains(&number))
}

/// What a whole number of `range` wants to be, in words.
pub(super) fn whole_wants(range: &RangeInclusive<i64>) -> String {
    format!("a whole number from {} to {}", range.start(), range.end())
}
