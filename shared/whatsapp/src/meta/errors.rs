//! What the Cloud API's error codes mean.
//!
//! Sources: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>, and
//! `pywa/errors.py` of <https://pypi.org/project/pywa/>, 4.5.0.

use std::borrow::Cow;

use crate::{Action, Explanation};

/// What `code` means: from the table, or that it isn't there.
pub(super) fn explain(code: &str) -> Explanation {
    known(code).unwrap_or(Explanation {
        action: Action::GiveUp,
        meaning: Cow::Borrowed("a code that Countersign doesn't know"),
        advice: Cow::Borrowed(
            "look it up under https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes",
        ),
    })
}

/// What `code` means, if it is in the table.
pub(super) fn known(code: &str) -> Option<Explanation> {
    // 200 to 299 stand for one permission or another.
    let code = match code.parse::<u32>() {
        Ok(200..=299) => "10",
        _ => code,
    };
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
        "0",
        Action::Alarm,
        "Meta doesn't accept the access token",
        "make a new system user token and set it for the endpoint",
    ),
    (
        "1",
        Action::Retry,
        "Meta could not handle the request",
        "nothing; see https://metastatus.com if it goes on",
    ),
    (
        "2",
        Action::Retry,
        "Meta is down or overloaded for the moment",
        "nothing; see https://metastatus.com if it goes on",
    ),
    (
        "3",
        Action::Alarm,
        "the app may not use this call",
        "give the app's token the permission whatsapp_business_messaging",
    ),
    (
        "4",
        Action::Retry,
        "the app has made too many calls",
        "nothing; spread the load over time if it goes on",
    ),
    (
        "10",
        Action::Alarm,
        "the permission was not granted or was removed",
        "give the app's token the permission whatsapp_business_messaging",
    ),
    (
        "33",
        Action::Alarm,
        "the number was deleted at Meta",
        "check the endpoint's phone number id",
    ),
    (
        "100",
        Action::GiveUp,
        "the request holds something Meta doesn't know or take",
        "look at the message: this is a fault of Countersign's or of the template's",
    ),
    (
        "190",
        Action::Alarm,
        "the access token has expired or was revoked",
        "make a new system user token and set it for the endpoint",
    ),
    (
        "368",
        Action::Alarm,
        "the WhatsApp Business account is restricted for violating a policy",
        "see the account's notices in Meta's Business Manager",
    ),
    (
        "80007",
        Action::Retry,
        "the WhatsApp Business account has made too many calls",
        "nothing; spread the load over time if it goes on",
    ),
    (
        "130429",
        Action::Retry,
        "the number has sent too much at once",
        "nothing; it goes out more slowly",
    ),
    (
        "130472",
        Action::GiveUp,
        "the recipient is in an experiment of Meta's and gets no marketing",
        "reach them another way, or wait until they write",
    ),
    (
        "130497",
        Action::GiveUp,
        "the account may not write to people in that country",
        "see WhatsApp's rules on countries for your line of business",
    ),
    (
        "131000",
        Action::Retry,
        "Meta could not send it and doesn't know why",
        "nothing; ask Meta's support if it goes on",
    ),
    (
        "131005",
        Action::Alarm,
        "the permission was not granted or was removed",
        "give the app's token the permission whatsapp_business_messaging",
    ),
    (
        "131008",
        Action::GiveUp,
        "the request lacks something",
        "look at the message: this is a fault of Countersign's or of the template's",
    ),
    (
        "131009",
        Action::GiveUp,
        "a value in the request is not taken",
        "check the recipient, and the template's or file's values",
    ),
    (
        "131016",
        Action::Retry,
        "a service of Meta's is down for the moment",
        "nothing; see https://metastatus.com if it goes on",
    ),
    (
        "131021",
        Action::GiveUp,
        "the recipient is the sender",
        "write to another number",
    ),
    (
        "131026",
        Action::GiveUp,
        "the message can't be delivered to the recipient",
        "check that the number is on WhatsApp and its app up to date, or reach them another way",
    ),
    (
        "131030",
        Action::GiveUp,
        "the recipient is not on the test number's list",
        "add the recipient to the list in the app's settings, or use a number of your own",
    ),
    (
        "131031",
        Action::Alarm,
        "the WhatsApp Business account is locked",
        "see the account's notices in Meta's Business Manager",
    ),
    (
        "131037",
        Action::Alarm,
        "the number's display name is not approved",
        "have the display name approved in WhatsApp Manager",
    ),
    (
        "131042",
        Action::Alarm,
        "there is a fault with the account's payment",
        "see the payment settings in Meta's Business Manager",
    ),
    (
        "131045",
        Action::Alarm,
        "the number is not registered right",
        "register the number anew with Meta",
    ),
    (
        "131047",
        Action::UseTemplate,
        "more than 24 hours have passed since the customer wrote",
        "send an approved template, or wait until they write",
    ),
    (
        "131048",
        Action::Alarm,
        "too many messages of this number were blocked or marked as spam",
        "see the number's quality in WhatsApp Manager",
    ),
    (
        "131049",
        Action::Alarm,
        "Meta kept it back, to spare people too much of the kind",
        "wait at least a day before sending such templates again",
    ),
    (
        "131050",
        Action::GiveUp,
        "the recipient wants no marketing messages",
        "don't write to them until they write",
    ),
    (
        "131051",
        Action::GiveUp,
        "WhatsApp doesn't support that kind of message",
        "send it as text or as another kind of file",
    ),
    (
        "131052",
        Action::GiveUp,
        "the customer's file could not be fetched",
        "have the customer send it again",
    ),
    (
        "131053",
        Action::GiveUp,
        "Meta could not take the file",
        "check the file's type and size, and that its link opens",
    ),
    (
        "131056",
        Action::Retry,
        "too many messages to this one person in a short time",
        "nothing; it goes out more slowly",
    ),
    (
        "131057",
        Action::Retry,
        "the account is in maintenance",
        "nothing; it lasts a few minutes",
    ),
    (
        "131062",
        Action::GiveUp,
        "that kind of message can't go to somebody without a phone number",
        "ask them to share their number",
    ),
    (
        "131063",
        Action::GiveUp,
        "marketing templates are turned off for this API",
        "turn off disable_marketing_messages_on_cloud_api",
    ),
    (
        "131064",
        Action::Alarm,
        "the account may send no more, for templates of the wrong category",
        "see the account's notices in Meta's Business Manager",
    ),
    (
        "132000",
        Action::GiveUp,
        "the template has another number of variables",
        "compare the registered template's variables with Meta's",
    ),
    (
        "132001",
        Action::GiveUp,
        "there is no such template in that language, or it is not approved",
        "check the template's name and language, and that Meta has approved it",
    ),
    (
        "132005",
        Action::GiveUp,
        "the template's text is too long with these values",
        "shorten the values",
    ),
    (
        "132007",
        Action::GiveUp,
        "the template violates a policy of WhatsApp's",
        "change the template and have it approved anew",
    ),
    (
        "132008",
        Action::GiveUp,
        "a value of the template's is not of the right form",
        "compare the registered template's variables with Meta's",
    ),
    (
        "132012",
        Action::GiveUp,
        "a value of the template's is not of the right form",
        "compare the registered template's variables with Meta's",
    ),
    (
        "132015",
        Action::GiveUp,
        "the template is paused for its low quality",
        "change the template, or use another",
    ),
    (
        "132016",
        Action::GiveUp,
        "the template is disabled for its low quality",
        "register another template",
    ),
    (
        "132068",
        Action::GiveUp,
        "the form is blocked",
        "repair the form in WhatsApp Manager",
    ),
    (
        "132069",
        Action::GiveUp,
        "the form has been sent too often in an hour",
        "wait an hour",
    ),
    (
        "133010",
        Action::Alarm,
        "the number is not registered with the Cloud API",
        "register the number with Meta",
    ),
    (
        "133016",
        Action::Alarm,
        "the number was registered or deregistered too often",
        "wait three days, then register it",
    ),
    (
        "135000",
        Action::GiveUp,
        "Meta could not handle the request's values",
        "look at the message: this is a fault of Countersign's or of the template's",
    ),
    (
        "137000",
        Action::GiveUp,
        "the recipient's phone was changed since",
        "ask them to write, then send it again",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole of the table that facts about sending were settled in.
    #[test]
    fn w5_codes_say_what_to_do() {
        let check = |codes: &[&str], action: Action| {
            for code in codes {
                assert_eq!(explain(code).action, action, "{code}");
            }
        };
        check(
            &[
                "4", "80007", "130429", "131056", "131000", "131016", "131057", "1", "2",
            ],
            Action::Retry,
        );
        check(&["131047"], Action::UseTemplate);
        check(
            &["131026", "131051", "131008", "131009", "131050"],
            Action::GiveUp,
        );
        check(
            &["131048", "131049", "131031", "368", "190", "131042", "230"],
            Action::Alarm,
        );
        check(&["999999", "", "190 ", "HTTP 400"], Action::GiveUp);
    }

    #[test]
    fn a_code_is_explained_once() {
        let number = |code: &str| code.parse::<u32>().unwrap();
        assert!(CODES.is_sorted_by(|(a, ..), (b, ..)| number(a) < number(b)));
    }
}
