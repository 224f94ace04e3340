//! The tools that run elsewhere, a file for each service or MCP server.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    registry::{Audience, Effect},
    remote::{HttpWay, Identity, McpWay, Method, RemoteTool, Repeat, Way},
};
use serde_json::Value;

use super::{document::Document, reader::Entry};

/// The tools of a file. `names` are those of other tools.
pub(super) fn read(
    document: &Document<'_>,
    names: &mut BTreeSet<String>,
) -> Option<Vec<RemoteTool>> {
    let mut top = document.top();
    let entries = top.tables("tool", "name");
    top.finish();
    // All are read, whatever is wrong with one of them.
    let tools: Vec<_> = entries
        .into_iter()
        .map(|entry| tool(entry, names))
        .collect();
    tools.into_iter().collect()
}

fn tool(mut entry: Entry<'_>, names: &mut BTreeSet<String>) -> Option<RemoteTool> {
    if let Some(raw) = entry.raw("name") {
        entry.once("name", raw, names);
    }
    let name = entry.text("name");
    let description = entry.text("description");
    let audience = entry.choice(
        "audience",
        &[Audience::Everyone, Audience::Staff],
        |audience| match audience {
            Audience::Everyone => "everyone",
            Audience::Staff => "staff",
        },
    );
    let effect = entry.choice(
        "effect",
        &[Effect::None, Effect::Some],
        |effect| match effect {
            Effect::None => "none",
            Effect::Some | Effect::PassesOn => "some",
        },
    );
    let repeat = optional(&mut entry, "repeat", |entry| {
        entry.choice(
            "repeat",
            &[Repeat::Never, Repeat::Safe],
            |repeat| match repeat {
                Repeat::Never => "never",
                Repeat::Safe => "safe",
            },
        )
    });
    let identity = optional(&mut entry, "identity", |entry| {
        entry.choice(
            "identity",
            &[Identity::Number, Identity::Code],
            |identity| match identity {
                Identity::Number => "number",
                Identity::Code => "code",
            },
        )
    });
    let timeout = match entry.has("timeout_seconds") {
        true => entry.whole("timeout_seconds", 1..=25),
        false => Some(10),
    };
    let enabled = entry.flag("enabled");
    let schema = schema(&mut entry);
    let way = way(&mut entry);
    // What is missing is noted above; something right in its place lets the rest be checked.
    let blank = || "-".to_owned();
    let row = RemoteTool {
        name: name.clone().unwrap_or_else(blank),
        description: description.clone().unwrap_or_else(blank),
        audience: audience.unwrap_or(Audience::Staff),
        effect: effect.unwrap_or(Effect::Some),
        repeat: repeat.unwrap_or_default(),
        identity: identity.unwrap_or_default(),
        timeout_seconds: timeout.unwrap_or(10),
        enabled: enabled.unwrap_or(false),
        schema: schema.clone().unwrap_or_default(),
        way: way.clone().unwrap_or_else(|| {
            Way::Mcp(McpWay {
                server: "https://example.com/".to_owned(),
                tool: blank(),
                headers: BTreeMap::new(),
            })
        }),
    };
    let checked = row.check();
    let wrong = checked.as_ref().err().map(|wrong| wrong.fields.as_slice());
    for wrong in wrong.unwrap_or_default() {
        let field = match (wrong.field, &row.way) {
            // Without a schema nothing more can be said of it, or of what the address takes of it.
            ("schema" | "url", _) if schema.is_none() => continue,
            ("url" | "headers", Way::Http(_)) => "http",
            ("server" | "tool" | "headers", Way::Mcp(_)) => "mcp",
            (field, _) => field,
        };
        let got = match field == wrong.field {
            true => wrong.got.clone(),
            false => format!("{} {}", wrong.field, wrong.got),
        };
        entry.reject(field, &got, &wrong.wants);
    }
    entry.finish();
    name.and(description)
        .and(audience.and(effect).map(drop))
        .and(repeat.and(identity).map(drop))
        .and(timeout.and(enabled).map(drop))
        .and(schema.and(way))?;
    checked.is_ok().then_some(row)
}

/// What a field that may be left out is; its usual value then.
fn optional<'a, T: Default>(
    entry: &mut Entry<'a>,
    field: &'static str,
    read: impl FnOnce(&mut Entry<'a>) -> Option<T>,
) -> Option<T> {
    if entry.has(field) {
        read(entry)
    } else {
        Some(T::default())
    }
}

/// JSON, as services and servers print it.
fn schema(entry: &mut Entry<'_>) -> Option<Value> {
    let text = entry.text("schema")?;
    match serde_json::from_str(&text) {
        Ok(schema) => Some(schema),
        Err(why) => {
            entry.reject(
                "schema",
                &format!("no JSON ({why})"),
                "a JSON Schema in '''…'''",
            );
            None
        }
    }
}

fn way(entry: &mut Entry<'_>) -> Option<Way> {
    match (entry.has("http"), entry.has("mcp")) {
        (true, false) => {
            let mut http = entry.table("http")?;
            let method = http.choice(
                "method",
                &[
                    Method::Get,
                    Method::Post,
                    Method::Put,
                    Method::Patch,
                    Method::Delete,
                ],
                |method| match method {
                    Method::Get => "GET",
                    Method::Post => "POST",
                    Method::Put => "PUT",
                    Method::Patch => "PATCH",
                    Method::Delete => "DELETE",
                },
            );
            let url = http.text("url");
            let headers = headers(&mut http);
            http.finish();
            Some(Way::Http(HttpWay {
                method: method?,
                url: url?,
                headers: headers?,
            }))
        }
        (false, true) => {
            let mut mcp = entry.table("mcp")?;
            let server = mcp.text("server");
            let tool = mcp.text("tool");
            let headers = headers(&mut mcp);
            mcp.finish();
            Some(Way::Mcp(McpWay {
                server: server?,
                tool: tool?,
                headers: headers?,
            }))
        }
        (has, _) => {
            let got = if has { "http and mcp" } else { "nothing" };
            entry.reject("http", got, "either [tool.http] or [tool.mcp]");
            None
        }
    }
}

fn headers(entry: &mut Entry<'_>) -> Option<BTreeMap<String, String>> {
    optional(entry, "headers", |entry| {
        entry.by_key("headers", None, "text in quotes", |value, _| {
            value.as_str().map(str::to_owned)
        })
    })
}
