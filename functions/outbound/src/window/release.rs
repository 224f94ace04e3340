//! The customer wrote: what was held for them goes out, in the order in which it was held.

use countersign_aws::{Error, sends::SendStatus};
use countersign_core::{message::Resend, window::ReleaseOrder};
use jiff::SignedDuration;
use tracing::{error, info};

use crate::{NotDone, Outbound};

/// How long a crash between letting go and queueing goes unnoticed.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

impl Outbound {
    /// Lets go what is held for a customer. Doing it again lets go what is held by then.
    pub(crate) async fn release(&self, order: &ReleaseOrder) -> Result<(), NotDone> {
        let (tenant, customer) = (&order.tenant, order.customer);
        let waiting = self
            .sends
            .waiting_for(tenant, customer, &order.number)
            .await?;
        let mut released = 0_usize;
        for entry in &waiting {
            let reference = entry.reference;
            let mut record = match self.sends.read(tenant, reference).await {
                Ok(Some(record)) => record,
                Ok(None) => {
                    error!(%reference, "ALARM: a held message has no record");
                    continue;
                }
                // One that can't be read keeps no other from going out.
                Err(error @ Error::Unreadable { .. }) => {
                    error!(%reference, %error, "ALARM: a held message can't be read, and stays");
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let due = self.clock.now() + GRACE;
            match self
                .sends
                .let_go_waiting(&record, customer, entry, due)
                .await
            {
                Ok(()) => {
                    record.status = SendStatus::Retrying;
                    record.attempt += 1;
                    let resend = Resend {
                        wrote_at: Some(order.wrote_at),
                        to: order.to.clone(),
                        current: order.current,
                        ..record.resend()
                    };
                    self.again(&record, resend).await?;
                    released += 1;
                }
                // It was let go before, or it turned out to have arrived.
                Err(Error::Conflict { .. }) => {
                    let now = self.clock.now();
                    let forgotten = self.sends.forget_waiting(&record, customer, entry, now);
                    forgotten.await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        info!(%customer, released, "the customer wrote: released");
        Ok(())
    }
}
