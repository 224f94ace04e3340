//! Going through an expression.

use cel::common::ast::{
    ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators as op,
};

use super::{
    At, Fault,
    kinds::{self, Kind, NAMES, Name, one_of},
};
use crate::policy::{arithmetic::is_append, facts::MOST_ITEMS};

/// How deep an expression may be; what the stack of a rule holds many times over.
const MOST_DEEP: usize = 64;
/// The most parts of an expression that are looked at in one run.
const MOST_STEPS: u64 = 100_000;
/// Doubles tell whole numbers from one another up to here.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) struct Walk<'a> {
    source: &'a str,
    info: &'a SourceInfo,
    /// The names given to the items of what is gone through here.
    items: Vec<&'a str>,
    depth: usize,
    walked: Walked,
    faults: Vec<Fault>,
}

#[derive(Default)]
pub(super) struct Walked {
    pub looks_at_arguments: bool,
}

/// What a part comes to, and what that costs.
pub(super) struct Part {
    pub kind: Kind,
    pub steps: u64,
}

impl<'a> Walk<'a> {
    pub fn new(source: &'a str, info: &'a SourceInfo) -> Self {
        Self {
            source,
            info,
            items: Vec::new(),
            depth: 0,
            walked: Walked::default(),
            faults: Vec::new(),
        }
    }

    /// Checks a whole rule.
    pub fn rule(mut self, expression: &'a IdedExpr) -> Result<Walked, Vec<Fault>> {
        let whole = self.part(expression);
        if !whole.kind.goes_with(Kind::Bool) {
            let why = format!(
                "the expression comes to {}: a rule has to be true or false, such as \
                 args.amount < 5000",
                whole.kind.shown()
            );
            self.faults.push(Fault::at(At::Start, why));
        }
        if whole.steps > MOST_STEPS {
            let why = "this could take too long: go through fewer lists inside of one another";
            self.faults.push(Fault::at(At::Start, why));
        }
        if self.faults.is_empty() {
            Ok(self.walked)
        } else {
            Err(self.faults)
        }
    }

    pub(super) fn part(&mut self, part: &'a IdedExpr) -> Part {
        self.depth += 1;
        let checked = if self.depth > MOST_DEEP {
            let why = "too many operators follow one another: take it apart into several rules";
            // Once is enough.
            if self.faults.iter().all(|fault| fault.why != why) {
                self.note(part, why);
            }
            Part {
                kind: Kind::Any,
                steps: 0,
            }
        } else {
            self.inner(part)
        };
        self.depth -= 1;
        Part {
            steps: checked.steps.saturating_add(1),
            ..checked
        }
    }

    fn inner(&mut self, part: &'a IdedExpr) -> Part {
        let simple = |kind| Part { kind, steps: 0 };
        match &part.expr {
            Expr::Literal(literal) => simple(self.literal(part, literal)),
            Expr::Ident(name) => simple(self.ident(part, name)),
            Expr::Select(select) => self.select(part, select),
            Expr::Call(call) => self.call(part, call),
            Expr::Comprehension(comprehension) => self.comprehension(part, comprehension),
            Expr::List(list) => {
                for element in &list.elements {
                    if text_or_number(element) {
                        self.part(element);
                    } else {
                        let why = "a list holds texts and numbers alone, such as [\"a\", \"b\"]: \
                                   compare with || instead";
                        self.note(element, why);
                    }
                }
                Part {
                    kind: Kind::List,
                    steps: list.elements.len() as u64,
                }
            }
            Expr::Map(_) => {
                self.note(part, "rules make no maps: compare field by field");
                simple(Kind::Map)
            }
            Expr::Struct(_) => {
                self.note(part, "rules make no structures: compare field by field");
                simple(Kind::Any)
            }
            Expr::Unspecified => {
                self.note(part, "something is missing here");
                simple(Kind::Any)
            }
        }
    }

    fn literal(&mut self, part: &IdedExpr, literal: &LiteralValue) -> Kind {
        match literal {
            LiteralValue::Boolean(_) => Kind::Bool,
            LiteralValue::Int(_) => Kind::Number,
            LiteralValue::String(_) => Kind::TEXT,
            LiteralValue::Null => Kind::Any,
            LiteralValue::Double(double) => {
                if double.inner().abs() >= EXACT {
                    let why = "a number this large is exact without decimals alone: leave out the \
                               point and what follows";
                    self.note(part, why);
                }
                Kind::Number
            }
            LiteralValue::UInt(_) => {
                self.note(part, "write whole numbers without u");
                Kind::Number
            }
            LiteralValue::Bytes(_) => {
                self.note(part, "write text without a b before its quotes");
                Kind::TEXT
            }
        }
    }

