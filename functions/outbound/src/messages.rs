//! One message to the provider, at most once.
//!
//! `sending` is written before the call and `sent` after it. Who finds another run's `sending`
//! does not call: whether that run's call took effect is for the provider's status to tell.

use countersign_aws::{
    fresh_token,
    sends::{Begin, SendRecord, SendStatus},
};
use countersign_core::{
    message::{APPROVER_NOT_ASKED, NOT_WHAT_WAS_APPROVED, Outgoing, OutgoingBody, Undelivered},
    offer::Shows,
};
use countersign_whatsapp::{
    Action, Channel, Choices, Concern, File, Pace, SendBody, SendError, SendRequest,
};
use jiff::SignedDuration;
use tracing::{error, info, warn};

use crate::{
    NotDone, Outbound, Served,
    compose::{Composed, Composing},
    paused::{Held, NumberRefused},
};

/// How long an unknown send waits for its status before the clock looks at it.
const SETTLE_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// So many times a message is put off on its queue; then it waits as a due item.
const QUICK_TRIES: u32 = 5;
/// So many times in all: the slow ones fill four hours.
const MOST_TRIES: u32 = QUICK_TRIES + 48;
/// How long it then waits, in seconds.
const SLOW_RETRY: u64 = 5 * 60;
/// No wait on the queue is longer, in seconds: the messages behind it wait with it.
const LONGEST_WAIT: u64 = 30;

impl Outbound {
    pub(crate) async fn message(&self, message: &Outgoing) -> Result<(), NotDone> {
        let served = self.served(&message.endpoint, &message.tenant)?;
        if let OutgoingBody::Reaction { .. } = message.body
            && served.channel.shows() == Shows::Words
        {
            // The number has changed its provider meanwhile. In words it would be a riddle.
            info!(reference = %message.reference, "a sign is left out: the provider knows none");
            return Ok(());
        }
        let (token, number) = (fresh_token(), &served.settings.number);
        if self.hold_if_paused(message, number, &token).await? == Held::Yes {
            return Ok(());
        }
        let composed = match self.compose(message).await {
            Ok(composed) => Ok(composed),
            Err(Composing::Refused(why)) => Err((NOT_WHAT_WAS_APPROVED, why)),
            Err(Composing::Unasked(why)) => Err((APPROVER_NOT_ASKED, why)),
            Err(Composing::Aws(error)) => return Err(error.into()),
        };
        let now = self.clock.now();
        let tries = match self.sends.begin(message, number, &token, now).await? {
            Begin::Go { tries } => tries,
            Begin::Began(record) => return self.is_unknown(message, &record).await,
            Begin::Done(record) => return self.is_done(served, message, &record).await,
        };
        let (to, composed) = match composed {
            Ok(composed) => composed,
            // Whoever can't be asked is told of where it is refused.
            Err((APPROVER_NOT_ASKED, why)) => {
                return self
                    .is_refused(message, &token, APPROVER_NOT_ASKED, &why)
                    .await;
            }
            Err((code, why)) => {
                let alarm = match message.body {
                    OutgoingBody::Code { .. } => "ALARM: a one-time code can't be made",
                    _ => "ALARM: not what was approved",
                };
                error!(reference = %message.reference, why, "{alarm}");
                return self.is_refused(message, &token, code, &why).await;
            }
        };
        let answers = composed.answers();
        let request = SendRequest {
            reference: message.reference,
            to: &to,
            body: match &composed {
                Composed::Text(text) => SendBody::Text(text),
                Composed::Choices { body, opens, .. } => SendBody::Choices(Choices {
                    text: body,
                    answers: &answers,
                    opens,
                }),
                Composed::Reaction { to, emoji } => SendBody::Reaction { to, emoji },
                Composed::Media { url, document } => SendBody::Media(File {
                    url,
                    media_type: &document.media_type,
                    filename: Some(&document.filename),
                    caption: Some(&document.title),
                }),
            },
        };
        match served.channel.send(&request).await {
            Ok(id) => {
                let now = self.clock.now();
                self.sends.sent(message, &token, &id, now).await?;
                info!(reference = %message.reference, provider_id = %id, "sent");
                Ok(())
            }
            Err(SendError::Retry {
                code,
                why,
                after,
                pace,
            }) => {
                let asked = after.map_or(0, |after| after.as_secs());
                let wait = wait(pace, tries).max(asked);
                if tries >= MOST_TRIES {
                    error!(
                        code,
                        why, "ALARM: the provider has not taken it for hours; given up"
                    );
                    return self.is_refused(message, &token, &code, &why).await;
                }
                if tries >= QUICK_TRIES || wait > LONGEST_WAIT {
                    let due = self.clock.now() + SignedDuration::from_secs(wait as i64);
                    self.sends.retry(message, &token, &code, due).await?;
                    warn!(code, why, "provider does not take it; tried again when due");
                    return Ok(());
                }
                // Due as well, should the queue give it up among others of its group.
                let due = self.clock.now() + SETTLE_AFTER;
                self.sends.retry(message, &token, &code, due).await?;
                Err(NotDone::PutOff {
                    seconds: wait as i32,
                    why: format!("{code}, {why}"),
                })
            }
            Err(SendError::Refused {
                code,
                concerns,
                meaning,
                advice,
            }) => {
                let why = format!("{meaning}; {advice}");
                match concerns {
                    Concern::Account => {
                        let refused = NumberRefused {
                            code: &code,
                            meaning: &why,
                        };
                        self.hold_refused(message, number, &token, now, refused)
                            .await
                    }
                    Concern::Message => {
                        warn!(code, %meaning, %advice, "refused for good");
                        self.is_refused(message, &token, &code, &why).await
                    }
                }
            }
            Err(SendError::OutsideWindow { code }) => {
                let why = "more than 24 hours since the customer wrote; they have to write first";
                error!(reference = %message.reference, code, "ALARM: a message can't reach anybody: {why}");
                self.is_refused(message, &token, &code, why).await
            }
            Err(SendError::Unknown { why }) => {
                warn!(reference = %message.reference, why, "outcome unknown; its status will tell");
                let due = self.clock.now() + SETTLE_AFTER;
                self.sends
                    .unknown(&message.tenant, message.reference, &token, due)
                    .await?;
                Ok(())
            }
        }
    }

