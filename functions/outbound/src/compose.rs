//! What exactly is sent. A document is compared once more with what was approved, at the last
//! moment before it leaves; a link to decide is made here, so that no token is ever stored.

mod colleague;

use std::{collections::HashMap, time::Duration};

use countersign_aws::{Error, approvals::Request};
use countersign_core::{
    ChallengeId, ContentHash, OutputId, ProviderMessageId, SenderId,
    answers::MOST_CHARACTERS,
    approval::{Act, ActArguments, ActTool, OutputStatus, SendDocumentArguments},
    identity::{self, Code, Sealing},
    message::{Document, Outgoing, OutgoingBody},
    offer::Row,
    safety::shown,
    token::ApprovalToken,
    window::Open,
};

use countersign_whatsapp::Answer;
use serde_json::Value;
use tracing::error;

use crate::{
    Outbound, Served,
    window::{Filled, line},
};

/// How long the provider has to fetch a document.
const LINK_VALID: Duration = Duration::from_secs(60 * 60);

/// The most characters of what is asked in a template: with its other values it has to fit.
const LONGEST_WHAT: usize = 480;

/// The end of a notice whose template is gone.
const NO_TEMPLATE: &str = "no_template";

/// The end of a request that was held until there was nothing to decide any more.
const NO_LONGER_ASKED: &str = "no_longer_asked";

/// The end of a sign that the closed window keeps back: later it would be a riddle.
pub(crate) const TOO_LATE: &str = "too_late_for_a_sign";

/// Why that is its end.
pub(crate) const TOO_LATE_WHY: &str = "a sign, more than 24 hours after the customer wrote";

/// The end of a notice that the provider took and then refused as free words.
const NOTICE_REFUSED: &str = "notice_refused";

/// The ends of messages that nobody waits for any more: no thread is told of them.
pub(crate) const MOOT: [&str; 4] = [NO_TEMPLATE, NO_LONGER_ASKED, TOO_LATE, NOTICE_REFUSED];

/// A message in the provider's terms.
pub(crate) enum Composed {
    /// Words.
    Text(String),
    /// Words with answers that can be tapped.
    Choices {
        /// The words.
        body: String,
        /// The answers.
        rows: Vec<Row>,
        /// What opens a list of them.
        opens: String,
    },
    /// A sign on a message of the customer's.
    Reaction {
        /// The message.
        to: ProviderMessageId,
        /// The sign.
        emoji: String,
    },
    /// A file and words with it.
    Media {
        /// Where it is fetched.
        url: String,
        /// What it is; its title goes with it.
        document: Document,
    },
    /// That something waits.
    Notice(Filled),
}

impl Composed {
    /// The answers that can be tapped, in the provider's terms.
    pub(crate) fn answers(&self) -> Vec<Answer<'_>> {
        let rows = match self {
            Self::Choices { rows, .. } => rows.as_slice(),
            Self::Text(_) | Self::Reaction { .. } | Self::Media { .. } | Self::Notice(_) => &[],
        };
        let answers = rows.iter().map(|row| Answer {
            id: &row.id,
            title: &row.title,
            detail: row.detail.as_deref(),
        });
        answers.collect()
    }
}

/// Why there is nothing to send.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Composing {
    /// What would be sent is not what was approved.
    #[error("{0}")]
    Refused(String),
    /// An approver may not be written to.
    #[error("{0}")]
    Unasked(String),
    /// It is of no use any more, and nobody waits for it.
    #[error("{why}")]
    Moot {
        /// The code of its end.
        code: &'static str,
        /// Why.
        why: String,
    },
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] Error),
}

