//! A recording as it is sent to be transcribed: one multipart body, made by hand because it has three
//! fields. <https://platform.openai.com/docs/api-reference/audio/createTranscription>

use countersign_core::{ContentHash, message::heard::seconds};

/// A recording on its way.
#[derive(Debug)]
pub(crate) struct Recording {
    /// The `Content-Type` of the body.
    pub(crate) content_type: String,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// How long it is, at most, in seconds.
    pub(crate) seconds: u32,
}

impl Recording {
    /// A recording that `model` is to transcribe; none of a type that such endpoints don't take.
    pub(crate) fn of(bytes: &[u8], media_type: &str, model: &str) -> Option<Self> {
        let name = file_name(media_type)?;
        let boundary = boundary(bytes);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{model}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"response_format\"\r\n\r\njson\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let mut body = Vec::with_capacity(head.len() + bytes.len() + tail.len());
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(tail.as_bytes());
        Some(Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            body,
            seconds: seconds(media_type, bytes),
        })
    }
}

/// A name whose ending tells the type, by which endpoints go; none of what OpenAI's doesn't take.
fn file_name(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "audio/ogg" | "audio/opus" => "recording.ogg",
        "audio/mpeg" => "recording.mp3",
        "audio/mp4" => "recording.m4a",
        _ => return None,
    })
}

/// What parts the fields. Nobody can write its own hash into a recording, so it is not in it.
fn boundary(bytes: &[u8]) -> String {
    format!("{:.64}", ContentHash::of(bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o17_a_recording_is_three_fields_of_a_form() {
        let recording = Recording::of(b"OggS\r\n--x", "audio/ogg", "whisper-1").unwrap();
        let boundary = recording.content_type.split_once("boundary=").unwrap().1;
        assert!(
            boundary.len() <= 70,
            "more than RFC 2046 allows: {boundary}"
        );
        let body = String::from_utf8(recording.body).unwrap();
        let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.len(), 5, "{body}");
        assert_eq!((parts[0], parts[4]), ("", "--\r\n"));
        assert!(parts[1].ends_with("name=\"model\"\r\n\r\nwhisper-1\r\n"));
        assert!(parts[2].ends_with("name=\"response_format\"\r\n\r\njson\r\n"));
        assert!(parts[3].ends_with("Content-Type: audio/ogg\r\n\r\nOggS\r\n--x\r\n"));
        assert!(parts[3].contains("filename=\"recording.ogg\""));
    }

    #[test]
    fn o17_what_the_endpoints_do_not_take_is_not_sent() {
        for (media_type, is_taken) in [
            ("audio/ogg", true),
            ("audio/mpeg", true),
            ("audio/mp4", true),
            ("audio/amr", false),
            ("audio/aac", false),
            ("image/png", false),
        ] {
            let recording = Recording::of(b"x", media_type, "whisper-1");
            assert_eq!(recording.is_some(), is_taken, "{media_type}");
        }
    }
}
