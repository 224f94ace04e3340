//! A question of an agent's, and the form that answers it.

use countersign_core::{
    question::{AnswerFormat, MOST_ANSWER, Question, Urgency},
    safety::shown,
};
use maud::{Markup, html};

use super::{LONGEST_REASON, Standing, View, act::covered, quote, time};
use crate::words::left;

/// What is asked, from the act and nothing else.
pub(super) fn act(view: &View<'_>, asks: &Question) -> Markup {
    let act = view.act;
    html! {
        (quote(&asks.question))
        p.note {
            "An agent wrote this, in its conversation with "
            bdi { (shown(act.recipient.as_str())) }
            ", and it may repeat what was written to it. Answer what you would tell anybody who asks."
        }
        @if asks.format == AnswerFormat::Choice && view.standing != Standing::Waits {
            p.soft { "To choose from were " (listed(&asks.options)) "." }
        }
        dl {
            dt { "Customer" }
            dd { bdi { (shown(act.recipient.as_str())) } }
            dt { "Urgency" }
            dd { (urgency(asks.urgency)) }
            dt { "Answer by" }
            dd {
                (time(act.deadline))
                @if view.standing == Standing::Waits {
                    small { (left(act.deadline.duration_since(view.now))) " left" }
                }
            }
            dt { "Asked" }
            dd { bdi { (shown(view.approver)) } }
        }
        (covered(view))
    }
}

/// Posts to the page's own address, whatever it is, and says what was shown. Declining needs no
/// answer.
pub(super) fn form(view: &View<'_>, asks: &Question) -> Markup {
    let choices = asks.choices();
    html! {
        form method="post" {
            input type="hidden" name="digest" value=(view.digest);
            @if choices.is_empty() {
                label for="answer" { "Your answer" }
                textarea #answer name="answer" maxlength=(MOST_ANSWER) rows="3" required {}
            } @else {
                fieldset {
                    legend { "Your answer" }
                    @for choice in choices {
                        label.option {
                            input type="radio" name="answer" value=(choice) required;
                            bdi { (word(asks, choice)) }
                        }
                    }
                }
            }
            label for="reason" { "Why not, if you can't answer" }
            textarea #reason name="reason" maxlength=(LONGEST_REASON) rows="2" {}
            div.choice {
                // The first is what Enter presses; which is left and which right, the style says.
                button.yes.last name="decision" value="answer" { "Send answer" }
                button name="decision" value="reject" formnovalidate { "I can't answer" }
            }
        }
        p.foot {
            "You answer as " bdi { (shown(view.approver)) } ". The first answer counts. The agent goes \
             on with it, and the customer may read your words. It approves nothing."
        }
    }
}

/// A choice as it is read.
fn word(asks: &Question, choice: &str) -> String {
    match (asks.format, choice) {
        (AnswerFormat::YesNo, "yes") => "Yes".to_owned(),
        (AnswerFormat::YesNo, _) => "No".to_owned(),
        (AnswerFormat::Text | AnswerFormat::Choice, choice) => shown(choice),
    }
}

fn listed(options: &[String]) -> String {
    let options = options.iter().map(|option| format!("“{}”", shown(option)));
    options.collect::<Vec<_>>().join(", ")
}

fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Low => "Low: when there is time",
        Urgency::Normal => "Normal",
        Urgency::High => "High: the customer waits",
        Urgency::Critical => "Critical: harm may be done",
    }
}