impl Outbound {
    /// What is sent, and to whom.
    pub(crate) async fn compose(
        &self,
        served: &Served,
        message: &Outgoing,
    ) -> Result<(SenderId, Composed), Composing> {
        let mut to = message.to.clone();
        let composed = match &message.body {
            OutgoingBody::Text { body } => Composed::Text(body.clone()),
            OutgoingBody::Choices { body, rows, opens } => Composed::Choices {
                body: body.clone(),
                rows: rows.clone(),
                opens: opens.clone(),
            },
            OutgoingBody::Reaction { to, emoji } => {
                let window = message.window.as_ref();
                if let Some(Open::No { .. }) = window.map(|it| it.is_open(self.clock.now())) {
                    return Err(Composing::Moot {
                        code: TOO_LATE,
                        why: TOO_LATE_WHY.to_owned(),
                    });
                }
                Composed::Reaction {
                    to: to.clone(),
                    emoji: emoji.clone(),
                }
            }
            OutgoingBody::Document {
                document,
                output,
                version,
                digest,
            } => {
                let act = self
                    .is_what_was_approved(message, document, *output, *version, *digest)
                    .await?;
                to = self.recipient(message, &act).await?;
                let url = self
                    .bucket
                    .link(&message.tenant, document, LINK_VALID)
                    .await?;
                Composed::Media {
                    url,
                    document: document.clone(),
                }
            }
            OutgoingBody::Code { challenge } => Composed::Text(self.code(message, *challenge)?),
            OutgoingBody::ApprovalRequest {
                output,
                version,
                approver,
            } => {
                let request = self.request(message, *output, *version).await?;
                if message.held.is_some() {
                    self.is_still_asked(message, *output, *version).await?;
                }
                to = self.approver(message).await?;
                let url = self.decide_url(&request, approver);
                Composed::Text(question(&request, &url))
            }
            OutgoingBody::Notice { notice } => {
                if message
                    .window
                    .as_ref()
                    .is_some_and(|it| it.refused.is_some())
                {
                    // Another try would end the same, and what it tells of is held all the same.
                    let template = &notice.template;
                    error!(
                        template,
                        "ALARM: the provider takes a template for free words; see that it is approved"
                    );
                    return Err(Composing::Moot {
                        code: NOTICE_REFUSED,
                        why: format!("the provider takes the template {template} for free words"),
                    });
                }
                let filled = self.noticed(served, message, notice).await?;
                let filled = filled.ok_or_else(|| Composing::Moot {
                    code: NO_TEMPLATE,
                    why: format!(
                        "the template {} is not registered any more",
                        notice.template
                    ),
                })?;
                Composed::Notice(filled)
            }
        };
        Ok((to, composed))
    }

    /// The message with a one-time code.
    fn code(&self, message: &Outgoing, challenge: ChallengeId) -> Result<String, Composing> {
        Ok(identity::message(&self.made(message, challenge)?))
    }

    /// A one-time code; whenever it is made, it is the same.
    pub(crate) fn made(
        &self,
        message: &Outgoing,
        challenge: ChallengeId,
    ) -> Result<Code, Composing> {
        let secret = self.identity_secret.as_ref().ok_or_else(|| {
            Composing::Refused(format!(
                "the agent asks for a one-time code, and there is nothing to make one of; set {} here \
                 as for the agent",
                identity::SETTING
            ))
        })?;
        let sealing = Sealing {
            tenant: &message.tenant,
            thread: message.thread,
            challenge,
            recipient: &message.to,
        };
        Ok(Code::made(secret, &sealing))
    }

