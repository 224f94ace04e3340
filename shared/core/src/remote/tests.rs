use proptest::prelude::*;
use serde_json::json;

use super::*;

fn http(url: &str) -> Way {
    Way::Http(HttpWay {
        method: Method::Get,
        url: url.to_owned(),
        headers: BTreeMap::new(),
    })
}

fn tool() -> RemoteTool {
    RemoteTool {
        name: "order_status".to_owned(),
        description: "Where an order is.".to_owned(),
        audience: Audience::Everyone,
        effect: Effect::None,
        repeat: Repeat::Never,
        identity: Identity::Number,
        timeout_seconds: 10,
        enabled: true,
        schema: json!({
            "type": "object",
            "properties": {
                "id": {"type": "string", "maxLength": 20},
                "day": {"type": "string", "format": "date"},
                "parts": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                "size": {"enum": ["s", "m"]},
            },
            "required": ["id"],
        }),
        way: http("https://shop.example/orders/{id}?v=2"),
    }
}

fn check(edit: impl FnOnce(&mut RemoteTool), expect: &str) {
    let mut row = tool();
    edit(&mut row);
    assert_eq!(row.check().unwrap_err().to_string(), expect);
}

fn header_of(name: &str, value: &str) -> impl FnOnce(&mut RemoteTool) {
    let headers = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    |row| {
        row.way = Way::Http(HttpWay {
            method: Method::Post,
            url: "https://shop.example/".to_owned(),
            headers,
        });
    }
}

#[test]
fn a5_a_tool_is_read_as_it_is_written() {
    let row = tool();
    assert_eq!(row.check(), Ok(()));
    let text = serde_json::to_string(&row).unwrap();
    assert_eq!(serde_json::from_str::<RemoteTool>(&text).unwrap(), row);
}

#[test]
fn a5_what_is_wrong_with_a_tool_is_named_by_field() {
    check(
        |row| row.name = "Order status".to_owned(),
        "tool Order status: name: got \"Order status\", wants 1 to 64 of a-z, 0-9, _ and -",
    );
    for ours in ["check_inventory", "hand_over", "escalate_to_human"] {
        check(
            |row| row.name = ours.to_owned(),
            &format!("tool {ours}: name: got {ours:?}, wants no name of a built-in tool"),
        );
    }
    check(
        |row| (row.description, row.timeout_seconds) = (" ".to_owned(), 26),
        "tool order_status: description: got 0 characters, wants 1 to 600; timeout_seconds: got \
         26, wants a whole number from 1 to 25",
    );
}

#[test]
fn a5_a_schema_is_one_of_an_object_that_needs_nothing_else() {
    let schema = |schema: Value| |row: &mut RemoteTool| row.schema = schema;
    check(
        |row| {
            row.schema = json!({"type": "string"});
            row.way = http("https://shop.example/");
        },
        "tool order_status: schema: got type \"string\", wants type \"object\": arguments have \
         names; schema: got no properties, wants properties, {} when there are none",
    );
    for reference in [
        "https://evil.example/schema.json",
        "other.json#/x",
        "file:///etc/passwd",
    ] {
        let mut it = tool().schema;
        it["properties"]["day"] = json!({"$ref": reference});
        check(
            schema(it),
            &format!(
                "tool order_status: schema: got $ref to {reference:?}, wants references within \
                 the schema, such as #/$defs/day: nothing is fetched"
            ),
        );
    }
    let mut it = tool().schema;
    it["properties"]["day"] = json!({"type": "date"});
    let mut row = tool();
    row.schema = it;
    let why = row.check().unwrap_err().to_string();
    assert!(
        why.ends_with("wants a JSON Schema of draft 2020-12"),
        "{why}"
    );
    let mut it = tool().schema;
    it["description"] = "x".repeat(MOST_SCHEMA).into();
    let mut row = tool();
    row.schema = it;
    let why = row.check().unwrap_err().to_string();
    assert!(why.contains("wants at most 16 KB as JSON"), "{why}");
    let mut it = tool().schema;
    it["$defs"] = json!({"day": {"type": "string"}});
    it["properties"]["day"] = json!({"$ref": "#/$defs/day"});
    let mut row = tool();
    row.schema = it;
    assert_eq!(row.check(), Ok(()));
}

#[test]
fn a5_an_address_has_arguments_in_its_path_and_query_only() {
    for url in [
        "shop.example/orders",
        "//shop.example/",
        "ftp://shop.example/",
        "https://{id}.example/",
        "https://shop.example:{id}/",
        "{id}://shop.example/",
        "https://user:pass@shop.example/",
        "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https:///orders",
        "https://shop.example/a b",
        "https://shop.example/#{id}",
        "https://shop.example/../{id}",
        "https://shop.example/%2E%2e/{id}",
        "https://shop.example/{id",
        "https://shop.example/{}",
        "https://shop.example/%zz",
        "https://shop.example/?{id}=1",
        "https://shop.example/?{id}",
    ] {
        let mut row = tool();
        row.way = http(url);
        let wrong = row.check().expect_err(url);
        assert_eq!(wrong.fields.len(), 1, "{wrong}");
        assert_eq!(wrong.fields[0].field, "url", "{wrong}");
    }
    for url in [
        "https://shop.example",
        "http://127.0.0.1:8080/orders/{id}/lines/",
        "https://[2001:db8::1]:8443/{id}.json",
        "https://shop.example?id={id}",
        "https://shop.example/a%20b/(x);v=1?q=a/b,{id}&flag",
    ] {
        let mut row = tool();
        row.way = http(url);
        assert_eq!(row.check(), Ok(()), "{url}");
    }
}

