//! An MCP server that does as it is told. `tests/mcp/run` asks a real one.

use axum::{body::Body, extract::State, response::IntoResponse, routing::post};
use countersign_core::remote::McpWay;
use http::{StatusCode, header};

use super::*;

/// What the server does with a call of a tool, and with a list.
#[derive(Clone)]
struct Server {
    book: Book,
    /// Answers to the calls, one after the other, the last for good.
    answers: Arc<Mutex<Vec<Answer>>>,
    sends: Sends,
    speaks: Speaks,
}

#[derive(Clone)]
enum Answer {
    Result(Value),
    Error(i64, &'static str),
    Status(StatusCode, &'static str),
    Nothing,
}

#[derive(Clone, Copy, PartialEq)]
enum Sends {
    Json,
    Events,
}

#[derive(Clone, Copy, PartialEq)]
enum Speaks {
    /// 2025-11-25, with sessions.
    Older,
    /// 2026-07-28, without.
    Newest,
}

impl Server {
    async fn start(sends: Sends, speaks: Speaks, answers: &[Answer]) -> (String, Book) {
        let book = Book::default();
        let server = Self {
            book: book.clone(),
            answers: Arc::new(Mutex::new(answers.to_vec())),
            sends,
            speaks,
        };
        let route = post(Self::post).delete(Self::delete);
        let app = Router::new().route("/mcp", route).with_state(server);
        (format!("{}/mcp", serve(app).await), book)
    }

    async fn delete(State(server): State<Self>, headers: HeaderMap) {
        server.note("DELETE", headers, Value::Null);
    }

    fn note(&self, method: &str, headers: HeaderMap, body: Value) {
        self.book.0.lock().unwrap().push(Seen {
            method: method.parse().unwrap(),
            uri: http::Uri::from_static("/mcp"),
            headers,
            body,
        });
    }

    async fn post(State(server): State<Self>, headers: HeaderMap, body: String) -> Response {
        let body: Value = serde_json::from_str(&body).unwrap();
        server.note("POST", headers.clone(), body.clone());
        let session = headers.contains_key("mcp-session-id");
        let info = json!({"name": "shop", "version": "1"});
        let is_older = server.speaks == Speaks::Older;
        let answer = match body["method"].as_str().unwrap() {
            "server/discover" if is_older => Answer::Status(StatusCode::BAD_REQUEST, "no session"),
            "server/discover" => Answer::Result(json!({
                "resultType": "complete",
                "supportedVersions": ["2026-07-28"],
                "capabilities": {"tools": {}},
                "serverInfo": info,
                "ttlMs": 0,
                "cacheScope": "private",
            })),
            "initialize" => Answer::Result(json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {}},
                "serverInfo": info,
            })),
            method if method.starts_with("notifications/") => {
                return StatusCode::ACCEPTED.into_response();
            }
            _ => {
                assert_eq!(session, is_older);
                let mut answers = server.answers.lock().unwrap();
                match answers.len() {
                    1 => answers[0].clone(),
                    _ => answers.remove(0),
                }
            }
        };
        let message = match answer {
            Answer::Nothing => std::future::pending().await,
            Answer::Status(status, said) => return (status, said).into_response(),
            Answer::Result(result) => json!({"jsonrpc": "2.0", "id": body["id"], "result": result}),
            Answer::Error(code, message) => json!({
                "jsonrpc": "2.0",
                "id": body["id"],
                "error": {"code": code, "message": message},
            }),
        };
        let progress = json!({
            "jsonrpc": "2.0",
            "method": "notifications/message",
            "params": {"level": "info", "data": "at it"},
        });
        let (content_type, body) = match server.sends {
            Sends::Json => ("application/json", message.to_string()),
            Sends::Events => (
                "text/event-stream",
                format!(
                    ": hello\n\nid: 1\ndata:\n\ndata: {progress}\n\nevent: message\ndata: {message}\n\n"
                ),
            ),
        };
        let mut answer = ([(header::CONTENT_TYPE, content_type)], Body::from(body)).into_response();
        if is_older {
            answer
                .headers_mut()
                .insert("mcp-session-id", "s-1".parse().unwrap());
        }
        answer
    }
}

fn ask(server: &str) -> RemoteTool {
    let mut tool = tool(Way::Mcp(McpWay {
        server: server.to_owned(),
        tool: "Ask".to_owned(),
        headers: BTreeMap::from([("X-Key".to_owned(), "{secret:shop}".to_owned())]),
    }));
    tool.effect = Effect::Some;
    tool
}

fn text(text: &str) -> Answer {
    Answer::Result(json!({"content": [{"type": "text", "text": text}]}))
}

/// What one fixed answer to a call comes to, whichever way the server sends it.
async fn check(answer: Answer, expect: Result<&str, CallError>) {
    for sends in [Sends::Json, Sends::Events] {
        for speaks in [Speaks::Older, Speaks::Newest] {
            let (url, _) = Server::start(sends, speaks, std::slice::from_ref(&answer)).await;
            let said = call(&ask(&url), json!({})).await;
            assert_eq!(
                said.map(|said| said.text),
                expect.clone().map(str::to_owned)
            );
        }
    }
}