    /// What a request to decide says, by a template's variables. The page behind the link has all of
    /// it.
    pub(crate) fn in_variables(
        &self,
        request: &Request,
        approver: &str,
    ) -> HashMap<&'static str, String> {
        let act = &request.act;
        let what = match &act.arguments {
            ActArguments::SendDocument(document) => sends(act, document),
            ActArguments::CallTool(call) => format!(
                "{} ({}) for {}? {}",
                act.document().title,
                call.called,
                act.recipient,
                listed(&call.with, LONGEST_WHAT),
            ),
            ActArguments::AskColleague(arguments) => cut(&arguments.asks.question, LONGEST_WHAT),
        };
        HashMap::from([
            ("what", line(&what, LONGEST_WHAT)),
            ("content", act.content.short().to_string()),
            ("until", act.deadline.strftime("%d %b %H:%M").to_string()),
            ("link", self.decide_url(request, approver)),
        ])
    }

    /// Whether what was held is still to be decided on: somebody may have done so meanwhile, elsewhere.
    async fn is_still_asked(
        &self,
        message: &Outgoing,
        output: OutputId,
        version: u32,
    ) -> Result<(), Composing> {
        let asked = self
            .approvals
            .request_and_state(&message.tenant, output, version)
            .await?;
        let over = |why: String| {
            Err(Composing::Moot {
                code: NO_LONGER_ASKED,
                why,
            })
        };
        match asked {
            None => over(format!("{output} is asked about no more")),
            Some((_, state)) if state.version != version => {
                over(format!("{output} has a newer version"))
            }
            Some((_, state)) if state.status != OutputStatus::Pending => {
                over(format!("{output} is {} by now", state.status.as_str()))
            }
            Some((_, state)) if state.deadline <= self.clock.now() => {
                over(format!("the time to decide on {output} is over"))
            }
            Some(_) => Ok(()),
        }
    }

    /// The page where `approver` decides on what `request` asks.
    pub(crate) fn decide_url(&self, request: &Request, approver: &str) -> String {
        let token = ApprovalToken {
            tenant: request.act.tenant.clone(),
            output: request.act.output,
            version: request.act.version,
            approver: approver.to_owned(),
            expires: request.act.deadline,
        };
        format!(
            "{}/approvals/{}",
            self.public_url,
            token.mint(&self.token_secret)
        )
    }

    pub(crate) async fn request(
        &self,
        message: &Outgoing,
        output: OutputId,
        version: u32,
    ) -> Result<Request, Composing> {
        self.approvals
            .request(&message.tenant, output, version)
            .await?
            .ok_or_else(|| Composing::Refused(format!("{output} was never asked about")))
    }

    async fn is_what_was_approved(
        &self,
        message: &Outgoing,
        document: &Document,
        output: OutputId,
        version: u32,
        digest: ContentHash,
    ) -> Result<Act, Composing> {
        let refused = |why: &str| Err(Composing::Refused(format!("{output}: {why}")));
        let asked = self
            .approvals
            .request_and_state(&message.tenant, output, version)
            .await?;
        let Some((Request { act, thread, .. }, state)) = asked else {
            return refused("it was never asked about");
        };
        if thread != message.thread {
            return refused("another conversation asked for it");
        }
        if act.digest().ok() != Some(digest) {
            return refused("the act's digest differs from the approved one");
        }
        if act.tool != ActTool::SendDocument {
            return refused("what was approved is not to send it");
        }
        if act.document() != *document {
            return refused("the document is not the approved one");
        }
        let released = matches!(
            state.status,
            OutputStatus::Executing | OutputStatus::Executed
        );
        if !released || state.digest != digest {
            return refused(&format!("it is {}, not released", state.status.as_str()));
        }
        match self.bucket.get(&message.tenant, document.content).await? {
            Some(bytes) if ContentHash::of(&bytes) == document.content => Ok(act),
            Some(_) => refused("the stored content was changed"),
            None => refused("the stored content is gone"),
        }
    }
}

/// The request as it stands on the approver's phone, from the act alone.
fn question(request: &Request, url: &str) -> String {
    let act = &request.act;
    let until = act.deadline.strftime("%d %b %H:%M");
    let ends = format!("Content {}\nUntil {until} UTC\n{url}", act.content.short());
    match &act.arguments {
        ActArguments::SendDocument(document) => {
            format!("*Please decide*\n{}\n{ends}", sends(act, document))
        }
        ActArguments::CallTool(call) => {
            let begins = format!(
                "*Please decide*\n{} ({}) for {}?\n",
                act.document().title,
                call.called,
                act.recipient,
            );
            // The link must arrive, whatever a customer had somebody write.
            let room =
                MOST_CHARACTERS.saturating_sub(begins.chars().count() + ends.chars().count());
            format!("{begins}{}{ends}", listed(&call.with, room))
        }
        ActArguments::AskColleague(arguments) => colleague::question(act, &arguments.asks, url),
    }
}

fn sends(act: &Act, document: &SendDocumentArguments) -> String {
    format!(
        "Send “{}” ({}, {}) to {}?",
        document.title,
        document.filename,
        size(document.size),
        act.recipient,
    )
}

/// Arguments, a line each, as far as they fit; the page shows them whole, and the content's hash
/// covers all of them.
fn listed(arguments: &Value, room: usize) -> String {
    const MOST_LINES: usize = 12;
    const LONGEST_NAME: usize = 40;
    const LONGEST_VALUE: usize = 80;
    const MORE: &str = "…and more: see the page\n";
    let mut listed = String::new();
    for (index, (name, value)) in arguments.as_object().into_iter().flatten().enumerate() {
        let value = match value {
            Value::String(text) => format!("“{}”", cut(text, LONGEST_VALUE)),
            other => cut(&other.to_string(), LONGEST_VALUE),
        };
        let line = format!("• {}: {value}\n", cut(name, LONGEST_NAME));
        let length = listed.chars().count() + line.chars().count() + MORE.chars().count();
        if index >= MOST_LINES || length > room {
            listed.push_str(MORE);
            break;
        }
        listed.push_str(&line);
    }
    listed
}

/// What was written by whoever wants something is seen for what it is, and is no link.
fn cut(text: &str, most: usize) -> String {
    let text = shown(text).replace("://", ": //");
    if text.chars().count() <= most {
        return text;
    }
    let beginning: String = text.chars().take(most).collect();
    format!("{beginning}… (see the page)")
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}
