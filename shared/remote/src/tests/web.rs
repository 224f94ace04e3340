use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    body::{Body, Bytes},
    response::IntoResponse,
};
use futures::{StreamExt, stream};
use http::{StatusCode, header};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};

use super::*;
use crate::MOST_TEXT;

/// What one fixed answer comes to.
async fn check(
    answer: impl Fn() -> Response + Clone + Send + Sync + 'static,
) -> Result<String, CallError> {
    let (url, _) = server(move || {
        let answer = answer();
        async { answer }
    })
    .await;
    call(&get(&url), json!({})).await.map(|said| said.text)
}

fn typed(content_type: &'static str, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body.into()).into_response()
}

fn refused(status: u16, said: &str) -> CallError {
    CallError::Refused {
        status: Some(status),
        said: said.to_owned(),
    }
}

#[tokio::test]
async fn a5_a_call_arrives_as_configured() {
    let (url, book) = server(|| async { typed("application/json", r#"{ "ok": [1, 2] }"#) }).await;
    let mut it = tool(Way::Http(HttpWay {
        method: Method::Post,
        url: format!("{url}/orders/7?v=2"),
        headers: BTreeMap::from([
            (
                "Authorization".to_owned(),
                "Bearer {secret:shop}".to_owned(),
            ),
            ("X-Shop".to_owned(), "north".to_owned()),
        ]),
    }));
    it.effect = Effect::Some;
    let key = r#"t1/4/0 "x""#;
    let said = remote(Network::Anywhere)
        .call(&it, &json!({"units": 3}), key, LONG)
        .await
        .unwrap();
    assert_eq!(said.text, r#"{"ok":[1,2]}"#);
    let seen = &book.all()[0];
    assert_eq!(
        (seen.method.as_str(), seen.uri.to_string().as_str()),
        ("POST", "/orders/7?v=2")
    );
    assert_eq!(seen.body, json!({"units": 3}));
    assert_eq!(seen.headers["authorization"], format!("Bearer {SECRET}"));
    assert_eq!(seen.headers["x-shop"], "north");
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(seen.headers["idempotency-key"], r#""t1/4/0 \"x\"""#);
    assert!(
        seen.headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("countersign/")
    );
}

#[tokio::test]
async fn a5_what_only_reads_has_no_key() {
    let (url, book) = server(|| async { "fine".into_response() }).await;
    let said = call(&get(&format!("{url}/stock")), json!({"sku": "a&b"}))
        .await
        .unwrap();
    assert_eq!(said.text, "fine");
    let seen = &book.all()[0];
    assert_eq!(seen.uri.to_string(), "/stock?sku=a%26b");
    assert!(!seen.headers.contains_key("idempotency-key"));
}

#[tokio::test]
async fn a5_refusals_say_what_the_service_said() {
    let why = check(|| (StatusCode::NOT_FOUND, "no such\n  order").into_response()).await;
    assert_eq!(why, Err(refused(404, "no such order")));
    let why = check(|| StatusCode::FORBIDDEN.into_response()).await;
    assert_eq!(why, Err(refused(403, "it said nothing")));
    let long = || (StatusCode::CONFLICT, "é".repeat(5_000)).into_response();
    let Err(CallError::Refused { said, .. }) = check(long).await else {
        panic!("not refused");
    };
    assert_eq!(said.chars().count(), 600);
}

#[tokio::test]
async fn a5_a_redirect_is_not_followed() {
    let (url, book) = server(|| async {
        (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, "/elsewhere")],
        )
            .into_response()
    })
    .await;
    let why = call(&get(&url), json!({})).await;
    let expect = refused(307, "it sends its callers elsewhere, which is not followed");
    assert_eq!((why, book.all().len()), (Err(expect), 1));
}

#[tokio::test]
async fn a5_a_busy_service_says_for_how_long() {
    let busy = |seconds| {
        Err(CallError::Busy {
            after: Option::map(seconds, Duration::from_secs),
        })
    };
    let after = |status: StatusCode, value: &'static str| {
        move || (status, [(header::RETRY_AFTER, value)]).into_response()
    };
    assert_eq!(
        check(after(StatusCode::TOO_MANY_REQUESTS, "7")).await,
        busy(Some(7))
    );
    assert_eq!(
        check(after(StatusCode::SERVICE_UNAVAILABLE, "8")).await,
        busy(Some(8))
    );
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    assert_eq!(
        check(after(StatusCode::SERVICE_UNAVAILABLE, date)).await,
        busy(None)
    );
    assert_eq!(
        check(after(StatusCode::TOO_MANY_REQUESTS, "999999")).await,
        busy(Some(3_600))
    );
    let none = || StatusCode::TOO_MANY_REQUESTS.into_response();
    assert_eq!(check(none).await, busy(None));
}

#[tokio::test]
async fn a5_a_failing_service_may_have_done_it() {
    for status in [500, 502, 503, 504] {
        let status = StatusCode::from_u16(status).unwrap();
        let why = check(move || (status, SECRET).into_response())
            .await
            .unwrap_err();
        let expect = format!("it answered {}", status.as_u16());
        assert_eq!(why, CallError::Unknown(expect));
        assert!(why.may_have_happened());
    }
}

#[tokio::test]
async fn a5_a_service_that_is_not_there_has_done_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let no_tls = serve(Router::new()).await.replace("http:", "https:");
    for url in [
        format!("http://127.0.0.1:{port}/"),
        "http://nobody.invalid/".to_owned(),
        no_tls,
    ] {
        let why = call(&get(&url), json!({})).await.unwrap_err();
        assert!(matches!(&why, CallError::NotSent(_)), "{url}: {why:?}");
        assert!(!why.may_have_happened());
    }
    let remote = remote(Network::Anywhere);
    let why = remote
        .call(
            &get("http://127.0.0.1:1/"),
            &json!({}),
            "key",
            Duration::ZERO,
        )
        .await;
    assert_eq!(
        why,
        Err(CallError::NotSent("no time was left for it".to_owned()))
    );
}

#[tokio::test]
async fn a5_a_slow_service_may_have_done_it() {
    let asked = Arc::new(Notify::new());
    let tell = asked.clone();
    let (url, book) = server(move || {
        let tell = tell.clone();
        async move {
            tell.notify_one();
            std::future::pending().await
        }
    })
    .await;
    let mut it = get(&url);
    it.timeout_seconds = 1;
    let why = call(&it, json!({})).await;
    asked.notified().await;
    let expect = "it had not answered when the 1s for it were over";
    assert_eq!(why, Err(CallError::Unknown(expect.to_owned())));
    let within = Duration::from_millis(300);
    let why = remote(Network::Anywhere)
        .call(&it, &json!({}), "key", within)
        .await;
    asked.notified().await;
    let expect = "it had not answered when the 300ms for it were over";
    assert_eq!(why, Err(CallError::Unknown(expect.to_owned())));
    assert_eq!(book.all().len(), 2);
}

/// A server that reads a request, sends this and hangs up; and how often it was connected to.
async fn raw(answer: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
        }
    });
    (format!("http://{at}/"), count)
}

