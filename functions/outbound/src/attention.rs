//! Showing a customer that we read and type. It is done once or not at all: nothing is recorded, and
//! nobody is told when it fails.

use countersign_core::message::Attention;
use countersign_whatsapp::Channel;
use tracing::info;

use crate::Outbound;

impl Outbound {
    pub(crate) async fn show(&self, attention: &Attention) {
        if attention.is_late(self.clock.now()) {
            info!(queued_at = %attention.at, "too late to be shown as typing");
            return;
        }
        let served = match self.served(&attention.endpoint, &attention.tenant) {
            Ok(served) => served,
            Err(error) => return info!(%error, "not shown"),
        };
        let shown = served.channel.show(&attention.message, attention.presence);
        if let Err(error) = shown.await {
            info!(%error, "not shown");
        }
    }
}