fn refused(said: &str) -> CallError {
    CallError::Refused {
        status: None,
        said: said.to_owned(),
    }
}

fn methods(book: &Book) -> Vec<String> {
    let name = |seen: &Seen| match seen.body["method"].as_str() {
        Some(method) => method.to_owned(),
        None => seen.method.to_string(),
    };
    book.all().iter().map(name).collect()
}

#[tokio::test]
async fn a5_a_call_of_an_mcp_tool_has_its_own_session() {
    let (url, book) = Server::start(Sends::Events, Speaks::Older, &[text("fine")]).await;
    let remote = remote(Network::Anywhere);
    let said = remote
        .call(&ask(&url), &json!({"q": 1}), "t1/4/0", LONG)
        .await
        .unwrap();
    assert_eq!(said.text, "fine");
    let session = [
        "initialize",
        "notifications/initialized",
        "tools/call",
        "DELETE",
    ];
    assert_eq!(
        methods(&book),
        [["server/discover"].as_slice(), &session].concat()
    );
    for seen in book.all() {
        assert_eq!(seen.headers["x-key"], SECRET);
    }
    let call = &book.all()[3];
    let params = &call.body["params"];
    assert_eq!(
        (&params["name"], &params["arguments"]),
        (&json!("Ask"), &json!({"q": 1}))
    );
    assert_eq!(params["_meta"]["countersign/idempotency-key"], "t1/4/0");
    assert_eq!(call.headers["mcp-session-id"], "s-1");
    assert_eq!(call.headers["mcp-protocol-version"], "2025-11-25");
    // The next call knows which protocol it is.
    remote
        .call(&ask(&url), &json!({}), "t1/5/0", LONG)
        .await
        .unwrap();
    assert_eq!(methods(&book)[5..], session);
}

#[tokio::test]
async fn a5_the_newest_protocol_needs_no_session() {
    let (url, book) = Server::start(Sends::Json, Speaks::Newest, &[text("fine")]).await;
    let said = call(&ask(&url), json!({})).await.unwrap();
    assert_eq!(said.text, "fine");
    assert_eq!(methods(&book), ["server/discover", "tools/call"]);
    let call = &book.all()[1];
    assert_eq!(
        call.body["params"]["_meta"]["countersign/idempotency-key"],
        "key"
    );
    assert_eq!(call.headers["mcp-method"], "tools/call");
    assert_eq!(call.headers["mcp-protocol-version"], "2026-07-28");
}

