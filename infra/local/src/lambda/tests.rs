use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use lambda_http::request::LambdaRequest;
use serde_json::{Value, json};

use super::{http_answer, http_event, payload, tick_event};

const AT: &str = "2026-11-20T07:00:00.250Z";

fn event(request: &Request<Bytes>) -> Value {
    payload(&http_event(request, AT.parse().unwrap())).unwrap()
}

/// The request as it arrives in a function.
fn arrived(request: &Request<Bytes>) -> lambda_http::Request {
    let event: LambdaRequest = serde_json::from_value(event(request)).unwrap();
    event.into()
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::copy_from_slice(body)).unwrap()
}

/// What comes out of the event in a function is what went into it, but for what the gateway adds
/// and joins.
fn check_round_trip(request: &Request<Bytes>) {
    let arrived = arrived(request);
    assert_eq!(arrived.method(), request.method());
    assert_eq!(
        arrived.uri().path_and_query(),
        request.uri().path_and_query()
    );
    assert_eq!(&arrived.body()[..], &request.body()[..]);
    for (name, value) in request.headers() {
        let value = value.to_str().unwrap();
        let all = arrived.headers()[name].to_str().unwrap();
        assert!(all.contains(value), "{name}: {all:?} lacks {value:?}");
    }
}

#[test]
fn f5_a_form_of_twilios_becomes_a_whole_event_of_an_http_api() {
    let post = request(
        Method::POST,
        "/webhooks/twilio/demo",
        &[
            ("host", "127.0.0.1:4000"),
            ("user-agent", "TwilioProxy/1.1"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ],
        b"Body=stock+ABC123&From=whatsapp%3A%2B250788555001",
    );
    let mut event = event(&post);
    let id = event["requestContext"]["requestId"].take();
    assert!(id.as_str().is_some_and(|id| id.len() == 36), "{id}");
    // The body in base64: to API Gateway a form is no text.
    assert_eq!(
        event,
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/webhooks/twilio/demo",
            "rawQueryString": "",
            "headers": {
                "host": "127.0.0.1:4000",
                "user-agent": "TwilioProxy/1.1",
                "content-type": "application/x-www-form-urlencoded",
                "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-port": "4000",
                "x-forwarded-proto": "http",
            },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "127.0.0.1:4000",
                "domainPrefix": "local",
                "http": {
                    "method": "POST",
                    "path": "/webhooks/twilio/demo",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "TwilioProxy/1.1",
                },
                "requestId": null,
                "routeKey": "$default",
                "stage": "$default",
                "time": "20/Nov/2026:07:00:00 +0000",
                "timeEpoch": 1_795_158_000_250_i64,
            },
            "body": "Qm9keT1zdG9jaytBQkMxMjMmRnJvbT13aGF0c2FwcCUzQSUyQjI1MDc4ODU1NTAwMQ==",
            "isBase64Encoded": true,
        })
    );
    check_round_trip(&post);
}

#[test]
fn f5_query_and_cookies_stand_where_an_http_api_puts_them() {
    let get = request(
        Method::GET,
        "/approvals/abc%20d?a=1&a=2&q=%C3%A9+x&empty=",
        &[
            ("host", "127.0.0.1:4000"),
            ("cookie", "seen=1; theme=dark"),
            ("cookie", "more=2"),
        ],
        b"",
    );
    let event = event(&get);
    assert_eq!(event["rawPath"], "/approvals/abc%20d");
    assert_eq!(event["rawQueryString"], "a=1&a=2&q=%C3%A9+x&empty=");
    assert_eq!(
        event["queryStringParameters"],
        json!({"a": "1,2", "q": "é x", "empty": ""})
    );
    assert_eq!(event["cookies"], json!(["seen=1", "theme=dark", "more=2"]));
    assert_eq!(event["headers"].get("cookie"), None);
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event.get("body"), None);

    let arrived = arrived(&get);
    assert_eq!(arrived.headers()["cookie"], "seen=1; theme=dark; more=2");
    assert_eq!(arrived.uri().path_and_query(), get.uri().path_and_query());
    assert!(arrived.body().is_empty());
}

#[test]
fn f5_a_repeated_header_is_one_with_commas() {
    let get = request(
        Method::GET,
        "/",
        &[("accept", "text/html"), ("x-one", "1"), ("accept", "*/*")],
        b"",
    );
    assert_eq!(event(&get)["headers"]["accept"], "text/html,*/*");
    assert_eq!(event(&get)["headers"]["x-one"], "1");
    check_round_trip(&get);
}

