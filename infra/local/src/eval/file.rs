//! Reads scenarios from TOML. Everything that is wrong in all files is named at once, with the file,
//! the line, what is there and what is wanted.

use std::{fs, path::PathBuf};

use anyhow::{Context, ensure};
use countersign_core::{agent::AgentKind, money::MicroUsd};
use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::{Act, Expectation, ExpectedCall, Needs, Pattern, Scenario, Turn, Wants, Writer};
use crate::{
    models::{Call, Canned, Reply},
    seed::{
        document::{Document, FileName, Problems},
        reader::Entry,
    },
    simulator::SimProvider,
};

/// The most that a canned answer is given again.
const MOST_TIMES: i64 = 20;

/// The providers that a scenario can be played through.
const THROUGH: [SimProvider; 2] = [SimProvider::Twilio, SimProvider::Meta];

/// Every scenario of these files, and of the `.toml` files in these folders, in the order of their
/// names.
///
/// # Errors
/// Names what is not there, or everything that is wrong in the files.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Scenario>> {
    let mut files = Vec::new();
    for path in paths {
        let named = path.display();
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let inside = fs::read_dir(path).with_context(|| format!("{named} can't be read"))?;
        let mut found = Vec::new();
        for entry in inside {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "toml") {
                found.push(path);
            }
        }
        ensure!(
            !found.is_empty(),
            "there is no scenario in {named}; write a .toml file as docs/evals.md says"
        );
        found.sort();
        files.extend(found);
    }
    let mut texts = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} can't be read; name a file or a folder of scenarios",
                path.display()
            )
        })?;
        texts.push((path.display().to_string(), text));
    }
    parse(&texts)
}

/// The scenarios of files, each given by its name and its text.
///
/// # Errors
/// Everything that is wrong in them, with file and line.
pub fn parse(files: &[(String, String)]) -> anyhow::Result<Vec<Scenario>> {
    let problems = Problems::default();
    let read: Vec<Option<Scenario>> = files
        .iter()
        .enumerate()
        .map(|(place, (name, text))| {
            let document = Document::open(FileName::new(place, name), text, &problems)?;
            scenario(name, document.top())
        })
        .collect();
    problems.into_result("a scenario", read.into_iter().collect())
}

fn scenario(file: &str, mut top: Entry<'_>) -> Option<Scenario> {
    let name = top.text("name");
    let from = top.choice("from", &Writer::ALL, Writer::as_str);
    let called = optional(&mut top, "called", Entry::text);
    let through = optional(&mut top, "through", |top, field| {
        top.choice(field, &THROUGH, |provider| match provider {
            SimProvider::Twilio => "twilio",
            SimProvider::Meta => "meta",
        })
    });
    let needs = optional(&mut top, "models", |top, field| {
        top.choice(field, &Needs::ALL, Needs::as_str)
    });
    let asks_nobody = matches!(needs, Some(Some(Needs::Nothing)));
    let entries = top.tables("turn", "");
    let count = entries.len();
    let turns: Vec<Turn> = entries
        .into_iter()
        .filter_map(|entry| turn(entry, asks_nobody))
        .collect();
    top.finish();
    let all_are_read = turns.len() == count;
    Some(Scenario {
        file: file.to_owned(),
        name: name?,
        from: from?,
        through: through?.unwrap_or(SimProvider::Twilio),
        called: called?,
        needs: needs?.unwrap_or(Needs::Any),
        turns: Some(turns).filter(|turns| all_are_read && !turns.is_empty())?,
    })
}

fn turn(mut entry: Entry<'_>, asks_nobody: bool) -> Option<Turn> {
    let line = entry.line_of("says");
    let act = act(&mut entry);
    let expects = entry.table("expect").and_then(expectations);
    let answers = match entry.has("answer") {
        true if asks_nobody => {
            let wants = "none, because models = \"none\"";
            entry.reject("answer", "canned answers", wants);
            None
        }
        true => answers(entry.tables("answer", "")),
        false => Some(Vec::new()),
    };
    entry.finish();
    Some(Turn {
        line,
        act: act?,
        expects: expects?,
        answers: answers?,
    })
}

