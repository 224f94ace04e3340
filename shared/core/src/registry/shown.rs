//! What a model shows a customer besides words: answers to choose from, and signs.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Call, arguments::Arguments};
use crate::offer::{LONGEST_DETAIL, LONGEST_OPENS, LONGEST_TEXT, LONGEST_TITLE, MOST_ROWS};

/// The signs that a model may put to a message. None of them says yes or done: a customer who asks
/// for a refund could take a thumb for one, and nobody has decided. And as there are no others,
/// nothing else can be said with one.
pub const SIGNS: [&str; 9] = ["❤️", "🙏", "😊", "😂", "🎉", "👏", "😮", "😢", "👀"];

/// What opens a list where the model names nothing.
const OPENS: &str = "Choose";

/// Answers that a model wants to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The words.
    pub text: String,
    /// Titles, and what is said besides.
    pub options: Vec<(String, Option<String>)>,
    /// What opens the list.
    pub opens: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfferChoices {
    /// What you say, with your question; at most 1000 characters.
    text: String,
    /// 2 to 10 different answers.
    options: Vec<OfferedOption>,
    /// What opens the list where there are many, at most 20 characters, such as "Choose".
    opens: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfferedOption {
    /// The answer as the customer would say it, at most 24 characters.
    title: String,
    /// More about it, at most 72 characters.
    detail: Option<String>,
}

impl Arguments for OfferChoices {
    fn call(self) -> Result<Call, String> {
        if !(2..=MOST_ROWS).contains(&self.options.len()) {
            return Err(format!(
                "options: got {}, wants 2 to {MOST_ROWS}",
                self.options.len()
            ));
        }
        let options = self
            .options
            .into_iter()
            .map(|OfferedOption { title, detail }| {
                let detail = detail.filter(|detail| !detail.trim().is_empty());
                let detail = detail.map(|detail| line("detail", &detail, LONGEST_DETAIL));
                Ok((line("title", &title, LONGEST_TITLE)?, detail.transpose()?))
            });
        let options = options.collect::<Result<Vec<_>, String>>()?;
        for (index, (title, _)) in options.iter().enumerate() {
            let same = |(other, _): &(String, _)| other.to_lowercase() == title.to_lowercase();
            if options[..index].iter().any(same) {
                return Err(format!("options: {title:?} is there twice"));
            }
        }
        let text = self.text.trim();
        let long = text.chars().count();
        if text.is_empty() || long > LONGEST_TEXT {
            return Err(format!("text: got {long} characters, wants 1 to 1000"));
        }
        Ok(Call::Offer(Choices {
            text: text.to_owned(),
            options,
            opens: match self.opens {
                Some(opens) => line("opens", &opens, LONGEST_OPENS)?,
                None => OPENS.to_owned(),
            },
        }))
    }
}

/// A title and the like: one line, without the marks that only words have.
fn line(field: &str, text: &str, most: usize) -> Result<String, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let line = line.trim_matches(['*', '_', '~', '`', ' ']);
    let shown = crate::safety::shown(line);
    match shown.chars().count() {
        count if (1..=most).contains(&count) => Ok(shown),
        count => Err(format!(
            "{field}: got {count} characters, wants 1 to {most}: {:?}",
            line.chars().take(80).collect::<String>()
        )),
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct React {
    /// Which sign.
    #[schemars(with = "Sign")]
    emoji: String,
}

/// [`SIGNS`], as a schema names them.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "its schema is what it is for")]
enum Sign {
    #[serde(rename = "❤️")]
    Heart,
    #[serde(rename = "🙏")]
    Thanks,
    #[serde(rename = "😊")]
    Smile,
    #[serde(rename = "😂")]
    Laugh,
    #[serde(rename = "🎉")]
    Cheers,
    #[serde(rename = "👏")]
    Applause,
    #[serde(rename = "😮")]
    Wonder,
    #[serde(rename = "😢")]
    Sorrow,
    #[serde(rename = "👀")]
    Seen,
}

impl Arguments for React {
    fn call(self) -> Result<Call, String> {
        // Some models leave out the selector that asks for colour.
        let bare = |sign: &str| sign.trim().replace('\u{fe0f}', "");
        let wanted = bare(&self.emoji);
        let sign = SIGNS.into_iter().find(|sign| bare(sign) == wanted);
        sign.map(Call::React)
            .ok_or_else(|| format!("emoji: wants one of {}", SIGNS.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        model::Wanted,
        registry::{self, OFFER_CHOICES, REACT, Remote},
    };

    fn check(tool: &str, arguments: Value) -> Result<Call, String> {
        let wanted = Wanted {
            tool: tool.into(),
            arguments,
        };
        registry::check(&wanted, &Remote::new(), |_| true).map_err(|why| why.to_string())
    }

    #[test]
    fn w2_what_a_model_offers_fits_every_phone() {
        let offered = check(
            OFFER_CHOICES,
            json!({"text": " Which site? ", "options": [
                {"title": "**Kigali**"}, {"title": "Huye\n", "detail": " 3  boxes "},
            ]}),
        );
        let expect = Call::Offer(Choices {
            text: "Which site?".into(),
            options: vec![
                ("Kigali".into(), None),
                ("Huye".into(), Some("3 boxes".into())),
            ],
            opens: "Choose".into(),
        });
        assert_eq!(offered, Ok(expect));
        let options = |titles: &[&str]| -> Value {
            titles.iter().map(|title| json!({"title": title})).collect()
        };
        let rows = [
            (
                json!({"text": "x", "options": options(&["a"])}),
                "wants 2 to 10",
            ),
            (
                json!({"text": "x", "options": options(&["a"; 11])}),
                "wants 2 to 10",
            ),
            (
                json!({"text": "x", "options": options(&["a", "A"])}),
                "there twice",
            ),
            (
                json!({"text": "x", "options": options(&["a", "*"])}),
                "title: got 0",
            ),
            (
                json!({"text": "x", "options": options(&["a", &"b".repeat(25)])}),
                "title: got 25",
            ),
            (
                json!({"text": " ", "options": options(&["a", "b"])}),
                "text: got 0",
            ),
            (
                json!({"text": "x".repeat(1025), "options": options(&["a", "b"])}),
                "text: got 1025",
            ),
            (
                json!({"text": "x", "options": options(&["a", "b"]), "opens": "x".repeat(21)}),
                "opens: got 21",
            ),
        ];
        for (arguments, expect) in rows {
            let why = check(OFFER_CHOICES, arguments).unwrap_err();
            assert!(why.contains(expect), "{why}");
        }
    }

    #[test]
    fn w2_a_sign_is_one_that_agrees_to_nothing() {
        assert_eq!(check(REACT, json!({"emoji": "❤"})), Ok(Call::React("❤️")));
        for none in ["👍", "✅", "👌", "", "🙏🙏", "</user_message>", "ok"] {
            let why = check(REACT, json!({"emoji": none})).unwrap_err();
            assert!(why.contains("wants one of"), "{why}");
        }
        let tools = registry::specs(&Remote::new(), crate::step::Role::Customer, |_| true);
        let react = tools.iter().find(|tool| tool.name == REACT).unwrap();
        assert_eq!(react.schema["properties"]["emoji"]["enum"], json!(SIGNS));
    }
}
