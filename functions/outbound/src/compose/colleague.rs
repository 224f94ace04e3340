//! A question of an agent's as it stands on a colleague's phone.

use countersign_core::{
    answers::MOST_CHARACTERS,
    approval::Act,
    question::{AnswerFormat, Question, Urgency},
};

use super::cut;

/// The whole question and what it can be answered with, from the act alone. The link must arrive,
/// whatever a customer had a model write.
pub(super) fn question(act: &Act, asks: &Question, url: &str) -> String {
    let urgent = match asks.urgency {
        Urgency::Low | Urgency::Normal => String::new(),
        Urgency::High | Urgency::Critical => format!(" ({})", asks.urgency.as_str()),
    };
    let begins = format!(
        "*A question{urgent}*\nAn agent asks you, in its conversation with {}:\n",
        act.recipient
    );
    let until = act.deadline.strftime("%d %b %H:%M");
    let ends =
        format!("\nOpen this page to answer, until {until} UTC. A reply here is not seen.\n{url}");
    let choices = match asks.format {
        AnswerFormat::Text => String::new(),
        AnswerFormat::YesNo => "\nYes or no.".to_owned(),
        AnswerFormat::Choice => {
            let options = asks.options.iter();
            let options = options.map(|option| format!("\n• {}", cut(option, MOST_SHOWN)));
            options.collect()
        }
    };
    let taken = begins.chars().count() + ends.chars().count();
    let room = MOST_CHARACTERS.saturating_sub(taken + choices.chars().count() + AROUND);
    format!(
        "{begins}“{}”{choices}{ends}",
        cut(&asks.question.replace('\n', " "), room)
    )
}

/// The most characters of an option, which has at most 60, as it is shown: those that can't be seen
/// take more room, and the page shows it whole.
const MOST_SHOWN: usize = 80;

/// Room for quotation marks, and for the note that the page has the rest.
const AROUND: usize = 20;

#[cfg(test)]
mod tests {
    use countersign_core::OutputId;

    use super::*;

    fn text(question: &str, urgency: Urgency, format: AnswerFormat, options: &[String]) -> String {
        let asks = Question::new(question, urgency, format, options).unwrap();
        let act = Act::ask_colleague(
            "acme".parse().unwrap(),
            OutputId::derived("x"),
            asks.clone(),
            "+250788000201".parse().unwrap(),
            "2026-11-21T10:00:00Z".parse().unwrap(),
        );
        super::question(&act.unwrap(), &asks, "https://example.com/approvals/x")
    }

    #[test]
    fn a8_a_question_is_read_on_a_phone() {
        let options = ["Kigali".to_owned(), "Huye".to_owned()];
        assert_eq!(
            text(
                "Which shop has it?\nThe blue one.",
                Urgency::High,
                AnswerFormat::Choice,
                &options
            ),
            "*A question (high)*\nAn agent asks you, in its conversation with +250788000201:\n“Which \
             shop has it? The blue one.”\n• Kigali\n• Huye\nOpen this page to answer, until \
             21 Nov 10:00 UTC. A reply here is not seen.\nhttps://example.com/approvals/x"
        );
        let plain = text("Is it paid?", Urgency::Low, AnswerFormat::YesNo, &[]);
        assert!(
            plain.starts_with("*A question*\n") && plain.contains("\nYes or no.\n"),
            "{plain}"
        );
    }

    #[test]
    fn a8_no_words_of_a_model_push_the_link_out_or_make_one() {
        let long = format!("see https://evil.example {}", "\u{202e}".repeat(450));
        let options: Vec<String> = (0..8)
            .map(|n| format!("{n}{}", "\u{2066}".repeat(59)))
            .collect();
        let text = text(&long, Urgency::Critical, AnswerFormat::Choice, &options);
        assert!(
            text.ends_with("\nhttps://example.com/approvals/x"),
            "{text}"
        );
        assert!(
            text.chars().count() <= MOST_CHARACTERS,
            "{}",
            text.chars().count()
        );
        assert_eq!(text.matches("://").count(), 1);
        assert!(!text.contains(['\u{202e}', '\u{2066}']));
    }
}
