//! The tools of an MCP server, as rows for `infra/seed/tools`.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use countersign_core::{
    agent::BUILT_IN_TOOLS,
    registry::TOOLS,
    remote::{MOST_DESCRIPTION, secret_names},
};
use countersign_remote::{Listed, Remote, Settings, guard::Network, parse_secrets};
use serde_json::{Value, json};

/// How long a server has to list its tools.
const PATIENCE: Duration = Duration::from_secs(25);

#[derive(Debug, Subcommand)]
pub(super) enum Tools {
    /// What an MCP server offers, as rows for a file in infra/seed/tools, all of them disabled.
    List(List),
}

/// Which server.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The server's endpoint, such as https://courier.example.com/mcp.
    url: String,
    /// A header it wants; {secret:NAME} in it stands for a secret of the variable TOOL_SECRETS.
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("wants NAME=VALUE".to_owned()),
    }
}

impl Tools {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self::List(list) = self;
        let secrets = std::env::var("TOOL_SECRETS").unwrap_or_default();
        let remote = Remote::new(Settings {
            secrets: parse_secrets(&secrets).map_err(|wrong| anyhow!(wrong.join("\n")))?,
            network: Network::Anywhere,
        });
        let headers: BTreeMap<_, _> = list.headers.into_iter().collect();
        let tools = remote.list(&list.url, &headers, PATIENCE).await;
        let tools = tools.with_context(|| format!("{} lists no tools", list.url))?;
        if tools.is_empty() {
            bail!("{} has no tools", list.url);
        }
        print!("{}", rows(&list.url, &headers, &tools));
        Ok(())
    }
}

/// The rows. What a server says of a tool is what it would like to be true of it; a person reads
/// it before an agent gets the tool.
fn rows(server: &str, headers: &BTreeMap<String, String>, tools: &[Listed]) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut text = format!(
        "# {} tools of {}, as it describes them itself. Read each before it is enabled.\n",
        tools.len(),
        quoted(server)
    );
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| kept(name, value))
        .collect();
    for tool in tools {
        let name = name(&tool.name, &names);
        let description: String = match tool.description.trim() {
            "" => "-".to_owned(),
            described => described.chars().take(MOST_DESCRIPTION).collect(),
        };
        let hint = match tool.reads_only_hint {
            true => {
                "# The server says that it changes nothing. If you know that: effect = \"none\"\n"
            }
            false => "",
        };
        text.push_str(&format!(
            "\n[[tool]]\nname = {}\ndescription = {}\naudience = \"staff\"\n{hint}effect = \"some\"\n\
             enabled = false\nschema = {}\n[tool.mcp]\nserver = {}\ntool = {}\n",
            quoted(&name),
            quoted(description.trim()),
            literal(&schema(&tool.schema)),
            quoted(server),
            quoted(&tool.name),
        ));
        if !headers.is_empty() {
            text.push_str(&format!("headers = {{ {} }}\n", headers.join(", ")));
        }
        names.push(name);
    }
    text
}

/// A name that a tool may have here and that none has yet.
fn name(theirs: &str, taken: &[String]) -> String {
    let plain: String = theirs
        .to_ascii_lowercase()
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '_' | '-' => c,
            _ => '_',
        })
        .take(60)
        .collect();
    let is_taken = |name: &str| {
        name.is_empty()
            || BUILT_IN_TOOLS.contains(&name)
            || TOOLS.iter().any(|tool| tool.name == name)
            || taken.iter().any(|other| other == name)
    };
    let mut numbered = (2..).map(|number| format!("{plain}_{number}"));
    match is_taken(&plain) {
        true => numbered.find(|name| !is_taken(name)).unwrap_or(plain),
        false => plain,
    }
}

/// The schema as [`RemoteTool::check`](countersign_core::remote::RemoteTool::check) wants it.
fn schema(theirs: &Value) -> String {
    let mut schema = theirs.clone();
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("$schema");
        fields.entry("properties").or_insert_with(|| json!({}));
    }
    serde_json::to_string_pretty(&schema).unwrap_or_else(|_| schema.to_string())
}

