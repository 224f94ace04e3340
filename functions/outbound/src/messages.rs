//! One message to the provider, at most once.
//!
//! `sending` is written before the call and `sent` after it. Who finds another run's `sending`
//! does not call: whether that run's call took effect is for the provider's status to tell.

use countersign_aws::{
    fresh_token,
    metrics::{Metric, count},
    sends::{Begin, SendRecord, SendStatus},
};
use countersign_core::{
    ProviderMessageId, SenderId,
    message::{APPROVER_NOT_ASKED, NOT_WHAT_WAS_APPROVED, Outgoing, OutgoingBody, Undelivered},
    offer::Shows,
};
use countersign_whatsapp::{
    Action, Channel, Choices, Concern, File, Pace, SendBody, SendError, SendRequest, Template,
};
use jiff::SignedDuration;
use tracing::{error, info, warn};

use crate::{
    NotDone, Outbound, Served,
    compose::{Composed, Composing, MOOT, TOO_LATE, TOO_LATE_WHY},
    paused::{Held, NumberRefused},
    window::Way,
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
        let composed = match self.compose(served, message).await {
            Err(Composing::Aws(error)) => return Err(error.into()),
            other => other,
        };
        let mut way = match &composed {
            Ok((_, composed)) => self.way(served, message, composed).await?,
            Err(_) => Way::Free,
        };
        if let Way::Hold { code } = &way {
            let held = self.hold_until_they_write(served, message, number, &token, code);
            if held.await? == Held::Yes {
                return Ok(());
            }
            // It is under way, or done: what comes says which.
            way = Way::Free;
        }
        let now = self.clock.now();
        let begun = self.sends.begin(message, number, &token, way.goes(), now);
        let tries = match begun.await? {
            Begin::Go { tries } => tries,
            Begin::Began(record) => return self.is_unknown(message, &record).await,
            Begin::Done(record) => return self.is_done(served, message, &record).await,
        };
        let (to, composed) = match composed {
            Ok(composed) => composed,
            Err(Composing::Aws(error)) => return Err(error.into()),
            Err(Composing::Moot { code, why }) => {
                return self.is_moot(message, &token, code, &why).await;
            }
            // Whoever can't be asked is told of where it is refused.
            Err(Composing::Unasked(why)) => {
                return self
                    .is_refused(message, &token, APPROVER_NOT_ASKED, &why)
                    .await;
            }
            Err(Composing::Refused(why)) => {
                let alarm = match message.body {
                    OutgoingBody::Code { .. } => "ALARM: a one-time code can't be made",
                    _ => "ALARM: not what was approved",
                };
                error!(reference = %message.reference, why, "{alarm}");
                return self
                    .is_refused(message, &token, NOT_WHAT_WAS_APPROVED, &why)
                    .await;
            }
        };
        let mut sent = self.call(served, message, &to, &composed, &way).await;
        if let (Err(SendError::OutsideWindow { code }), Way::Free) = (&sent, &way) {
            let other = self.way_outside(served, message, code.clone()).await?;
            if let Way::Template(_) = other {
                // The same run, so that nothing but its own `sending` stands in the way.
                let again = self.sends.begin(message, number, &token, other.goes(), now);
                if !matches!(again.await?, Begin::Go { .. }) {
                    return Ok(());
                }
                sent = self.call(served, message, &to, &composed, &other).await;
                way = other;
            }
        }
        match sent {
            Ok(id) => {
                let now = self.clock.now();
                self.sends.sent(message, &token, &id, now).await?;
                info!(reference = %message.reference, provider_id = %id, "sent");
                count(Metric::MessagesOut, 1, &message.tenant, number, now);
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
            // Nothing of it waits: later it would be a riddle.
            Err(SendError::OutsideWindow { .. })
                if matches!(message.body, OutgoingBody::Reaction { .. }) =>
            {
                self.is_moot(message, &token, TOO_LATE, TOO_LATE_WHY).await
            }
            Err(SendError::OutsideWindow { code }) => {
                if let Way::Template(filled) = &way {
                    let template = &filled.template.name;
                    error!(
                        template,
                        code, "ALARM: the provider takes a template for free words"
                    );
                }
                let is_notice = matches!(message.body, OutgoingBody::Notice { .. });
                if is_notice || message.window.is_none() {
                    let why =
                        "more than 24 hours since the customer wrote; they have to write first";
                    return self.is_refused(message, &token, &code, why).await;
                }
                // If it is not ours to hold, a status has told more already.
                let held = self.hold_until_they_write(served, message, number, &token, &code);
                held.await.map(drop)
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

    /// Calls the provider, once.
    async fn call(
        &self,
        served: &Served,
        message: &Outgoing,
        to: &SenderId,
        composed: &Composed,
        way: &Way,
    ) -> Result<ProviderMessageId, SendError> {
        let answers = composed.answers();
        let (filled, values): (_, Vec<&str>) = match (way, composed) {
            (Way::Template(filled), _) | (_, Composed::Notice(filled)) => {
                let values = filled.values.iter().map(String::as_str);
                (Some(filled), values.collect())
            }
            (Way::Free | Way::Hold { .. }, _) => (None, Vec::new()),
        };
        let body = match (filled, composed) {
            (Some(filled), _) | (None, Composed::Notice(filled)) => SendBody::Template(Template {
                id: &filled.id,
                language: &filled.template.language,
                values: &values,
            }),
            (None, Composed::Text(text)) => SendBody::Text(text),
            (None, Composed::Choices { body, opens, .. }) => SendBody::Choices(Choices {
                text: body,
                answers: &answers,
                opens,
            }),
            (None, Composed::Reaction { to, emoji }) => SendBody::Reaction { to, emoji },
            (None, Composed::Media { url, document }) => SendBody::Media(File {
                url,
                media_type: &document.media_type,
                filename: Some(&document.filename),
                caption: Some(&document.title),
            }),
        };
        let request = SendRequest {
            reference: message.reference,
            to,
            body,
        };
        served.channel.send(&request).await
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
        if record.status == SendStatus::Held && record.waits_for.is_some() {
            let code = record.code.clone().unwrap_or_default();
            self.tell_held(served, message, &code).await?;
        }
        let is_moot = record.code.as_deref().is_some_and(|it| MOOT.contains(&it));
        if record.status == SendStatus::Failed && !is_moot {
            let code = record.code.clone().unwrap_or_default();
            let meaning = served.channel.explain(&code).meaning.into_owned();
            self.tell(message, &code, &meaning).await?;
        }
        info!(reference = %message.reference, status = record.status.as_str(), "done before");
        Ok(())
    }

    /// Nobody waits for it: it ends, and no thread is told.
    async fn is_moot(
        &self,
        message: &Outgoing,
        token: &str,
        code: &str,
        why: &str,
    ) -> Result<(), NotDone> {
        info!(reference = %message.reference, code, why, "not sent");
        self.sends.failed(message, token, code, why).await?;
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
