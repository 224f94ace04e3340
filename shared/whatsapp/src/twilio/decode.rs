//! Twilio's inbound form as messages.
//!
//! Fields: <https://www.twilio.com/docs/messaging/guides/webhook-request>. Those that aren't
//! named here, or in `content`, are ignored.

use countersign_core::{
    E164, EndpointId, ProviderMessageId, SenderId,
    message::{Beside, Content, InboundMessage},
    offer::Shows,
};

use super::{
    content::{contents, filled, referral},
    form::Form,
};
use crate::{
    DecodeError,
    bounds::{NAME, aliases, cut, sender_of_wa_id},
};

/// The messages in `form`, which arrived at `endpoint` for `number`: one, or one for every file. The
/// first has the form's own id, those after it ids derived from it, so that a repeated form brings the
/// same ones.
pub(super) fn messages(
    endpoint: &EndpointId,
    number: &E164,
    form: &Form,
) -> Result<Vec<InboundMessage>, DecodeError> {
    let mut contents = contents(form)?.into_iter();
    let mut messages = Vec::new();
    if let Some(content) = contents.next() {
        messages.push(message(endpoint, number, form, content)?);
    }
    for (index, content) in contents.enumerate() {
        let id = format!("{}/{}", messages[0].id, index + 1);
        messages.push(InboundMessage {
            id: id.parse().map_err(|_| NOT_AN_ID)?,
            content,
            ..messages[0].clone()
        });
    }
    Ok(messages)
}

const NOT_AN_ID: DecodeError = DecodeError::Malformed {
    field: "MessageSid",
    why: "not a message id",
};

fn message(
    endpoint: &EndpointId,
    number: &E164,
    form: &Form,
    content: Content,
) -> Result<InboundMessage, DecodeError> {
    let id = message_sid(form)?;
    let to = our_number("To", form.required("To")?)?;
    if to != *number {
        return Err(DecodeError::NotOurs { number: to });
    }
    let sender = address("From", form.required("From")?)?
        .parse::<SenderId>()
        .map_err(|_| DecodeError::Malformed {
            field: "From",
            why: "not a phone number or user id",
        })?;
    // Nobody is named by what can't be a number of theirs.
    let other = filled(form, "WaId")?
        .and_then(sender_of_wa_id)
        .filter(|name| name.as_str().parse::<E164>().is_ok());
    let replied = filled(form, "OriginalRepliedMessageSid")?;
    Ok(InboundMessage {
        endpoint: endpoint.clone(),
        number: to,
        id,
        phone: phone(&sender, form.text("WaId")?),
        name: filled(form, "ProfileName")?.and_then(|name| cut(name, NAME)),
        beside: Beside {
            replies_to: match content {
                Content::Reaction { .. } => None,
                _ => replied.and_then(|id| id.parse().ok()),
            },
            referral: referral(form)?,
            sent_at: None,
            aliases: aliases(&sender, other),
            shows: Shows::Words,
            ..Beside::default()
        },
        sender,
        content,
    })
}

/// The id of the message that a form is about.
pub(super) fn message_sid(form: &Form) -> Result<ProviderMessageId, DecodeError> {
    let sid = form.required("MessageSid")?;
    sid.parse().map_err(|_| NOT_AN_ID)
}

/// A phone number in a field that holds one of ours.
pub(super) fn our_number(field: &'static str, value: &str) -> Result<E164, DecodeError> {
    address(field, value)?
        .parse()
        .map_err(|_| DecodeError::Malformed {
            field,
            why: "not whatsapp: and a phone number",
        })
}

fn address<'a>(field: &'static str, value: &'a str) -> Result<&'a str, DecodeError> {
    value
        .strip_prefix("whatsapp:")
        .ok_or(DecodeError::Malformed {
            field,
            why: "not a whatsapp: address",
        })
}

