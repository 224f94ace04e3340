//! The budget, and what gives way to it.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    super::{
        page::laid_out,
        resolution::{Importance, Level},
    },
    parser::{Parsed, parse},
    scene::{Scene, event, message, placed, refused, request, says, summed_up, thinks, view},
};
use crate::{
    CallId, ContentHash, OutputId,
    context::{Context, Correction, LEAST_BUDGET, Parameters, build, tokens},
    event::{Event, EventData},
    thread::{Awaiting, Fold, OpenEvent, OpenKind},
    tool::ToolOutcome,
};

/// Words of some script, short or long.
fn words() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "tea and coffee ",
        "多少盒茶",
        "Сколько ",
        "🍵",
        "<&\"",
        "\u{27e8}",
    ]);
    (piece, prop_oneof![0..5usize, 0..80usize, 0..200usize]).prop_map(|(piece, n)| piece.repeat(n))
}

fn happened() -> impl Strategy<Value = EventData> {
    (0..7, words(), 0..5u8).prop_map(|(kind, text, number)| match kind {
        0 | 1 => message(Some(&text), &text),
        2 => says(&text),
        3 => EventData::ToolResult {
            call: CallId::derived(&number.to_string()),
            outcome: ToolOutcome::Failed { reason: text },
        },
        4 => request(OutputId::derived(&number.to_string()), &text, &text),
        5 => refused("check_inventory", &text),
        _ => thinks(
            &text,
            &[("check_inventory", serde_json::json!({ "product": text }))],
        ),
    })
}

#[derive(Debug, Clone)]
struct Case {
    events: Vec<Event>,
    fold: Fold,
    parameters: Parameters,
    correction: Correction,
}

fn case() -> impl Strategy<Value = Case> {
    let parameters = (
        prop_oneof![0..400u64, 0..3_000u64, 0..20_000u64],
        0..9usize,
        0..9usize,
    );
    let parameters = (parameters, 0..600usize, 0..2_000usize).prop_map(
        |((budget_tokens, whole, step), compact_characters, summary_characters)| Parameters {
            budget_tokens,
            whole,
            step,
            compact_characters,
            summary_characters,
            ..Parameters::default()
        },
    );
    let undecided = vec(any::<prop::sample::Index>(), 0..6);
    (
        vec(happened(), 1..40),
        undecided,
        parameters,
        300..4_000u32,
        prop::option::of(words()),
    )
        .prop_map(|(data, undecided, parameters, factor, summary)| {
            let compaction = summary.map(|summary| summed_up(5, summary));
            let data = data.into_iter().chain(compaction).enumerate();
            let events: Vec<Event> = data.map(|(number, data)| event(number, data)).collect();
            let mut fold = Fold::default();
            for index in undecided {
                let index = index.index(events.len());
                let commit = index as u64 + 1;
                let kind = match &events[index].data {
                    EventData::UserMessage { .. } => OpenKind::Message,
                    EventData::HumanRequest { act, .. } => {
                        fold.awaiting.push(Awaiting {
                            output: act.output,
                            version: 1,
                            digest: ContentHash::GENESIS,
                            commit,
                            question: None,
                        });
                        continue;
                    }
                    EventData::Compaction { .. } => continue,
                    _ => OpenKind::Result,
                };
                let event = events[index].id;
                fold.open.push(OpenEvent {
                    event,
                    commit,
                    asked: None,
                    file: Default::default(),
                    kind,
                });
            }
            fold.open.sort_by_key(|open| open.commit);
            let correction = serde_json::json!({ "factor": factor });
            Case {
                events,
                fold,
                parameters,
                correction: serde_json::from_value(correction).unwrap(),
            }
        })
}

