//! Answers to choose from: which ones commands offer, and what was chosen.

use super::{Leaves, Moment, Planned, Step, kinds, reply, to_command};
use crate::{
    CallId, EventId,
    answers::Voice,
    choice::{self, Choice},
    commands::{self, Completion, Entities, Entity, Intent, Pending},
    event::{AgentWords, EventData},
    message::Content,
    offer::{Form, LONGEST_DETAIL, LONGEST_TITLE, Offer, Row, Shows, one_line},
    thread::Thread,
    tool::{AlertCounts, AlertLine, AlertsArguments, InventoryArguments, StockLine, ToolCall},
};

/// The most characters of what was asked for that an offer keeps.
const MOST_ASKED: usize = 100;

/// What is chosen from the answers that were offered last.
pub(super) enum Picked<'a> {
    /// The open question is answered with this, or it is what was said.
    Words(&'a str),
    /// This command is completed with this.
    Completes(&'a Pending, &'a str),
}

/// What a message chooses, if it does.
pub(super) fn picked<'a>(thread: &'a Thread, content: &Content) -> Option<Picked<'a>> {
    let fold = &thread.head.fold;
    fold.offered?;
    let offer = thread
        .events
        .iter()
        .rev()
        .find_map(|event| match &event.data {
            EventData::AgentMessage {
                body: AgentWords::Choices(offer),
                ..
            } => Some(offer),
            _ => None,
        })?;
    let row = match content {
        Content::Choice { id, .. } => offer.tapped(id),
        Content::Text { body } | Content::Edited { body, .. } => offer.typed(body),
        _ => None,
    }?;
    let pending = offer.completes.as_ref().or(fold.pending.as_ref());
    match (choice::read(&row.id, pending), &offer.completes) {
        (Choice::Answers(value), Some(completes)) => Some(Picked::Completes(completes, value)),
        (Choice::Answers(value), None) => Some(Picked::Words(value)),
        (Choice::Over, _) => None,
        (Choice::Said, _) => Some(Picked::Words(&row.title)),
    }
}

/// To an answer that completes a command of its own.
pub(super) fn completed(
    thread: &Thread,
    voice: Voice<'_>,
    moment: Moment,
    message: EventId,
    (pending, value): (&Pending, &str),
) -> Step {
    match commands::complete(pending, value, voice.today()) {
        Completion::Answered(command) | Completion::Replaced(command) => {
            to_command(thread, voice, moment, vec![message], &command)
        }
        Completion::Dropped | Completion::Unrelated => kinds::to_old_button(thread, voice, message),
    }
}

/// Asks for what a command lacks, with the answers to choose from where they are few and known.
pub(super) fn asks(
    thread: &Thread,
    answers: Vec<EventId>,
    question: String,
    pending: Pending,
) -> Step {
    let (opens, known) = known(pending.missing);
    let rows = known.iter().map(|title| Row {
        id: choice::id(&pending, &title.to_lowercase()),
        title: (*title).to_owned(),
        detail: None,
    });
    let offer = Offer::new(
        question.clone(),
        rows.collect(),
        opens,
        thread.head.fold.shows,
    );
    match offer {
        Some(offer) => Step::Record(vec![offers(answers, offer, Some(pending))]),
        None => reply(answers, question, Some(pending)),
    }
}

