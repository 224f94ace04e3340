//! The template as a document: YAML with CloudFormation's short tags, read into plain JSON.

use serde_json::{Map, Value, json};

/// The type of a function before the transform.
pub const FUNCTION: &str = "AWS::Serverless::Function";

/// The template.
pub struct Template(Value);

impl Template {
    /// Reads it. `!Ref X` becomes `{"Ref": "X"}`, `!GetAtt X.Arn` `{"Fn::GetAtt": ["X", "Arn"]}`.
    pub fn parse(text: &str) -> Self {
        Self(plain(yaml_serde::from_str(text).unwrap()))
    }

    /// The resources of a type, by logical id.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.resources()
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id.as_str(), resource))
    }

    /// A resource, or null.
    pub fn resource(&self, id: &str) -> &Value {
        &self.0["Resources"][id]
    }

    /// A parameter, or null.
    pub fn parameter(&self, name: &str) -> &Value {
        &self.0["Parameters"][name]
    }

    /// A condition, or null.
    pub fn condition(&self, name: &str) -> &Value {
        &self.0["Conditions"][name]
    }

    /// Whether there is such a resource.
    pub fn has(&self, id: &str) -> bool {
        self.resources().contains_key(id)
    }

    /// A function's properties, the globals among them.
    pub fn properties(&self, function: &Value) -> Value {
        let mut properties = self.0["Globals"]["Function"].clone();
        merge(&mut properties, &function["Properties"]);
        properties
    }

    fn resources(&self) -> &Map<String, Value> {
        self.0["Resources"].as_object().unwrap()
    }
}

/// The logical id that a value points at by `!Ref X`, `!GetAtt X.…` or a `!Sub` of one resource.
pub fn points_at(value: &Value) -> Option<&str> {
    if let Some(id) = value["Ref"].as_str() {
        return Some(id);
    }
    if let Some(id) = value["Fn::GetAtt"][0].as_str() {
        return Some(id);
    }
    let (_, rest) = value["Fn::Sub"].as_str()?.split_once("${")?;
    let (id, rest) = rest.split_once('}')?;
    let (id, _) = id.split_once('.').unwrap_or((id, ""));
    (!rest.contains("${")).then_some(id)
}

/// What follows the stack's name in a name made of both.
pub fn after_stack_name(name: &Value) -> Option<&str> {
    name["Fn::Sub"].as_str()?.strip_prefix("${AWS::StackName}-")
}

/// One value or a list of them.
pub fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

/// SAM's rule for globals: maps are merged, anything else is replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn plain(value: yaml_serde::Value) -> Value {
    use yaml_serde::Value as Yaml;
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => value.into(),
        Yaml::Number(number) => number.as_i64().unwrap().into(),
        Yaml::String(text) => text.into(),
        Yaml::Sequence(items) => items.into_iter().map(plain).collect(),
        Yaml::Mapping(fields) => fields
            .into_iter()
            .map(|(name, value)| (name.as_str().unwrap().to_owned(), plain(value)))
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let value = plain(tagged.value);
            match (tag.trim_start_matches('!'), value) {
                ("Ref", value) => json!({"Ref": value}),
                ("Condition", value) => json!({"Condition": value}),
                ("GetAtt", Value::String(path)) => {
                    let (id, attribute) = path.split_once('.').unwrap();
                    json!({"Fn::GetAtt": [id, attribute]})
                }
                (function, value) => json!({format!("Fn::{function}"): value}),
            }
        }
    }
}
