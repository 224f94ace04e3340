//! Which calls are made, refused or decided by people.

use countersign_core::policy::{Asking, Place, Policy, Rule, Then};

use super::{
    document::Document,
    reader::{Entry, Known},
};

/// What a rule decides, as the file names it.
#[derive(Clone, Copy)]
enum Word {
    Allow,
    Deny,
    Ask,
}

impl Word {
    const ALL: [Self; 3] = [Self::Allow, Self::Deny, Self::Ask];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Ask => "ask",
        }
    }
}

/// The rules, if all can be understood; `colleagues` are the people they may ask.
pub(super) fn read(document: &Document<'_>, colleagues: Option<&Known>) -> Option<Vec<Rule>> {
    let mut top = document.top();
    let mut entries = top.tables("rule", "name");
    let read: Vec<_> = entries
        .iter_mut()
        .map(|entry| rule(entry, colleagues))
        .collect();
    // What can be read of a table is checked, whatever is wrong with the others.
    let (rules, places): (Vec<_>, Vec<_>) = read
        .iter()
        .zip(&entries)
        .filter_map(|(rule, entry)| Some((rule.clone()?, entry)))
        .unzip();
    let checked = Policy::parse(&rules);
    for wrong in checked.as_ref().err().into_iter().flatten() {
        let Some(entry) = places.get(wrong.index) else {
            continue;
        };
        match wrong.place {
            Place::Name => entry.reject_line("name", 1, &wrong.why),
            Place::Then(field) => entry.reject_line(field, 1, &wrong.why),
            Place::When { line, column } => {
                let why = format!("column {column} of the expression's line: {}", wrong.why);
                entry.reject_line("when", line, &why);
            }
        }
    }
    let complete = rules.len() == entries.len() && checked.is_ok();
    entries.into_iter().for_each(Entry::finish);
    top.finish();
    complete.then_some(rules)
}

fn rule(entry: &mut Entry<'_>, colleagues: Option<&Known>) -> Option<Rule> {
    let name = entry.text("name");
    let when = entry.text_as("when", "an expression in quotes", |text| {
        Some(text.to_owned())
    });
    let then = match entry.choice("then", &Word::ALL, Word::as_str)? {
        Word::Allow => Then::Allow,
        Word::Deny => Then::Deny {
            because: entry.text("because")?,
        },
        Word::Ask => Then::Ask(asking(entry, colleagues)?),
    };
    Some(Rule {
        name: name?,
        when: when?,
        then,
    })
}

fn asking(entry: &mut Entry<'_>, colleagues: Option<&Known>) -> Option<Asking> {
    let usual = Asking::default();
    let whom = if entry.has("whom") {
        entry.list("whom", |name| match colleagues {
            Some(known) if !known.ids.contains(name) => Err(known.wants.clone()),
            _ => Ok(()),
        })
    } else {
        Some(usual.whom)
    };
    let how_many = if entry.has("how_many") {
        entry.whole("how_many", 0..=u8::MAX.into())
    } else {
        Some(usual.how_many)
    };
    let hours = if entry.has("hours") {
        entry.whole("hours", 0..=u16::MAX.into()).map(Some)
    } else {
        Some(usual.hours)
    };
    Some(Asking {
        whom: whom?,
        how_many: how_many?,
        hours: hours?,
    })
}
