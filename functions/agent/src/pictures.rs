//! The pictures of a question, read from the bucket by their hashes for a model that sees. What can't be
//! had or is not what was stored is not shown, and the question is asked without it.

use std::sync::OnceLock;

use countersign_aws::{Clients, bucket::Bucket};
use countersign_core::{
    ContentHash, Tenant,
    agent::{AgentRow, Sight},
    model::ModelName,
    picture::{self, Picture, Stored},
    step::Ask,
    thread::Thread,
};
use countersign_models::sees;
use tracing::{error, info, warn};

/// Whoever reads pictures. The bucket's client is made for the first one: a turn that shows none
/// doesn't pay for it.
pub(crate) struct Pictures {
    clients: Clients,
    bucket_name: String,
    bucket: OnceLock<Bucket>,
}

impl Pictures {
    pub(crate) fn new(clients: &Clients, bucket_name: &str) -> Self {
        Self {
            clients: clients.clone(),
            bucket_name: bucket_name.to_owned(),
            bucket: OnceLock::new(),
        }
    }

    /// Those of a question that could be had, oldest first. One read each.
    pub(crate) async fn of(&self, ask: &Ask, thread: &Thread) -> Vec<Picture> {
        let mut pictures = Vec::new();
        for stored in picture::of(ask, thread) {
            pictures.extend(self.read(&thread.head.tenant, stored).await);
        }
        if !pictures.is_empty() {
            info!(pictures = pictures.len(), "pictures are shown");
        }
        pictures
    }

    async fn read(&self, tenant: &Tenant, stored: Stored) -> Option<Picture> {
        let bucket = self
            .bucket
            .get_or_init(|| Bucket::new(self.clients.s3().clone(), self.bucket_name.clone()));
        let Stored {
            message,
            media_type,
            content,
        } = stored;
        let bytes = match bucket.get(tenant, content).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                warn!(%content, "a picture is gone, and not shown");
                return None;
            }
            Err(error) => {
                warn!(%content, %error, "a picture can't be read, and is not shown");
                return None;
            }
        };
        if ContentHash::of(&bytes) != content {
            error!(%content, "ALARM: a stored picture is not what it was; it is not shown");
            return None;
        }
        Some(Picture {
            message,
            media_type,
            bytes: bytes.into(),
        })
    }
}

/// Whether a model of an agent's is shown pictures.
pub(crate) fn is_shown(row: &AgentRow, model: &ModelName) -> bool {
    match row.sight {
        Sight::Known => sees(model),
        Sight::On => true,
        Sight::Off => false,
    }
}
