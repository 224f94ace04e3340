//! A person with a link: `GET /approvals/{token}` shows, `POST /approvals/{token}` decides.

use std::time::Duration;

use countersign_aws::{
    Error,
    approvals::{Decided, Request, State},
    fresh_token,
};
use countersign_core::{
    ContentHash,
    approval::{Decision, OutputStatus},
    token::{ApprovalToken, TokenError},
};
use http::StatusCode;
use jiff::Timestamp;
use lambda_http::{Body, Response};
use tracing::error;

use crate::{
    Approvals,
    decide::{Choice, Vote, read_reason},
    page::{Standing, View, notice, render},
    reply::html,
};

/// No form is larger, in bytes.
const MOST_BYTES: usize = 32 * 1024;

/// How long the link to the content works.
const LINK_VALID: Duration = Duration::from_secs(10 * 60);

/// What a decision on the page says.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    choice: Choice,
    digest: ContentHash,
    reason: Option<String>,
}

/// What an approver is asked, and the digest of exactly that.
struct Asked {
    request: Request,
    digest: ContentHash,
    now: Timestamp,
}

impl Approvals {
    /// Shows an act and how it stands. Nothing is written.
    pub(crate) async fn show(&self, token: &str) -> Response<Body> {
        let now = self.clock.now();
        let token = match ApprovalToken::read(token, &self.token_secret, now) {
            Ok(token) => token,
            Err(TokenError::Expired(token)) => *token,
            Err(TokenError::Malformed | TokenError::Tampered) => return no_such_link(),
        };
        self.page(&token, now).await.unwrap_or_else(failed)
    }

    /// Decides as the token's approver.
    pub(crate) async fn vote(&self, token: &str, body: &[u8]) -> Response<Body> {
        let now = self.clock.now();
        let token = match ApprovalToken::read(token, &self.token_secret, now) {
            Ok(token) => token,
            Err(TokenError::Expired(token)) => {
                let mut response = self.page(&token, now).await.unwrap_or_else(failed);
                *response.status_mut() = StatusCode::GONE;
                return response;
            }
            Err(TokenError::Malformed | TokenError::Tampered) => return no_such_link(),
        };
        if body.len() > MOST_BYTES {
            let page = notice("That was too much", "Go back and shorten what you wrote.");
            return html(StatusCode::PAYLOAD_TOO_LARGE, page);
        }
        let form = match Form::read(body) {
            Ok(form) => form,
            Err(why) => {
                let page = notice("Nothing was decided", &why);
                return html(StatusCode::BAD_REQUEST, page);
            }
        };
        self.decide_on_page(&token, form, now)
            .await
            .unwrap_or_else(failed)
    }

    async fn page(&self, token: &ApprovalToken, now: Timestamp) -> Result<Response<Body>, Error> {
        let (asked, state) = tokio::try_join!(
            self.asked(token, now),
            self.table.state(&token.tenant, token.output)
        )?;
        let (Some(asked), Some(state)) = (asked, state) else {
            return Ok(no_such_link());
        };
        let standing = standing(&asked, &state, token);
        let link = match standing {
            // Of a question there is nothing but the act.
            Standing::Waits if asked.request.act.question().is_none() => {
                let request = &asked.request;
                let document = request.act.document();
                let tenant = &request.act.tenant;
                Some(self.bucket.link(tenant, &document, LINK_VALID).await?)
            }
            _ => None,
        };
        let status = match standing {
            Standing::Waits | Standing::Decided { .. } | Standing::TooLate { .. } => StatusCode::OK,
            Standing::Expired | Standing::Gone => StatusCode::GONE,
        };
        Ok(asked.answer(status, token, standing, link.as_deref()))
    }

