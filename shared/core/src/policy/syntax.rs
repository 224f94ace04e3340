//! What is wrong with an expression that is no CEL, in words for the person who wrote it.

use cel::{ParseError, ParseErrors};

use super::check::{At, Fault};

/// The first thing that is wrong; what follows is mostly a consequence of it.
pub(super) fn fault(source: &str, errors: &ParseErrors) -> Fault {
    let syntax = |error: &&ParseError| error.msg.starts_with("Syntax error: ");
    let first = errors.errors.iter().find(syntax).or(errors.errors.first());
    let Some(error) = first else {
        let why = "this is no expression: write one such as tool == \"generate_report\"";
        return Fault::at(At::Start, why);
    };
    let (line, column) = error.pos;
    let at = match (usize::try_from(line), usize::try_from(column)) {
        (Ok(line @ 1..), Ok(column @ 1..)) => At::LineAndColumn(line, column),
        _ => At::Start,
    };
    let message = error.msg.trim_start_matches("Syntax error: ");
    let why = match quoted(message) {
        _ if message.contains("Recursion limit") => {
            "too much is nested in one another here: take it apart into several rules".to_owned()
        }
        Some(got) if message.starts_with("token recognition error") => unknown_token(got),
        Some("<EOF>") if source.trim().is_empty() => {
            "there is no expression: write one such as tool == \"generate_report\"".to_owned()
        }
        Some("<EOF>") => ends_early(message),
        Some(got) => misplaced(got, before(source, at)),
        None => other(message),
    };
    Fault { at, why }
}

/// What the parser's message quotes first.
fn quoted(message: &str) -> Option<&str> {
    let rest = match message.split_once("missing ") {
        // missing ')' at '<EOF>'
        Some(("", rest)) => rest.split_once(" at ")?.1,
        _ => message,
    };
    let known = ["token recognition error at: '", "input '", "'"];
    let rest = known
        .iter()
        .find_map(|start| {
            rest.split_once(start)
                .filter(|(before, _)| !before.contains('\''))
        })?
        .1;
    let end = rest.find("' expecting").or(rest.rfind('\''))?;
    rest.get(..end)
}

fn unknown_token(got: &str) -> String {
    let first = got.chars().next().unwrap_or_default();
    match first {
        '=' => "one = means nothing here: write == to compare".to_owned(),
        '&' => "one & means nothing here: write && for \"and\"".to_owned(),
        '|' => "one | means nothing here: write || for \"or\"".to_owned(),
        '"' | '\'' => format!(
            "this text does not end, or has a backslash before what needs none: end it with \
             {first}, and write \\\\ for a backslash"
        ),
        '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
            format!("{first} means nothing here: write text between straight quotes, \"…\"")
        }
        _ => format!(
            "{first:?} means nothing here: outside of quotes, write names of a-z, numbers and \
             operators alone"
        ),
    }
}

fn ends_early(message: &str) -> String {
    let missing = [
        (
            "')'",
            "the expression ends before a ( is closed: write the ) that is missing",
        ),
        (
            "']'",
            "the expression ends before a [ is closed: write the ] that is missing",
        ),
        (
            "':'",
            "a ? wants both answers: write condition ? one : other",
        ),
    ];
    // A value may begin with a bracket; one that was opened is only asked for without it.
    let wants_value = message.contains("IDENTIFIER");
    missing
        .iter()
        .find(|(token, _)| !wants_value && message.contains(token))
        .map_or(
            "the expression ends where a value should follow",
            |(_, why)| *why,
        )
        .to_owned()
}

fn misplaced(got: &str, before: &str) -> String {
    let word = got.to_lowercase();
    let before = before
        .trim_end()
        .rsplit([' ', '(', '\n'])
        .next()
        .unwrap_or_default();
    let instead = match (word.as_str(), before.to_lowercase().as_str()) {
        ("and", _) => "write && for \"and\"",
        ("or", _) => "write || for \"or\"",
        ("not" | "is" | "equals", _) => "write ! for \"not\", == for \"is\" and != for \"is not\"",
        (_, "not") => "write ! for \"not\", without a blank after it",
        (")" | "]" | "}", _) => {
            "nothing is open that it could close, or a value is missing before it"
        }
        (">", "<") | (_, "<>") => "write != for \"is not\"",
        ("==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||" | "in" | "*" | "/" | "%", _) => {
            "a value is missing before it"
        }
        (name, _) if name.starts_with('.') => {
            "write a field's name after the point, or args[\"…\"] for an unusual one"
        }
        (":", _) => "a : belongs to condition ? one : other",
        _ => "an operator such as ==, && or || is missing before it, or it is one too many",
    };
    let got: String = got.chars().take(40).collect();
    format!("{got} can't stand here: {instead}")
}

fn other(message: &str) -> String {
    let known = [
        (
            "invalid int literal",
            "this whole number is too large: CEL counts to 9223372036854775807",
        ),
        ("invalid uint literal", "this whole number is too large"),
        ("invalid double literal", "this number is too large"),
        (
            "invalid string literal",
            "this text has a \\u or \\U that stands for no character",
        ),
        (
            "invalid bytes literal",
            "write text without a b before its quotes",
        ),
        (
            "invalid argument to has()",
            "has(…) asks whether a field is there: write has(args.amount)",
        ),
        (
            "argument must be a simple name",
            "write a name of your own first, then the condition: \
             args.items.exists(item, item.price > 5)",
        ),
        (
            "reserved identifier",
            "this word is reserved: write args[\"…\"] for a field of that name",
        ),
        (
            "unsupported syntax",
            "rules have no optional fields: ask with has(…) whether one is there",
        ),
        (
            "Incomplete",
            "something is missing here: write condition ? one : other",
        ),
    ];
    known
        .iter()
        .find(|(beginning, _)| message.starts_with(beginning))
        .map_or_else(
            || {
                let message: String = message.chars().take(80).collect();
                format!("this is no expression ({message}): write one such as tool == \"…\"")
            },
            |(_, why)| (*why).to_owned(),
        )
}

/// What stands before a place.
fn before(source: &str, at: At) -> &str {
    let At::LineAndColumn(line, column) = at else {
        return "";
    };
    let line = source.split('\n').nth(line - 1).unwrap_or_default();
    let end = line
        .char_indices()
        .nth(column - 1)
        .map_or(line.len(), |(end, _)| end);
    line.get(..end).unwrap_or_default()
}
