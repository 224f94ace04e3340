//! What the words beside a number say it is.

use super::page::Page;

/// What a number is, by the words beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// "call me on", "WhatsApp:".
    Phone,
    /// "national id", "passport no".
    Id,
    /// "order", "invoice #".
    Reference,
    /// "RWF", "$", "pieces".
    Amount,
    /// The words don't tell.
    Unknown,
}

/// English, French, Kinyarwanda and Swahili, lower case, without accents.
#[rustfmt::skip]
const PHONE: &[&str] = &[
    "call", "phone", "telephone", "tel", "mobile", "cell", "whatsapp", "sms", "text", "dial",
    "contact", "ring", "momo", "appelez", "appeler", "appelle", "portable", "joindre", "fone",
    "telefone", "telefoni", "terefone", "hamagara", "mumpamagare", "umpamagare", "simu", "piga",
    "nipigie", "number's",
];

#[rustfmt::skip]
const ID: &[&str] = &[
    "passport", "passeport", "pasiporo", "pasipoti", "indangamuntu", "kitambulisho", "nida",
    "nid", "nin", "ssn", "identity", "identite", "identification", "aadhaar", "cni",
    "irangamuntu",
];

/// Whose "id" is a person's: "my id", "national id".
#[rustfmt::skip]
const PERSONS: &[&str] = &[
    "national", "my", "his", "her", "their", "your", "citizen", "government",
];

#[rustfmt::skip]
const REFERENCE: &[&str] = &[
    "order", "orders", "invoice", "inv", "ref", "reference", "ticket", "booking", "reservation",
    "tracking", "parcel", "sku", "item", "product", "model", "serial", "isbn", "barcode", "ean",
    "code", "batch", "lot", "receipt", "transaction", "txn", "id", "output", "thread", "version",
    "commande", "facture", "recu", "colis", "produit", "article", "agizo", "ankara", "risiti",
    "komande", "fagitire", "inyemezabuguzi", "quantity", "qty", "po", "case", "total", "stock",
    "imei", "meter", "compteur", "mita", "tin", "token",
];

#[rustfmt::skip]
const AMOUNT: &[&str] = &[
    "rwf", "frw", "rfw", "francs", "franc", "f", "usd", "dollars", "eur", "euros", "gbp", "ugx",
    "kes", "ksh", "kshs", "tzs", "tsh", "tshs", "ush", "bif", "fbu", "cdf", "shillings",
    "shilingi", "amafaranga", "mafaranga", "pieces", "pcs", "units", "items", "kg", "boxes",
    "bags", "meters", "litres", "points", "views",
];

/// What stands between such a word and its number.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "no", "nr", "num", "number", "numbers", "numero", "n", "nimero", "nambari", "namba", "nomero",
    "is", "was", "est", "ni", "the", "on", "at", "to", "me", "us", "him", "her", "au", "sur",
    "kwa", "kuri", "kuli", "le", "la", "yanjye", "yangu", "ya", "card", "carte", "d'identite",
];

/// What the words before the glyph `start` and after the one before `end` say of the number
/// between.
pub(super) fn context(page: &Page<'_>, start: usize, end: usize) -> Context {
    if is_amount_after(page, end) {
        return Context::Amount;
    }
    let mut at = start;
    for _ in 0..5 {
        let mut skipped = 0;
        while let Some(c) = page.before(at).filter(|c| !c.is_alphanumeric()) {
            match c {
                '#' => return Context::Reference,
                '$' | '€' | '£' | '¥' | '₦' | '₹' => return Context::Amount,
                ' ' | ':' | '.' | '-' | '(' | '=' | '+' | '°' | '/' | '*' | '_' if skipped < 4 => {
                }
                _ => return Context::Unknown,
            }
            skipped += 1;
            at -= 1;
        }
        let word_end = at;
        while page.before(at).is_some_and(is_word) {
            at -= 1;
        }
        let word = page.word(at..word_end);
        let is_in = |words: &[&str]| words.contains(&word.as_str());
        let is_person = || {
            let before = page.string(at.saturating_sub(12)..at).to_lowercase();
            let last = before.split_whitespace().last().unwrap_or_default();
            PERSONS.contains(&last)
        };
        return if is_in(PHONE) {
            Context::Phone
        } else if is_in(ID) || word == "id" && is_person() || word == "d'identite" {
            Context::Id
        } else if is_in(REFERENCE) {
            Context::Reference
        } else if is_in(AMOUNT) {
            Context::Amount
        } else if is_in(FILLERS) {
            continue;
        } else {
            Context::Unknown
        };
    }
    Context::Unknown
}

fn is_word(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\'' | '\u{2019}')
}

fn is_amount_after(page: &Page<'_>, end: usize) -> bool {
    let start = match page.at(end) {
        Some(' ') => end + 1,
        _ => end,
    };
    let word_end = (start..start + 12)
        .find(|at| !page.at(*at).is_some_and(char::is_alphabetic))
        .unwrap_or(start);
    matches!(page.at(start), Some('$' | '€' | '£' | '¥' | '%'))
        || start < word_end && AMOUNT.contains(&page.word(start..word_end).as_str())
}