    async fn decide_on_page(
        &self,
        token: &ApprovalToken,
        form: Form,
        now: Timestamp,
    ) -> Result<Response<Body>, Error> {
        // Read before: what is decided can't be undone, and its page must not fail after it.
        let Some(asked) = self.asked(token, now).await? else {
            return Ok(no_such_link());
        };
        let vote = Vote {
            output: token.output,
            version: token.version,
            digest: form.digest,
            choice: form.choice,
            by: token.approver.clone(),
            reason: form.reason,
            id: format!("page/{}", fresh_token()),
            channel: "page",
        };
        let vote = match vote.fitting(&asked.request.act) {
            Ok(vote) => vote,
            Err(why) => {
                let page = notice("Nothing was decided", &format!("Go back: {why}."));
                return Ok(html(StatusCode::BAD_REQUEST, page));
            }
        };
        let decided = self.decide(&token.tenant, vote).await?;
        let (status, standing) = match &decided {
            Decided::Won(state) => (StatusCode::OK, standing(&asked, state, token)),
            Decided::Lost(state) => {
                let standing = match standing(&asked, state, token) {
                    Standing::Decided { decision, status } => {
                        Standing::TooLate { decision, status }
                    }
                    other => other,
                };
                (StatusCode::CONFLICT, standing)
            }
            Decided::NotWhatWaits | Decided::NotThatKind => (StatusCode::CONFLICT, Standing::Gone),
            Decided::Deadline => (StatusCode::GONE, Standing::Expired),
            Decided::NotFound => return Ok(no_such_link()),
        };
        Ok(asked.answer(status, token, standing, None))
    }

    async fn asked(&self, token: &ApprovalToken, now: Timestamp) -> Result<Option<Asked>, Error> {
        let request = self
            .table
            .request(&token.tenant, token.output, token.version)
            .await?;
        let Some(request) = request else {
            return Ok(None);
        };
        // Of what is shown, not of what is said to have been: the decision is compared with it.
        let digest = request.act.digest().map_err(|why| Error::Unreadable {
            what: "showing an act",
            why: why.to_string(),
        })?;
        Ok(Some(Asked {
            request,
            digest,
            now,
        }))
    }
}

impl Asked {
    fn answer(
        &self,
        status: StatusCode,
        token: &ApprovalToken,
        standing: Standing<'_>,
        link: Option<&str>,
    ) -> Response<Body> {
        let page = render(&View {
            act: &self.request.act,
            digest: self.digest,
            approver: &token.approver,
            now: self.now,
            standing,
            link,
        });
        html(status, page)
    }
}

impl Form {
    /// # Errors
    /// What to do, for the person at the form.
    fn read(body: &[u8]) -> Result<Self, String> {
        let mut fields = [None, None, None, None];
        for (name, value) in form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "decision" => &mut fields[0],
                "digest" => &mut fields[1],
                "reason" => &mut fields[2],
                "answer" => &mut fields[3],
                _ => continue,
            };
            if field.replace(value).is_some() {
                return Err(format!(
                    "The form has two of “{name}”. Open the link again."
                ));
            }
        }
        let [decision, digest, reason, answer] = fields;
        Ok(Self {
            choice: match (decision.as_deref(), answer) {
                (Some("approve"), _) => Choice::Approve,
                // The button beside the other is easily hit, and what it says is final.
                (Some("reject"), Some(answer))
                    if !is_blank(Some(&answer)) && is_blank(reason.as_deref()) =>
                {
                    return Err(
                        "Go back: you gave an answer, too. Send it, or say below it why you \
                                can't."
                            .to_owned(),
                    );
                }
                (Some("reject"), _) => Choice::Reject,
                (Some("answer"), Some(answer)) if is_blank(reason.as_deref()) => {
                    Choice::Answer(answer.into_owned())
                }
                (Some("answer"), Some(_)) => {
                    return Err(
                        "Go back: a reason is for when you can't answer. Put all of your \
                                answer above it."
                            .to_owned(),
                    );
                }
                (Some("answer"), None) => return Err("Go back and choose an answer.".to_owned()),
                _ => return Err("Go back and choose one of the buttons.".to_owned()),
            },
            digest: digest
                .and_then(|digest| digest.parse().ok())
                .ok_or("The form is not whole. Open the link again.")?,
            reason: read_reason(&reason.unwrap_or_default())
                .map_err(|why| format!("Go back: {why}."))?,
        })
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

