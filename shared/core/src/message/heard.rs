//! What was said in a recording, as an endpoint that transcribes wrote it down. It may be misheard, so
//! it is marked wherever it stands, and nothing is changed on its word alone.

use serde::{Deserialize, Serialize};

use super::{Content, MediaKind};
use crate::money::MicroUsd;

/// The most characters of a transcript that are kept: as many as of a written message.
pub const MOST_CHARACTERS: usize = 4096;

/// The setting with the endpoint that transcribes. Where it is set, recordings are listened to.
pub const URL_SETTING: &str = "TRANSCRIPTION_URL";

/// How a transcript is told from written words, wherever it is shown.
pub const MARK: &str = "transcript of a recording, may be misheard";

/// Whether a recording is to be transcribed. It is recorded with its message, so that it is known
/// later whether anybody waited for its words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listening {
    /// Nobody listens to it.
    #[default]
    No,
    /// It is transcribed where it is fetched.
    Ordered,
}

impl Listening {
    /// What is ordered for a message of this content where an endpoint is set up: only a recording
    /// is listened to.
    pub fn to(content: &Content) -> Self {
        match content.is_recording() {
            true => Self::Ordered,
            false => Self::No,
        }
    }

    /// Whether nobody listens.
    pub fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// What came of listening to a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "heard", rename_all = "snake_case")]
pub enum Heard {
    /// Words.
    Words {
        /// At most [`MOST_CHARACTERS`]. Data, like whatever a customer writes.
        text: String,
        /// Who transcribed it.
        model: String,
        /// How long the recording is.
        seconds: u32,
        /// What that cost.
        cost: MicroUsd,
    },
    /// No words.
    Nothing {
        /// Why.
        why: NotHeard,
        /// What that cost all the same.
        #[serde(default, skip_serializing_if = "MicroUsd::is_zero")]
        cost: MicroUsd,
    },
}

/// Why there is no transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotHeard {
    /// The endpoint can't take recordings of that kind.
    WrongType,
    /// Nothing was said in it that could be made out.
    Empty,
    /// The endpoint gave no answer in time.
    Failed,
    /// The company has spent on models what it may today, or the endpoint's model has no price.
    Unpaid,
    /// It is, or may be, longer than [`MOST_SECONDS`].
    TooLong,
}

impl NotHeard {
    /// Its word, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Unpaid => "unpaid",
            Self::TooLong => "too_long",
        }
    }
}

impl Heard {
    /// The words, if there are any.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Words { text, .. } => Some(text),
            Self::Nothing { .. } => None,
        }
    }

    /// What it cost.
    pub fn cost(&self) -> MicroUsd {
        match self {
            Self::Words { cost, .. } | Self::Nothing { cost, .. } => *cost,
        }
    }

    /// The same with its words changed, if it has any.
    #[must_use]
    pub fn map_words(&self, change: impl Fn(&str) -> String) -> Self {
        let mut changed = self.clone();
        if let Self::Words { text, .. } = &mut changed {
            *text = change(text);
        }
        changed
    }
}

impl Content {
    /// Whether it is a recording, which somebody would have to listen to.
    pub fn is_recording(&self) -> bool {
        matches!(self, Self::Media(media) if media.kind.is_recording())
    }
}

impl MediaKind {
    /// Whether it is one that somebody would have to listen to.
    pub fn is_recording(self) -> bool {
        matches!(self, Self::Audio | Self::Voice)
    }
}

/// Bytes of a second of the thinnest recording there is, by its type: AMR at 4.75 kbit/s, MP3 and the
/// others at 8.
fn thinnest(media_type: &str) -> usize {
    match media_type {
        "audio/amr" => 590,
        _ => 1_000,
    }
}

/// No longer recording is transcribed: ten minutes. Endpoints bill by the minute, and so nobody can have
/// a company's money for a day listened away.
pub const MOST_SECONDS: u32 = 600;

/// Bytes of a second of the thickest recording whose own word is believed: what phones record has a third
/// of it. Whoever says that more was put into a second may have hours in it.
const THICKEST: usize = 8_000;

/// Opus counts 48,000 samples in a second, whatever it was recorded with (RFC 7845, section 4).
const SAMPLES: u64 = 48_000;

/// The header of an Ogg page up to its granule position, whose end it is (RFC 3533, section 6).
const GRANULE_ENDS: usize = 14;

/// How long a recording is at most, in seconds: by the last page of an Ogg file, else by its size. What
/// it says of itself is its sender's word, and believed as far as its size allows.
pub fn seconds(media_type: &str, bytes: &[u8]) -> u32 {
    let most = bytes.len().div_ceil(thinnest(media_type));
    let told = match media_type {
        "audio/ogg" | "audio/opus" => last_granule(bytes),
        _ => None,
    };
    let told = told.map(|granule| usize::try_from(granule.div_ceil(SAMPLES)).unwrap_or(most));
    let least = bytes.len().div_ceil(THICKEST);
    let seconds = told.filter(|told| (least..=most).contains(told));
    u32::try_from(seconds.unwrap_or(most)).unwrap_or(u32::MAX)
}

fn last_granule(bytes: &[u8]) -> Option<u64> {
    let last = bytes.windows(4).rposition(|window| window == b"OggS")?;
    let granule = bytes.get(last + GRANULE_ENDS - 8..last + GRANULE_ENDS)?;
    Some(u64::from_le_bytes(granule.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ogg bytes whose last page ends at this sample.
    fn ogg(granule: u64, size: usize) -> Vec<u8> {
        let mut bytes = b"OggS".to_vec();
        bytes.resize(size, 7);
        bytes.extend(b"OggS\0\x04");
        bytes.extend(granule.to_le_bytes());
        bytes
    }

    #[test]
    fn o17_a_recording_is_as_long_as_its_last_page_says_or_its_size_allows() {
        let check = |media_type: &str, bytes: &[u8], expect: u32| {
            assert_eq!(seconds(media_type, bytes), expect, "{media_type}");
        };
        check("audio/ogg", &ogg(48_000 * 4, 8_000), 4);
        check("audio/ogg", &ogg(48_000 * 4 + 1, 8_000), 5);
        // A page that lies is believed no further than the bytes allow.
        check("audio/ogg", &ogg(u64::MAX, 8_000), 9);
        check("audio/ogg", &ogg(0, 640_000), 641);
        check("audio/ogg", &ogg(48_000 * 79, 640_000), 641);
        check("audio/ogg", &ogg(48_000 * 81, 640_000), 81);
        check("audio/ogg", b"OggS", 1);
        check("audio/mpeg", &[0; 16_000], 16);
        check("audio/amr", &[0; 5_900], 10);
        check("audio/mpeg", &[], 0);
    }

    #[test]
    fn o17_a_transcript_is_stored_and_read_back_and_what_lacked_one_reads_as_before() {
        let heard = Heard::Words {
            text: "stock".into(),
            model: "whisper-1".into(),
            seconds: 2,
            cost: MicroUsd(200),
        };
        let stored = serde_json::to_value(&heard).unwrap();
        assert_eq!(serde_json::from_value::<Heard>(stored).unwrap(), heard);
        let old = serde_json::json!({
            "outcome": "stored", "content": "a".repeat(64), "media_type": "audio/ogg", "size": 1,
        });
        let old: crate::message::Fetched = serde_json::from_value(old).unwrap();
        assert_eq!(old.heard(), None);
        assert_eq!(old.cost(), MicroUsd::ZERO);
    }
}
