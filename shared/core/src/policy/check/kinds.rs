//! The names that rules know, and what kind of thing each is.

use jiff::civil::Date;

use crate::agent::AgentKind;

/// What an expression comes to, as far as can be told before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Can't be told: something among the arguments, or null.
    Any,
    Bool,
    Number,
    Text(Words),
    List,
    Map,
}

/// Which texts there can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Free,
    OneOf(&'static [&'static str]),
    Agents,
    Dates,
}

impl Kind {
    /// The kind of a text about whose words nothing is known.
    pub const TEXT: Self = Self::Text(Words::Free);

    /// Whether the two can be the same.
    pub fn goes_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) | (Self::Text(_), Self::Text(_)) => true,
            (one, other) => one == other,
        }
    }

    pub const fn shown(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text(_) => "text",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

impl Words {
    /// What there is, when `text` is none of it.
    pub fn without(self, text: &str) -> Option<String> {
        let none_of = |words: &[&str]| {
            let quoted: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
            (!words.contains(&text)).then(|| format!("one of {}", quoted.join(", ")))
        };
        match self {
            Self::Free => None,
            Self::OneOf(words) => none_of(words),
            Self::Agents => {
                let kinds = AgentKind::ALL.map(AgentKind::as_str);
                let nobody = std::iter::once("");
                none_of(&kinds.into_iter().chain(nobody).collect::<Vec<_>>())
            }
            Self::Dates => {
                let day = text.parse::<Date>().ok();
                let exact = day.is_some_and(|day| day.to_string() == text);
                (!exact).then(|| "a day such as \"2026-11-21\"".to_owned())
            }
        }
    }
}

/// A name that rules know.
pub(super) enum Name {
    /// A value.
    Value(Kind),
    /// Several facts, each with a name of its own.
    Facts(&'static [(&'static str, Kind)]),
}

/// Every name that rules know.
pub(super) const NAMES: [(&str, Name); 7] = [
    ("tool", Name::Value(Kind::TEXT)),
    (
        "effect",
        Name::Value(Kind::Text(Words::OneOf(&["none", "some"]))),
    ),
    ("args", Name::Value(Kind::Map)),
    (
        "customer",
        Name::Facts(&[
            ("id", Kind::TEXT),
            (
                "role",
                Kind::Text(Words::OneOf(&["customer", "staff", "approver"])),
            ),
            ("verified", Kind::Bool),
        ]),
    ),
    ("agent", Name::Value(Kind::Text(Words::Agents))),
    ("spend", Name::Facts(&[("conversation", Kind::Number)])),
    (
        "time",
        Name::Facts(&[
            ("hour", Kind::Number),
            ("minute", Kind::Number),
            (
                "weekday",
                Kind::Text(Words::OneOf(&[
                    "monday",
                    "tuesday",
                    "wednesday",
                    "thursday",
                    "friday",
                    "saturday",
                    "sunday",
                ])),
            ),
            ("date", Kind::Text(Words::Dates)),
        ]),
    ),
];

/// The name, if rules know it.
pub(super) fn name(name: &str) -> Option<&'static Name> {
    static KNOWN: [(&str, Name); 7] = NAMES;
    KNOWN
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, name)| name)
}

/// A function that rules know.
pub(super) struct Function {
    pub name: &'static str,
    /// How it is called, for messages.
    pub usage: &'static str,
    /// What it takes, the text or list before the point included.
    pub takes: &'static [Takes],
    pub gives: Kind,
    pub called: Called,
}

/// What a function takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Text,
    /// What has a size.
    Sized,
    Scalar,
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    After,
    Before,
    Both,
}

impl Takes {
    pub fn takes(self, kind: Kind) -> bool {
        match (self, kind) {
            (_, Kind::Any)
            | (Self::Text | Self::Sized, Kind::Text(_))
            | (Self::Sized, Kind::List | Kind::Map)
            | (Self::Scalar, Kind::Number | Kind::Text(_)) => true,
            (Self::Text | Self::Sized | Self::Scalar, _) => false,
        }
    }
}

/// Every function that rules know.
pub(super) const FUNCTIONS: [Function; 8] = [
    Function {
        name: "size",
        usage: "size(args.items)",
        takes: &[Takes::Sized],
        gives: Kind::Number,
        called: Called::Both,
    },
    Function {
        name: "contains",
        usage: "args.text.contains(\"…\")",
        takes: &[Takes::Text, Takes::Text],
        gives: Kind::Bool,
        called: Called::After,
    },
    Function {
        name: "startsWith",
        usage: "tool.startsWith(\"…\")",
        takes: &[Takes::Text, Takes::Text],
        gives: Kind::Bool,
        called: Called::After,
    },
    Function {
        name: "endsWith",
        usage: "tool.endsWith(\"…\")",
        takes: &[Takes::Text, Takes::Text],
        gives: Kind::Bool,
        called: Called::After,
    },
    Function {
        name: "days",
        usage: "days(args.from, args.to)",
        takes: &[Takes::Text, Takes::Text],
        gives: Kind::Number,
        called: Called::Before,
    },
    Function {
        name: "int",
        usage: "int(args.amount)",
        takes: &[Takes::Scalar],
        gives: Kind::Number,
        called: Called::Before,
    },
    Function {
        name: "double",
        usage: "double(args.amount)",
        takes: &[Takes::Scalar],
        gives: Kind::Number,
        called: Called::Before,
    },
    Function {
        name: "string",
        usage: "string(args.amount)",
        takes: &[Takes::Scalar],
        gives: Kind::TEXT,
        called: Called::Before,
    },
];

/// The functions that are written as calls and read as something else.
pub(super) const MACROS: [(&str, &str); 5] = [
    ("has", "has(args.amount)"),
    ("all", "args.items.all(item, item.price < 5)"),
    ("exists", "args.items.exists(item, item.price > 5)"),
    ("exists_one", "args.items.exists_one(item, item.price > 5)"),
    ("filter", "args.items.filter(item, item.price > 5)"),
];

/// "a, b or c".
pub(super) fn one_of(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<_> = names.collect();
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} or {last}", names.join(", ")),
        Some(only) => only,
        None => "nothing".to_owned(),
    }
}