/// The sender's phone number. It may be absent altogether: who writes under a user name is
/// known by a user id alone.
fn phone(sender: &SenderId, wa_id: Option<&str>) -> Option<E164> {
    let wa_id = || format!("+{}", wa_id?).parse().ok();
    sender.as_str().parse().ok().or_else(wa_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: [(&str, &str); 8] = [
        ("MessageSid", "SM1f0e8ae6ade43cb3c0ce4525424e404f"),
        ("From", "whatsapp:+14155550142"),
        ("To", "whatsapp:+14155238886"),
        ("Body", " How many?\n"),
        ("ProfileName", "Ana Ruiz"),
        ("WaId", "14155550142"),
        ("NumMedia", "0"),
        ("ApiVersion", "2010-04-01"),
    ];

    /// Decodes the form of a text with some of its fields replaced; an empty one is left out.
    fn decode(changes: &[(&str, &str)]) -> Result<InboundMessage, DecodeError> {
        let kept = TEXT
            .iter()
            .filter(|(field, _)| !changes.iter().any(|(other, _)| other == field));
        let added = changes.iter().filter(|(_, value)| !value.is_empty());
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(added))
            .finish();
        let found = messages(
            &"ventas".parse().unwrap(),
            &"+14155238886".parse().unwrap(),
            &Form::parse(body.as_bytes()),
        )?;
        let [message] = found.try_into().unwrap();
        Ok(message)
    }

    #[test]
    fn w1_a_text() {
        assert_eq!(
            decode(&[]),
            Ok(InboundMessage {
                endpoint: "ventas".parse().unwrap(),
                number: "+14155238886".parse().unwrap(),
                id: "SM1f0e8ae6ade43cb3c0ce4525424e404f".parse().unwrap(),
                sender: "+14155550142".parse().unwrap(),
                phone: Some("+14155550142".parse().unwrap()),
                name: Some("Ana Ruiz".to_owned()),
                content: Content::Text {
                    body: " How many?\n".to_owned()
                },
                beside: Beside::default(),
            })
        );
    }

    #[test]
    fn w1_senders_with_and_without_a_phone_number() {
        let check = |from: &str, wa_id: &str, sender: &str, phone: Option<&str>| {
            let message = decode(&[("From", from), ("WaId", wa_id)]).unwrap();
            assert_eq!(message.sender.as_str(), sender);
            assert_eq!(message.phone.as_ref().map(E164::as_str), phone, "{from}");
        };
        let number = "whatsapp:+14155550142";
        check(number, "", "+14155550142", Some("+14155550142"));
        check(number, "not digits", "+14155550142", Some("+14155550142"));
        let user = "whatsapp:US.13491208655302741918";
        check(user, "", "US.13491208655302741918", None);
        check(
            user,
            "US.13491208655302741918",
            "US.13491208655302741918",
            None,
        );
        check(
            user,
            "5215512345678",
            "US.13491208655302741918",
            Some("+5215512345678"),
        );
    }

    #[test]
    fn a_name_is_data_and_short() {
        let check = |name: &str, expect: Option<&str>| {
            let message = decode(&[("ProfileName", name)]).unwrap();
            assert_eq!(message.name.as_deref(), expect);
        };
        check("", None);
        check("\0\n<b>é", Some("\0\n<b>é"));
        check(&"é".repeat(300), Some(&"é".repeat(256)));
    }

    #[test]
    fn what_is_not_a_message_names_the_field() {
        let check = |field: &'static str, value: &str, why: &'static str| {
            let expect = Err(DecodeError::Malformed { field, why });
            assert_eq!(decode(&[(field, value)]), expect, "{field}={value}");
        };
        for field in ["MessageSid", "From", "To"] {
            check(field, "", "missing");
        }
        check("MessageSid", "SM 1", "not a message id");
        check("From", "+14155550142", "not a whatsapp: address");
        check("From", "whatsapp:", "not a phone number or user id");
        check(
            "From",
            "whatsapp:+1415#5550142",
            "not a phone number or user id",
        );
        check("To", "+14155238886", "not a whatsapp: address");
        check("To", "whatsapp:ventas", "not whatsapp: and a phone number");
    }

    #[test]
    fn w1_a_message_for_another_number_is_not_ours() {
        assert_eq!(
            decode(&[("To", "whatsapp:+14155238887")]),
            Err(DecodeError::NotOurs {
                number: "+14155238887".parse().unwrap()
            })
        );
    }
}
