//! Calculating, as rules do it.

use cel::{
    Context, DeclarationError, ExecutionError, Value as Cel,
    common::ast::{CallExpr, Expr, IdedExpr, operators as op},
};

/// What the operators of arithmetic are replaced by: CEL's own refuse a whole number beside one
/// with decimals, and put texts and lists together without bound.
pub(super) const ARITHMETIC: [(&str, &str); 5] = [
    ("_+_", "@add"),
    ("_-_", "@subtract"),
    ("_*_", "@multiply"),
    ("_/_", "@divide"),
    ("_%_", "@remainder"),
];

/// The name that macros give to what they have so far; nobody can write it.
const RESULT: &str = "@result";

/// Whether it is how filter and map take another item, or exists_one counts.
pub(super) fn is_append(call: &CallExpr) -> bool {
    call.func_name == op::ADD && call.args.first().is_some_and(is_result)
}

fn is_result(part: &IdedExpr) -> bool {
    matches!(&part.expr, Expr::Ident(name) if name == RESULT)
}

/// Replaces the operators of arithmetic by functions of ours, but not those that macros bring.
pub(super) fn replace_arithmetic(part: &mut IdedExpr) {
    match &mut part.expr {
        Expr::Call(call) => {
            let ours = call.args.first().is_none_or(|first| !is_result(first));
            let replaced = ARITHMETIC
                .iter()
                .find(|(written, _)| *written == call.func_name);
            if let Some((_, function)) = replaced.filter(|_| ours) {
                call.func_name = (*function).to_owned();
            }
            call.target
                .as_deref_mut()
                .into_iter()
                .for_each(replace_arithmetic);
            call.args.iter_mut().for_each(replace_arithmetic);
        }
        Expr::Comprehension(each) => {
            replace_arithmetic(&mut each.iter_range);
            replace_arithmetic(&mut each.loop_cond);
            replace_arithmetic(&mut each.loop_step);
        }
        Expr::Select(select) => replace_arithmetic(&mut select.operand),
        Expr::List(list) => list.elements.iter_mut().for_each(replace_arithmetic),
        // There are no maps and structures in a rule that was checked.
        Expr::Map(_) | Expr::Struct(_) | Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

/// Gives the context the functions of [`ARITHMETIC`].
pub(super) fn add_arithmetic(context: &mut Context<'_, '_>) -> Result<(), DeclarationError> {
    macro_rules! operator {
        ($name:literal, $whole:ident, $sign:tt) => {
            context.add_function($name, |a: Cel, b: Cel| {
                arithmetic($name, &a, &b, i64::$whole, |a, b| a $sign b)
            })?;
        };
    }
    operator!("@add", checked_add, +);
    operator!("@subtract", checked_sub, -);
    operator!("@multiply", checked_mul, *);
    operator!("@divide", checked_div, /);
    operator!("@remainder", checked_rem, %);
    Ok(())
}

fn arithmetic(
    name: &str,
    a: &Cel,
    b: &Cel,
    whole: fn(i64, i64) -> Option<i64>,
    decimal: fn(f64, f64) -> f64,
) -> Result<Cel, ExecutionError> {
    let wrong = |why: &str| ExecutionError::function_error(name, why);
    if let (Cel::Int(a), Cel::Int(b)) = (a, b) {
        let result = whole(*a, *b).map(Cel::Int);
        return result.ok_or_else(|| wrong("a whole number gets too large, or is divided by zero"));
    }
    let (Some(a), Some(b)) = (to_double(a), to_double(b)) else {
        return Err(wrong("it calculates with something that is no number"));
    };
    let result = decimal(a, b);
    if result.is_finite() {
        Ok(Cel::Float(result))
    } else {
        Err(wrong("a number gets too large, or is divided by zero"))
    }
}

fn to_double(value: &Cel) -> Option<f64> {
    match value {
        Cel::Int(whole) => Some(*whole as f64),
        Cel::UInt(whole) => Some(*whole as f64),
        Cel::Float(double) => Some(*double),
        _ => None,
    }
}
