//! The closed 24-hour window: a message goes as the template that says all of it, or is held until its
//! recipient writes, and its thread is told.

mod late;
mod release;
mod templates;

pub(crate) use self::templates::{Filled, Templates, line};

use countersign_aws::sends::{As, Hold, WaitsFor};
use countersign_core::{
    E164,
    message::{Cause, ENVELOPE_VERSION, Inbound, Outgoing, OutgoingBody},
    window::{HeldNotice, Notice, Open},
};
use jiff::SignedDuration;
use tracing::{error, warn};

use crate::{NotDone, Outbound, Served, compose::Composed, paused::Held};

/// What waits for somebody of whose writing nobody here learns is tried again after this long.
const TRY_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How a message leaves.
pub(crate) enum Way {
    /// As it is.
    Free,
    /// As a template that says all of it.
    Template(Filled),
    /// Not before its recipient writes.
    Hold {
        /// The provider's code, or our own.
        code: String,
    },
}

impl Way {
    /// What it is recorded to go as.
    pub(crate) fn goes(&self) -> As<'_> {
        match self {
            Self::Template(filled) => As::Template(&filled.template.name),
            Self::Free | Self::Hold { .. } => As::Itself,
        }
    }
}

impl Outbound {
    /// How a message leaves now, as far as that is known before the provider is asked.
    pub(crate) async fn way(
        &self,
        served: &Served,
        message: &Outgoing,
        composed: &Composed,
    ) -> Result<Way, NotDone> {
        if let Composed::Notice(filled) = composed {
            return Ok(Way::Template(filled.clone()));
        }
        let window = message.window.as_ref();
        match window.map(|window| window.is_open(self.clock.now())) {
            None | Some(Open::Yes) => Ok(Way::Free),
            Some(Open::No { code }) => self.way_outside(served, message, code).await,
        }
    }

    /// How it leaves where free words don't go out.
    pub(crate) async fn way_outside(
        &self,
        served: &Served,
        message: &Outgoing,
        code: String,
    ) -> Result<Way, NotDone> {
        let refused = message.window.as_ref().and_then(|it| it.refused.as_ref());
        if let Some(template) = refused.and_then(|refused| refused.template.as_ref()) {
            error!(
                template,
                code,
                "ALARM: the provider takes a template for free words; see that it is approved"
            );
            return Ok(Way::Hold { code });
        }
        Ok(match self.carrier(served, message).await? {
            Some(filled) => Way::Template(filled),
            None => Way::Hold { code },
        })
    }

    /// Holds a message until its recipient writes, and tells its thread.
    pub(crate) async fn hold_until_they_write(
        &self,
        served: &Served,
        message: &Outgoing,
        number: &E164,
        token: &str,
        code: &str,
    ) -> Result<Held, NotDone> {
        let now = self.clock.now();
        let customer = message.window.as_ref().and_then(|window| window.customer);
        let waits_for = match customer {
            Some(customer) => WaitsFor::Customer { customer, number },
            None => WaitsFor::Nobody {
                due: now + TRY_AGAIN,
            },
        };
        let held = self
            .sends
            .hold_for_window(message, number, token, code, &waits_for, now)
            .await?;
        match held {
            Hold::Held => {
                warn!(reference = %message.reference, code, "held until its recipient writes");
                self.tell_held(served, message, code).await?;
                Ok(Held::Yes)
            }
            Hold::NotPaused | Hold::Elsewhere => Ok(Held::No),
        }
    }

    /// Tells a thread that a message of its is held. Telling it twice is harmless.
    pub(crate) async fn tell_held(
        &self,
        served: &Served,
        message: &Outgoing,
        code: &str,
    ) -> Result<(), NotDone> {
        if let OutgoingBody::ApprovalRequest { approver, .. } = &message.body {
            error!(
                approver,
                code,
                "ALARM: an approver can't be asked over WhatsApp before they write; register a \
                 template for approval_request"
            );
            return Ok(());
        }
        let notice = self.notice(served, message).await?;
        let ends = match &notice {
            Some(_) => "; they are told that something waits",
            None => "; no template tells them that something waits",
        };
        let held = HeldNotice {
            thread: message.thread,
            reference: message.reference,
            attempt: message.attempt,
            code: code.to_owned(),
            meaning: format!(
                "more than 24 hours since the customer wrote, and no template says it: it is sent \
                 when they write{ends}"
            ),
            wrote_at: message.window.as_ref().and_then(|window| window.wrote_at),
            notice: notice.map(|filled| Notice {
                template: filled.template.name,
                values: filled.values,
            }),
        };
        self.inbound
            .send(&Inbound {
                v: ENVELOPE_VERSION,
                tenant: message.tenant.clone(),
                correlation: message.correlation.clone(),
                group: message.group.clone(),
                received_at: self.clock.now(),
                cause: Cause::Held(held),
            })
            .await?;
        Ok(())
    }
}
