//! Sends that wait: for the provider's word, or for their next try.

use countersign_aws::{
    Error,
    sends::{Channel, SendRecord, SendStatus},
};
use countersign_core::message::Cause;
use jiff::SignedDuration;
use tracing::{error, info};

use crate::Clock;

/// How long a crash between decision and queueing goes unnoticed.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// How often a held send is looked at.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(10);

impl Clock {
    /// An unknown send is repeated only when statuses of later sends on its number have come in:
    /// then the channel is alive, and its own status would have come too. Else it is held.
    pub(crate) async fn send(&self, record: &SendRecord) -> Result<(), Error> {
        match record.status {
            // It was certainly not taken; whoever it is held for may have written since.
            SendStatus::Held if record.waits_for.is_some() => self.repeat(record).await,
            SendStatus::Unknown | SendStatus::Held => {
                let channel = self
                    .sends
                    .alive_since(&record.tenant, &record.number, record.began_at)
                    .await?;
                match channel {
                    Channel::Alive => self.repeat(record).await,
                    Channel::Silent => {
                        error!(
                            reference = %record.reference,
                            number = %record.number,
                            "ALARM: held: no status has come in on this number since"
                        );
                        let look_again = self.clock.now() + LOOK_AGAIN;
                        self.sends.hold(record, look_again).await
                    }
                }
            }
            SendStatus::Retrying => self.repeat(record).await,
            // Settled meanwhile: nothing is due about it any more.
            SendStatus::Sending
            | SendStatus::Sent
            | SendStatus::Failed
            | SendStatus::Delivered
            | SendStatus::Read => self.sends.no_longer_due(record).await,
        }
    }

    async fn repeat(&self, record: &SendRecord) -> Result<(), Error> {
        match self.sends.repeat(record, self.clock.now() + GRACE).await {
            Ok(()) => {}
            // Its status came in meanwhile.
            Err(Error::Conflict { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        self.again(record).await
    }

    /// A send that was held goes out now. How many did: one, or none.
    pub(crate) async fn let_go(&self, record: &SendRecord) -> Result<usize, Error> {
        match self.sends.let_go(record, self.clock.now() + GRACE).await {
            Ok(()) => self.again(record).await.map(|()| 1),
            // The list lags and it was let go before, or it turned out to have arrived.
            Err(Error::Conflict { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Tells the thread to send it again; that was decided before.
    async fn again(&self, record: &SendRecord) -> Result<(), Error> {
        let resend = record.resend();
        info!(reference = %record.reference, attempt = resend.attempt, "repeated");
        self.tell(
            &record.tenant,
            &record.group,
            &record.correlation,
            Cause::Resend(resend),
        )
        .await?;
        let queued = SendRecord {
            status: SendStatus::Retrying,
            ..record.clone()
        };
        self.sends.no_longer_due(&queued).await
    }
}
