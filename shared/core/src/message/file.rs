//! The way of a file that a customer sent: it is fetched from the provider, checked and stored, and
//! its thread is told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Correlation, Group, Heard, Listening, Media, MediaKind};
use crate::{ContentHash, EndpointId, EventId, Tenant, ThreadId, money::MicroUsd};

/// A provider's address of a file is good for five minutes. Once they are over, a thread no longer
/// waits for one.
pub const LONGEST_FETCH: SignedDuration = SignedDuration::from_mins(5);

/// The largest file, in bytes: what both providers take from customers, documents of Meta's apart.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The largest picture or sticker, in bytes.
pub const LARGEST_IMAGE: u64 = 5 * 1024 * 1024;

/// On the queue `webhooks`, for the outbound function: a file of a customer's is to be fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FetchOrder {
    /// [`ENVELOPE_VERSION`](super::ENVELOPE_VERSION).
    pub v: u16,
    /// Whose.
    pub tenant: Tenant,
    /// Follows the message.
    pub correlation: Correlation,
    /// The endpoint it came through, whose credentials open it.
    pub endpoint: EndpointId,
    /// The thread it belongs to.
    pub thread: ThreadId,
    /// That thread's message group.
    pub group: Group,
    /// The event of the message it came with; the idempotency key of the fetch.
    pub message: EventId,
    /// When it came.
    pub received_at: Timestamp,
    /// The file.
    pub media: Media,
    /// Whether it is to be transcribed as well.
    #[serde(default, skip_serializing_if = "Listening::is_no")]
    pub listening: Listening,
}

/// What became of fetching a file, on its way to the thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchReport {
    /// The thread.
    pub thread: ThreadId,
    /// The event of the message it came with.
    pub message: EventId,
    /// What became of it.
    pub outcome: Fetched,
}

/// What became of fetching a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Fetched {
    /// It is in the bucket, under its tenant and hash.
    Stored {
        /// SHA-256 of its bytes.
        content: ContentHash,
        /// MIME type, which its bytes agree with.
        media_type: String,
        /// Size in bytes.
        size: u64,
        /// What was heard in it, where it is a recording that was listened to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heard: Option<Heard>,
    },
    /// It is not, and won't be.
    Refused {
        /// Why.
        why: NotFetched,
    },
}

/// Why a file is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotFetched {
    /// It is larger than files of its kind may be.
    TooLarge,
    /// It is of no kind that is taken, or its bytes are not what it claims to be.
    WrongType,
    /// The provider has it no more, or it is not the provider's.
    Gone,
    /// It could not be fetched in time.
    Failed,
}

impl Fetched {
    /// What was heard in it, where it was listened to.
    pub fn heard(&self) -> Option<&Heard> {
        match self {
            Self::Stored { heard, .. } => heard.as_ref(),
            Self::Refused { .. } => None,
        }
    }

    /// What it cost.
    pub fn cost(&self) -> MicroUsd {
        self.heard().map_or(MicroUsd::ZERO, Heard::cost)
    }

    /// The same with the words that were heard changed, if there are any.
    #[must_use]
    pub fn map_words(&self, change: impl Fn(&str) -> String) -> Self {
        let mut changed = self.clone();
        if let Self::Stored {
            heard: Some(heard), ..
        } = &mut changed
        {
            *heard = heard.map_words(change);
        }
        changed
    }
}

impl NotFetched {
    /// Its word, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::WrongType => "wrong_type",
            Self::Gone => "gone",
            Self::Failed => "failed",
        }
    }
}

/// The most bytes a file of this kind has.
pub fn largest(kind: MediaKind) -> u64 {
    match kind {
        MediaKind::Image | MediaKind::Sticker => LARGEST_IMAGE,
        MediaKind::Audio | MediaKind::Voice | MediaKind::Video | MediaKind::Document => {
            LARGEST_FILE
        }
    }
}