#[test]
fn a5_an_address_names_required_scalars() {
    check(
        |row| row.way = http("https://shop.example/{day}"),
        "tool order_status: url: got {day}, wants arguments that the schema requires",
    );
    check(
        |row| {
            row.way = http("https://shop.example/{parts}");
            row.schema["required"] = json!(["parts"]);
        },
        "tool order_status: url: got {parts}, wants arguments whose type is string, integer, \
         number or boolean",
    );
    check(
        |row| row.way = http("https://shop.example/?day=today"),
        "tool order_status: url: got day=, wants each name of the query once: the argument of \
         this name would come after it",
    );
}

#[test]
fn a5_headers_are_the_companys_own_and_name_their_secrets() {
    let ok = header_of("Authorization", "Bearer {secret:shop_2}");
    let mut row = tool();
    ok(&mut row);
    assert_eq!(row.check(), Ok(()));
    for name in [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "CONNECTION",
        "Idempotency-Key",
    ] {
        check(
            header_of(name, "x"),
            &format!(
                "tool order_status: headers: got {name:?}, wants only headers that this program \
                 doesn't set"
            ),
        );
    }
    check(
        header_of("X Key", "x"),
        "tool order_status: headers: got \"X Key\", wants names of 1 to 64 of letters, digits and \
         !#$%&'*+-.^_`|~",
    );
    for value in ["", "hunter2\r\nX-Evil: 1", " hunter2", "hunter2é"] {
        check(
            header_of("X-Key", value),
            "tool order_status: headers: got a value of \"X-Key\", wants 1 to 1000 visible ASCII \
             characters, with no space around them",
        );
    }
    for value in ["{secret:}", "{secret:Shop}", "{secret:shop"] {
        check(
            header_of("X-Key", value),
            "tool order_status: headers: got {secret: without a name of 1 to 40 of a-z, 0-9 and _ \
             in \"X-Key\", wants {secret:NAME}, with NAME from TOOL_SECRETS",
        );
    }
    let mcp = |name: &str| McpWay {
        server: "https://mcp.example/mcp".to_owned(),
        tool: "echo".to_owned(),
        headers: BTreeMap::from([(name.to_owned(), "x".to_owned())]),
    };
    for (name, is_right) in [
        ("X-Key", true),
        ("Accept", false),
        ("Mcp-Session-Id", false),
    ] {
        let mut row = tool();
        row.way = Way::Mcp(mcp(name));
        assert_eq!(row.check().is_ok(), is_right, "{name}");
    }
}

#[test]
fn a5_a_header_is_filled_with_secrets() {
    let secret = |name: &str| (name == "key").then_some("hunter2");
    assert_eq!(
        header("a {secret:key}!{secret:key}", secret).unwrap(),
        "a hunter2!hunter2"
    );
    assert_eq!(header("{secret:other}", secret).unwrap_err(), "other");
    assert_eq!(header("{plain}", secret).unwrap(), "{plain}");
    assert_eq!(secret_names("{secret:a} {secret:b}").unwrap(), ["a", "b"]);
}

#[test]
fn a5_arguments_are_held_against_the_schema() {
    let read = |arguments: Value| tool().read_arguments(&arguments);
    let right = json!({"id": "A1", "day": "2026-11-20", "parts": [1, 2], "size": "s"});
    assert_eq!(read(right.clone()).unwrap(), right);
    assert_eq!(
        read(json!({"id": "A1", "day": null})).unwrap(),
        json!({"id": "A1"})
    );
    for (arguments, expect) in [
        (json!(null), "id is missing"),
        (
            json!("{\"id\": 1}"),
            "they are no JSON object: \"{\\\"id\\\": 1}\"",
        ),
        (json!({"id": 7}), "id must be string, got 7"),
        (json!({"id": null}), "id must be string, got null"),
        (json!({"id": "x", "url": "y"}), "there is no argument url"),
        (
            json!({"id": "x", "size": "xl"}),
            "size must be one of [\"s\",\"m\"], got \"xl\"",
        ),
        (
            json!({"id": "x", "day": "today"}),
            "day must be a date, got \"today\"",
        ),
        (
            json!({"id": "x", "parts": [1, 0]}),
            "parts.1 must be 1 or more, got 0",
        ),
        (
            json!({"day": 1, "size": 2}),
            "day must be string, got 1; id is missing; size must be one of [\"s\",\"m\"], got 2",
        ),
    ] {
        assert_eq!(read(arguments).unwrap_err(), expect);
    }
    let long = read(json!({"id": "x".repeat(MOST_ARGUMENTS)})).unwrap_err();
    assert_eq!(long, "they are 8201 bytes of JSON; write at most 8192");
    let many = read(json!({"id": "x", "parts": vec![0; 40]})).unwrap_err();
    assert!(many.ends_with("and 35 more"), "{many}");
}

