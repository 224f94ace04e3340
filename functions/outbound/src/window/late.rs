//! A provider that takes a message first and then says that the window is closed. Such statuses come
//! twice, late, or while the message is being sent: whatever they are, it goes the same road once.

use countersign_aws::sends::{SendRecord, SendStatus};
use countersign_core::message::{Cause, ENVELOPE_VERSION, Inbound, Resend, StatusUpdate};
use jiff::SignedDuration;
use tracing::{info, warn};

use crate::{NotDone, Outbound};

/// How long a crash between decision and queueing goes unnoticed.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

/// So often a record is looked at that moves while it is.
const MOST_LOOKS: usize = 4;

impl Outbound {
    /// Has the message of a status repeated, as a template or to be held.
    pub(crate) async fn refused_late(
        &self,
        status: &StatusUpdate,
        code: &str,
    ) -> Result<(), NotDone> {
        let (tenant, reference) = (&status.tenant, status.reference);
        let mut before: Option<SendRecord> = None;
        for _ in 0..MOST_LOOKS {
            let Some(record) = self.sends.read(tenant, reference).await? else {
                warn!(%reference, "a status of a message nobody sent");
                return Ok(());
            };
            if before.is_some_and(|before| before.token == record.token) {
                let stands = record.status.as_str();
                info!(%reference, code, status = stands, "the window was closed for an earlier try");
                return Ok(());
            }
            let due = self.clock.now() + GRACE;
            let id = &status.provider_id;
            if let Some(moved) = self.sends.refused_late(&record, id, code, due).await? {
                warn!(%reference, code, "the window is closed, says the provider after all");
                return self.again(&moved, moved.resend()).await;
            }
            before = Some(record);
        }
        Err(NotDone::PutOff {
            seconds: 1,
            why: "the message is being sent".to_owned(),
        })
    }

    /// Has a message sent again; that was decided before.
    pub(super) async fn again(&self, record: &SendRecord, resend: Resend) -> Result<(), NotDone> {
        self.inbound
            .send(&Inbound {
                v: ENVELOPE_VERSION,
                tenant: record.tenant.clone(),
                correlation: record.correlation.clone(),
                group: record.group.clone(),
                received_at: self.clock.now(),
                cause: Cause::Resend(resend),
            })
            .await?;
        let queued = SendRecord {
            status: SendStatus::Retrying,
            ..record.clone()
        };
        Ok(self.sends.no_longer_due(&queued).await?)
    }
}