#[tokio::test]
async fn a5_an_answer_that_breaks_off_is_not_asked_for_again() {
    let whole: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nhalf";
    for (answer, expect) in [
        (b"".as_slice(), "it was sent, and no answer came"),
        (b"HTTP/1.1 20", "it was sent, and no answer came"),
        (whole, "it answered 200, but its answer broke off"),
    ] {
        let (url, count) = raw(answer).await;
        let why = call(&get(&url), json!({})).await.unwrap_err();
        assert!(
            matches!(&why, CallError::Unknown(why) if why.starts_with(expect)),
            "{why:?}"
        );
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a5_a_long_answer_is_cut_with_a_note() {
    let text = check(|| "x".repeat(MOST_TEXT).into_response())
        .await
        .unwrap();
    assert_eq!(text.len(), MOST_TEXT);
    let text = check(|| "x".repeat(MOST_TEXT + 9).into_response())
        .await
        .unwrap();
    assert!(
        text.ends_with("xx\n[9 bytes more were left out; ask for less]"),
        "{}",
        &text[MOST_TEXT - 9..]
    );
    let text = check(|| "x".repeat(3_000_000).into_response())
        .await
        .unwrap();
    assert!(text.ends_with("[2983616 bytes more were left out; ask for less]"));
    assert!(text.len() < MOST_TEXT + 100);
    // Of unknown length, and never-ending: reading stops by itself.
    let endless = || {
        let piece = || async { Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 10_000])) };
        typed(
            "text/plain",
            Body::from_stream(stream::repeat_with(piece).then(|it| it)),
        )
    };
    let text = check(endless).await.unwrap();
    assert!(text.ends_with("[more than 1032192 bytes more were left out; ask for less]"));
    let json = || {
        typed(
            "application/problem+json",
            format!("[\n  \"{}\"\n]", "é".repeat(MOST_TEXT)),
        )
    };
    let text = check(json).await.unwrap();
    assert!(
        text.starts_with("[\"éé") && text.contains("é\n[1638"),
        "{}",
        &text[MOST_TEXT - 9..]
    );
}