#[test]
fn a5_a_slow_pattern_costs_no_turn() {
    let mut row = tool();
    row.schema["properties"]["id"] = json!({"type": "string", "pattern": "^(?=(a+)+$)(a|aa)+$"});
    let value = format!("{}!", "a".repeat(4_000));
    assert!(row.read_arguments(&json!({"id": value})).is_err());
}

#[test]
fn a5_a_request_has_its_arguments_in_their_places() {
    let mut way = HttpWay {
        method: Method::Get,
        url: "https://shop.example/orders/{id}?v=2&q={q}".to_owned(),
        headers: BTreeMap::new(),
    };
    let arguments = json!({"id": "a/b c", "q": "1&x=2", "day": "é", "parts": [1, 2], "no": null});
    let request = way.request(&arguments).unwrap();
    assert_eq!(
        (request.url.as_str(), request.body),
        (
            "https://shop.example/orders/a%2Fb%20c?v=2&q=1%26x%3D2&day=%C3%A9&parts=%5B1%2C2%5D",
            None
        )
    );
    way.method = Method::Put;
    let request = way.request(&arguments).unwrap();
    assert_eq!(
        request.url,
        "https://shop.example/orders/a%2Fb%20c?v=2&q=1%26x%3D2"
    );
    assert_eq!(
        request.body,
        Some(json!({"day": "é", "parts": [1, 2], "no": null}))
    );
    for id in ["", ".", "..", "../x", "a/..", "..\\x"] {
        let why = way.request(&json!({"id": id, "q": "x"})).unwrap_err();
        assert_eq!(
            why, "id must not be empty, and no . or .. of a path",
            "{id}"
        );
    }
    assert_eq!(
        way.request(&json!({"id": "x"})).unwrap_err(),
        "q is missing"
    );
    way.method = Method::Get;
    let twice = way.request(&json!({"id": "x", "q": "y", "v": 3}));
    assert_eq!(twice.unwrap_err(), "there is no argument v");
    let long = json!({"id": "x", "q": "é".repeat(2_000)});
    assert_eq!(
        way.request(&long).unwrap_err(),
        "they are too long for an address; write less"
    );
}

proptest! {
    #[test]
    fn a5_no_argument_leads_elsewhere(
        a in any::<String>(),
        b in any::<String>(),
        q in any::<String>(),
        extra in "[./\\\\%2eE#?&=@:;{} a]{0,12}",
    ) {
        let way = HttpWay {
            method: Method::Get,
            url: "https://shop.example:8443/v1/{a}/x-{b}.json/{e}?k={q}&fixed=1".to_owned(),
            headers: BTreeMap::new(),
        };
        let arguments = json!({"a": a, "b": b, "q": q, "e": extra, "more": extra});
        let Ok(request) = way.request(&arguments) else {
            let led = |text: &str| text.is_empty() || text.contains('.');
            prop_assert!(led(&a) || led(&b) || led(&extra) || request_is_long(&[&a, &b, &q]));
            return Ok(());
        };
        let url = url::Url::parse(&request.url).unwrap();
        prop_assert_eq!(url.origin().ascii_serialization(), "https://shop.example:8443");
        prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 4);
        prop_assert_eq!(segments[0], "v1");
        prop_assert!(segments[2].starts_with("x-") && segments[2].ends_with(".json"));
        let query: Vec<_> = url.query_pairs().into_owned().collect();
        let expect = [("k", &q), ("fixed", &"1".to_owned()), ("more", &extra)];
        let expect = expect.map(|(name, value)| (name.to_owned(), value.clone()));
        prop_assert_eq!(query, expect);
    }

    #[test]
    fn a5_a_template_that_passes_is_what_an_url_parser_sees(
        url in "https?://[a-z@:\\[\\]0-9.\\\\]{0,6}[a-z.]{1,8}[/?][a-z{}@:./\\\\?#%&= ]{0,6}[a-z/]{0,9}",
    ) {
        let mut row = tool();
        row.way = http(&url);
        let Way::Http(way) = &row.way else { unreachable!() };
        if row.check().is_ok()
            && let Ok(request) = way.request(&json!({"id": "x"}))
            && let Ok(parsed) = url::Url::parse(&request.url)
        {
            prop_assert_eq!((parsed.username(), parsed.password()), ("", None));
            prop_assert_eq!(parsed.fragment(), None);
        }
    }

    #[test]
    fn a5_words_for_a_model_are_short(arguments in any_json()) {
        if let Err(why) = tool().read_arguments(&arguments) {
            prop_assert!(!why.is_empty() && why.chars().count() <= 300, "{}", why);
        }
    }
}

fn request_is_long(texts: &[&String]) -> bool {
    texts.iter().map(|text| 3 * text.len()).sum::<usize>() > MOST_URL / 2
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
    ];
    let name = prop_oneof![Just("id".to_owned()), Just("parts".to_owned()), ".{1,80}"];
    leaf.prop_recursive(3, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
