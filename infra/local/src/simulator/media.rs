//! The files that the provider keeps: what was uploaded to it, and what phones sent.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::provider::SimProvider;

/// A file, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimFile {
    /// Its media type, as whoever sent it says.
    pub media_type: String,
    /// What it is called, if anything.
    pub filename: Option<String>,
    /// What is in it.
    pub bytes: Bytes,
}

/// A file as the provider keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) media_type: String,
    pub(super) filename: Option<String>,
    /// Of the bytes, in lowercase hex.
    pub(super) sha256: String,
    pub(super) at: Timestamp,
    #[serde(skip)]
    pub(super) bytes: Bytes,
}

/// All files, in memory and, if asked for, in a folder: bytes under the id, the rest beside it.
#[derive(Debug, Default)]
pub(super) struct Files {
    kept: HashMap<String, Arc<Kept>>,
    folder: Option<PathBuf>,
}

impl Files {
    /// The files beside the conversations kept at `store`; or none, in memory.
    pub(super) fn open(store: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = store.map(|path| path.with_extension("media")) else {
            return Ok(Self::default());
        };
        fs::create_dir_all(&folder)?;
        let mut kept = HashMap::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match read(&path) {
                Ok(file) => {
                    kept.insert(file.id.clone(), Arc::new(file));
                }
                // What was being written when its writer was killed.
                Err(error) => tracing::warn!(%error, ?path, "a file of the phones is left out"),
            }
        }
        let folder = Some(folder);
        Ok(Self { kept, folder })
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Kept>> {
        self.kept.get(id).cloned()
    }

    /// Keeps a file under a new id of `provider`'s.
    pub(super) fn keep(
        &mut self,
        provider: SimProvider,
        file: SimFile,
        at: Timestamp,
    ) -> Arc<Kept> {
        let kept = Arc::new(Kept {
            id: new_id(provider),
            sha256: hex(&Sha256::digest(&file.bytes)),
            media_type: file.media_type,
            filename: file.filename,
            at,
            bytes: file.bytes,
        });
        if let Some(folder) = &self.folder
            && let Err(error) = write(folder, &kept)
        {
            tracing::error!(
                %error,
                folder = %folder.display(),
                "a file can't be written and will be lost at the end; check the disk and the \
                 folder's permissions"
            );
        }
        self.kept.insert(kept.id.clone(), kept.clone());
        kept
    }
}

/// `ME` and 32 hex digits, or Meta's decimal number.
fn new_id(provider: SimProvider) -> String {
    let unique = uuid::Uuid::new_v4();
    match provider {
        SimProvider::Twilio => format!("ME{}", unique.simple()),
        SimProvider::Meta => format!("{}", unique.as_u128() % 1_000_000_000_000_000 + 1),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes come first: what is beside them says that they are whole.
fn write(folder: &Path, kept: &Kept) -> io::Result<()> {
    fs::write(folder.join(&kept.id), &kept.bytes)?;
    let rest = serde_json::to_string(kept)?;
    fs::write(folder.join(&kept.id).with_extension("json"), rest)
}

fn read(path: &Path) -> io::Result<Kept> {
    let mut kept: Kept = serde_json::from_str(&fs::read_to_string(path)?)?;
    kept.bytes = fs::read(path.with_extension(""))?.into();
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w3_files_outlive_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("conversations.jsonl");
        let at: Timestamp = "2026-11-20T09:30:00Z".parse().unwrap();
        let kept = Files::open(Some(&store)).unwrap().keep(
            SimProvider::Meta,
            SimFile {
                media_type: "image/png".to_owned(),
                filename: Some("a.png".to_owned()),
                bytes: Bytes::from_static(b"abc"),
            },
            at,
        );
        assert_eq!(
            kept.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let again = Files::open(Some(&store)).unwrap();
        assert_eq!(again.get(&kept.id), Some(kept));
        assert_eq!(again.get("1"), None);
    }
}
