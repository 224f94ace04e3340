//! The operators and functions of an expression.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators as op};

use super::{
    kinds::{self, Called, FUNCTIONS, Kind, MACROS, Words, one_of},
    walk::{Part, Walk},
};
use crate::policy::arithmetic::{ARITHMETIC, is_append};

impl<'a> Walk<'a> {
    pub(super) fn call(&mut self, part: &'a IdedExpr, call: &'a CallExpr) -> Part {
        let mut steps = 0_u64;
        let mut given = Vec::new();
        for argument in call.target.as_deref().into_iter().chain(&call.args) {
            // The list that filter appends to is the crate's own, with an item of what it filters.
            if is_append(call) && matches!(argument.expr, Expr::List(_)) {
                given.push(Kind::List);
                continue;
            }
            // A call that isn't known is looked at no further: its arguments may name its items.
            if !is_operator(&call.func_name) && function(&call.func_name).is_none() {
                break;
            }
            let argument = self.part(argument);
            steps = steps.saturating_add(argument.steps);
            given.push(argument.kind);
        }
        let kind = if is_operator(&call.func_name) {
            self.operator(part, call, &given)
        } else {
            self.function(part, call, &given)
        };
        Part { kind, steps }
    }

    fn operator(&mut self, part: &IdedExpr, call: &CallExpr, given: &[Kind]) -> Kind {
        let name = call.func_name.as_str();
        let shown = name.trim_matches(|c| c == '_' || c == '@');
        let all = |kind: Kind| given.iter().all(|it| it.goes_with(kind));
        match (name, given) {
            (op::LOGICAL_AND | op::LOGICAL_OR | op::LOGICAL_NOT, _) => {
                if !all(Kind::Bool) {
                    let why = format!("{shown} goes with what is true or false alone");
                    self.note(part, why);
                }
                Kind::Bool
            }
            (op::NOT_STRICTLY_FALSE, _) => Kind::Bool,
            (op::CONDITIONAL, [condition, one, other]) => {
                if !condition.goes_with(Kind::Bool) {
                    self.note(part, "what stands before ? has to be true or false");
                }
                if one == other { *one } else { Kind::Any }
            }
            (op::EQUALS | op::NOT_EQUALS, [one, other]) => {
                self.comparable(part, shown, *one, *other);
                self.words(call, given);
                Kind::Bool
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [one, other]) => {
                self.comparable(part, shown, *one, *other);
                if !all(Kind::Number) && !all(Kind::TEXT) {
                    let why = format!("{shown} compares numbers with numbers and text with text");
                    self.note_once(part, why);
                }
                self.words(call, given);
                Kind::Bool
            }
            (op::IN, [one, within]) => {
                if !within.goes_with(Kind::List) && !within.goes_with(Kind::Map) {
                    let why = "what stands after in has to be a list, such as [\"a\", \"b\"]; \
                               args.text.contains(\"a\") looks into text";
                    self.note(part, why);
                }
                if let Some(Expr::List(list)) = call.args.get(1).map(|it| &it.expr) {
                    for element in &list.elements {
                        self.word(*one, element);
                    }
                }
                Kind::Bool
            }
            (op::INDEX, [of, _]) => {
                if !of.goes_with(Kind::List) && !of.goes_with(Kind::Map) {
                    self.note(part, format!("{} has no items", of.shown()));
                }
                Kind::Any
            }
            _ if is_append(call) => Kind::List,
            // Arithmetic is all that is left.
            _ => {
                if !all(Kind::Number) {
                    let why = format!("{shown} calculates with numbers alone");
                    self.note(part, why);
                }
                Kind::Number
            }
        }
    }

    fn comparable(&mut self, part: &IdedExpr, shown: &str, one: Kind, other: Kind) {
        if !one.goes_with(other) {
            let why = format!(
                "{shown} can't compare {} with {}: write both as the same kind",
                one.shown(),
                other.shown()
            );
            self.note(part, why);
        }
    }

    /// A word that there isn't is never equal to anything, which nobody means.
    fn words(&mut self, call: &CallExpr, given: &[Kind]) {
        if let ([one, other], [first, second]) = (call.args.as_slice(), given) {
            self.word(*first, other);
            self.word(*second, one);
        }
    }

    fn word(&mut self, kind: Kind, literal: &IdedExpr) {
        let Expr::Literal(LiteralValue::String(text)) = &literal.expr else {
            if let (Kind::Text(_), Expr::Literal(LiteralValue::Int(_) | LiteralValue::Double(_))) =
                (kind, &literal.expr)
            {
                self.note_once(literal, "this is compared with text: write it in quotes");
            }
            return;
        };
        let words = match kind {
            Kind::Text(words) => words,
            Kind::Number => {
                self.note_once(
                    literal,
                    "this is compared with a number: write it without quotes",
                );
                return;
            }
            _ => Words::Free,
        };
        if let Some(there_is) = words.without(text.inner()) {
            self.note(
                literal,
                format!("{:?} is never there: write {there_is}", text.inner()),
            );
        }
    }

    fn function(&mut self, part: &IdedExpr, call: &CallExpr, given: &[Kind]) -> Kind {
        let name = call.func_name.as_str();
        let Some(function) = function(name) else {
            let why = match MACROS.iter().find(|(known, _)| *known == name) {
                Some((_, usage)) => format!("{name} is written differently: {usage}"),
                None if name == "map" => {
                    "rules make no new lists: write exists, all or filter".to_owned()
                }
                None => {
                    let functions = FUNCTIONS.iter().map(|it| it.name);
                    let macros = MACROS.iter().map(|(known, _)| *known);
                    let known = one_of(functions.chain(macros).map(str::to_owned));
                    format!("there is no function {name}: write {known}")
                }
            };
            self.note_call(part, name, why);
            return Kind::Any;
        };
        let called = match call.target {
            Some(_) => Called::After,
            None => Called::Before,
        };
        let rightly = function.called == Called::Both || function.called == called;
        let takes = function.takes.len() == given.len()
            && function
                .takes
                .iter()
                .zip(given)
                .all(|(takes, it)| takes.takes(*it));
        if !rightly || !takes {
            let why = format!("{name} is written differently: {}", function.usage);
            self.note_call(part, name, why);
        }
        function.gives
    }
}

fn is_operator(name: &str) -> bool {
    const OTHERS: [&str; 13] = [
        op::CONDITIONAL,
        op::LOGICAL_AND,
        op::LOGICAL_OR,
        op::LOGICAL_NOT,
        op::EQUALS,
        op::NOT_EQUALS,
        op::LESS,
        op::LESS_EQUALS,
        op::GREATER,
        op::GREATER_EQUALS,
        op::NEGATE,
        op::INDEX,
        op::IN,
    ];
    let arithmetic = || ARITHMETIC.iter().any(|(written, _)| *written == name);
    name == op::NOT_STRICTLY_FALSE || OTHERS.contains(&name) || arithmetic()
}

fn function(name: &str) -> Option<&'static kinds::Function> {
    static KNOWN: [kinds::Function; 8] = FUNCTIONS;
    KNOWN.iter().find(|function| function.name == name)
}
