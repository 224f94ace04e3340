//! Reading an expression: whether it is CEL, whether it names what there is, whether its parts go
//! together, and whether it is sure to end soon.
//!
//! Rules are a part of CEL that makes nothing larger than what it is given: no text or list is put
//! together, and what is gone through is bounded (see [`super::facts`]). The most that a rule can
//! cost is therefore known before it runs.

mod calls;
mod kinds;
mod walk;

use cel::parser::Parser;

use self::walk::Walk;
use super::{
    MOST_WHEN,
    arithmetic::replace_arithmetic,
    run::{Compiled, Looks},
    syntax,
};

/// How deep brackets may be nested.
const MOST_NESTED: u16 = 24;

/// Something wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub at: At,
    /// What is wrong and what to write instead.
    pub why: String,
}

/// Where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Start,
    /// A byte of the source.
    Byte(usize),
    /// Both counted from 1, the column in characters.
    LineAndColumn(usize, usize),
}

impl Fault {
    pub fn at(at: At, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { at, why }
    }

    /// Both counted from 1, the column in characters.
    pub fn line_and_column(&self, source: &str) -> (usize, usize) {
        match self.at {
            At::Start => (1, 1),
            At::LineAndColumn(line, column) => (line, column),
            At::Byte(byte) => {
                let before = source.get(..byte).unwrap_or(source);
                let line = before.matches('\n').count() + 1;
                let begun = before.rsplit('\n').next().unwrap_or_default();
                (line, begun.chars().count() + 1)
            }
        }
    }
}

/// Reads an expression. It takes a large stack; see [`super::run::apart`].
///
/// # Errors
/// The first mistake in its syntax, or else everything else that is wrong with it.
pub(super) fn compile(source: &str) -> Result<Compiled, Vec<Fault>> {
    let length = source.chars().count();
    if length > MOST_WHEN {
        let why = format!(
            "the expression has {length} characters: make it several rules of at most {MOST_WHEN}"
        );
        return Err(vec![Fault::at(At::Start, why)]);
    }
    let (mut expression, info) = Parser::new()
        .max_recursion_depth(MOST_NESTED)
        .parse_with_source_info(source)
        .map_err(|errors| vec![syntax::fault(source, &errors)])?;
    let walked = Walk::new(source, &info).rule(&expression)?;
    replace_arithmetic(&mut expression);
    Ok(Compiled {
        expression,
        arguments: if walked.looks_at_arguments {
            Looks::At
        } else {
            Looks::Away
        },
    })
}
