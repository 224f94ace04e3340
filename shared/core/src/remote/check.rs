//! Whether a configured tool can work as written.

use std::fmt;

use super::{HttpWay, McpWay, Method, RemoteTool, Way, header, schema, template::Template};
use crate::{
    agent::{BUILT_IN_TOOLS, WrongField, is_word, quoted},
    registry::{Effect, TOOLS},
};

/// The most characters of a description, which every prompt pays for.
pub const MOST_DESCRIPTION: usize = 600;
/// The longest a call may take, in seconds: a turn's own limit comes soon after.
pub const MOST_TIMEOUT: u16 = 25;

/// A tool that can't work as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongTool {
    /// Which.
    pub name: String,
    /// What is wrong.
    pub fields: Vec<WrongField>,
}

impl fmt::Display for WrongTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tool {}:", self.name)?;
        for (index, field) in self.fields.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            write!(f, "{separator} {field}")?;
        }
        Ok(())
    }
}

impl std::error::Error for WrongTool {}

impl RemoteTool {
    /// Whether it can work as written. Whether its address may be reached and its secrets are there
    /// is seen when it is called.
    ///
    /// # Errors
    /// Everything that is wrong with it, field by field.
    pub fn check(&self) -> Result<(), WrongTool> {
        let mut wrong = Vec::new();
        let mut note = |field, got: String, wants: &str| {
            let wants = wants.to_owned();
            wrong.push(WrongField { field, got, wants });
        };
        if !is_word(&self.name, 64, |b| b == b'_' || b == b'-') {
            note("name", quoted(&self.name), "1 to 64 of a-z, 0-9, _ and -");
        }
        let is_ours = |name: &str| {
            BUILT_IN_TOOLS.contains(&name) || TOOLS.iter().any(|tool| tool.name == name)
        };
        if is_ours(&self.name) {
            note("name", quoted(&self.name), "no name of a built-in tool");
        }
        let length = self.description.trim().chars().count();
        if !(1..=MOST_DESCRIPTION).contains(&length) {
            let wants = format!("1 to {MOST_DESCRIPTION}");
            note("description", format!("{length} characters"), &wants);
        }
        if !(1..=MOST_TIMEOUT).contains(&self.timeout_seconds) {
            let wants = format!("a whole number from 1 to {MOST_TIMEOUT}");
            note("timeout_seconds", self.timeout_seconds.to_string(), &wants);
        }
        if self.effect == Effect::PassesOn {
            note("effect", "passes_on".to_owned(), "none or some");
        }
        for (got, wants) in schema::faults(&self.schema) {
            note("schema", got, &wants);
        }
        let (field, faults) = match &self.way {
            Way::Http(http) => ("url", self.url_faults(http)),
            Way::Mcp(mcp) => ("server", server_faults(mcp)),
        };
        for (got, wants) in faults {
            note(field, got, &wants);
        }
        if let Way::Mcp(mcp) = &self.way {
            let length = mcp.tool.chars().count();
            if !(1..=128).contains(&length) || mcp.tool.chars().any(char::is_control) {
                note(
                    "tool",
                    quoted(&mcp.tool),
                    "the name that the server lists, of 1 to 128 characters",
                );
            }
        }
        for (got, wants) in header::faults(&self.way) {
            note("headers", got, &wants);
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(WrongTool {
            name: self.name.chars().take(64).collect(),
            fields: wrong,
        })
    }

    fn url_faults(&self, http: &HttpWay) -> Vec<(String, String)> {
        let template = match Template::parse(&http.url) {
            Ok(template) => template,
            Err(wants) => return vec![(quoted(&http.url), wants)],
        };
        let mut faults = Vec::new();
        for name in template.arguments() {
            let place = format!("{{{name}}}");
            if !schema::is_required(&self.schema, name) {
                let wants = "arguments that the schema requires".to_owned();
                faults.push((place.clone(), wants));
            }
            if !schema::is_scalar(&self.schema, name) {
                let wants = "arguments whose type is string, integer, number or boolean";
                faults.push((place, wants.to_owned()));
            }
        }
        let placed: Vec<_> = template.arguments().collect();
        let has_body = !matches!(http.method, Method::Get | Method::Delete);
        for name in schema::properties(&self.schema)
            .into_iter()
            .flat_map(|it| it.keys())
        {
            let is_taken = template.query.iter().any(|(taken, _)| taken == name);
            if is_taken && !has_body && !placed.contains(&name.as_str()) {
                let wants = "each name of the query once: the argument of this name would come \
                             after it";
                faults.push((format!("{name}="), wants.to_owned()));
            }
        }
        faults
    }
}

fn server_faults(mcp: &McpWay) -> Vec<(String, String)> {
    let wants = match Template::parse(&mcp.server) {
        Ok(template) if template.arguments().next().is_none() => return Vec::new(),
        Ok(_) => "no {argument}: what is called is in the request".to_owned(),
        Err(wants) => wants,
    };
    vec![(quoted(&mcp.server), wants)]
}
