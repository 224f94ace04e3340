//! What a request is called in the log.

use http::request::Parts;
use serde::{Deserialize, de::IgnoredAny};

use super::{Call, Service};

/// The name of the operation `request` asks `service` for; see [`super::Call::operation`].
pub(super) fn name(service: Service, request: &Parts) -> String {
    let named = match service {
        Service::DynamoDb | Service::Sqs => target(request),
        Service::S3 => x_id(request),
        Service::Provider => Some(format!("{} {}", request.method, last_segment(request))),
        Service::Webhook | Service::Models => None,
    };
    named.unwrap_or_else(|| format!("{} {}", request.method, request.uri.path()))
}

/// Whether `call`, with this body, is a DynamoDB Query of an index.
pub(super) fn queries_index(call: &Call, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct IndexQuery {
        #[serde(rename = "IndexName")]
        _index_name: IgnoredAny,
    }
    call.service == Service::DynamoDb
        && call.operation == "Query"
        && serde_json::from_slice::<IndexQuery>(body).is_ok()
}

/// `Query` of `X-Amz-Target: DynamoDB_20120810.Query`.
fn target(request: &Parts) -> Option<String> {
    let target = request.headers.get("x-amz-target")?.to_str().ok()?;
    let (_, operation) = target.rsplit_once('.')?;
    Some(operation.to_owned())
}

/// The SDK repeats an S3 operation's name in the query, for most operations.
fn x_id(request: &Parts) -> Option<String> {
    form_urlencoded::parse(request.uri.query()?.as_bytes())
        .find(|(key, _)| key == "x-id")
        .map(|(_, operation)| operation.into_owned())
}

fn last_segment(request: &Parts) -> &str {
    let path = request.uri.path();
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn check(service: Service, method: &str, uri: &str, target: Option<&str>, expect: &str) {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(target) = target {
            request = request.header("X-Amz-Target", target);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(name(service, &parts), expect);
    }

    #[test]
    fn operations_are_called_what_their_service_calls_them() {
        use Service::{DynamoDb, Provider, S3, Sqs, Webhook};
        let dynamo = Some("DynamoDB_20120810.TransactWriteItems");
        check(DynamoDb, "POST", "/", dynamo, "TransactWriteItems");
        check(
            Sqs,
            "POST",
            "/",
            Some("AmazonSQS.SendMessage"),
            "SendMessage",
        );
        check(DynamoDb, "GET", "/", None, "GET /");
        check(S3, "PUT", "/content/a?x-id=PutObject", None, "PutObject");
        check(S3, "GET", "/content?list-type=2", None, "GET /content");
        let twilio = "/2010-04-01/Accounts/AC1/Messages.json";
        check(Provider, "POST", twilio, None, "POST Messages.json");
        check(
            Provider,
            "POST",
            "/v23.0/1055/messages",
            None,
            "POST messages",
        );
        check(
            Webhook,
            "POST",
            "/hooks/approve?a=1",
            None,
            "POST /hooks/approve",
        );
    }

    #[test]
    fn only_a_query_that_names_an_index_reads_one() {
        let check = |service, operation: &str, body: &str, expect| {
            let call = Call {
                service,
                operation: operation.to_owned(),
                number: 1,
            };
            assert_eq!(queries_index(&call, body.as_bytes()), expect, "{call:?}");
        };
        let index = r#"{"TableName":"threads","IndexName":"due"}"#;
        let table = r#"{"TableName":"threads"}"#;
        check(Service::DynamoDb, "Query", index, true);
        check(Service::DynamoDb, "Query", table, false);
        check(Service::DynamoDb, "Scan", index, false);
        check(Service::Sqs, "Query", index, false);
    }
}
