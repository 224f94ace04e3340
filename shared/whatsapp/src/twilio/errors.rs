//! What Twilio's error codes mean.
//!
//! Sources: `https://www.twilio.com/docs/api/errors/` and the code, and
//! <https://www.twilio.com/docs/whatsapp/tutorial/error-codes>.

use std::borrow::Cow;

use crate::{Action, Explanation};

/// What `code` means: from the table, or that it isn't there.
pub(super) fn explain(code: &str) -> Explanation {
    known(code).unwrap_or_else(|| Explanation {
        action: Action::GiveUp,
        meaning: Cow::Borrowed("a code that Countersign doesn't know"),
        advice: if !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()) {
            Cow::Owned(format!(
                "read https://www.twilio.com/docs/api/errors/{code}"
            ))
        } else {
            Cow::Borrowed("look the message up in the Twilio console's logs")
        },
    })
}

/// What `code` means, if it is in the table.
pub(super) fn known(code: &str) -> Option<Explanation> {
    CODES
        .iter()
        .find(|(known, ..)| *known == code)
        .map(|(_, action, meaning, advice)| Explanation {
            action: *action,
            meaning: Cow::Borrowed(meaning),
            advice: Cow::Borrowed(advice),
        })
}

type Row = (&'static str, Action, &'static str, &'static str);

const CODES: &[Row] = &[
    (
        "20003",
        Action::Alarm,
        "Twilio doesn't accept the account SID and auth token",
        "set the endpoint's current account SID and primary auth token",
    ),
    (
        "20404",
        Action::Alarm,
        "Twilio doesn't know the account",
        "check the endpoint's account SID and API URL",
    ),
    (
        "20429",
        Action::Retry,
        "too many requests at once",
        "nothing; raise the account's concurrency with Twilio if it goes on",
    ),
    (
        "21211",
        Action::GiveUp,
        "the recipient is not a valid number",
        "correct the recipient's number",
    ),
    (
        "21610",
        Action::GiveUp,
        "the recipient has opted out",
        "don't write to them until they write START",
    ),
    (
        "21617",
        Action::GiveUp,
        "the text is longer than 1600 characters",
        "send it in parts",
    ),
    (
        "30002",
        Action::Alarm,
        "the Twilio account is suspended",
        "see the account's notices in the Twilio console",
    ),
    (
        "63003",
        Action::GiveUp,
        "the recipient is not on WhatsApp",
        "reach them another way",
    ),
    (
        "63005",
        Action::GiveUp,
        "WhatsApp did not accept the content",
        "check the text and the file's type and size",
    ),
    (
        "63007",
        Action::Alarm,
        "the number is not a WhatsApp sender of this account",
        "check the endpoint's number, account SID and auth token, and that the sender is approved",
    ),
    (
        "63013",
        Action::GiveUp,
        "the message violates WhatsApp's policies",
        "change what is sent",
    ),
    (
        "63015",
        Action::GiveUp,
        "the recipient has not joined the Twilio sandbox",
        "have them send the sandbox's join words, or use a sender of your own",
    ),
    (
        "63016",
        Action::UseTemplate,
        "more than 24 hours have passed since the customer wrote",
        "send an approved template, or wait until they write",
    ),
    (
        "63018",
        Action::Retry,
        "the WhatsApp sender has reached its rate limit",
        "nothing; see the sender's messaging limit if it goes on",
    ),
    (
        "63019",
        Action::GiveUp,
        "Twilio could not download the file",
        "check that the file is there and not empty, then send it anew",
    ),
    (
        "63020",
        Action::Alarm,
        "there is a fault with the WhatsApp Business account",
        "see the account's state and payment in Meta Business Manager",
    ),
    (
        "63021",
        Action::GiveUp,
        "WhatsApp rejects or doesn't support the content",
        "check the file's type and the template's length",
    ),
    (
        "63024",
        Action::GiveUp,
        "the recipient can't get WhatsApp messages",
        "check the number, or reach them another way",
    ),
    (
        "63032",
        Action::GiveUp,
        "WhatsApp limits what this recipient gets",
        "wait until they write",
    ),
    (
        "63038",
        Action::Alarm,
        "the account has sent its messages for the day",
        "wait a day, or ask Twilio for a higher limit",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w5_codes_say_what_to_do() {
        let check = |code: &str, action: Action| {
            assert_eq!(explain(code).action, action, "{code}");
        };
        check("20429", Action::Retry);
        check("63018", Action::Retry);
        check("63016", Action::UseTemplate);
        check("63024", Action::GiveUp);
        check("20003", Action::Alarm);
        check("99999", Action::GiveUp);
    }

    #[test]
    fn w5_an_unknown_code_says_where_to_read_on() {
        let advice = |code: &str| explain(code).advice.into_owned();
        assert_eq!(
            advice("99999"),
            "read https://www.twilio.com/docs/api/errors/99999"
        );
        assert_eq!(
            advice("undelivered"),
            "look the message up in the Twilio console's logs"
        );
    }

    #[test]
    fn a_code_is_explained_once() {
        assert!(CODES.is_sorted_by(|(a, ..), (b, ..)| a < b));
    }
}
