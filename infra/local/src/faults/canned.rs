//! Answers a service gives when it is not well, in its own words.

use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

const AMZ_JSON: &str = "application/x-amz-json-1.0";
const DYNAMO: &str = "com.amazonaws.dynamodb.v20120810";

/// An answer that no service gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    status: StatusCode,
    content_type: &'static str,
    body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
    Text(String),
    /// A cancelled transaction gives one reason for each of the request's items.
    CancelledByConflict,
}

impl Canned {
    /// DynamoDB cancels a transaction because another one is at its items
    /// (`TransactionCanceledException`, `TransactionConflict` for each item).
    pub fn transaction_cancelled_by_conflict() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            content_type: AMZ_JSON,
            body: Body::CancelledByConflict,
        }
    }

    /// DynamoDB refuses a single write because a transaction is at its item
    /// (`TransactionConflictException`).
    pub fn transaction_conflict() -> Self {
        let kind = format!("{DYNAMO}#TransactionConflictException");
        Self::aws_json(
            StatusCode::BAD_REQUEST,
            &kind,
            "Transaction is ongoing for the item",
        )
    }

    /// DynamoDB has no more throughput for a key (`ProvisionedThroughputExceededException`).
    pub fn throughput_exceeded() -> Self {
        let kind = format!("{DYNAMO}#ProvisionedThroughputExceededException");
        let message = "The level of configured provisioned throughput for the table was exceeded.";
        Self::aws_json(StatusCode::BAD_REQUEST, &kind, message)
    }

    /// DynamoDB takes fewer requests than it is sent (`ThrottlingException`).
    pub fn throttled() -> Self {
        let kind = "com.amazon.coral.availability#ThrottlingException";
        Self::aws_json(
            StatusCode::BAD_REQUEST,
            kind,
            "Rate of requests exceeds the allowed throughput.",
        )
    }

    /// DynamoDB failed inside (500, `InternalServerError`).
    pub fn dynamodb_failed() -> Self {
        let kind = format!("{DYNAMO}#InternalServerError");
        Self::aws_json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &kind,
            "Internal server error",
        )
    }

    /// SQS takes fewer requests than it is sent (503, `ServiceUnavailable`).
    pub fn sqs_unavailable() -> Self {
        Self::aws_json(
            StatusCode::SERVICE_UNAVAILABLE,
            "com.amazonaws.sqs#ServiceUnavailable",
            "Service unavailable",
        )
    }

    /// SQS failed inside (500, `InternalFailure`).
    pub fn sqs_failed() -> Self {
        Self::aws_json(
            StatusCode::INTERNAL_SERVER_ERROR,
            "com.amazonaws.sqs#InternalFailure",
            "Internal failure",
        )
    }

    /// S3 takes fewer requests than it is sent (503, `SlowDown`).
    pub fn s3_slow_down() -> Self {
        Self::s3(
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
        )
    }

    /// S3 failed inside (500, `InternalError`).
    pub fn s3_failed() -> Self {
        Self::s3(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "We encountered an internal error. Please try again.",
        )
    }

    /// Twilio refuses: `code` as in its list of errors, for example 20429 with status 429.
    pub fn twilio(status: StatusCode, code: u32, message: &str) -> Self {
        Self::json(
            status,
            &json!({
                "code": code,
                "message": message,
                "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
                "status": status.as_u16(),
            }),
        )
    }

    /// Meta's Graph API refuses: `code` as in its list of errors, for example 130429.
    pub fn meta(status: StatusCode, code: u32, message: &str) -> Self {
        Self::json(
            status,
            &json!({
                "error": {
                    "message": format!("(#{code}) {message}"),
                    "type": "OAuthException",
                    "code": code,
                    "error_data": { "messaging_product": "whatsapp", "details": message },
                    "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
                }
            }),
        )
    }

    /// Any other answer with a JSON body.
    pub fn json(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: Body::Text(body.to_string()),
        }
    }

    /// An answer with a status and no body, as from a gateway that is down.
    pub fn status(status: StatusCode) -> Self {
        Self {
            status,
            content_type: "text/plain",
            body: Body::Text(String::new()),
        }
    }

    /// The answer to a request with this body.
    pub(super) fn response(&self, request: &[u8]) -> Response<Full<Bytes>> {
        let body = match &self.body {
            Body::Text(text) => text.clone(),
            Body::CancelledByConflict => cancelled_by_conflict(items(request)),
        };
        answer(self.status, self.content_type, body)
    }

    fn aws_json(status: StatusCode, kind: &str, message: &str) -> Self {
        Self {
            status,
            content_type: AMZ_JSON,
            body: Body::Text(json!({ "__type": kind, "message": message }).to_string()),
        }
    }

    fn s3(status: StatusCode, kind: &str, message: &str) -> Self {
        Self {
            status,
            content_type: "application/xml",
            body: Body::Text(format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                 <Error><Code>{kind}</Code><Message>{message}</Message></Error>"
            )),
        }
    }
}

/// The answer of an index that has not heard of anything yet.
pub(super) fn empty_query() -> Response<Full<Bytes>> {
    let body = json!({ "Items": [], "Count": 0, "ScannedCount": 0 });
    answer(StatusCode::OK, AMZ_JSON, body.to_string())
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let content_type = http::HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn cancelled_by_conflict(items: usize) -> String {
    let codes = vec!["TransactionConflict"; items].join(", ");
    let reason = json!({
        "Code": "TransactionConflict",
        "Message": "Transaction is ongoing for the item",
    });
    json!({
        "__type": format!("{DYNAMO}#TransactionCanceledException"),
        "Message": format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        ),
        "CancellationReasons": vec![reason; items],
    })
    .to_string()
}

/// How many items a transaction has; 1 where the request is none.
fn items(request: &[u8]) -> usize {
    #[derive(Deserialize)]
    struct Transaction {
        #[serde(rename = "TransactItems")]
        items: Vec<IgnoredAny>,
    }
    serde_json::from_slice::<Transaction>(request).map_or(1, |transaction| transaction.items.len())
}
