//! Decisions that an approver's own system sends: `POST /webhooks/approval/{endpoint}`, signed as
//! Standard Webhooks are, with the endpoint's approval secret.
//!
//! The body is JSON: `output_id`, `version` and `digest` as they were in the request, `decision`
//! (`approve` or `reject`; `answer` to a question of an agent's), `by` (the person's name, 1 to 80
//! characters), with `reject`, if there is one, `reason` (at most 500 characters; the customer is
//! told), and with `answer` the `answer`. Other fields are refused, so that nobody believes that a
//! condition they wrote there counts.
//!
//! The answer is JSON too. 200 is `{output_id, status, decision}`, also to a repetition under the
//! same `webhook-id`. Everything else is `{error: {code, detail}}`:
//!
//! | status | code | what it means |
//! | --- | --- | --- |
//! | 400 | `invalid` | the body is not as above, or does not fit what is asked; `detail` says where |
//! | 403 | `not_signed` | a header is missing or off, or no signature fits |
//! | 404 | `not_found` | no such endpoint, or it has no such output |
//! | 409 | `already_decided` | `error.decision` says what, by whom and when |
//! | 409 | `not_what_waits` | another version or act waits, or none any more |
//! | 410 | `deadline_passed` | nobody decided in time |
//! | 413 | `too_large` | the body has more than 256 KB |
//! | 500 | `internal` | our fault; send it again under the same `webhook-id` |

use countersign_aws::approvals::Decided;
use countersign_core::{
    ContentHash, EndpointId, OutputId,
    approval::{Decision, OutputStatus},
    webhook::{self, Headers, Verified},
};
use http::{HeaderMap, StatusCode};
use lambda_http::{Body, Response};
use serde::{Deserialize, Serialize};
use tracing::{error, warn};

use crate::{
    Approvals, Caller,
    answering::Answering,
    decide::{Choice, Vote, read_reason},
    reply::json,
};

/// No callback has a larger body, in bytes.
const MOST_BYTES: usize = 256 * 1024;

/// Who decides has a name of at most so many characters.
const LONGEST_NAME: usize = 80;

/// All fields hold plain values and no other field is read, so nesting ends the reading at once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    output_id: OutputId,
    version: u32,
    digest: ContentHash,
    decision: Word,
    by: String,
    reason: Option<String>,
    answer: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Approve,
    Reject,
    Answer,
}

#[derive(Serialize)]
struct Recorded<'a> {
    output_id: OutputId,
    status: OutputStatus,
    decision: Option<&'a Decision>,
}

#[derive(Serialize)]
struct Refusal<'a> {
    error: Problem<'a>,
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a Decision>,
}

impl Approvals {
    /// Answers a callback.
    pub(crate) async fn callback(
        &self,
        endpoint: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Response<Body> {
        if body.len() > MOST_BYTES {
            let detail = format!("the body has more than {MOST_BYTES} bytes");
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &detail);
        }
        let Some(caller) = self.caller(endpoint) else {
            let detail = "no approvals are asked for at this endpoint";
            return refusal(StatusCode::NOT_FOUND, "not_found", detail);
        };
        let signed = Headers {
            id: header(headers, webhook::ID),
            timestamp: header(headers, webhook::TIMESTAMP),
            signature: header(headers, webhook::SIGNATURE),
        };
        let verified = match webhook::verify(&[&caller.secret], signed, body, self.clock.now()) {
            Ok(verified) => verified,
            Err(refused) => {
                warn!(endpoint, %refused, "callback refused");
                return refusal(StatusCode::FORBIDDEN, "not_signed", &refused.to_string());
            }
        };
        let vote = match read(body, &verified) {
            Ok(vote) => vote,
            Err(detail) => return refusal(StatusCode::BAD_REQUEST, "invalid", &detail),
        };
        let output = vote.output;
        match self.decide_unseen(&caller.tenant, vote).await {
            Ok(Answering::Decided(decided)) => answer(output, &decided),
            Ok(Answering::Misfit(detail)) => refusal(StatusCode::BAD_REQUEST, "invalid", &detail),
            Err(error) => {
                error!(%output, %error, "callback failed");
                let detail = "something failed here; send it again under the same webhook-id";
                refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        }
    }

    fn caller(&self, endpoint: &str) -> Option<&Caller> {
        self.callers.get(&endpoint.parse::<EndpointId>().ok()?)
    }
}

/// A header that is not text is as good as an empty one: unreadable.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or_default())
}

