//! Twilio's status callback.
//!
//! Source: <https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks>.

use countersign_core::{E164, message::DeliveryStatus};

use super::{
    decode::{message_sid, our_number},
    form::Form,
};
use crate::{DecodeError, StatusReport};

/// How much of an error code is kept, in characters.
const CODE_LIMIT: usize = 40;

/// What `form` reports on a message of ours from `number`; `reference` is the one that was in
/// the callback's URL. A word for a status that we don't know is no error: Twilio adds words.
pub(super) fn report(
    number: &E164,
    reference: Option<&str>,
    form: &Form,
) -> Result<Option<StatusReport>, DecodeError> {
    let reference = reference
        .and_then(|text| text.parse().ok())
        .ok_or(DecodeError::Malformed {
            field: "ref",
            why: "missing or not one of our references",
        })?;
    let provider_id = message_sid(form)?;
    if let Some(from) = form.text("From")? {
        let from = our_number("From", from)?;
        if from != *number {
            return Err(DecodeError::NotOurs { number: from });
        }
    }
    let word = form.required("MessageStatus")?;
    let status = match word {
        "accepted" | "scheduled" | "queued" | "sending" => DeliveryStatus::Accepted,
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "read" => DeliveryStatus::Read,
        "failed" | "undelivered" | "canceled" => DeliveryStatus::Failed {
            code: form
                .text("ErrorCode")?
                .filter(|code| !matches!(*code, "" | "0"))
                .unwrap_or(word)
                .chars()
                .take(CODE_LIMIT)
                .collect(),
        },
        _ => return Ok(None),
    };
    Ok(Some(StatusReport {
        reference,
        provider_id,
        status,
    }))
}

#[cfg(test)]
mod tests {
    use countersign_core::MessageRef;

    use super::*;

    fn reference() -> MessageRef {
        MessageRef::derived("th_1/3/0")
    }

    fn decode(reference: Option<&str>, body: &str) -> Result<Option<StatusReport>, DecodeError> {
        let number = "+14155238886".parse().unwrap();
        report(&number, reference, &Form::parse(body.as_bytes()))
    }

    #[test]
    fn w5_every_word_for_a_status() {
        let check = |rest: &str, expect: Option<DeliveryStatus>| {
            let body = format!("MessageSid=SM1&From=whatsapp%3A%2B14155238886&{rest}");
            let expect = expect.map(|status| StatusReport {
                reference: reference(),
                provider_id: "SM1".parse().unwrap(),
                status,
            });
            let report = decode(Some(&reference().to_string()), &body);
            assert_eq!(report, Ok(expect), "{rest}");
        };
        let failed = |code: &str| {
            Some(DeliveryStatus::Failed {
                code: code.to_owned(),
            })
        };
        for word in ["accepted", "scheduled", "queued", "sending"] {
            check(
                &format!("MessageStatus={word}"),
                Some(DeliveryStatus::Accepted),
            );
        }
        check("MessageStatus=sent", Some(DeliveryStatus::Sent));
        check("MessageStatus=delivered", Some(DeliveryStatus::Delivered));
        check("MessageStatus=read", Some(DeliveryStatus::Read));
        check("MessageStatus=failed&ErrorCode=63016", failed("63016"));
        check("MessageStatus=undelivered&ErrorCode=63024", failed("63024"));
        check(
            "MessageStatus=undelivered&ErrorCode=0",
            failed("undelivered"),
        );
        check("MessageStatus=failed&ErrorCode=", failed("failed"));
        check("MessageStatus=canceled", failed("canceled"));
        check("MessageStatus=partially_delivered", None);
        check("MessageStatus=Sent", None);
        let long = "9".repeat(50);
        check(
            &format!("MessageStatus=failed&ErrorCode={long}"),
            failed(&long[..40]),
        );
    }

    #[test]
    fn x3_a_status_without_our_reference_settles_nothing() {
        let refused = Err(DecodeError::Malformed {
            field: "ref",
            why: "missing or not one of our references",
        });
        for reference in [None, Some(""), Some("msg_12"), Some("th_1/3/0")] {
            let report = decode(reference, "MessageSid=SM1&MessageStatus=sent");
            assert_eq!(report, refused, "{reference:?}");
        }
    }

    #[test]
    fn what_is_not_a_status_names_the_field() {
        let check = |body: &str, expect: DecodeError| {
            let report = decode(Some(&reference().to_string()), body);
            assert_eq!(report, Err(expect), "{body}");
        };
        let missing = |field| DecodeError::Malformed {
            field,
            why: "missing",
        };
        check("MessageStatus=sent", missing("MessageSid"));
        check("MessageSid=SM1", missing("MessageStatus"));
        check(
            "MessageSid=SM1&MessageStatus=sent&From=whatsapp%3A%2B14155238887",
            DecodeError::NotOurs {
                number: "+14155238887".parse().unwrap(),
            },
        );
    }
}
