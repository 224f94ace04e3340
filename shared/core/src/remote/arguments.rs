//! What a model wrote as a tool's arguments, held against the tool's schema.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::{Map, Value};

use super::{RemoteTool, schema};

/// The most bytes of a call's arguments as JSON.
pub const MOST_ARGUMENTS: usize = 8 * 1024;
/// The most characters of what a model is told of its mistakes.
const MOST_WORDS: usize = 300;
/// The most mistakes it is told of: who mends these finds the others easier.
const MOST_MISTAKES: usize = 5;

impl RemoteTool {
    /// The arguments of a call, checked. An optional argument that is null counts as left out, and
    /// one that the schema does not name is refused unless the schema itself says what becomes of
    /// such: a request's query and body hold what the company described, and nothing else.
    ///
    /// # Errors
    /// What is wrong, in words for the model that wrote them, of 300 characters at most.
    pub fn read_arguments(&self, arguments: &Value) -> Result<Value, String> {
        read(&self.schema, arguments).map_err(|why| cut(&why, MOST_WORDS))
    }
}

fn read(schema: &Value, arguments: &Value) -> Result<Value, String> {
    let given = match arguments {
        // Some models leave out the arguments of a tool that takes none.
        Value::Null => Map::new(),
        Value::Object(given) => given.clone(),
        other => return Err(format!("they are no JSON object: {}", shown(other))),
    };
    let length = arguments.to_string().len();
    if length > MOST_ARGUMENTS {
        return Err(format!(
            "they are {length} bytes of JSON; write at most {MOST_ARGUMENTS}"
        ));
    }
    let given = Value::Object(without_nulls(schema, given));
    let validator = schema::compiled(schema)
        .map_err(|_| "this tool is not set up right; do without it".to_owned())?;
    let mut mistakes: Vec<_> = unknown(schema, &given).into_iter().collect();
    mistakes.extend(validator.iter_errors(&given).map(|error| in_words(&error)));
    // The order that a validator finds them in is the schema's, which JSON does not keep.
    mistakes.sort();
    mistakes.dedup();
    if mistakes.is_empty() {
        return Ok(given);
    }
    let more = mistakes.len().saturating_sub(MOST_MISTAKES);
    mistakes.truncate(MOST_MISTAKES);
    if more > 0 {
        mistakes.push(format!("and {more} more"));
    }
    Err(mistakes.join("; "))
}

/// Some models write null for what they leave out.
fn without_nulls(schema: &Value, mut given: Map<String, Value>) -> Map<String, Value> {
    given.retain(|name, value| {
        let types = schema::types(schema, name);
        let is_left_out = value.is_null()
            && !schema::is_required(schema, name)
            && !types.is_empty()
            && !types.contains(&"null");
        !is_left_out
    });
    given
}

/// Arguments that a schema does not name and says nothing of.
fn unknown(schema: &Value, given: &Value) -> Option<String> {
    let speaks = [
        "additionalProperties",
        "unevaluatedProperties",
        "patternProperties",
        "propertyNames",
        // These may name further ones.
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "dependentSchemas",
    ];
    if speaks.iter().any(|keyword| schema.get(keyword).is_some()) {
        return None;
    }
    let properties = schema::properties(schema)?;
    let names = given.as_object()?.keys();
    let unknown: Vec<_> = names
        .filter(|name| !properties.contains_key(*name))
        .map(|name| cut(name, 40))
        .collect();
    (!unknown.is_empty()).then(|| no_such(&unknown))
}

fn no_such(names: &[String]) -> String {
    format!("there is no argument {}", names.join(", "))
}

/// A mistake, without the schema it breaks.
fn in_words(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let name = match path.trim_start_matches('/').replace('/', ".") {
        whole if whole.is_empty() => "they".to_owned(),
        part => cut(&part, 60),
    };
    let must = |what: String| format!("{name} must be {what}, got {}", shown(error.instance()));
    match error.kind() {
        Kind::Required { property } => {
            let property = cut(property.as_str().unwrap_or_default(), 60);
            match path.is_empty() {
                true => format!("{property} is missing"),
                false => format!("{name}.{property} is missing"),
            }
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let names: Vec<_> = unexpected.iter().map(|name| cut(name, 40)).collect();
            match path.is_empty() {
                true => no_such(&names),
                false => format!("{name} has no {}", names.join(", ")),
            }
        }
        Kind::Type { kind } => must(match kind {
            TypeKind::Single(one) => one.to_string(),
            TypeKind::Multiple(many) => {
                let many: Vec<_> = many.iter().map(|one| one.to_string()).collect();
                many.join(" or ")
            }
        }),
        Kind::Enum { options } => must(format!("one of {}", cut(&options.to_string(), 120))),
        Kind::Constant { expected_value } => must(cut(&expected_value.to_string(), 60)),
        Kind::Minimum { limit } => must(format!("{limit} or more")),
        Kind::Maximum { limit } => must(format!("{limit} or less")),
        Kind::ExclusiveMinimum { limit } => must(format!("more than {limit}")),
        Kind::ExclusiveMaximum { limit } => must(format!("less than {limit}")),
        Kind::MinLength { limit } => must(format!("{limit} characters or more")),
        Kind::MaxLength { limit } => must(format!("{limit} characters or fewer")),
        Kind::MinItems { limit } => format!("{name} must have {limit} items or more"),
        Kind::MaxItems { limit } => format!("{name} must have {limit} items or fewer"),
        Kind::Format { format } => must(format!("a {format}")),
        Kind::Pattern { pattern } => must(format!("as the pattern {} says", cut(pattern, 60))),
        Kind::MultipleOf { multiple_of } => must(format!("a multiple of {multiple_of}")),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            format!("{name} has none of the forms it may have")
        }
        other => format!("{name} must keep to {}", other.keyword()),
    }
}

/// A value as a model wrote it, its beginning.
fn shown(value: &Value) -> String {
    cut(&value.to_string(), 40)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most - 1).collect();
    cut.push('…');
    cut
}
