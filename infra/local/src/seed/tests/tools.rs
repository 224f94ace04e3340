use countersign_core::{
    registry::{Audience, Effect},
    remote::{HttpWay, Identity, McpWay, Method, Repeat, Way},
};
use serde_json::json;

use super::*;

const EXAMPLE: &str = include_str!("../../../../seed/tools/example.toml");

fn with(tools: &str) -> anyhow::Result<Seed> {
    Seed::parse(&SeedFiles {
        tools: &[("tools/example.toml", tools)],
        ..SMALL
    })
}

#[test]
fn a5_the_demo_company_has_no_tool_that_runs_elsewhere() {
    assert_eq!(load().unwrap().tools, []);
}

#[test]
fn a5_the_example_is_read() {
    let tools = with(EXAMPLE).unwrap().tools;
    assert_eq!(
        tools,
        [
            RemoteTool {
                name: "order_status".to_owned(),
                description: "Where an order is and when it arrives. Ask for the order's number \
                              first, such as K-10423."
                    .to_owned(),
                audience: Audience::Everyone,
                effect: Effect::None,
                repeat: Repeat::Never,
                identity: Identity::Number,
                timeout_seconds: 10,
                enabled: false,
                schema: json!({
                    "type": "object",
                    "properties": {"order": {
                        "type": "string",
                        "pattern": "^K-[0-9]{5}$",
                        "description": "The order's number, such as K-10423.",
                    }},
                    "required": ["order"],
                }),
                way: Way::Http(HttpWay {
                    method: Method::Get,
                    url: "https://orders.example.com/v1/orders/{order}".to_owned(),
                    headers: [(
                        "Authorization".to_owned(),
                        "Bearer {secret:orders}".to_owned()
                    )]
                    .into(),
                }),
            },
            RemoteTool {
                name: "book_courier".to_owned(),
                description: "Orders a courier for a parcel that is packed.".to_owned(),
                audience: Audience::Staff,
                effect: Effect::Some,
                repeat: Repeat::Safe,
                identity: Identity::Number,
                timeout_seconds: 20,
                enabled: false,
                schema: json!({
                    "type": "object",
                    "properties": {
                        "order": {
                            "type": "string",
                            "description": "The order's number, such as K-10423.",
                        },
                        "weight_kg": {"type": "number", "exclusiveMinimum": 0, "maximum": 30},
                    },
                    "required": ["order", "weight_kg"],
                }),
                way: Way::Mcp(McpWay {
                    server: "https://courier.example.com/mcp".to_owned(),
                    tool: "bookCourier".to_owned(),
                    headers: [("X-Api-Key".to_owned(), "{secret:courier}".to_owned())].into(),
                }),
            },
        ]
    );
}

#[test]
fn a5_an_agent_may_have_a_tool_that_runs_elsewhere() {
    let shop =
        |tool: &str| SMALL.conversational[6].replace("tools = []", &format!("tools = [{tool:?}]"));
    let parse = |tool: &str, tools: &str| {
        let shop = shop(tool);
        let mut files = SeedFiles {
            tools: &[("tools/example.toml", tools)],
            ..SMALL
        };
        files.conversational[6] = &shop;
        Seed::parse(&files).map_err(|error| error.to_string())
    };
    let seed = parse("order_status", EXAMPLE).unwrap();
    assert_eq!(seed.conversational[6].tools, ["order_status"]);
    let error = parse("order_stats", EXAMPLE).unwrap_err();
    assert_eq!(
        error,
        "infra/seed is not valid, please correct:\n- agents/shop.toml line 9: tools: got \
         \"order_stats\", wants check_inventory, view_alerts, agent_status, generate_report, \
         ask_colleague, offer_choices, react, book_courier or order_status"
    );
    // Of a file that is no TOML nobody knows which tools it has.
    let error = parse("order_status", "[[tool").unwrap_err();
    assert!(
        error.contains("tools/example.toml line 1: not TOML"),
        "{error}"
    );
    assert!(!error.contains("shop.toml"), "{error}");
}

#[test]
fn a5_mistakes_in_a_tools_file_are_named_with_their_place() {
    let check = |from: &str, to: &str, expect: &[&str]| {
        assert!(EXAMPLE.contains(from), "{from}");
        let error = with(&EXAMPLE.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        let got: Vec<&str> = error.split("\n- tools/example.toml ").skip(1).collect();
        assert_eq!(got, expect);
    };
    let first = 1 + EXAMPLE.lines().position(|line| line == "[[tool]]").unwrap();
    let line = |of: &str| {
        1 + EXAMPLE
            .lines()
            .position(|line| line.starts_with(of))
            .unwrap()
    };
    let at = |line: usize, what: &str| format!("line {line}, tool order_status: {what}");
    check(
        "name = \"order_status\"",
        "name = \"check_inventory\"",
        &[&format!(
            "line {}, tool check_inventory: name: got \"check_inventory\", wants no name of a built-in tool",
            first + 1
        )],
    );
    check(
        "name = \"order_status\"",
        "name = \"book_courier\"",
        &[&format!(
            "line {}, tool book_courier: name: got \"book_courier\" a second time, wants each only once",
            line("name = \"book_courier\"")
        )],
    );
    check(
        "effect = \"none\"",
        "effect = \"reads\"",
        &[&at(
            line("effect"),
            "effect: got \"reads\", wants none or some",
        )],
    );
    check(
        "timeout_seconds = 20",
        "timeout_seconds = 60",
        &[&format!(
            "line {}, tool book_courier: timeout_seconds: got 60, wants a whole number from 1 to 25",
            line("timeout_seconds")
        )],
    );
    check(
        "\"type\": \"object\",",
        "\"type\": \"object\"",
        &[&at(
            line("schema"),
            "schema: got no JSON (expected `,` or `}` at line 3 column 3), wants a JSON Schema in '''…'''",
        )],
    );
    check(
        "\"required\": [\"order\"]",
        "\"required\": []",
        &[&at(
            line("[tool.http]"),
            "http: got url {order}, wants arguments that the schema requires",
        )],
    );
    check(
        "Bearer {secret:orders}",
        "Bearer {secret:Orders}",
        &[&at(
            line("[tool.http]"),
            "http: got headers {secret: without a name of 1 to 40 of a-z, 0-9 and _ in \
             \"Authorization\", wants {secret:NAME}, with NAME from TOOL_SECRETS",
        )],
    );
    check(
        "method = \"GET\"",
        "method = \"HEAD\"\nbody = 1",
        &[
            &at(
                line("method"),
                "http.method: got \"HEAD\", wants GET, POST, PUT, PATCH or DELETE",
            ),
            &at(
                line("method") + 1,
                "http.body: got an unknown field, wants method, url or headers",
            ),
        ],
    );
    check(
        "[tool.http]\nmethod",
        "[tool.rpc]\nmethod",
        &[
            &at(
                first,
                "http: got nothing, wants either [tool.http] or [tool.mcp]",
            ),
            &at(
                line("[tool.http]"),
                "rpc: got an unknown field, wants name, description, audience, effect, repeat, \
                 identity, timeout_seconds, enabled, schema, http or mcp",
            ),
        ],
    );
}