impl Case {
    fn context(&self) -> Context {
        let view = crate::context::View {
            correction: self.correction,
            ..view(&self.parameters)
        };
        build(&placed(&self.events), &self.fold, &view)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a4_a_prompt_never_exceeds_its_budget_and_is_always_the_same(case in case()) {
        let context = case.context();
        let budget = case.parameters.budget_tokens.max(LEAST_BUDGET);
        prop_assert!(context.tokens <= budget, "{} of {budget}", context.tokens);
        let text = context.settled.clone() + &context.recent;
        prop_assert_eq!(context.tokens, case.correction.apply(tokens(&text)));
        let levels = context.levels;
        let counted = levels.whole + levels.compact + levels.line + levels.summed + levels.hidden;
        prop_assert_eq!(counted, case.events.len());
        let blocks = parse(&text);
        let shown = blocks.iter().filter(|block| block.tag != "summary").count();
        prop_assert_eq!(shown, levels.whole + levels.compact + levels.line);
        prop_assert_eq!(case.context(), context);
    }

    #[test]
    fn a4_what_is_older_is_never_told_in_more_detail(case in case()) {
        let levels = laid_out(&placed(&case.events), &case.fold, &view(&case.parameters), &[], |page, _| {
            let items = page.items.iter().enumerate();
            let levels = items.map(|(index, item)| (item.importance, page.level(page.at, index)));
            levels.collect::<Vec<_>>()
        });
        for wanted in [Importance::Ordinary, Importance::Undecided, Importance::Newest] {
            let of_it = levels.iter().filter(|(importance, _)| *importance == wanted);
            let of_it: Vec<_> = of_it.map(|(_, level)| *level).collect();
            prop_assert!(of_it.is_sorted(), "{wanted:?}: {of_it:?}");
        }
        // What is undecided gives way only when everything else has.
        let gave_way = |wanted, least| {
            levels.iter().any(|(importance, level)| *importance == wanted && *level < least)
        };
        if gave_way(Importance::Undecided, Level::Whole) {
            let is_told = |(importance, level): &(Importance, Level)| {
                *importance == Importance::Ordinary && *level > Level::Summed
            };
            prop_assert!(!levels.iter().any(is_told));
        }
    }

    #[test]
    fn a4_the_newest_open_message_is_cut_only_when_it_is_too_long_alone(case in case()) {
        let newest = case.fold.open.iter().rfind(|open| open.kind == OpenKind::Message);
        let Some(newest) = newest else { return Ok(()) };
        let index = newest.commit as usize - 1;
        let EventData::UserMessage { .. } = &case.events[index].data else { return Ok(()) };
        let context = case.context();
        let read: Vec<Parsed> = parse(&(context.settled + &context.recent));
        let hour = 10 + index / 60;
        let at = format!("2026-11-20 {hour}:{:02}", index % 60);
        let block = read.iter().find(|block| block.attribute("at") == Some(at.as_str()));
        let block = block.expect("it is there");
        prop_assert_eq!(&block.tag, "user_message");
        if block.attribute("left_out").is_some() {
            prop_assert_eq!(read.len(), 1, "nothing else takes its room");
        }
    }
}

#[test]
fn a4_a_budget_that_is_too_small_cuts_the_message_with_a_note() {
    let events = [event(0, message(Some("Amina"), &"tea ".repeat(1_000)))];
    let fold = Fold {
        open: vec![OpenEvent {
            event: events[0].id,
            commit: 1,
            asked: None,
            file: Default::default(),
            kind: OpenKind::Message,
        }],
        ..Fold::default()
    };
    let parameters = Parameters {
        budget_tokens: 300,
        ..Parameters::default()
    };
    let context = build(&placed(&events), &fold, &view(&parameters));
    let read = parse(&context.recent);
    assert_eq!(
        read[0].attribute("left_out"),
        Some("2,962 of 4,000 characters; ask the customer, if it matters")
    );
    assert!((295..=300).contains(&context.tokens), "{}", context.tokens);
}

#[test]
fn a4_a_tight_budget_is_used_and_leaves_what_is_settled_as_it_is_for_a_while() {
    let mut scene = Scene::new();
    scene.parameters.budget_tokens = 1_600;
    let prompts: Vec<Context> = (0..200).map(|_| scene.turn()).collect();
    let mean: u64 = prompts.iter().map(|prompt| prompt.tokens).sum::<u64>() / 200;
    assert!((1_000..=1_600).contains(&mean), "{mean}");
    let kept = prompts.windows(2);
    let kept = kept.filter(|pair| pair[1].settled.starts_with(&pair[0].settled));
    let kept = kept.count();
    eprintln!("tight: mean {mean}, {kept} of 199 kept");
    assert!(kept >= 100, "{kept} of 199");
}

#[test]
fn a4_what_waits_is_loaded_and_shown_whole_however_old_it_is() {
    let mut scene = Scene::new();
    let asked = scene.add(message(Some("Amina"), "Where is my order?"));
    let output = OutputId::derived("x");
    scene.add(request(output, "Grace", "The refund"));
    scene.commit();
    // The message stays open: a person has the thread and answers in the agent's place.
    for _ in 0..60 {
        scene.pass();
    }
    assert!(
        scene
            .thread
            .head
            .fold
            .open
            .iter()
            .any(|open| open.event == asked)
    );
    let context = scene.context();
    let text = context.settled + &context.recent;
    let read = parse(&text);
    let mut blocks = read.iter().skip_while(|block| block.tag == "summary");
    let first = blocks.next().unwrap();
    assert_eq!(first.text, "Where is my order?");
    assert_eq!(first.attribute("name"), Some("Amina"), "{first:?}");
    let second = blocks.next().unwrap();
    assert_eq!(second.attribute("title"), Some("The refund"));
    assert!(
        read[0].text.contains("Waits 2026-11-20"),
        "{}",
        read[0].text
    );
}

#[test]
fn a4_parameters_that_contradict_each_other_are_named() {
    assert_eq!(Parameters::default().check(), Ok(()));
    let check = |parameters: Parameters, expect: &str| {
        assert_eq!(parameters.check().unwrap_err().to_string(), expect);
    };
    check(
        Parameters {
            budget_tokens: 10,
            ..Parameters::default()
        },
        "context budget: got 10 tokens, wants at least 200",
    );
    check(
        Parameters {
            window: 14,
            ..Parameters::default()
        },
        "context window: got 14 commits, of which 4 are slack and 10 are kept; wants a window \
         greater than both together",
    );
}
