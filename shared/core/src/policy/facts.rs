//! The call as rules see it.

use std::{collections::HashMap, sync::Arc};

use cel::{Context, DeclarationError, ExecutionError, Value as Cel};
use jiff::civil::{Date, Weekday};
use serde_json::{Number, Value};

use super::Facts;
use crate::{registry::Effect, step::Role};

/// The most entries of a list or map among the arguments. What a rule can cost follows from it.
pub(super) const MOST_ITEMS: usize = 100;
/// The most values of the arguments together.
const MOST_VALUES: usize = 1_000;
/// The most bytes of text among the arguments, names of fields included.
const MOST_TEXT: usize = 16 * 1_024;
/// How deep the arguments may be nested.
const MOST_DEPTH: usize = 16;

/// Gives the context its variables. Arguments that are too large are left out.
///
/// # Errors
/// Why the arguments were left out.
pub(super) fn add(context: &mut Context<'_, '_>, facts: &Facts<'_>) -> Result<(), String> {
    let text = |text: &str| Cel::String(Arc::new(text.to_owned()));
    let role = match facts.customer.role {
        Role::Customer => "customer",
        Role::Staff => "staff",
        Role::Approver => "approver",
    };
    let effect = match facts.effect {
        Effect::None | Effect::PassesOn => "none",
        Effect::Some => "some",
    };
    let weekday = match facts.at.weekday() {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    };
    let agent = facts.agent.map_or("", |agent| agent.as_str());
    let dollars = facts.spend.conversation.0 as f64 / 1_000_000.0;
    let mut add = |name: &str, value: Cel| context.add_variable_from_value(name, value);
    add("tool", text(facts.tool));
    add("effect", text(effect));
    add("agent", text(agent));
    add(
        "customer",
        map([
            ("id", text(facts.customer.id)),
            ("role", text(role)),
            ("verified", Cel::Bool(facts.customer.verified)),
        ]),
    );
    add("spend", map([("conversation", Cel::Float(dollars))]));
    add(
        "time",
        map([
            ("hour", Cel::Int(facts.at.hour().into())),
            ("minute", Cel::Int(facts.at.minute().into())),
            ("weekday", text(weekday)),
            ("date", text(&facts.at.date().to_string())),
        ]),
    );
    let arguments = Measure::default().value(facts.arguments, 0)?;
    add("args", arguments);
    Ok(())
}

fn map<const N: usize>(entries: [(&str, Cel); N]) -> Cel {
    HashMap::from(entries).into()
}

/// How large the arguments are so far.
#[derive(Default)]
struct Measure {
    values: usize,
    text: usize,
}

impl Measure {
    fn value(&mut self, value: &Value, depth: usize) -> Result<Cel, String> {
        self.values += 1;
        self.check(depth, 0)?;
        Ok(match value {
            Value::Null => Cel::Null,
            Value::Bool(is) => Cel::Bool(*is),
            Value::Number(number) => to_cel(number),
            Value::String(text) => self.text(text)?.into(),
            Value::Array(items) => {
                self.check(depth, items.len())?;
                let items = items.iter().map(|item| self.value(item, depth + 1));
                Cel::List(Arc::new(items.collect::<Result<_, _>>()?))
            }
            Value::Object(fields) => {
                self.check(depth, fields.len())?;
                let fields = fields
                    .iter()
                    .map(|(name, value)| Ok((self.text(name)?, self.value(value, depth + 1)?)));
                fields.collect::<Result<HashMap<_, _>, String>>()?.into()
            }
        })
    }

    fn text(&mut self, text: &str) -> Result<String, String> {
        self.text += text.len();
        self.check(0, 0)?;
        Ok(text.to_owned())
    }

    fn check(&self, depth: usize, items: usize) -> Result<(), String> {
        for (is, most, what) in [
            (items, MOST_ITEMS, "entries in a list or map"),
            (self.values, MOST_VALUES, "values"),
            (self.text, MOST_TEXT, "bytes of text"),
            (depth, MOST_DEPTH, "levels"),
        ] {
            if is > most {
                return Err(format!(
                    "the call's arguments are too large for rules: they have more than {most} \
                     {what}"
                ));
            }
        }
        Ok(())
    }
}

/// A whole number is an int, however it was written: models write 5000 and 5000.0 for the same.
/// CEL compares an int with a double by rounding the int, which is exact as long as no double is
/// both whole and large; so none is left.
fn to_cel(number: &Number) -> Cel {
    const INTS: f64 = 9_223_372_036_854_775_808.0;
    if let Some(whole) = number.as_i64() {
        return Cel::Int(whole);
    }
    if let Some(whole) = number.as_u64() {
        return Cel::UInt(whole);
    }
    match number.as_f64() {
        Some(double) if double.fract() != 0.0 => Cel::Float(double),
        Some(whole) if (-INTS..INTS).contains(&whole) => Cel::Int(whole as i64),
        Some(whole) if (INTS..INTS * 2.0).contains(&whole) => Cel::UInt(whole as u64),
        Some(whole) => Cel::Float(whole),
        None => Cel::Null,
    }
}

/// The function that counts days; CEL itself has no days.
pub(super) const DAYS: &str = "days";

/// Gives the context `days(from, to)`: how many days the second is after the first.
pub(super) fn add_days(context: &mut Context<'_, '_>) -> Result<(), DeclarationError> {
    context.add_function(DAYS, |from: Cel, to: Cel| {
        let day = |value: &Cel| match value {
            Cel::String(text) => text.parse::<Date>().ok(),
            _ => None,
        };
        let between = || Some((day(&to)? - day(&from)?).get_days());
        let wrong = "days(…) counts from one day to another, such as \"2026-11-21\"";
        between()
            .map(|days| Cel::Int(days.into()))
            .ok_or_else(|| ExecutionError::function_error(DAYS, wrong))
    })
}
