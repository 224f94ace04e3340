//! Pictures that a model is shown: which of a conversation's, and how much it takes to read them.
//!
//! A picture is data, as words are: what is written in one is no instruction, and shows nothing. None
//! is ever in an answer that is kept for others, for a question with one is nobody else's.

use std::{fmt, sync::Arc};

use crate::{
    ContentHash, EventId,
    event::EventData,
    message::{Content, Fetched, MediaKind},
    model::{ModelName, Provider, Purpose},
    step::{Ask, Planned},
    thread::Thread,
};

/// So many of the newest pictures of what is to be answered are shown.
pub const MOST: usize = 2;

/// The most bytes of one that is shown. As base64 it has 5 MB, which is what Anthropic takes; the
/// others take more. <https://platform.claude.com/docs/en/build-with-claude/vision>
pub const LARGEST: u64 = 3_932_160;

/// What every provider's API takes of what customers send.
const TYPES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// A picture as a model is shown it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// The event of the message that it came with.
    pub message: EventId,
    /// Its MIME type.
    pub media_type: String,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("message", &self.message)
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// A picture that could be shown, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The event of the message that it came with.
    pub message: EventId,
    /// Its MIME type.
    pub media_type: String,
    /// SHA-256 of its bytes, its key under the tenant.
    pub content: ContentHash,
}

/// The pictures of a question that somebody who sees could be shown, oldest first: the newest of what is
/// to be answered now.
pub fn of(ask: &Ask, thread: &Thread) -> Vec<Stored> {
    if ask.purpose != Purpose::Answer {
        return vec![];
    }
    let mut newest: Vec<Stored> = ask
        .about
        .iter()
        .rev()
        .filter_map(|message| stored(*message, thread))
        .take(MOST)
        .collect();
    newest.reverse();
    newest
}

fn stored(message: EventId, thread: &Thread) -> Option<Stored> {
    let EventData::UserMessage {
        content: Content::Media(media),
        ..
    } = &thread.event(message)?.data
    else {
        return None;
    };
    match thread.file_of(message)? {
        Fetched::Stored {
            content,
            media_type,
            size,
            ..
        } if media.kind == MediaKind::Image
            && TYPES.contains(&media_type.as_str())
            && *size <= LARGEST =>
        {
            Some(Stored {
                message,
                media_type: media_type.clone(),
                content: *content,
            })
        }
        _ => None,
    }
}

impl Planned {
    /// The same, of an answer whose model was shown the pictures of these messages.
    #[must_use]
    pub fn seen(mut self, messages: Vec<EventId>) -> Self {
        if let EventData::ModelThinking { pictures, .. } = &mut self.data {
            *pictures = messages;
        }
        self
    }
}

/// How many tokens a model reads of these pictures, by its provider's formula; at least as many where
/// it is not known how large one is.
pub fn tokens(model: &ModelName, pictures: &[Picture]) -> u64 {
    let sizes = pictures.iter().map(|picture| size(&picture.bytes));
    sizes.map(|size| of_one(model, size)).sum()
}

/// Width and height in pixels, at least one each.
type Size = (u64, u64);

fn of_one(model: &ModelName, size: Option<Size>) -> u64 {
    match model.provider {
        // https://platform.claude.com/docs/en/build-with-claude/vision#evaluate-image-size: a token for
        // 750 pixels, once its longer side has at most 1568 of them, or 2576 with newer models.
        Provider::Anthropic => {
            let begins = |start: &&str| model.model.starts_with(*start);
            let is_older = [
                "claude-3",
                "claude-haiku-4",
                "claude-sonnet-4",
                "claude-opus-4-1",
                "claude-opus-4-5",
            ];
            let (longest, most) = match is_older.iter().any(begins) {
                true => (1_568, 1_600),
                false => (2_576, 4_784),
            };
            let within = size.map(|size| within(size, longest));
            within.map_or(most, |(w, h)| (w * h).div_ceil(750).min(most))
        }
        // https://ai.google.dev/gemini-api/docs/tokens: 258 for a tile of 768 pixels.
        Provider::Gemini => {
            const OF_A_TILE: u64 = 258;
            let (w, h) = size.unwrap_or((4_096, 4_096));
            match w <= 384 && h <= 384 {
                true => OF_A_TILE,
                false => OF_A_TILE * w.div_ceil(768) * h.div_ceil(768),
            }
        }
        // https://platform.openai.com/docs/guides/images-vision#calculating-costs: tiles of 512 pixels,
        // once the longer side has at most 2048 and the shorter one at most 768. What is not known is
        // taken for the dearest.
        Provider::OpenAi | Provider::Compatible => {
            let begins = |start: &str| model.model.starts_with(start);
            let (base, of_a_tile) = if begins("gpt-4o-mini") {
                (2_833, 5_667)
            } else if begins("gpt-4o") || begins("gpt-4.1") && !begins("gpt-4.1-") {
                (85, 170)
            } else if begins("gpt-4") || begins("gpt-5") || begins("o1") || begins("o3") {
                // Models that count patches of 32 pixels take at most 1,536 of them, times 2.46.
                (85, 473)
            } else {
                (2_833, 5_667)
            };
            let (w, h) = size.map_or((2_048, 768), |size| shorter(within(size, 2_048), 768));
            base + of_a_tile * w.div_ceil(512) * h.div_ceil(512)
        }
    }
}

/// Made smaller until the longer side is at most so long.
fn within((w, h): Size, most: u64) -> Size {
    scaled((w, h), w.max(h), most)
}