#[tokio::test]
async fn a5_only_text_is_shown() {
    for (answer, expect) in [
        (typed("text/html; charset=utf-8", "<p>"), "<p>"),
        (typed("application/json", "{ broken"), "{ broken"),
        (
            typed("image/png", "\u{1}"),
            "(it answered 200 with image/png, which is not shown)",
        ),
        (
            (
                [
                    (header::CONTENT_TYPE, "text/plain"),
                    (header::CONTENT_ENCODING, "gzip"),
                ],
                "x",
            )
                .into_response(),
            "(it answered 200 with gzip data, which is not shown)",
        ),
        (
            Response::new("x".into()),
            "(it answered 200 with data of no stated type, which is not shown)",
        ),
        (
            StatusCode::NO_CONTENT.into_response(),
            "(it answered 204 and said nothing)",
        ),
    ] {
        let answer = Arc::new(Mutex::new(Some(answer)));
        let text = check(move || answer.lock().unwrap().take().unwrap()).await;
        assert_eq!(text.as_deref(), Ok(expect));
    }
}

#[tokio::test]
async fn a5_no_secret_comes_back() {
    let with_headers = |url: &str| {
        let headers = [("X-Key", "k:{secret:shop}"), ("X-Plain", "north-north")];
        tool(Way::Http(HttpWay {
            method: Method::Get,
            url: url.to_owned(),
            headers: headers.map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
        }))
    };
    let echo = format!("you sent {SECRET} and k:{SECRET} from north-north");
    for status in [
        StatusCode::OK,
        StatusCode::BAD_REQUEST,
        StatusCode::BAD_GATEWAY,
    ] {
        let echo = echo.clone();
        let (url, _) = server(move || {
            let echo = echo.clone();
            async move { (status, echo).into_response() }
        })
        .await;
        let told = match call(&with_headers(&url), json!({})).await {
            Ok(said) => {
                assert_eq!(said.text, "you sent (hidden) and (hidden) from north-north");
                continue;
            }
            Err(why) => format!("{why} {why:?}"),
        };
        assert!(
            !told.contains("hunter2") && !told.contains("north"),
            "{told}"
        );
    }
    let why = call(&with_headers("http://127.0.0.1:1/"), json!({}))
        .await
        .unwrap_err();
    assert!(!format!("{why} {why:?}").contains("hunter2"));
}

#[tokio::test]
async fn a5_a_missing_secret_is_named() {
    let (url, book) = server(|| async { "fine".into_response() }).await;
    let mut it = get(&url);
    let Way::Http(way) = &mut it.way else {
        unreachable!()
    };
    way.headers
        .insert("X-Key".to_owned(), "{secret:bank}".to_owned());
    let why = call(&it, json!({})).await.unwrap_err();
    assert_eq!(why, CallError::NotConfigured("bank".to_owned()));
    assert_eq!(
        why.to_string(),
        "nothing was sent: the secret \"bank\" is not in TOOL_SECRETS; add it there, or take \
         {secret:bank} out of the tool's headers"
    );
    assert!(book.all().is_empty());
}

#[tokio::test]
async fn a5_a_company_reaches_nothing_of_this_machine() {
    let (url, book) = server(|| async { "inside".into_response() }).await;
    let port = url.rsplit(':').next().unwrap();
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "127.1.",
    ] {
        for scheme in ["http", "https"] {
            let it = get(&format!("{scheme}://{host}:{port}/"));
            let why = remote(Network::PublicOnly)
                .call(&it, &json!({}), "key", LONG)
                .await;
            assert!(
                matches!(&why, Err(CallError::Forbidden(_))),
                "{host}: {why:?}"
            );
        }
    }
    assert!(book.all().is_empty());
}

#[tokio::test]
async fn a5_an_argument_that_does_not_fit_is_for_the_model() {
    let (url, book) = server(|| async { "fine".into_response() }).await;
    let mut it = get(&url);
    it.way = Way::Http(HttpWay {
        method: Method::Get,
        url: format!("{url}/orders/{{id}}"),
        headers: BTreeMap::new(),
    });
    let why = call(&it, json!({"id": "../admin"})).await;
    let expect = CallError::Refused {
        status: None,
        said: "id must not be empty, and no . or .. of a path".to_owned(),
    };
    assert_eq!(why, Err(expect));
    assert!(book.all().is_empty());
}
