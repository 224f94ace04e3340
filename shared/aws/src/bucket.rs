//! Generated outputs, by content: a key is `tenant/sha256` and is written once.

use std::time::Duration;

use aws_sdk_s3::{
    Client, error::DisplayErrorContext, operation::put_object::PutObjectError,
    presigning::PresigningConfig, primitives::ByteStream,
};
use countersign_core::{ContentHash, Tenant, message::Document};

use crate::error::Error;

/// The outputs bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of this name.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Stores `bytes` under their own hash. What is there already is the same. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn put(
        &self,
        tenant: &Tenant,
        bytes: Vec<u8>,
        media_type: &str,
    ) -> Result<ContentHash, Error> {
        let hash = ContentHash::of(&bytes);
        let result = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key(tenant, hash))
            .if_none_match("*")
            .content_type(media_type)
            .body(ByteStream::from(bytes))
            .send()
            .await;
        match result {
            Ok(_) => Ok(hash),
            Err(error) if is_there(error.as_service_error()) => Ok(hash),
            Err(error) => Err(Error::sdk("storing an output", error)),
        }
    }

    /// The bytes under a hash, or nothing. Whoever acts on them compares the hash again. One read.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn get(
        &self,
        tenant: &Tenant,
        content: ContentHash,
    ) -> Result<Option<Vec<u8>>, Error> {
        const WHAT: &str = "reading an output";
        let result = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key(tenant, content))
            .send()
            .await;
        match result {
            Ok(object) => {
                let bytes = object
                    .body
                    .collect()
                    .await
                    .map_err(|why| Error::Transient {
                        what: WHAT,
                        why: DisplayErrorContext(why).to_string(),
                    })?;
                Ok(Some(bytes.to_vec()))
            }
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => Ok(None),
            Err(error) => Err(Error::sdk(WHAT, error)),
        }
    }

    /// A link to a document that works for `valid` and needs no credentials. No call.
    ///
    /// # Errors
    /// When `valid` is over a week or there are no credentials to sign with.
    pub async fn link(
        &self,
        tenant: &Tenant,
        document: &Document,
        valid: Duration,
    ) -> Result<String, Error> {
        const WHAT: &str = "signing a link";
        let signing =
            PresigningConfig::expires_in(valid).map_err(|why| Error::unreadable(WHAT, why))?;
        let request = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key(tenant, document.content))
            .response_content_type(&document.media_type)
            .response_content_disposition(format!("inline; filename=\"{}\"", document.filename))
            .presigned(signing)
            .await
            .map_err(|error| Error::sdk(WHAT, error))?;
        Ok(request.uri().to_owned())
    }
}

fn key(tenant: &Tenant, content: ContentHash) -> String {
    format!("{tenant}/{content}")
}

fn is_there(error: Option<&PutObjectError>) -> bool {
    error.is_some_and(|error| error.meta().code() == Some("PreconditionFailed"))
}