/// Made smaller until the shorter side is at most so long.
fn shorter((w, h): Size, most: u64) -> Size {
    scaled((w, h), w.min(h), most)
}

fn scaled((w, h): Size, side: u64, most: u64) -> Size {
    match side > most {
        true => ((w * most).div_ceil(side), (h * most).div_ceil(side)),
        false => (w, h),
    }
}

/// How large a picture says it is. It is the sender's word, and no one's risk but of a wrong estimate.
fn size(bytes: &[u8]) -> Option<Size> {
    let size = png(bytes).or_else(|| webp(bytes)).or_else(|| jpeg(bytes))?;
    let is_one = |side: u64| (1..=65_535).contains(&side);
    (is_one(size.0) && is_one(size.1)).then_some(size)
}

/// The header chunk, which is the first (PNG, section 11.2.2).
fn png(bytes: &[u8]) -> Option<Size> {
    let side = |at: usize| {
        let four = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_be_bytes(four)))
    };
    (bytes.starts_with(b"\x89PNG\r\n\x1a\n")).then_some(())?;
    Some((side(16)?, side(20)?))
}

/// A lossy, lossless or extended file (RFC 9649).
fn webp(bytes: &[u8]) -> Option<Size> {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    is_webp.then_some(())?;
    let byte = |at: usize| bytes.get(at).copied().map(u64::from);
    match bytes.get(12..16)? {
        b"VP8X" => Some((
            1 + byte(24)? + (byte(25)? << 8) + (byte(26)? << 16),
            1 + byte(27)? + (byte(28)? << 8) + (byte(29)? << 16),
        )),
        b"VP8L" => {
            let bits = byte(21)? | byte(22)? << 8 | byte(23)? << 16 | byte(24)? << 24;
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8 " => Some((
            (byte(26)? | byte(27)? << 8) & 0x3fff,
            (byte(28)? | byte(29)? << 8) & 0x3fff,
        )),
        _ => None,
    }
}

/// The first frame header (ITU T.81, B.2.2), past the segments before it.
fn jpeg(bytes: &[u8]) -> Option<Size> {
    let pair = |at: usize| {
        let two = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u64::from(u16::from_be_bytes(two)))
    };
    bytes.starts_with(b"\xff\xd8").then_some(())?;
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            0xc4 | 0xc8 | 0xcc => at += 2 + usize::try_from(pair(at + 2)?).ok()?,
            0xc0..=0xcf => return Some((pair(at + 7)?, pair(at + 5)?)),
            _ => at += 2 + usize::try_from(pair(at + 2)?).ok()?.max(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(w: u32, h: u32) -> Picture {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(w.to_be_bytes());
        bytes.extend(h.to_be_bytes());
        Picture {
            message: EventId::derived("x"),
            media_type: "image/png".into(),
            bytes: bytes.into(),
        }
    }

    /// The examples of the providers' own pages.
    #[test]
    fn o9_a_picture_takes_what_its_provider_says() {
        let check = |model: &str, (w, h), expect: u64| {
            let model = model.parse().unwrap();
            assert_eq!(tokens(&model, &[picture(w, h)]), expect, "{model} {w}x{h}");
        };
        check("openai:gpt-4o", (1_024, 1_024), 765);
        check("openai:gpt-4o", (2_048, 4_096), 1_105);
        check("openai:gpt-4o-mini", (512, 512), 8_500);
        check("anthropic:claude-sonnet-4-5", (200, 200), 54);
        check("anthropic:claude-sonnet-4-5", (1_000, 1_000), 1_334);
        check("anthropic:claude-sonnet-4-5", (1_092, 1_092), 1_590);
        check("anthropic:claude-sonnet-4-5", (4_000, 3_000), 1_600);
        check("gemini:gemini-2.5-flash", (384, 384), 258);
        check("gemini:gemini-2.5-flash", (1_536, 768), 516);
        // Two are two.
        let model = "openai:gpt-4o".parse().unwrap();
        let two = [picture(1_024, 1_024), picture(1_024, 1_024)];
        assert_eq!(tokens(&model, &two), 1_530);
        assert_eq!(tokens(&model, &[]), 0);
    }

    #[test]
    fn o9_what_is_not_known_of_a_picture_is_taken_for_the_most() {
        let odd = Picture {
            bytes: b"\xff\xd8\xff\xe0".as_slice().into(),
            ..picture(1, 1)
        };
        for (model, most) in [
            ("openai:gpt-4o", 85 + 170 * 8),
            ("anthropic:claude-sonnet-4-5", 1_600),
            ("anthropic:claude-sonnet-9", 4_784),
        ] {
            let odd = tokens(&model.parse().unwrap(), std::slice::from_ref(&odd));
            assert_eq!(odd, most, "{model}");
        }
    }

    #[test]
    fn w1_the_size_of_a_picture_is_read_from_its_header() {
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x02\x58\x03\x20";
        assert_eq!(size(jpeg), Some((800, 600)));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\x03\0\x57\x02\0";
        assert_eq!(size(extended), Some((800, 600)));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x20\x03\x58\x02";
        assert_eq!(size(lossy), Some((800, 600)));
        assert_eq!(size(&picture(7, 9).bytes), Some((7, 9)));
        for bytes in [
            &b""[..],
            b"\xff\xd8",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"RIFF",
            b"GIF89a",
        ] {
            assert_eq!(size(bytes), None, "{bytes:?}");
        }
        // Whatever the bytes are, it ends.
        for end in 0..jpeg.len() {
            size(&jpeg[..end]);
        }
    }
}