    /// A run before this one began and never told what came of it.
    async fn is_unknown(&self, message: &Outgoing, record: &SendRecord) -> Result<(), NotDone> {
        warn!(reference = %message.reference, "begun before; its status will tell");
        let due = self.clock.now() + SETTLE_AFTER;
        self.sends
            .unknown(&message.tenant, message.reference, &record.token, due)
            .await?;
        Ok(())
    }

    /// It was dealt with before. A refusal is told once more, in case a crash kept it back.
    async fn is_done(
        &self,
        served: &Served,
        message: &Outgoing,
        record: &SendRecord,
    ) -> Result<(), NotDone> {
        if record.status == SendStatus::Failed {
            let code = record.code.clone().unwrap_or_default();
            let meaning = served.channel.explain(&code).meaning.into_owned();
            self.tell(message, &code, &meaning).await?;
        }
        info!(reference = %message.reference, status = record.status.as_str(), "done before");
        Ok(())
    }

    async fn is_refused(
        &self,
        message: &Outgoing,
        token: &str,
        code: &str,
        meaning: &str,
    ) -> Result<(), NotDone> {
        if let OutgoingBody::ApprovalRequest { approver, .. } = &message.body {
            error!(
                approver,
                code, meaning, "ALARM: an approver can't be asked over WhatsApp"
            );
        }
        self.sends.failed(message, token, code, meaning).await?;
        self.tell(message, code, meaning).await
    }

    async fn tell(&self, message: &Outgoing, code: &str, meaning: &str) -> Result<(), NotDone> {
        let undelivered = Undelivered {
            thread: message.thread,
            reference: message.reference,
            code: code.to_owned(),
            meaning: meaning.to_owned(),
        };
        self.tell_undelivered(
            &message.tenant,
            &message.group,
            &message.correlation,
            undelivered,
        )
        .await?;
        Ok(())
    }
}

/// How long a message waits after its `tries`th refusal, in seconds, if the provider asks for
/// nothing else: on the queue while it is quick, and as a due item after that.
fn wait(pace: Pace, tries: u32) -> u64 {
    match (pace, tries) {
        (Pace::Doubling, 0..QUICK_TRIES) => 1 << tries,
        (Pace::Quadrupling, 0..QUICK_TRIES) => 1 << (2 * tries),
        (Pace::Doubling | Pace::Quadrupling, _) => SLOW_RETRY,
    }
}

/// Whether a code means that nothing goes out from the number any more.
pub(crate) fn is_alarming(action: Action) -> bool {
    match action {
        Action::Alarm => true,
        Action::Retry | Action::UseTemplate | Action::GiveUp => false,
    }
}