/// # Errors
/// What is wrong with the body, for whoever sends it.
fn read(body: &[u8], verified: &Verified) -> Result<Vote, String> {
    let callback: Callback = serde_json::from_slice(body).map_err(|why| why.to_string())?;
    let by = callback.by.trim();
    if !(1..=LONGEST_NAME).contains(&by.chars().count()) || by.contains(char::is_control) {
        return Err(format!(
            "by: wants the name of who decides, 1 to {LONGEST_NAME} characters in one line"
        ));
    }
    let choice = match (callback.decision, callback.answer) {
        (Word::Approve, None) => Choice::Approve,
        (Word::Reject, None) => Choice::Reject,
        (Word::Answer, Some(_)) if callback.reason.is_some() => {
            return Err("reason: an answer has none; say all of it in answer".to_owned());
        }
        (Word::Answer, Some(answer)) => Choice::Answer(answer),
        (Word::Answer, None) => {
            return Err("answer: is missing; the decision answer wants one".to_owned());
        }
        (Word::Approve | Word::Reject, Some(_)) => {
            return Err("answer: only the decision answer has one".to_owned());
        }
    };
    Ok(Vote {
        output: callback.output_id,
        version: callback.version,
        digest: callback.digest,
        choice,
        by: by.to_owned(),
        reason: read_reason(callback.reason.as_deref().unwrap_or_default())?,
        // Whoever sends it again after a lost answer is told that it won.
        id: format!("callback/{}", verified.id),
        channel: "callback",
    })
}

fn answer(output: OutputId, decided: &Decided) -> Response<Body> {
    match decided {
        Decided::Won(state) => json(
            StatusCode::OK,
            &Recorded {
                output_id: output,
                status: state.status,
                decision: state.decision.as_ref(),
            },
        ),
        Decided::Lost(state) => {
            let detail = "somebody decided before, see error.decision";
            let problem = Problem {
                code: "already_decided",
                detail,
                decision: state.decision.as_ref(),
            };
            json(StatusCode::CONFLICT, &Refusal { error: problem })
        }
        Decided::NotWhatWaits | Decided::NotThatKind => refusal(
            StatusCode::CONFLICT,
            "not_what_waits",
            "another version or act waits for a decision, or none any more; decide on the newest \
             request",
        ),
        Decided::Deadline => refusal(
            StatusCode::GONE,
            "deadline_passed",
            "the time to decide is over",
        ),
        Decided::NotFound => refusal(
            StatusCode::NOT_FOUND,
            "not_found",
            "this endpoint has no such output",
        ),
    }
}

fn refusal(status: StatusCode, code: &'static str, detail: &str) -> Response<Body> {
    let error = Problem {
        code,
        detail,
        decision: None,
    };
    json(status, &Refusal { error })
}

#[cfg(test)]
mod tests {
    use countersign_aws::approvals::State;
    use countersign_core::message::{Correlation, Group};

    use super::*;

    fn verified() -> Verified {
        Verified {
            id: "msg_1".to_owned(),
            at: "2026-11-20T09:00:00Z".parse().unwrap(),
        }
    }

    fn body(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let mut body = serde_json::json!({
            "output_id": OutputId::derived("x"),
            "version": 2,
            "digest": ContentHash::of(b"act"),
            "decision": "reject",
            "by": " Aline Uwase ",
            "reason": "Wrong month",
        });
        change(&mut body);
        body.to_string().into_bytes()
    }

    #[test]
    fn p7_a_callback_is_a_vote_under_its_webhook_id() {
        let vote = Vote {
            output: OutputId::derived("x"),
            version: 2,
            digest: ContentHash::of(b"act"),
            choice: Choice::Reject,
            by: "Aline Uwase".to_owned(),
            reason: Some("Wrong month".to_owned()),
            id: "callback/msg_1".to_owned(),
            channel: "callback",
        };
        assert_eq!(read(&body(|_| ()), &verified()), Ok(vote.clone()));
        let plain = body(|b| {
            b["decision"] = "approve".into();
            b.as_object_mut().unwrap().remove("reason");
        });
        let plain_vote = Vote {
            choice: Choice::Approve,
            reason: None,
            ..vote.clone()
        };
        assert_eq!(read(&plain, &verified()), Ok(plain_vote));
        let answers = body(|b| {
            b["decision"] = "answer".into();
            b["answer"] = " Until Friday. ".into();
            b.as_object_mut().unwrap().remove("reason");
        });
        let answers_vote = Vote {
            choice: Choice::Answer(" Until Friday. ".to_owned()),
            reason: None,
            ..vote
        };
        assert_eq!(read(&answers, &verified()), Ok(answers_vote));
    }

