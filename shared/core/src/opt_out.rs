//! The words by which somebody asks to be sent nothing more, and to be written to again.
//!
//! Only a message that is such a word and nothing else counts: "stop" does, "stop ABC123" is the
//! agent's to understand.

use serde::{Deserialize, Serialize};

use crate::commands::plain_words;

/// Whether somebody may be written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opted {
    /// As far as they have said.
    #[default]
    In,
    /// They asked to be sent nothing more.
    Out,
}

impl Opted {
    /// Whether they have not asked for anything.
    pub fn is_in(&self) -> bool {
        *self == Self::In
    }

    /// What they asked for in words, for whoever reads the record.
    pub fn told(self) -> &'static str {
        match self {
            Self::Out => "The customer asked to be sent nothing more",
            Self::In => "The customer asked to be written to again",
        }
    }
}

/// Out, where a company names no words of its own. Twilio's and other carriers' "cancel", "end" and
/// "quit" are left out: they are answers to an agent's questions.
const OUT: &[&str] = &[
    // English, and what other languages have taken from it
    "stop",
    "stopall",
    "stop all",
    "stop messages",
    "stop messaging me",
    "unsubscribe",
    "opt out",
    "opt-out",
    "optout",
    // French
    "arrêt",
    "arret",
    "arrêter",
    "arreter",
    "arrêtez",
    "arretez",
    "désabonner",
    "desabonner",
    "se désabonner",
    "se desabonner",
    // Spanish
    "alto",
    "baja",
    "darme de baja",
    "dar de baja",
    "parar",
    // Portuguese
    "pare",
    "sair",
    "descadastrar",
    // Italian
    "basta",
    "ferma",
    // German
    "stopp",
    "abmelden",
    "abbestellen",
    // Dutch
    "afmelden",
    // Kinyarwanda
    "hagarika",
    "reka",
    // Swahili
    "sitisha",
    "acha",
    "simamisha",
    // Indonesian
    "berhenti",
    // Russian
    "стоп",
    // Arabic
    "توقف",
    "إيقاف",
    "ايقاف",
    // Chinese
    "退订",
    "停止",
];

/// In again.
const IN: &[&str] = &[
    "start",
    "restart",
    "unstop",
    "subscribe",
    "opt in",
    "opt-in",
    "optin",
    // French
    "commencer",
    "démarrer",
    "demarrer",
    "reprendre",
    "abonner",
    // Spanish
    "alta",
    "empezar",
    "iniciar",
    "reanudar",
    // Portuguese
    "começar",
    "comecar",
    "voltar",
    // Italian
    "inizia",
    "riprendi",
    // German
    "starten",
    "anmelden",
    // Dutch
    "aanmelden",
    // Kinyarwanda
    "tangira",
    "komeza",
    // Swahili
    "anza",
    "endelea",
    // Indonesian
    "mulai",
    // Russian
    "старт",
    // Arabic
    "ابدأ",
    "ابدا",
    // Chinese
    "订阅",
    "开始",
];

/// A company's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptWords {
    out: Vec<String>,
    back: Vec<String>,
}

impl Default for OptWords {
    fn default() -> Self {
        Self {
            out: OUT.iter().filter_map(|word| plain(word)).collect(),
            back: IN.iter().filter_map(|word| plain(word)).collect(),
        }
    }
}

impl OptWords {
    /// A company's own in place of the usual ones; where it names none, the usual ones.
    pub fn new(out: &[String], back: &[String]) -> Self {
        let usual = Self::default();
        let own = |words: &[String], usual| match words {
            [] => usual,
            words => words.iter().filter_map(|word| plain(word)).collect(),
        };
        Self {
            out: own(out, usual.out),
            back: own(back, usual.back),
        }
    }

    /// What a message asks for, if it asks for one of both and for nothing else.
    pub fn asked(&self, text: &str) -> Option<Opted> {
        let text = plain(text)?;
        let is_one_of = |words: &[String]| words.contains(&text);
        if is_one_of(&self.out) {
            return Some(Opted::Out);
        }
        is_one_of(&self.back).then_some(Opted::In)
    }
}

/// Whether a word can be one of a company's: what it says is all read, and is short.
pub fn is_word(text: &str) -> bool {
    text.chars().count() <= LONGEST && plain(text).is_some()
}

/// Nothing longer is such a word.
const LONGEST: usize = 40;

/// A text as words are compared: in lower case, without punctuation and combining accents.
fn plain(text: &str) -> Option<String> {
    let words = plain_words(text)?;
    let words: String = words
        .chars()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}'))
        .collect();
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w5_a_word_alone_opts_out_in_many_languages_and_in_any_dress() {
        let words = OptWords::default();
        let check = |text: &str, expect: Option<Opted>| {
            assert_eq!(words.asked(text), expect, "{text:?}");
        };
        for word in OUT {
            check(word, Some(Opted::Out));
        }
        for word in IN {
            check(word, Some(Opted::In));
        }
        for text in [
            "STOP",
            " Stop. ",
            "*stop*!!",
            "\u{201c}Stop\u{201d}",
            "Arre\u{302}t",
            "ARRÊT",
            "Stop \u{1f6d1}",
            "OPT OUT",
        ] {
            check(text, Some(Opted::Out));
        }
        check("Start!", Some(Opted::In));
        for text in [
            "",
            "stop ABC123",
            "please don't stop",
            "stop it, I want my order",
            "the bus stop",
            "stop agent inventory",
            "stop + start",
            "start report",
            "\u{1f6d1}",
            "cancel",
            "no",
        ] {
            check(text, None);
        }
        check(&"stop ".repeat(60), None);
    }

    #[test]
    fn w5_no_word_means_both_and_none_is_a_command_or_calls_one_off() {
        let words = OptWords::default();
        let today = "2026-11-20".parse().unwrap();
        for word in words.out.iter().chain(&words.back) {
            assert!(!crate::commands::is_sure(word, today), "{word:?}");
        }
        let both: Vec<_> = words
            .out
            .iter()
            .filter(|it| words.back.contains(it))
            .collect();
        assert!(both.is_empty(), "{both:?}");
    }

    #[test]
    fn w5_a_companys_own_words_take_the_place_of_the_usual_ones() {
        let words = OptWords::new(&["Tschüss".into(), "Lass gut sein".into()], &[]);
        assert_eq!(words.asked("lass gut sein!"), Some(Opted::Out));
        assert_eq!(words.asked("tschüss"), Some(Opted::Out));
        assert_eq!(words.asked("stop"), None);
        assert_eq!(words.asked("start"), Some(Opted::In));
        assert!(is_word("Lass gut sein"));
        assert!(!is_word("!") && !is_word(&"x".repeat(41)) && !is_word("a <b>".repeat(9).as_str()));
    }
}
