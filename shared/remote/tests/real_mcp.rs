//! Calls of the MCP server `tests/mcp/server.py`, which is made with MCP's own Python SDK.
//! `tests/mcp/run` starts it once for every way it can answer, and this.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{collections::BTreeMap, time::Duration};

use countersign_core::{
    Secret,
    registry::{Audience, Effect},
    remote::{Identity, McpWay, RemoteTool, Repeat, Way},
};
use countersign_remote::{CallError, Listed, Remote, Settings, guard::Network};
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(20);

/// The servers' addresses, with spaces between them. Only `tests/mcp/run` sets it.
const VARIABLE: &str = "MCP_SERVERS";

fn servers() -> Vec<String> {
    let servers = std::env::var(VARIABLE).unwrap_or_default();
    let servers: Vec<_> = servers.split_whitespace().map(str::to_owned).collect();
    assert!(
        !servers.is_empty(),
        "{VARIABLE} names no server; run tests/mcp/run"
    );
    servers
}

fn remote() -> Remote {
    Remote::new(Settings {
        secrets: BTreeMap::from([("shop".to_owned(), Secret::new("hunter2-hunter2"))]),
        network: Network::Anywhere,
    })
}

/// The tool as a company would keep it.
fn kept(server: &str, listed: &Listed) -> RemoteTool {
    let tool = RemoteTool {
        name: format!("shop_{}", listed.name.to_lowercase()),
        description: listed.description.clone(),
        audience: Audience::Everyone,
        effect: Effect::Some,
        repeat: Repeat::Never,
        identity: Identity::Number,
        timeout_seconds: 10,
        enabled: true,
        schema: listed.schema.clone(),
        way: Way::Mcp(McpWay {
            server: server.to_owned(),
            tool: listed.name.clone(),
            headers: BTreeMap::from([(
                "Authorization".to_owned(),
                "Bearer {secret:shop}".to_owned(),
            )]),
        }),
    };
    tool.check().unwrap();
    tool
}

/// Calls a tool of every server; what it says must be the same.
async fn call(name: &str, arguments: Value) -> Result<String, CallError> {
    let mut said = Vec::new();
    for server in servers() {
        let remote = remote();
        let tools = remote.list(&server, &BTreeMap::new(), LONG).await.unwrap();
        let listed = tools.iter().find(|tool| tool.name == name).unwrap();
        let answer = remote
            .call(&kept(&server, listed), &arguments, "t1/4/0", LONG)
            .await;
        said.push(answer.map(|said| said.text));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    said.remove(0)
}

#[tokio::test]
async fn a5_a_real_servers_tools_are_listed() {
    for server in servers() {
        let tools = remote()
            .list(&server, &BTreeMap::new(), LONG)
            .await
            .unwrap();
        let names: Vec<_> = tools
            .iter()
            .map(|tool| (tool.name.as_str(), tool.reads_only_hint))
            .collect();
        assert_eq!(
            names,
            [
                ("Greet", true),
                ("Reserve", false),
                ("Refuse", false),
                ("Repeat", false)
            ]
        );
        assert_eq!(tools[0].description, "Greets somebody.");
        assert_eq!(tools[0].schema["properties"]["name"]["type"], "string");
        for tool in &tools {
            kept(&server, tool);
        }
    }
}

#[tokio::test]
async fn a5_a_real_server_says_text() {
    let said = call("Greet", json!({"name": "Aline"})).await;
    assert_eq!(said.unwrap(), "Muraho, Aline!");
}

#[tokio::test]
async fn a5_a_real_server_gives_a_structured_result() {
    let said = call("Reserve", json!({"sku": "ABC123", "units": 3}))
        .await
        .unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, json!({"sku": "ABC123", "units": 3, "left": 7}));
}

#[tokio::test]
async fn a5_a_real_servers_error_is_for_the_model() {
    let Err(CallError::Refused { status: None, said }) = call("Refuse", json!({})).await else {
        panic!("not refused");
    };
    assert!(said.contains("the shop is closed"), "{said}");
}

#[tokio::test]
async fn a5_a_real_server_refuses_wrong_arguments() {
    let arguments = json!({"sku": "ABC123", "units": "many"});
    let Err(CallError::Refused { said, .. }) = call("Reserve", arguments).await else {
        panic!("not refused");
    };
    assert!(said.contains("units"), "{said}");
}

#[tokio::test]
async fn a5_a_real_server_gets_key_and_secret_and_shows_no_secret() {
    let said = call("Repeat", json!({})).await.unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, json!({"key": "t1/4/0", "authorization": "(hidden)"}));
}

#[tokio::test]
async fn a5_a_real_server_knows_no_such_tool() {
    for server in servers() {
        let remote = remote();
        let tools = remote.list(&server, &BTreeMap::new(), LONG).await.unwrap();
        let mut tool = kept(&server, &tools[0]);
        let Way::Mcp(way) = &mut tool.way else {
            unreachable!()
        };
        way.tool = "Gone".to_owned();
        let why = remote.call(&tool, &json!({}), "key", LONG).await;
        assert!(matches!(&why, Err(CallError::Refused { .. })), "{why:?}");
    }
}
