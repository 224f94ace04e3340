//! What the provider says became of a message.

use countersign_aws::sends::{Progress, SendRecord, SendStatus};
use countersign_core::message::{DeliveryStatus, StatusUpdate, Undelivered};
use countersign_whatsapp::{Action, Channel};
use tracing::{info, warn};

use crate::{NotDone, Outbound, messages::is_alarming, paused::NumberRefused};

impl Outbound {
    /// Takes in a status; one that is late or repeated moves nothing back. A failure goes to the
    /// thread, also when it was recorded before: a crash may have kept it back.
    pub(crate) async fn status(&self, status: &StatusUpdate) -> Result<(), NotDone> {
        if let DeliveryStatus::Failed { code } = &status.status {
            let served = self.served(&status.endpoint, &status.tenant)?;
            if served.channel.explain(code).action == Action::UseTemplate {
                return self.refused_late(status, code).await;
            }
        }
        let record = match self.sends.status(status).await? {
            Progress::Moved(record) => record,
            Progress::Behind(record) => record,
            Progress::NotOurs => {
                warn!(reference = %status.reference, "a status of a message nobody sent");
                return Ok(());
            }
        };
        info!(reference = %status.reference, status = record.status.as_str(), "status");
        match (&status.status, record.status) {
            (DeliveryStatus::Failed { code }, SendStatus::Failed) => {
                self.has_failed(status, &record, code).await
            }
            _ => Ok(()),
        }
    }

    async fn has_failed(
        &self,
        status: &StatusUpdate,
        record: &SendRecord,
        code: &str,
    ) -> Result<(), NotDone> {
        let served = self.served(&status.endpoint, &status.tenant)?;
        let explanation = served.channel.explain(code);
        let meaning = format!("{}; {}", explanation.meaning, explanation.advice);
        if is_alarming(explanation.action) {
            let refused = NumberRefused {
                code,
                meaning: &meaning,
            };
            let (tenant, number) = (&record.tenant, &record.number);
            self.pause(tenant, number, record.began_at, &refused)
                .await?;
        }
        let undelivered = Undelivered {
            thread: record.thread,
            reference: record.reference,
            code: code.to_owned(),
            meaning,
        };
        self.tell_undelivered(
            &record.tenant,
            &record.group,
            &record.correlation,
            undelivered,
        )
        .await?;
        Ok(())
    }
}
