//! Tells what can be a SKU, and what can be a product's name, from what can't.
//!
//! A name is free words, and free words are also what every other sentence is made of. So a name
//! is short, holds none of the words that sentences are built with, and isn't one of the things
//! customers ask for besides products.

use super::tokens::Token;
use crate::{Sku, tool::InventoryArguments};

/// The words that a product's name has at most.
pub(super) const MOST_WORDS: usize = 4;

/// The SKU that a word is: it begins with a letter and has a digit, and is at least three long.
/// (`100W` and `2pm` begin with a digit: sizes and times.)
pub(super) fn sku(token: &Token) -> Option<Sku> {
    let typed = token.typed.as_bytes();
    let is_shaped = typed.len() >= 3
        && typed[0].is_ascii_alphabetic()
        && typed.iter().any(u8::is_ascii_digit)
        && !NOT_SKUS.contains(&token.word.as_str());
    is_shaped
        .then(|| token.typed.to_ascii_uppercase().parse().ok())
        .flatten()
}

/// The product that some words name: the SKU among them, or all of them as they were typed.
pub(super) fn product(words: &[Token]) -> Option<InventoryArguments> {
    let (first, last) = (words.first()?, words.last()?);
    if first.is_noise() || last.is_noise() || is_between(first) || is_between(last) {
        return None;
    }
    if words.iter().any(|token| !can_be_in_a_name(token)) {
        return None;
    }
    // A name before its SKU says the same twice; words after it, such as a place, say more.
    if let Some(at) = words.iter().position(|token| sku(token).is_some()) {
        let is_last = at + 1 == words.len() && !words.iter().any(is_number);
        return sku(last).filter(|_| is_last).map(InventoryArguments::Sku);
    }
    let named: Vec<&str> = words
        .iter()
        .filter(|token| !token.is_dash())
        .map(|token| token.typed.as_str())
        .collect();
    // "2 inch nails" is a name, "50 cement" and "cement 50" are amounts.
    let is_amount = is_number(last) || (is_number(first) && named.len() < 3);
    // Alone, and in "chance of a refund".
    let is_talk = words
        .iter()
        .take_while(|token| token.word != "of")
        .all(|token| is_among(token, NOT_ALONE));
    if named.len() > MOST_WORDS || is_amount || is_talk {
        return None;
    }
    Some(InventoryArguments::Product(named.join(" ")))
}

fn is_between(token: &Token) -> bool {
    matches!(token.word.as_str(), "of" | "ya")
}

fn is_number(token: &Token) -> bool {
    token.word.bytes().all(|b| b.is_ascii_digit())
}

fn can_be_in_a_name(token: &Token) -> bool {
    let is_word = token.word.chars().next().is_some_and(char::is_alphanumeric);
    (is_word || token.is_dash()) && !is_among(token, NEVER)
}

fn is_among(token: &Token, words: &str) -> bool {
    words.split(' ').any(|word| word == token.word)
}

/// What looks like a SKU and is something else.
const NOT_SKUS: &[&str] = &[
    "b2b", "b2c", "covid19", "covid-19", "gr8", "gr8t", "h2o", "l8r", "mp3", "mp4", "str8",
];

/// The words that sentences are built with: of persons, questions, common verbs, what stands
/// between words, small talk, times, and the commands' own.
const NEVER: &str = "\
    i im me my mine we us our ours you u ur your yours he she they them their his her it its \
    this that thats these those who whom whose what whats when where wheres why which how hows \
    is isnt am are arent was were be been being do does did dont doesnt didnt have has had \
    havent get got can cant could will would wont should shall must may might went gone came \
    come go going know want wanted need needed like check show tell give send see view find let \
    make create generate sell sold buy bought add remove set change reorder update cancel \
    approve approved reject rejected confirm acknowledge ack resolve help stop think say said \
    ask asked not no never and or but because so if than then to from in on at by with without \
    about into for as until since very too here there while also any enough still yes yeah yep \
    ok okay hi hello hey thanks thank sorry anyone someone anybody somebody something anything \
    nothing everything everyone yesterday tomorrow tonight week month stock stocks inventory \
    alert alerts report reports agent agents status sales sku availability more number";

/// What customers speak of besides products, unless it is a part of a name: "order books".
const NOT_ALONE: &str = "\
    all new old low out other free left right remaining available now today current currently \
    good bad much many item items product products goods things thing stuff units unit pieces \
    pcs count counts level levels balance position quantity qty total each every last next one \
    some take taking market exchange problem problems issue issues question questions query \
    minute minutes moment second time news updates idea ideas answer answers chance way reason \
    person people human manager boss owner customer customers employees staff workers supplier \
    suppliers delivery deliveries discount discounts offer offers price prices cost costs \
    invoice invoices receipt receipts order orders refund refunds complaint complaints feedback \
    payment payments mpesa whatsapp wifi address contact contacts account money cash debt \
    parking job jobs vacancy vacancies branch branches shop shops store stores site sites office \
    location catalogue catalog website email warranty transport rider driver credit days hours \
    messages tickets approvals notifications plan plans work food sense doubt guarantee charge \
    charges suggestion suggestions difference";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tokens::tokens;

    #[test]
    fn c3_skus_and_names_are_told_apart() {
        let check = |text: &str, expect: Option<InventoryArguments>| {
            assert_eq!(product(&tokens(text)), expect, "{text:?}");
        };
        let sku = |text: &str| text.parse().ok().map(InventoryArguments::Sku);
        let name = |text: &str| Some(InventoryArguments::Product(text.to_owned()));
        check("abc123", sku("ABC123"));
        check("sol-2010", sku("SOL-2010"));
        check("Solar panel SOL-2010", sku("SOL-2010"));
        check("Widgets", name("Widgets"));
        check("100W solar panels", name("100W solar panels"));
        check("2 inch nails", name("2 inch nails"));
        check("women\u{2019}s shoes", name("women\u{2019}s shoes"));
        check("bottle of water", name("bottle of water"));
        check("left hand gloves", name("left hand gloves"));
        check("unga ya ngano", name("unga ya ngano"));
        for not in [
            "",
            "ABC123 DEF456",
            "ABC123 50",
            "cement 50",
            "50 cement",
            "50",
            "out of",
            "my order",
            "orders",
            "chance of a refund",
            "ABC123 Nairobi",
            "cement and sand",
            "a b",
            "one two three four five",
            "<b>",
            "approve",
        ] {
            check(not, None);
        }
    }
}
