//! What is said to what is more than words.

use super::Voice;
use crate::message::{Content, MediaKind, NotFetched, NotHeard};

/// The most characters of a recording that are said back.
const MOST_SAID_BACK: usize = 300;

impl Voice<'_> {
    /// To what has no words, where no model reads it: what arrived, and what can be done instead.
    pub fn received(&self, content: &Content) -> String {
        let what = match content {
            Content::Media(media) => match media.kind {
                MediaKind::Image => "your picture",
                MediaKind::Audio | MediaKind::Voice => return self.cannot_hear(),
                MediaKind::Video => "your video",
                MediaKind::Document => "your file",
                MediaKind::Sticker => "your sticker",
            },
            Content::Location(_) => "your location",
            Content::Contacts { .. } => "the contact",
            Content::Form { .. } => "your form",
            Content::Order(_) => "your order list; nothing is ordered yet",
            Content::Text { .. }
            | Content::Choice { .. }
            | Content::Reaction { .. }
            | Content::Edited { .. }
            | Content::Revoked { .. }
            | Content::Renamed { .. }
            | Content::Unreadable { .. } => "your message",
        };
        format!(
            "I have {what}. I can't do anything with it by itself: please write what you need, or \
             *help* to see what I can do."
        )
    }

    /// To a file that could not be had.
    pub fn not_opened(&self, why: NotFetched) -> String {
        match why {
            NotFetched::TooLarge => {
                "Sorry, that file is too large for me. Please send a smaller one, or write what you \
                 need."
            }
            NotFetched::WrongType => {
                "Sorry, I can't take that kind of file. Please write what you need."
            }
            NotFetched::Gone | NotFetched::Failed => {
                "Sorry, I couldn't open your file. Please send it again, or write what you need."
            }
        }
        .to_owned()
    }

    /// To a recording, which nobody here can listen to.
    pub fn cannot_hear(&self) -> String {
        "Sorry, I can't listen to recordings. Please write what you need, or *help* to see what I can \
         do."
            .to_owned()
    }

    /// To a recording in which no words were heard, though somebody listened.
    pub fn not_heard(&self, why: NotHeard) -> String {
        match why {
            NotHeard::WrongType => {
                "Sorry, I can't listen to that kind of recording. Please send a voice note, or write \
                 what you need."
            }
            NotHeard::Empty => {
                "Sorry, I couldn't make out any words in your recording. Please record it again, or \
                 write what you need."
            }
            NotHeard::TooLong => {
                "Sorry, that recording is too long for me. Please keep it under ten minutes, or write \
                 what you need."
            }
            NotHeard::Failed | NotHeard::Unpaid => {
                "Sorry, I can't listen to your recording just now. Please write what you need."
            }
        }
        .to_owned()
    }

    /// To a recording that orders something, in which these words were heard.
    pub fn write_it(&self, heard: &str) -> String {
        format!(
            "I heard: “{}”. I may have misheard, so I do that only in writing: please write it as you \
             want it done.",
            quotable(heard)
        )
    }

    /// To a recording in which somebody seems to ask for no more messages, or for messages again.
    pub fn write_stop(&self) -> String {
        "I may have misheard your recording, so please write it: *STOP* to get no more messages, \
         *START* to get them again."
            .to_owned()
    }

    /// To a button that belongs to a question that is over.
    pub fn button_is_over(&self) -> String {
        "That button belongs to an earlier question. Please write what you need.".to_owned()
    }

    /// To an edit of a message that was dealt with, whose new words ask for something to be done.
    pub fn changed_too_late(&self) -> String {
        "You changed a message that I have dealt with already. If you want this done as well, please \
         send it as a new message."
            .to_owned()
    }
}

/// What was heard on one line, cut, without what WhatsApp would take for formatting.
fn quotable(heard: &str) -> String {
    let words: Vec<&str> = heard.split_whitespace().collect();
    let plain = words.join(" ").replace(['*', '_', '~', '`', '“', '”'], "");
    match plain.char_indices().nth(MOST_SAID_BACK) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}
