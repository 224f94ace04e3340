//! What an agent asks a colleague: which questions can be asked, how long there is to answer one, and
//! which answers fit.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ContentHash;

/// The most characters of a question.
pub const MOST_QUESTION: usize = 500;
/// The most answers that a question gives to choose from.
pub const MOST_OPTIONS: usize = 8;
/// The most characters of one of them.
pub const MOST_OPTION: usize = 60;
/// The most characters of an answer in words.
pub const MOST_ANSWER: usize = 1000;

/// A question that was checked: [`Question::new`] makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// In a model's words, 1 to [`MOST_QUESTION`] characters. Data, like all that a model writes.
    pub question: String,
    /// How soon it wants an answer.
    pub urgency: Urgency,
    /// What kind of answer it wants.
    pub format: AnswerFormat,
    /// The answers of a [`AnswerFormat::Choice`], which are 2 to [`MOST_OPTIONS`]; else none.
    pub options: Vec<String>,
}

/// How soon a question wants an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// When there is time.
    Low,
    /// Today.
    #[default]
    Normal,
    /// The customer waits for it.
    High,
    /// Somebody or something may come to harm.
    Critical,
}

/// What kind of answer a question wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFormat {
    /// In words.
    #[default]
    Text,
    /// Yes or no.
    YesNo,
    /// One of some given answers.
    Choice,
}

impl Urgency {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// How long there is to answer, where decisions may take `most`: never longer than that, and
    /// less for what is urgent.
    pub fn time(self, most: SignedDuration) -> SignedDuration {
        let own = match self {
            Self::Low => most,
            Self::Normal => SignedDuration::from_hours(4),
            Self::High => SignedDuration::from_hours(1),
            Self::Critical => SignedDuration::from_mins(15),
        };
        own.min(most)
    }
}

impl AnswerFormat {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
        }
    }
}

/// The answers to a [`AnswerFormat::YesNo`].
pub const YES_NO: [&str; 2] = ["yes", "no"];

impl Question {
    /// A question as it can be asked.
    ///
    /// # Errors
    /// What is wrong with it, for the model that wants to ask it.
    pub fn new(
        question: &str,
        urgency: Urgency,
        format: AnswerFormat,
        options: &[String],
    ) -> Result<Self, String> {
        let question = question.trim();
        let long = question.chars().count();
        if !(1..=MOST_QUESTION).contains(&long) {
            return Err(format!(
                "question: it has {long} characters; write 1 to {MOST_QUESTION}"
            ));
        }
        let options: Vec<String> = options.iter().map(|it| it.trim().to_owned()).collect();
        match (format, options.len()) {
            (AnswerFormat::Choice, 2..=MOST_OPTIONS) => {}
            (AnswerFormat::Choice, count) => {
                return Err(format!(
                    "options: there are {count}; a choice has 2 to {MOST_OPTIONS}"
                ));
            }
            (AnswerFormat::Text | AnswerFormat::YesNo, 0) => {}
            (AnswerFormat::Text | AnswerFormat::YesNo, _) => {
                return Err(format!(
                    "options: {} has none; leave them out, or make format choice",
                    format.as_str()
                ));
            }
        }
        for (index, option) in options.iter().enumerate() {
            let long = option.chars().count();
            if !(1..=MOST_OPTION).contains(&long) || option.contains(char::is_control) {
                return Err(format!(
                    "options: number {} has {long} characters; write 1 to {MOST_OPTION} in one line",
                    index + 1
                ));
            }
            let (before, small) = (&options[..index], option.to_lowercase());
            if before.iter().any(|other| other.to_lowercase() == small) {
                return Err(format!("options: {option:?} is there twice"));
            }
        }
        Ok(Self {
            question: question.to_owned(),
            urgency,
            format,
            options,
        })
    }

    /// Tells the open questions of a thread apart: the beginning of the digest of its words, however
    /// they are spaced and whatever else is asked for with them.
    pub fn mark(&self) -> String {
        const MARK: usize = 16;
        let small = self.question.to_lowercase();
        let words: Vec<&str> = small.split_whitespace().collect();
        let digest = ContentHash::of(words.join(" ").as_bytes()).to_string();
        digest.chars().take(MARK).collect()
    }

    /// The answers to choose from; none where it is answered in words.
    pub fn choices(&self) -> Vec<&str> {
        match self.format {
            AnswerFormat::Text => vec![],
            AnswerFormat::YesNo => YES_NO.to_vec(),
            AnswerFormat::Choice => self.options.iter().map(String::as_str).collect(),
        }
    }

    /// What an answer has to be.
    pub fn wants(&self) -> String {
        match self.format {
            AnswerFormat::Text => format!("1 to {MOST_ANSWER} characters"),
            AnswerFormat::YesNo | AnswerFormat::Choice => {
                let choices = self.choices().into_iter();
                let choices: Vec<String> = choices.map(|it| format!("“{it}”")).collect();
                format!("one of {}", choices.join(", "))
            }
        }
    }