/// The type of a file that claims to be `claimed`, if such files are taken and its bytes agree. What
/// it claims is the provider's word, and before that the sender's.
pub fn checked_type(claimed: &str, bytes: &[u8]) -> Option<&'static str> {
    let claimed = claimed.split(';').next().unwrap_or_default().trim();
    let is = |(name, looks): &&(&'static str, Looks)| {
        name.eq_ignore_ascii_case(claimed) && looks.agrees(bytes)
    };
    TAKEN.iter().find(is).map(|(name, _)| *name)
}

/// How the bytes of a type look.
enum Looks {
    /// They begin with one of these.
    Begins(&'static [&'static [u8]]),
    /// They begin with the first, and have the second at the given place.
    Holds(&'static [u8], usize, &'static [u8]),
    /// They are UTF-8 without control characters.
    Text,
}

impl Looks {
    fn agrees(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Begins(any) => any.iter().any(|start| bytes.starts_with(start)),
            Self::Holds(start, at, then) => {
                bytes.starts_with(start)
                    && bytes.get(*at..).is_some_and(|rest| rest.starts_with(then))
            }
            Self::Text => std::str::from_utf8(bytes).is_ok_and(|text| {
                let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
                !text.chars().any(is_odd)
            }),
        }
    }
}

const FTYP: Looks = Looks::Holds(b"", 4, b"ftyp");
const ZIP: Looks = Looks::Begins(&[b"PK\x03\x04"]);
const OLE: Looks = Looks::Begins(&[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]);

/// What is taken: what WhatsApp lets customers send. No HTML, no SVG and no programs, which would do
/// something where somebody opens them.
const TAKEN: &[(&str, Looks)] = &[
    ("image/jpeg", Looks::Begins(&[b"\xff\xd8\xff"])),
    ("image/png", Looks::Begins(&[b"\x89PNG\r\n\x1a\n"])),
    ("image/webp", Looks::Holds(b"RIFF", 8, b"WEBP")),
    ("audio/ogg", Looks::Begins(&[b"OggS"])),
    ("audio/opus", Looks::Begins(&[b"OggS"])),
    ("audio/amr", Looks::Begins(&[b"#!AMR"])),
    (
        "audio/aac",
        Looks::Begins(&[b"\xff\xf1", b"\xff\xf9", b"ADIF"]),
    ),
    ("audio/mp4", FTYP),
    (
        "audio/mpeg",
        Looks::Begins(&[b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"]),
    ),
    ("video/mp4", FTYP),
    ("video/3gpp", FTYP),
    ("application/pdf", Looks::Begins(&[b"%PDF-"])),
    ("text/plain", Looks::Text),
    ("text/csv", Looks::Text),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ZIP,
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ZIP,
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ZIP,
    ),
    ("application/msword", OLE),
    ("application/vnd.ms-excel", OLE),
    ("application/vnd.ms-powerpoint", OLE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w2_a_file_is_what_its_bytes_agree_with_or_it_is_not_taken() {
        let check = |claimed: &str, bytes: &[u8], expect: Option<&str>| {
            assert_eq!(checked_type(claimed, bytes), expect, "{claimed}");
        };
        check("image/jpeg", b"\xff\xd8\xff\xe0rest", Some("image/jpeg"));
        check("IMAGE/JPEG; q=1", b"\xff\xd8\xff", Some("image/jpeg"));
        check("audio/ogg; codecs=opus", b"OggS\0", Some("audio/ogg"));
        check("video/mp4", b"\0\0\0\x18ftypmp42", Some("video/mp4"));
        check("image/webp", b"RIFF\x01\0\0\0WEBPVP8", Some("image/webp"));
        check("text/plain", "a\tb\né".as_bytes(), Some("text/plain"));
        check("image/jpeg", b"<html><script>", None);
        check("image/png", b"\xff\xd8\xff", None);
        check("image/webp", b"RIFF\x01\0\0\0AVI ", None);
        check("video/mp4", b"\0\0", None);
        check("text/plain", b"MZ\x90\0\x03", None);
        check("text/html", b"<html>", None);
        check("image/svg+xml", b"<svg>", None);
        check("application/x-msdownload", b"MZ", None);
        check("", b"", None);
        check("image/jpeg", b"", None);
    }
}
