//! Running rules: with bounds, and where nothing they do can harm who asks.

use std::{
    sync::{Arc, LazyLock},
    thread,
};

use cel::{Context, Env, ExecutionError, Value as Cel, common::ast::IdedExpr};

use super::{
    Facts, arithmetic,
    facts::{self, DAYS},
};

/// An expression that was checked.
#[derive(Debug)]
pub(super) struct Compiled {
    pub expression: IdedExpr,
    /// Whether it looks at the call's arguments.
    pub arguments: Looks,
}

/// Whether an expression looks at something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    At,
    Away,
}

/// The stack that rules are read and run on. The parser takes up to 150 KB for each pair of
/// brackets and the interpreter up to 50 KB for each level when nothing is optimised, which the
/// threads of an async runtime don't have.
const STACK: usize = 32 << 20;

static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Does the work on a thread of its own, whose stack is known to be large enough; `None` when it
/// panicked or no thread could be had.
pub(super) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

/// The first rule that is true or fails, with what went wrong if it failed.
pub(super) fn first(rules: &[Compiled], facts: &Facts<'_>) -> Option<(usize, Option<String>)> {
    if rules.is_empty() {
        return None;
    }
    let broken = || Some((0, Some("the rules could not be run".to_owned())));
    apart(|| run(rules, facts)).unwrap_or_else(broken)
}

fn run(rules: &[Compiled], facts: &Facts<'_>) -> Option<(usize, Option<String>)> {
    let mut context = Context::with_env(Arc::clone(&STANDARD));
    let arguments = facts::add(&mut context, facts);
    let functions =
        arithmetic::add_arithmetic(&mut context).and_then(|()| facts::add_days(&mut context));
    if let Err(why) = functions {
        return Some((0, Some(format!("the rules could not be run: {why}"))));
    }
    rules.iter().enumerate().find_map(|(index, rule)| {
        let outcome = match (&arguments, rule.arguments) {
            (Err(why), Looks::At) => Err(why.clone()),
            _ => match Cel::resolve(&rule.expression, &context) {
                Ok(Cel::Bool(is)) => Ok(is),
                Ok(other) => Err(format!(
                    "it came to {} instead of true or false",
                    kind(&other.type_of().to_string())
                )),
                Err(error) => Err(explain(&error)),
            },
        };
        match outcome {
            Ok(false) => None,
            Ok(true) => Some((index, None)),
            Err(why) => Some((index, Some(why))),
        }
    })
}

/// What went wrong, without any of the values, which are the customer's.
fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => {
            format!("there is no {key:?}: ask first whether it is there, such as has(args.{key})")
        }
        ExecutionError::UndeclaredReference(name) => format!("there is no {name}"),
        ExecutionError::NoSuchOverload(overload) => {
            let types: Vec<_> = overload
                .argument_types()
                .iter()
                .map(|it| kind(it))
                .collect();
            if let ("_._", [of, ..]) = (overload.function(), types.as_slice()) {
                return format!("{of} has no fields");
            }
            let function = overload.function().replace(['_', '@'], "");
            format!("{function} does not go with {}", types.join(" and "))
        }
        ExecutionError::UnexpectedType { got, want } => {
            // With values in place of a type's name the crate fills in whole maps.
            let got = if got.len() <= 10 {
                kind(got)
            } else {
                "something else"
            };
            format!("it came upon {got} where {} is needed", kind(want))
        }
        // Ours, which say so themselves.
        ExecutionError::FunctionError { function, message }
            if function.starts_with('@') || function == DAYS =>
        {
            message.clone()
        }
        ExecutionError::FunctionError { function, .. } => {
            format!("{function}(…) can't make a number of what it is given")
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a whole number gets too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => {
            "a list has no item of that number; size(…) tells how many it has".to_owned()
        }
        ExecutionError::ValuesNotComparable(..) => "it compares what can't be compared".to_owned(),
        ExecutionError::UnsupportedIndex(..) | ExecutionError::UnsupportedKeyType(_) => {
            "what stands between [ and ] is neither a field's name nor an item's number".to_owned()
        }
        _ => "it does something that does not go with what it is given".to_owned(),
    }
}

/// CEL's types, for people.
fn kind(name: &str) -> &str {
    match name {
        "int" | "uint" => "a whole number",
        "double" | "float" => "a number",
        "string" => "text",
        "bool" => "true or false",
        "list" | "iterable" => "a list",
        "map" => "a map",
        "null" | "null_type" => "null",
        other => other,
    }
}