/// The answers to a question of ours, as they may also be typed.
fn known(missing: Entity) -> (&'static str, &'static [&'static str]) {
    match missing {
        // There are far more than a list has rows.
        Entity::Product => ("Products", &[]),
        Entity::Severity => ("Severities", &["Critical", "High", "Medium", "Low"]),
        Entity::ReportType => ("Reports", &["Sales"]),
        Entity::DateRange => (
            "Dates",
            &[
                "Today",
                "Yesterday",
                "This week",
                "Last week",
                "This month",
                "Last month",
            ],
        ),
    }
}

/// Stock, and where several products match, a row for each to look at more closely. Where nothing can
/// be tapped, the answer itself is the list, and numbers would only repeat it.
pub(super) fn stock(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    call: CallId,
    (found, more, took_ms): (&[StockLine], u32, Option<u32>),
) -> Step {
    let text = voice.stock(found, more, took_ms);
    let asked = called(thread, call).and_then(|tool| match tool {
        ToolCall::CheckInventory(InventoryArguments::Product(name)) => Some(name),
        _ => None,
    });
    let Some(asked) = asked.filter(|_| found.len() > 1) else {
        return reply(answers, text, None);
    };
    let pending = Pending {
        intent: Intent::CheckInventory,
        entities: Entities {
            // It tells this question's rows from those of others.
            product: Some(InventoryArguments::Product(
                asked.chars().take(MOST_ASKED).collect(),
            )),
            ..Entities::default()
        },
        missing: Entity::Product,
    };
    let is_short = |line: &StockLine| line.name.trim().chars().count() <= LONGEST_TITLE;
    let are_apart = found.iter().enumerate().all(|(index, line)| {
        let same = |other: &StockLine| other.name.to_lowercase() == line.name.to_lowercase();
        !found[..index].iter().any(same)
    });
    let by_name = are_apart && found.iter().all(is_short);
    let rows = found.iter().map(|line| {
        let sku = line.sku.to_string();
        let (title, detail) = match by_name {
            true => (line.name.as_str(), sku.as_str()),
            false => (sku.as_str(), line.name.as_str()),
        };
        Row {
            id: choice::id(&pending, &sku),
            title: one_line(title, LONGEST_TITLE),
            detail: Some(one_line(detail, LONGEST_DETAIL)),
        }
    });
    let rows = rows.collect();
    beside(thread, answers, text, (rows, pending))
}

/// Alerts, and where there are more than are shown, a row for each severity.
pub(super) fn alerts(
    thread: &Thread,
    voice: Voice<'_>,
    answers: Vec<EventId>,
    call: CallId,
    (alerts, more, counts): (&[AlertLine], u32, Option<AlertCounts>),
) -> Step {
    let text = voice.alerts(alerts, more, counts);
    let all = ToolCall::ViewAlerts(AlertsArguments::default());
    let is_of_all = called(thread, call) == Some(&all);
    let Some(counts) = counts.filter(|_| more > 0 && is_of_all) else {
        return reply(answers, text, None);
    };
    let pending = Pending {
        intent: Intent::ViewAlerts,
        entities: Entities::default(),
        missing: Entity::Severity,
    };
    let each = [
        ("Critical", counts.critical),
        ("High", counts.high),
        ("Medium", counts.medium),
        ("Low", counts.low),
    ];
    let each = each.into_iter().filter(|(_, count)| *count > 0);
    let rows = each.map(|(title, count)| Row {
        id: choice::id(&pending, &title.to_lowercase()),
        title: title.to_owned(),
        detail: Some(format!("{count} open")),
    });
    let rows = rows.collect();
    beside(thread, answers, text, (rows, pending))
}

/// An answer, with rows that lead on from it where they can be tapped.
fn beside(
    thread: &Thread,
    answers: Vec<EventId>,
    text: String,
    (rows, completes): (Vec<Row>, Pending),
) -> Step {
    let shows = thread.head.fold.shows;
    let (opens, _) = known(completes.missing);
    let offer = match shows {
        Shows::Taps if rows.len() > 1 => Offer::new(text.clone(), rows, opens, shows),
        Shows::Taps | Shows::Words => None,
    };
    match offer {
        Some(offer) if offer.form == Form::Taps => {
            let offer = Offer {
                completes: Some(completes),
                ..offer
            };
            Step::Record(vec![offers(answers, offer, None)])
        }
        _ => reply(answers, text, None),
    }
}

/// The offer as it is recorded.
pub(super) fn offers(answers: Vec<EventId>, offer: Offer, asks: Option<Pending>) -> Planned {
    Planned {
        answers,
        data: EventData::AgentMessage {
            body: AgentWords::Choices(offer),
            asks,
        },
        leaves: &[Leaves::Message],
    }
}

fn called(thread: &Thread, call: CallId) -> Option<&ToolCall> {
    let mut events = thread.events.iter().rev();
    events.find_map(|event| match &event.data {
        EventData::ToolCall {
            call: other, tool, ..
        } if *other == call => Some(tool),
        _ => None,
    })
}