    /// An answer as it is recorded: one of the choices exactly, or words without blank ends and
    /// unseen characters.
    ///
    /// # Errors
    /// What is wanted instead.
    pub fn read_answer(&self, answer: &str) -> Result<String, String> {
        let wrong = || {
            Err(format!(
                "the answer does not fit: it wants {}",
                self.wants()
            ))
        };
        match self.format {
            AnswerFormat::YesNo | AnswerFormat::Choice => {
                let mut choices = self.choices().into_iter();
                let chosen = choices.find(|choice| *choice == answer);
                chosen.map_or_else(wrong, |chosen| Ok(chosen.to_owned()))
            }
            AnswerFormat::Text => {
                let answer = answer.replace("\r\n", "\n");
                let answer: String = answer
                    .trim()
                    .chars()
                    .filter(|c| *c == '\n' || !c.is_control())
                    .collect();
                match answer.chars().count() {
                    1..=MOST_ANSWER => Ok(answer),
                    _ => wrong(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(format: AnswerFormat, options: &[&str]) -> Result<Question, String> {
        let options: Vec<String> = options.iter().map(|it| (*it).to_owned()).collect();
        Question::new(" Is K1 paid? ", Urgency::Normal, format, &options)
    }

    #[test]
    fn a8_a_question_is_checked_before_anybody_is_asked() {
        use AnswerFormat::*;
        let asked = question(Choice, &["Kigali ", "Huye"]).unwrap();
        assert_eq!(asked.question, "Is K1 paid?");
        assert_eq!(asked.options, ["Kigali", "Huye"]);
        let long = "x".repeat(61);
        let nine: Vec<String> = (0..9).map(|n| n.to_string()).collect();
        let nine: Vec<&str> = nine.iter().map(String::as_str).collect();
        for (format, options, expect) in [
            (Text, &["a"][..], "options: text has none"),
            (YesNo, &["a", "b"], "options: yes_no has none"),
            (Choice, &[], "options: there are 0; a choice has 2 to 8"),
            (Choice, &["a"], "options: there are 1"),
            (Choice, &nine, "options: there are 9"),
            (Choice, &["a", "A "], "options: \"A\" is there twice"),
            (Choice, &["a", " "], "options: number 2 has 0 characters"),
            (Choice, &[&long, "b"], "options: number 1 has 61 characters"),
            (Choice, &["a", "b\nc"], "options: number 2 has 3 characters"),
        ] {
            let why = question(format, options).unwrap_err();
            assert!(why.starts_with(expect), "{why}");
        }
        for (text, count) in [("  ", 0), (&*"é".repeat(501), 501)] {
            let why = Question::new(text, Urgency::Low, Text, &[]).unwrap_err();
            let expect = format!("question: it has {count} characters; write 1 to 500");
            assert_eq!(why, expect);
        }
        assert!(Question::new(&"é".repeat(500), Urgency::Low, Text, &[]).is_ok());
    }

    #[test]
    fn a8_only_an_answer_that_fits_is_one() {
        use AnswerFormat::*;
        let check = |format, options: &[&str], answer: &str, expect: Option<&str>| {
            let read = question(format, options).unwrap().read_answer(answer);
            assert_eq!(read.ok().as_deref(), expect, "{answer:?}");
        };
        check(YesNo, &[], "yes", Some("yes"));
        check(YesNo, &[], "no", Some("no"));
        for answer in ["", "Yes", "yes ", "maybe", "yes\n"] {
            check(YesNo, &[], answer, None);
        }
        check(Choice, &["Kigali", "Huye"], "Huye", Some("Huye"));
        for answer in ["", "huye", "Kigali, Huye", "Musanze"] {
            check(Choice, &["Kigali", "Huye"], answer, None);
        }
        check(
            Text,
            &[],
            " Since\r\nMonday\u{1b}. ",
            Some("Since\nMonday."),
        );
        check(Text, &[], " \r\n\u{7} ", None);
        let longest = "é".repeat(1000);
        check(Text, &[], &longest, Some(&longest));
        check(Text, &[], &format!("{longest}é"), None);
        let asked = question(Choice, &["Kigali", "Huye"]).unwrap();
        assert_eq!(
            asked.read_answer("x").unwrap_err(),
            "the answer does not fit: it wants one of “Kigali”, “Huye”"
        );
    }

    #[test]
    fn a8_there_is_less_time_for_what_is_urgent_and_never_more_than_there_is() {
        let day = SignedDuration::from_hours(24);
        let minutes = |urgency: Urgency, most| urgency.time(most).as_mins();
        use Urgency::*;
        assert_eq!(
            [Low, Normal, High, Critical].map(|it| minutes(it, day)),
            [1440, 240, 60, 15]
        );
        let short = SignedDuration::from_mins(30);
        assert_eq!(
            [Low, Normal, High, Critical].map(|it| minutes(it, short)),
            [30, 30, 30, 15]
        );
    }

    #[test]
    fn a8_the_same_question_is_known_however_it_is_written() {
        let mark = |text: &str, urgency| {
            let asked = Question::new(text, urgency, AnswerFormat::Text, &[]);
            asked.unwrap().mark()
        };
        let first = mark("Is K1 paid?", Urgency::Low);
        assert_eq!(first.len(), 16);
        assert_eq!(mark("is  K1\npaid?", Urgency::High), first);
        assert_ne!(mark("Is K2 paid?", Urgency::Low), first);
    }
}