#[test]
fn f5_a_body_is_text_by_its_content_type() {
    let check = |content_type: Option<&str>, body: &[u8], is_text: bool| {
        let headers: Vec<_> = content_type
            .map(|it| ("content-type", it))
            .into_iter()
            .collect();
        let post = request(Method::POST, "/webhooks/approval/demo", &headers, body);
        let event = event(&post);
        assert_eq!(event["isBase64Encoded"], !is_text, "{content_type:?}");
        if is_text {
            assert_eq!(event["body"], *String::from_utf8_lossy(body));
        }
        check_round_trip(&post);
    };
    check(Some("application/json"), br#"{"decision":"approve"}"#, true);
    check(
        Some("application/json; charset=utf-8"),
        "é".as_bytes(),
        true,
    );
    check(Some("Text/Plain"), b"x", true);
    check(Some("application/xml"), b"<x/>", true);
    check(Some("application/javascript"), b"x", true);
    check(Some("application/x-www-form-urlencoded"), b"a=1", false);
    check(Some("application/ld+json"), b"{}", false);
    check(Some("application/pdf"), b"%PDF-1.7\xe2\xe3\xcf\xd3", false);
    // A function must get every byte, whatever the sender says they are.
    check(Some("text/plain"), b"\xff\xfe", false);
    check(None, b"x", false);
}

#[test]
fn f5_the_event_has_no_field_that_an_http_api_does_not_send() {
    // All fields of the Developer Guide's example of format 2.0.
    let known = [
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "cookies",
        "headers",
        "queryStringParameters",
        "requestContext",
        "body",
        "pathParameters",
        "isBase64Encoded",
        "stageVariables",
    ];
    let post = request(Method::POST, "/a?b=c", &[("cookie", "d=e")], b"f");
    let event = event(&post);
    let fields = event.as_object().unwrap();
    for name in fields.keys() {
        assert!(known.contains(&name.as_str()), "{name}");
    }
    let again: ApiGatewayV2httpRequest = serde_json::from_value(event.clone()).unwrap();
    assert_eq!(payload(&again).unwrap(), event);
}

fn answer(json: Value) -> Result<Response<Bytes>, String> {
    let answer: ApiGatewayV2httpResponse = serde_json::from_value(json).unwrap();
    http_answer(answer).map_err(|why| why.to_string())
}

#[test]
fn f5_an_answer_keeps_status_headers_cookies_and_every_byte() {
    let text = answer(json!({
        "statusCode": 410,
        "headers": {"content-type": "text/html; charset=utf-8", "content-length": "9"},
        "multiValueHeaders": {},
        "cookies": ["a=1; Secure", "b=2"],
        "body": "expired",
        "isBase64Encoded": false,
    }))
    .unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "text/html; charset=utf-8".parse().unwrap());
    headers.append("set-cookie", "a=1; Secure".parse().unwrap());
    headers.append("set-cookie", "b=2".parse().unwrap());
    assert_eq!(text.status(), StatusCode::GONE);
    assert_eq!(*text.headers(), headers);
    assert_eq!(text.body(), "expired");

    let binary = answer(json!({
        "statusCode": 200,
        "headers": {"content-type": "application/pdf"},
        "cookies": [],
        "body": "JVBERv8=",
        "isBase64Encoded": true,
    }));
    assert_eq!(&binary.unwrap().body()[..], b"%PDF\xff");

    let empty = answer(json!({"statusCode": 204, "headers": {}, "cookies": []}));
    assert!(empty.unwrap().body().is_empty());
}

#[test]
fn f5_what_is_no_answer_is_refused() {
    let check = |json: Value, expect: &str| {
        let said = answer(json).unwrap_err();
        assert!(said.contains(expect), "{said}");
    };
    check(json!({"statusCode": 0, "cookies": []}), "status code 0");
    check(
        json!({"statusCode": 70_000, "cookies": []}),
        "status code 70000",
    );
    check(
        json!({"statusCode": 200, "cookies": ["a\nb"]}),
        "a cookie that can't be sent",
    );
    check(
        json!({"statusCode": 200, "cookies": [], "body": "no!", "isBase64Encoded": true}),
        "not the base64",
    );
}

#[test]
fn f5_a_tick_is_a_scheduled_event() {
    let tick = tick_event(AT.parse().unwrap());
    assert_eq!(tick["detail-type"], "Scheduled Event");
    assert_eq!(tick["time"], "2026-11-20T07:00:00Z");
}
