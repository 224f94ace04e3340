//! A number that can't send is paused: its messages are held before the provider is called, an
//! operator is told once, and what is held goes out when they release it.

use countersign_aws::{
    numbers::{Alarming, NumberStatus, Paused},
    sends::Hold,
};
use countersign_core::{E164, Tenant, message::Outgoing};
use jiff::Timestamp;
use tracing::{error, warn};

use crate::{NotDone, Outbound};

/// The code of a message that was held because its number was paused before.
const PAUSED: &str = "number_paused";

/// The provider's word that nothing goes out from a number.
pub(crate) struct NumberRefused<'a> {
    pub(crate) code: &'a str,
    pub(crate) meaning: &'a str,
}

/// Whether a message is held.
#[derive(PartialEq, Eq)]
pub(crate) enum Held {
    /// It is, and is dealt with.
    Yes,
    /// It is not: its number sends, or it was begun before.
    No,
}

impl Outbound {
    /// Holds a message whose number is known to be paused.
    pub(crate) async fn hold_if_paused(
        &self,
        message: &Outgoing,
        number: &E164,
        token: &str,
    ) -> Result<Held, NotDone> {
        let now = self.clock.now();
        let status = self.numbers.status(&message.tenant, number, now).await?;
        match status {
            NumberStatus::Open | NumberStatus::Releasing => Ok(Held::No),
            NumberStatus::Paused => self.hold(message, number, token, PAUSED).await,
        }
    }

    /// Pauses the number, and holds the message that the provider refused for its sake.
    pub(crate) async fn hold_refused(
        &self,
        message: &Outgoing,
        number: &E164,
        token: &str,
        began_at: Timestamp,
        refused: NumberRefused<'_>,
    ) -> Result<(), NotDone> {
        self.pause(&message.tenant, number, began_at, &refused)
            .await?;
        match self.hold(message, number, token, refused.code).await? {
            Held::Yes => Ok(()),
            Held::No => {
                // Somebody released the number meanwhile. It was certainly not taken.
                let (now, code) = (self.clock.now(), refused.code);
                self.sends.retry(message, token, code, now).await?;
                let why = format!("{code}, and the number was released since");
                Err(NotDone::PutOff { seconds: 1, why })
            }
        }
    }

    /// Pauses a number. Whoever is the first raises the alarm.
    pub(crate) async fn pause(
        &self,
        tenant: &Tenant,
        number: &E164,
        sent_at: Timestamp,
        refused: &NumberRefused<'_>,
    ) -> Result<(), NotDone> {
        let NumberRefused { code, meaning } = *refused;
        let why = Alarming {
            code,
            meaning,
            sent_at,
        };
        let now = self.clock.now();
        match self.numbers.pause(tenant, number, why, now).await? {
            Paused::Now => error!(
                %number, code, meaning,
                "ALARM: the number can't send; it is paused, and its messages are held until it is \
                 released"
            ),
            Paused::Before => warn!(%number, code, meaning, "the number can't send"),
        }
        Ok(())
    }

    async fn hold(
        &self,
        message: &Outgoing,
        number: &E164,
        token: &str,
        code: &str,
    ) -> Result<Held, NotDone> {
        let now = self.clock.now();
        let hold = self
            .sends
            .hold_for_number(message, number, token, code, now)
            .await?;
        match hold {
            Hold::Held => {
                warn!(reference = %message.reference, %number, "held: its number is paused");
                Ok(Held::Yes)
            }
            Hold::NotPaused => {
                self.numbers.forget(&message.tenant, number);
                Ok(Held::No)
            }
            Hold::Elsewhere => Ok(Held::No),
        }
    }
}