/// How what was asked stands.
fn standing<'a>(asked: &Asked, state: &'a State, token: &ApprovalToken) -> Standing<'a> {
    if state.version != asked.request.act.version || state.digest != asked.digest {
        return Standing::Gone;
    }
    match &state.decision {
        Some(Decision::Expired { .. }) => Standing::Expired,
        Some(decision) => Standing::Decided {
            decision,
            status: state.status,
        },
        None if state.status != OutputStatus::Pending => Standing::Gone,
        None if asked.now < state.deadline && asked.now < token.expires => Standing::Waits,
        None => Standing::Expired,
    }
}

/// Whoever tries tokens learns nothing.
fn no_such_link() -> Response<Body> {
    let page = notice(
        "There is nothing here",
        "Open the link exactly as it was sent to you.",
    );
    html(StatusCode::NOT_FOUND, page)
}

fn failed(error: Error) -> Response<Body> {
    error!(%error, "approval page failed");
    let page = notice(
        "That did not work",
        "It is our fault. Open the link again in a minute: it shows whether something was decided.",
    );
    html(StatusCode::INTERNAL_SERVER_ERROR, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p7_a_form_is_read() {
        let digest = ContentHash::of(b"act");
        let check = |body: String, expect: Result<Form, &str>| {
            assert_eq!(
                Form::read(body.as_bytes()),
                expect.map_err(str::to_owned),
                "{body}"
            );
        };
        check(
            format!("digest={digest}&reason=Wrong+month%0D%0A%C3%A9&decision=reject"),
            Ok(Form {
                choice: Choice::Reject,
                digest,
                reason: Some("Wrong month\né".to_owned()),
            }),
        );
        check(
            format!("digest={digest}&reason=&decision=approve&other=1"),
            Ok(Form {
                choice: Choice::Approve,
                digest,
                reason: None,
            }),
        );
        check(
            format!("digest={digest}&answer=Caf%C3%A9+1%0D%0A2&reason=+&decision=answer"),
            Ok(Form {
                choice: Choice::Answer("Café 1\r\n2".to_owned()),
                digest,
                reason: None,
            }),
        );
        check(
            format!("digest={digest}&answer=&reason=I+can%27t&decision=reject"),
            Ok(Form {
                choice: Choice::Reject,
                digest,
                reason: Some("I can't".to_owned()),
            }),
        );
        check(
            format!("digest={digest}&answer=yes&reason=+&decision=reject"),
            Err("Go back: you gave an answer, too. Send it, or say below it why you can't."),
        );
        check(
            format!("digest={digest}&reason=&decision=answer"),
            Err("Go back and choose an answer."),
        );
        check(
            format!("digest={digest}&answer=yes&reason=but&decision=answer"),
            Err("Go back: a reason is for when you can't answer. Put all of your answer above it."),
        );
        for decision in ["", "decision=", "decision=yes", "decision=Approve"] {
            check(
                format!("digest={digest}&{decision}"),
                Err("Go back and choose one of the buttons."),
            );
        }
        for digest in ["", "digest=", "digest=abc"] {
            check(
                format!("{digest}&decision=approve"),
                Err("The form is not whole. Open the link again."),
            );
        }
        check(
            format!("digest={digest}&decision=reject&decision=approve"),
            Err("The form has two of “decision”. Open the link again."),
        );
        check(
            format!("digest={digest}&decision=reject&reason={}", "x".repeat(501)),
            Err("Go back: the reason has 501 characters; shorten it to 500."),
        );
        check(
            "%ff%00=&&==".to_owned(),
            Err("Go back and choose one of the buttons."),
        );
    }
}