#[tokio::test]
async fn a5_a_result_is_read_as_text() {
    check(text("two\nlines"), Ok("two\nlines")).await;
    check(
        Answer::Result(json!({"content": []})),
        Ok("(it said nothing)"),
    )
    .await;
    let structured = json!({
        "content": [{"type": "text", "text": "{}"}],
        "structuredContent": {"units": 3},
    });
    check(Answer::Result(structured), Ok(r#"{"units":3}"#)).await;
    let mixed = json!({"content": [
        {"type": "text", "text": "a"},
        {"type": "image", "data": "AAAA", "mimeType": "image/png"},
        {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"},
        {"type": "resource_link", "uri": "file:///a.txt", "name": "a"},
        {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "x"}},
    ]});
    let expect =
        "a\n(an image, image/png)\n(a sound, audio/wav)\n(a link to file:///a.txt)\n(a resource)";
    check(Answer::Result(mixed), Ok(expect)).await;
    let echo = format!("you sent {SECRET}");
    check(text(&echo), Ok("you sent (hidden)")).await;
}

#[tokio::test]
async fn a5_a_tools_own_error_is_for_the_model() {
    let error = json!({"content": [{"type": "text", "text": "no such order"}], "isError": true});
    check(Answer::Result(error), Err(refused("no such order"))).await;
    check(
        Answer::Error(-32602, "units: too many"),
        Err(refused("units: too many")),
    )
    .await;
    let why = "it failed within: disk full".to_owned();
    check(
        Answer::Error(-32603, "disk full"),
        Err(CallError::Unknown(why)),
    )
    .await;
}

#[tokio::test]
async fn a5_a_servers_refusal_says_whether_it_happened() {
    let status = |status, said| Answer::Status(status, said);
    check(
        status(StatusCode::FORBIDDEN, "not you"),
        Err(CallError::Refused {
            status: Some(403),
            said: "not you".to_owned(),
        }),
    )
    .await;
    check(
        status(StatusCode::TOO_MANY_REQUESTS, ""),
        Err(CallError::Busy { after: None }),
    )
    .await;
    let why = CallError::Unknown("it answered 500".to_owned());
    check(status(StatusCode::INTERNAL_SERVER_ERROR, "oops"), Err(why)).await;
}

#[tokio::test]
async fn a5_a_forgotten_session_is_opened_once_more() {
    let gone = Answer::Status(StatusCode::NOT_FOUND, "no session");
    let answers = [gone.clone(), text("fine")];
    let (url, book) = Server::start(Sends::Json, Speaks::Older, &answers).await;
    let said = call(&ask(&url), json!({})).await;
    assert_eq!(said.unwrap().text, "fine");
    let calls = methods(&book)
        .iter()
        .filter(|it| *it == "tools/call")
        .count();
    assert_eq!(calls, 2);

    let (url, book) = Server::start(Sends::Json, Speaks::Older, &[gone]).await;
    let why = call(&ask(&url), json!({})).await;
    let expect = "the MCP server forgets its sessions at once";
    assert_eq!(why, Err(CallError::NotSent(expect.to_owned())));
    let calls = methods(&book)
        .iter()
        .filter(|it| *it == "tools/call")
        .count();
    assert_eq!(calls, 2);
}

#[tokio::test]
async fn a5_a_slow_mcp_tool_may_have_done_it() {
    let (url, _) = Server::start(Sends::Json, Speaks::Newest, &[Answer::Nothing]).await;
    let mut it = ask(&url);
    it.timeout_seconds = 1;
    let expect = "it had not answered when the 1s for it were over";
    assert_eq!(
        call(&it, json!({})).await,
        Err(CallError::Unknown(expect.to_owned()))
    );
}

#[tokio::test]
async fn a5_without_a_session_nothing_was_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    drop(listener);
    let (html, _) = server(|| async { axum::response::Html("<p>hello").into_response() }).await;
    let (broken, _) = server(|| async { StatusCode::BAD_GATEWAY.into_response() }).await;
    for url in [format!("http://{at}/mcp"), html, broken] {
        let why = call(&ask(&url), json!({})).await;
        assert!(matches!(&why, Err(CallError::NotSent(_))), "{url}: {why:?}");
    }
    let (slow, _) = server(std::future::pending).await;
    let mut it = ask(&slow);
    it.timeout_seconds = 1;
    let why = call(&it, json!({})).await;
    assert!(matches!(&why, Err(CallError::NotSent(_))), "{why:?}");
    let (closed, book) =
        server(|| async { (StatusCode::UNAUTHORIZED, "who?").into_response() }).await;
    let expect = CallError::Refused {
        status: Some(401),
        said: "who?".to_owned(),
    };
    assert_eq!(call(&ask(&closed), json!({})).await, Err(expect));
    assert_eq!(book.all().len(), 1);
    let why = remote(Network::PublicOnly)
        .call(&ask(&closed), &json!({}), "key", LONG)
        .await;
    assert!(matches!(&why, Err(CallError::Forbidden(_))), "{why:?}");
    assert_eq!(book.all().len(), 1);
}

#[tokio::test]
async fn a5_an_mcp_answer_that_breaks_off_may_have_done_it() {
    let (url, _) = Server::start(
        Sends::Events,
        Speaks::Newest,
        &[Answer::Result(json!({"content": "no list"}))],
    )
    .await;
    let why = call(&ask(&url), json!({})).await;
    assert!(matches!(&why, Err(CallError::Unknown(_))), "{why:?}");
    let long = text(&"x".repeat(1_100_000));
    for sends in [Sends::Json, Sends::Events] {
        let (url, _) = Server::start(sends, Speaks::Newest, std::slice::from_ref(&long)).await;
        let said = call(&ask(&url), json!({})).await.unwrap();
        let expect = "(its answer is longer than 1 MB and can't be read; ask for less)";
        assert_eq!(said.text, expect);
    }
    let (url, _) = Server::start(Sends::Json, Speaks::Newest, &[text(&"x".repeat(20_000))]).await;
    let said = call(&ask(&url), json!({})).await.unwrap();
    assert!(
        said.text
            .ends_with("x\n[3616 bytes more were left out; ask for less]")
    );
}

#[tokio::test]
async fn a5_a_servers_tools_are_listed_page_by_page() {
    let page = |from: usize, next: Option<&str>| {
        let tool = |n: usize| {
            json!({
                "name": format!("Tool {n}"),
                "description": format!("Does {n}."),
                "inputSchema": {"type": "object"},
                "annotations": {"readOnlyHint": n == 1},
            })
        };
        let tools: Vec<_> = (from..from + 90).map(tool).collect();
        let mut page = json!({"tools": tools});
        if let Some(next) = next {
            page["nextCursor"] = next.into();
        }
        Answer::Result(page)
    };
    let list = async |answers: &[Answer]| {
        let (url, _) = Server::start(Sends::Json, Speaks::Older, answers).await;
        remote(Network::Anywhere)
            .list(&url, &BTreeMap::new(), LONG)
            .await
    };
    let tools = list(&[page(0, Some("b")), page(90, None)]).await.unwrap();
    assert_eq!(tools.len(), 180);
    let expect = crate::Listed {
        name: "Tool 1".to_owned(),
        description: "Does 1.".to_owned(),
        schema: json!({"type": "object"}),
        reads_only_hint: true,
    };
    assert_eq!((&tools[1], tools[179].reads_only_hint), (&expect, false));
    // Without an end there is one.
    assert_eq!(list(&[page(0, Some("b"))]).await.unwrap().len(), 200);
    let empty = Answer::Result(json!({"tools": [], "nextCursor": "b"}));
    assert_eq!(list(&[empty]).await.unwrap().len(), 0);
}