    fn ident(&mut self, part: &IdedExpr, name: &str) -> Kind {
        if name.starts_with('@') || self.items.contains(&name) {
            return Kind::Any;
        }
        match kinds::name(name) {
            Some(Name::Value(kind)) => {
                self.walked.looks_at_arguments |= name == "args";
                *kind
            }
            Some(Name::Facts(facts)) => {
                let which = one_of(facts.iter().map(|(fact, _)| format!("{name}.{fact}")));
                self.note(part, format!("{name} is several things: write {which}"));
                Kind::Any
            }
            None => {
                let items = self.items.iter().map(|item| (*item).to_owned());
                let known = NAMES.iter().map(|(known, _)| (*known).to_owned());
                let known = one_of(known.chain(items));
                let why =
                    format!("there is no {name}: write {known}, and args.{name} for an argument");
                self.note(part, why);
                Kind::Any
            }
        }
    }

    fn select(&mut self, part: &'a IdedExpr, select: &'a SelectExpr) -> Part {
        let fact = match &select.operand.expr {
            Expr::Ident(name) if !self.items.contains(&name.as_str()) => match kinds::name(name) {
                Some(Name::Facts(facts)) => Some((name, *facts)),
                _ => None,
            },
            _ => None,
        };
        let Some((name, facts)) = fact else {
            let operand = self.part(&select.operand);
            if !operand.kind.goes_with(Kind::Map) {
                let why = format!("{} has no fields", operand.kind.shown());
                self.note(part, why);
            }
            let kind = if select.test { Kind::Bool } else { Kind::Any };
            return Part { kind, ..operand };
        };
        let known = facts.iter().find(|(fact, _)| *fact == select.field);
        let kind = match known {
            Some(_) if select.test => Kind::Bool,
            Some((_, kind)) => *kind,
            None => {
                let which = one_of(facts.iter().map(|(fact, _)| format!("{name}.{fact}")));
                let why = format!("there is no {name}.{}: write {which}", select.field);
                self.note(&select.operand, why);
                Kind::Any
            }
        };
        Part { kind, steps: 1 }
    }

    fn comprehension(&mut self, part: &'a IdedExpr, each: &'a ComprehensionExpr) -> Part {
        let range = self.part(&each.iter_range);
        if !range.kind.goes_with(Kind::List) && !range.kind.goes_with(Kind::Map) {
            self.note(
                part,
                format!("{} has no items to go through", range.kind.shown()),
            );
        }
        let name = each.iter_var.as_str();
        if kinds::name(name).is_some() || self.items.contains(&name) {
            let why = format!("{name} is a name already: write another for the items");
            self.note(part, why);
        }
        self.items.push(name);
        if makes_new(each) {
            self.note(part, "rules make no new lists: write exists, all or filter");
        }
        let condition = self.part(&each.loop_cond);
        let step = self.part(&each.loop_step);
        let result = self.part(&each.result);
        self.items.pop();
        let round = condition.steps.saturating_add(step.steps);
        let rounds = match &each.iter_range.expr {
            Expr::List(list) => list.elements.len(),
            _ => MOST_ITEMS,
        } as u64;
        let kind = match each.accu_init.expr {
            Expr::List(_) => Kind::List,
            _ => Kind::Bool,
        };
        Part {
            kind,
            steps: range
                .steps
                .saturating_add(result.steps)
                .saturating_add(round.saturating_mul(rounds)),
        }
    }

    pub(super) fn note(&mut self, part: &IdedExpr, why: impl Into<String>) {
        let at = self
            .info
            .offset_for(part.id)
            .map_or(At::Start, |(start, _)| At::Byte(start as usize));
        self.faults.push(Fault::at(at, why));
    }

    /// Notes what is a consequence when nothing else is wrong.
    pub(super) fn note_once(&mut self, part: &IdedExpr, why: impl Into<String>) {
        if self.faults.is_empty() {
            self.note(part, why);
        }
    }

    /// Notes it at the name of a function, after which the parser places calls.
    pub(super) fn note_call(&mut self, part: &IdedExpr, name: &str, why: String) {
        let after = self
            .info
            .offset_for(part.id)
            .map(|(start, _)| start as usize);
        let before = after.and_then(|after| self.source.get(..after));
        match before.and_then(|before| before.rfind(name)) {
            Some(start) => self.faults.push(Fault::at(At::Byte(start), why)),
            None => self.note(part, why),
        }
    }
}

/// Whether it makes a list of something else than the items gone through.
fn makes_new(each: &ComprehensionExpr) -> bool {
    let Expr::List(_) = each.accu_init.expr else {
        return false;
    };
    let appended = |step: &IdedExpr| match &step.expr {
        Expr::Call(call) if is_append(call) => match call.args.get(1).map(|it| &it.expr) {
            Some(Expr::List(list)) => list
                .elements
                .iter()
                .all(|item| matches!(&item.expr, Expr::Ident(name) if *name == each.iter_var)),
            _ => false,
        },
        _ => false,
    };
    match &each.loop_step.expr {
        Expr::Call(call) if call.func_name == op::CONDITIONAL => {
            !call.args.get(1).is_some_and(appended)
        }
        _ => true,
    }
}

fn text_or_number(part: &IdedExpr) -> bool {
    match &part.expr {
        Expr::Literal(_) => true,
        Expr::Call(call) if call.func_name == op::NEGATE => {
            matches!(
                call.args.as_slice(),
                [IdedExpr {
                    expr: Expr::Literal(_),
                    ..
                }]
            )
        }
        _ => false,
    }
}