fn act(entry: &mut Entry<'_>) -> Option<Act> {
    let (says, approver) = (entry.has("says"), entry.has("approver"));
    let reason = optional(entry, "reason", Entry::text)?;
    if !says && !approver && entry.has("taps") {
        return entry.text("taps").map(Act::Taps);
    }
    match (says, approver) {
        (true, false) => entry.text("says").map(Act::Says),
        (false, true) => match (entry.raw("approver"), reason) {
            (Some("approves"), None) => Some(Act::Approves),
            (Some("rejects"), Some(reason)) => Some(Act::Rejects(reason)),
            (got, _) => {
                let got = got.map_or("no text".to_owned(), |got| format!("{got:?}"));
                let wants = "\"approves\" without a reason, or \"rejects\" with one";
                entry.reject("approver", &got, wants);
                None
            }
        },
        _ => {
            let got = if says { "both" } else { "neither" };
            let wants = "what the writer says, or in its place approver = \"approves\"";
            entry.reject("says", got, wants);
            None
        }
    }
}

fn expectations(mut entry: Entry<'_>) -> Option<Vec<Expectation>> {
    let mut all: Vec<Option<Vec<Wants>>> = Vec::new();
    let mut lines = Vec::new();
    let mut expect = |entry: &mut Entry<'_>, field, read: Read| {
        if entry.has(field) {
            lines.push(entry.line_of(field));
            all.push(read(entry, field));
        }
    };
    expect(&mut entry, "agent", |e, f| one(agent(e, f), Wants::Agent));
    expect(&mut entry, "calls", |e, f| {
        one(expected_calls(e, f), Wants::Calls)
    });
    expect(&mut entry, "refused", |e, f| {
        one(e.list(f, |_| Ok(())), Wants::Refused)
    });
    expect(&mut entry, "contains", |e, f| {
        each(patterns(e, f), Wants::Contains)
    });
    expect(&mut entry, "lacks", |e, f| {
        each(patterns(e, f), Wants::Lacks)
    });
    expect(&mut entry, "hands_over_to", |e, f| {
        one(agent(e, f), Wants::HandsOverTo)
    });
    expect(&mut entry, "escalates", |e, f| {
        one(e.flag(f), Wants::Escalates)
    });
    expect(&mut entry, "asks_approval", |e, f| {
        one(e.flag(f), Wants::AsksApproval)
    });
    expect(&mut entry, "documents", |e, f| {
        one(e.whole(f, 0..=100), Wants::Documents)
    });
    expect(&mut entry, "at_most_tokens", |e, f| {
        one(e.whole(f, 0..=10_000_000), Wants::AtMostTokens)
    });
    expect(&mut entry, "at_most_usd", |e, f| {
        one(e.usd(f).map(MicroUsd), Wants::AtMostUsd)
    });
    if all.is_empty() {
        entry.reject(
            "agent",
            "nothing that is expected",
            "that or another expectation",
        );
    }
    entry.finish();
    if all.is_empty() {
        return None;
    }
    let mut expects = Vec::new();
    for (line, wants) in lines.into_iter().zip(all) {
        let wants = wants?.into_iter();
        expects.extend(wants.map(|wants| Expectation { line, wants }));
    }
    Some(expects)
}

/// Reads what a field expects, which may be several things.
type Read = fn(&mut Entry<'_>, &'static str) -> Option<Vec<Wants>>;

fn one<T>(read: Option<T>, wants: fn(T) -> Wants) -> Option<Vec<Wants>> {
    read.map(|read| vec![wants(read)])
}

fn each<T>(read: Option<Vec<T>>, wants: fn(T) -> Wants) -> Option<Vec<Wants>> {
    read.map(|read| read.into_iter().map(wants).collect())
}

