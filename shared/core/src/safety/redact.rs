//! Takes personal data out of a text: phone numbers, e-mail addresses, payment cards, bank accounts
//! and national ids, in the ways people write them.
//!
//! What is told apart by its shape alone can be wrong both ways. Where a number carries a check
//! (cards, accounts, some ids), the check decides; where it carries none, the words beside it do:
//! "order 0788123456" is an order and "call 5552671" a phone. When in doubt, a marker that hides
//! too much does less harm than a number that gets out.

mod account;
mod card;
mod email;
mod id;
mod keep;
mod page;
mod phone;
mod words;

use std::borrow::Cow;

use self::page::{Kind, Page};
use crate::E164;

/// What belongs to the person a text is meant for, and is left as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    phones: Vec<String>,
    emails: Vec<String>,
}

impl Own {
    /// Nothing: for logs and memory, which are nobody's.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Also this phone number, however it is written.
    #[must_use]
    pub fn and_phone(mut self, phone: &E164) -> Self {
        self.phones
            .push(phone.as_str().trim_start_matches('+').to_owned());
        self
    }

    /// Also this e-mail address, in upper or lower case.
    #[must_use]
    pub fn and_email(mut self, email: &str) -> Self {
        self.emails.push(email.trim().to_lowercase());
        self
    }

    /// Whether `digits`, as dialled from anywhere, reach one of the phones.
    fn has_phone(&self, digits: &str) -> bool {
        let number = ["00", "011", "0"]
            .iter()
            .find_map(|prefix| digits.strip_prefix(prefix))
            .unwrap_or(digits);
        self.phones.iter().any(|own| {
            own == digits || own == number || (number.len() >= 8 && own.ends_with(number))
        })
    }

    fn has_email(&self, email: &str) -> bool {
        self.emails.iter().any(|own| own == email)
    }
}

/// How much was taken out, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Phone numbers, shown as `[phone]`.
    pub phones: usize,
    /// E-mail addresses, shown as `[email]`.
    pub emails: usize,
    /// Payment card numbers, shown as `[card]`.
    pub cards: usize,
    /// National ids and passports, shown as `[id]`.
    pub ids: usize,
    /// Bank accounts (IBAN), shown as `[account]`.
    pub accounts: usize,
}

impl Found {
    /// Whether nothing was taken out.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn count(&mut self, kind: Kind) {
        let counter = match kind {
            Kind::Phone => &mut self.phones,
            Kind::Email => &mut self.emails,
            Kind::Card => &mut self.cards,
            Kind::Id => &mut self.ids,
            Kind::Account => &mut self.accounts,
        };
        *counter += 1;
    }
}

/// A text without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text with a marker for each piece of personal data; borrowed if there was none.
    pub text: Cow<'a, str>,
    /// What the markers stand for.
    pub found: Found,
}

/// `text` with personal data replaced by markers, except what is the addressee's `own`.
///
/// Redacting again changes nothing. A text without a digit and without `@` is never changed.
pub fn redact<'a>(text: &'a str, own: &Own) -> Redacted<'a> {
    let mut redacted = Redacted {
        text: Cow::Borrowed(text),
        found: Found::default(),
    };
    // Numbers that stood next to one that is now a marker stand alone, and may be told apart only
    // now. Each round takes digits or an `@` away, so there is a last one.
    while let Some(next) = one_round(&redacted.text, own, &mut redacted.found) {
        redacted.text = Cow::Owned(next);
    }
    redacted
}

/// The text after everything that can be told apart at once is replaced; none if that is nothing.
fn one_round(text: &str, own: &Own, found: &mut Found) -> Option<String> {
    let mut page = Page::read(text)?;
    // The order is from what is surest to what is a guess: what was taken isn't looked at again.
    email::find(&mut page, own);
    phone::keep_own(&mut page, own);
    keep::references(&mut page);
    account::find(&mut page);
    id::find(&mut page);
    card::find(&mut page);
    phone::find(&mut page);
    page.finish(found)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