/// A header of a row. A value without a secret's name may be one itself, and isn't printed.
fn kept(name: &str, value: &str) -> String {
    let named = secret_names(value).is_ok_and(|names| !names.is_empty());
    let value = if named {
        value.to_owned()
    } else {
        let secret = name
            .to_ascii_lowercase()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        format!("{{secret:{}}}", secret.chars().take(40).collect::<String>())
    };
    format!("{} = {}", quoted(name), quoted(&value))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text.replace(['\n', '\r'], " ")).to_string()
}

/// A text of several lines, which TOML takes as it is unless its mark is in it.
fn literal(text: &str) -> String {
    if text.contains("'''") {
        quoted(text)
    } else {
        format!("'''\n{text}\n'''")
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::{
        registry::Effect,
        remote::{RemoteTool, Way},
    };

    use super::*;
    use crate::seed::{Seed, SeedFiles};

    fn listed(name: &str, description: &str) -> Listed {
        Listed {
            name: name.to_owned(),
            description: description.to_owned(),
            schema: json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}),
            reads_only_hint: false,
        }
    }

    /// What the demo company would have with these rows.
    fn read(text: &str) -> Vec<RemoteTool> {
        let files = SeedFiles {
            tools: &[("tools/new.toml", text)],
            ..SeedFiles::SHIPPED
        };
        Seed::parse(&files).unwrap().tools
    }

    #[test]
    fn a5_the_rows_of_a_server_are_read_as_tools() {
        let odd = "Says \"hi\" \\ '''\nand\tmore\u{1}";
        let mut tools = [
            listed("get-Sum", "Adds."),
            listed("get_sum!", ""),
            listed("get sum!", &"é".repeat(900)),
            listed("check_inventory", odd),
            listed("Reads", "Only reads."),
        ];
        tools[3].schema["description"] = odd.into();
        tools[4].reads_only_hint = true;
        let headers = BTreeMap::from([
            (
                "Authorization".to_owned(),
                "Bearer {secret:courier}".to_owned(),
            ),
            ("X-Api-Key".to_owned(), "hunter2-hunter2".to_owned()),
        ]);
        let text = rows("https://courier.example/mcp", &headers, &tools);
        assert!(!text.contains("hunter2"), "{text}");
        let read = read(&text);
        let names: Vec<_> = read.iter().map(|tool| tool.name.as_str()).collect();
        let expect = [
            "get-sum",
            "get_sum_",
            "get_sum__2",
            "check_inventory_2",
            "reads",
        ];
        assert_eq!(names, expect);
        for (tool, theirs) in read.iter().zip(&tools) {
            // A person decides, whatever the server says of itself.
            assert_eq!((tool.effect, tool.enabled), (Effect::Some, false));
            let Way::Mcp(way) = &tool.way else {
                panic!("{tool:?}");
            };
            assert_eq!(
                (&way.tool, way.server.as_str()),
                (&theirs.name, "https://courier.example/mcp")
            );
            assert_eq!(way.headers["Authorization"], "Bearer {secret:courier}");
            assert_eq!(way.headers["X-Api-Key"], "{secret:x_api_key}");
        }
        assert_eq!(read[0].schema, json!({"type": "object", "properties": {}}));
        assert_eq!(read[3].schema["description"], odd);
        assert_eq!(
            text.matches("If you know that: effect = \"none\"").count(),
            1
        );
    }

    #[test]
    fn a5_a_header_has_a_name_and_a_value() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(header("X-Key=a=b"), pair("X-Key", "a=b"));
        assert_eq!(header("X-Key"), Err("wants NAME=VALUE".to_owned()));
        assert_eq!(header("=a"), Err("wants NAME=VALUE".to_owned()));
    }
}