fn agent(entry: &mut Entry<'_>, field: &'static str) -> Option<AgentKind> {
    let talk = AgentKind::ALL.into_iter();
    let talk: Vec<AgentKind> = talk.filter(|kind| *kind != AgentKind::Triage).collect();
    entry.choice(field, &talk, AgentKind::as_str)
}

fn patterns(entry: &mut Entry<'_>, field: &'static str) -> Option<Vec<Pattern>> {
    entry.field(field, "a list of at least one text, [\"…\"]", |value| {
        value.as_array().filter(|items| !items.is_empty())
    })?;
    let written = entry.list(field, |text| Pattern::read(text).map(|_| ()))?;
    written
        .iter()
        .map(|text| Pattern::read(text).ok())
        .collect()
}

fn expected_calls(entry: &mut Entry<'_>, field: &'static str) -> Option<Vec<ExpectedCall>> {
    let read = calls(entry, field)?.into_iter();
    let calls = read.map(|(tool, arguments)| ExpectedCall { tool, arguments });
    Some(calls.collect())
}

/// The tools of a list, with the arguments that are named.
fn calls(entry: &mut Entry<'_>, field: &'static str) -> Option<Vec<(String, Map<String, Value>)>> {
    let wants = "a list of calls, [{ tool = \"…\", arguments = { … } }]";
    let rows = entry.rows(field, wants)?;
    let mut calls = Some(Vec::new());
    for mut row in rows {
        let tool = row.text("tool");
        let arguments = optional(&mut row, "arguments", |row, field| {
            row.field(field, "a table, { key = value }", |value| {
                value.as_table().map(object)
            })
        });
        row.finish();
        match (&mut calls, tool.zip(arguments)) {
            (Some(calls), Some((tool, arguments))) => {
                calls.push((tool, arguments.unwrap_or_default()));
            }
            _ => calls = None,
        }
    }
    calls
}

fn answers(entries: Vec<Entry<'_>>) -> Option<Vec<Canned>> {
    let mut all = Some(Vec::new());
    for mut entry in entries {
        let canned = answer(&mut entry);
        let times = optional(&mut entry, "times", |entry, field| {
            entry.whole::<usize>(field, 1..=MOST_TIMES)
        });
        entry.finish();
        match (&mut all, canned.zip(times)) {
            (Some(all), Some((canned, times))) => {
                all.extend(std::iter::repeat_n(canned, times.unwrap_or(1)));
            }
            _ => all = None,
        }
    }
    all
}

fn answer(entry: &mut Entry<'_>) -> Option<Canned> {
    let fails = optional(entry, "fails", |entry, field| {
        entry.whole::<u16>(field, 400..=599)
    });
    let text = optional(entry, "text", Entry::text);
    let calls = optional(entry, "calls", calls);
    let (fails, text, calls) = (fails?, text?, calls?);
    let says_something = text.is_some() || calls.is_some();
    match (fails, says_something) {
        (Some(status), false) => Some(Canned::fail(status)),
        (None, true) => {
            let mut reply = Reply::text(text.unwrap_or_default());
            let calls = calls.unwrap_or_default().into_iter();
            reply.calls.extend(calls.map(|(tool, arguments)| Call {
                tool,
                arguments: Value::Object(arguments).to_string(),
            }));
            Some(Canned::Reply(reply))
        }
        (got, _) => {
            let got = got.map_or("nothing", |_| "fails and an answer");
            let wants = "words, or calls = […], or an HTTP status with fails = 500";
            entry.reject("text", got, wants);
            None
        }
    }
}

/// What an optional field holds, if it is there; `None` when it is wrong.
fn optional<'a, T>(
    entry: &mut Entry<'a>,
    field: &'static str,
    read: impl FnOnce(&mut Entry<'a>, &'static str) -> Option<T>,
) -> Option<Option<T>> {
    match entry.has(field) {
        true => read(entry, field).map(Some),
        false => Some(None),
    }
}

fn object(table: &DeTable<'_>) -> Map<String, Value> {
    let fields = table.iter();
    fields
        .map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())))
        .collect()
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(moment) => moment.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => object(table).into(),
    }
}