    #[test]
    fn p7_a_callback_that_cannot_be_read_says_why() {
        let check = |body: Vec<u8>, expect: &str| {
            let why = read(&body, &verified()).unwrap_err();
            assert!(why.contains(expect), "{why}");
        };
        check(b"".to_vec(), "EOF while parsing");
        check(b"\xff{}".to_vec(), "expected value");
        check(
            body(|b| b["decision"] = "maybe".into()),
            "unknown variant `maybe`, expected one of `approve`, `reject`, `answer`",
        );
        check(
            body(|b| b["decision"] = "answer".into()),
            "answer: is missing",
        );
        check(
            body(|b| b["answer"] = "yes".into()),
            "answer: only the decision answer has one",
        );
        check(
            body(|b| {
                b["decision"] = "answer".into();
                b["answer"] = "yes".into();
            }),
            "reason: an answer has none",
        );
        check(
            body(|b| b["output_id"] = "out_1".into()),
            "wants out_ and 32",
        );
        check(
            body(|b| b["version"] = (-1).into()),
            "invalid value: integer `-1`",
        );
        check(
            body(|b| b["digest"] = "".into()),
            "wants 64 lower-case hex digits",
        );
        check(body(|b| b["if"] = "paid".into()), "unknown field `if`");
        check(
            body(|b| b["reason"] = "x".repeat(501).into()),
            "501 characters; shorten it",
        );
        check(
            body(|b| b["by"] = serde_json::Value::Null),
            "invalid type: null",
        );
        for by in ["", "  ", "a\nb", &"é".repeat(81)] {
            check(body(|b| b["by"] = by.into()), "by: wants the name");
        }
        let twice = br#"{"version":1,"version":2}"#;
        check(twice.to_vec(), "duplicate field `version`");
    }

    #[test]
    fn p7_deep_nesting_ends_the_reading_at_once() {
        for open in [
            "[",
            r#"{"by":"#,
            r#"{"by":["#,
            r#"{"x":"#,
            r#"{"version":{"#,
        ] {
            let deep = open.repeat(MOST_BYTES / open.len());
            assert!(read(deep.as_bytes(), &verified()).is_err());
        }
    }

    #[test]
    fn p7_every_outcome_has_its_answer() {
        let output = OutputId::derived("x");
        let state = Box::new(State {
            tenant: "acme".parse().unwrap(),
            output,
            status: OutputStatus::Approved,
            version: 1,
            digest: ContentHash::of(b"act"),
            deadline: "2026-11-21T10:00:00Z".parse().unwrap(),
            decision: Some(Decision::Approved {
                by: "Aline Uwase".to_owned(),
                at: "2026-11-20T09:00:00Z".parse().unwrap(),
            }),
            thread: countersign_core::ThreadId::derived("x"),
            group: Group::of(
                &"+14155238886".parse().unwrap(),
                &"+250788000201".parse().unwrap(),
            ),
            endpoint: "demo".parse().unwrap(),
            correlation: Correlation("c".to_owned()),
            fence: 0,
            failure: None,
            began: None,
            effect: countersign_aws::approvals::Took::MaybeEffect,
            said: None,
        });
        let decision = r#"{"decision":"approved","by":"Aline Uwase","at":"2026-11-20T09:00:00Z"}"#;
        for (decided, status, expect) in [
            (
                Decided::Won(state.clone()),
                200,
                format!(r#"{{"output_id":"{output}","status":"approved","decision":{decision}}}"#),
            ),
            (
                Decided::Lost(state),
                409,
                format!(
                    r#"{{"error":{{"code":"already_decided","detail":"somebody decided before, see error.decision","decision":{decision}}}}}"#
                ),
            ),
            (
                Decided::NotWhatWaits,
                409,
                r#"{"error":{"code":"not_what_waits","detail":"another version or act waits for a decision, or none any more; decide on the newest request"}}"#.to_owned(),
            ),
            (
                Decided::Deadline,
                410,
                r#"{"error":{"code":"deadline_passed","detail":"the time to decide is over"}}"#.to_owned(),
            ),
            (
                Decided::NotFound,
                404,
                r#"{"error":{"code":"not_found","detail":"this endpoint has no such output"}}"#.to_owned(),
            ),
        ] {
            let response = answer(output, &decided);
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["cache-control"], "no-store");
            let Body::Text(body) = response.body() else {
                panic!("an answer is text");
            };
            assert_eq!(*body, expect);
        }
    }
}
