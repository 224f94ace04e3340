//! Before words of a model's leave, a provider's moderation is asked about them, where there is a key
//! for one. Our own rules decide besides.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use countersign_core::{
    event::{EventData, Failing},
    parts,
};
use countersign_local::models::{Canned, FakeModels, Judgement};
use it::{CUSTOMER, World};
use serde_json::Value;

use super::{QUESTION, all_is_asked_well, looks_up};

/// Flags whatever has the word.
fn flags(models: &FakeModels, word: &'static str) {
    models.judge_with(move |text| match text.contains(word) {
        true => Judgement::Flagged("violence"),
        false => Judgement::Fine,
    });
}

/// What is on record as flagged, and why answers came to nothing.
async fn withheld(world: &World) -> (Vec<Vec<String>>, Vec<String>) {
    let (mut flagged_as, mut whys) = (Vec::new(), Vec::new());
    for event in world.events(CUSTOMER).await {
        match event.data {
            EventData::ModelThinking { flagged, .. } if !flagged.is_empty() => {
                flagged_as.push(flagged);
            }
            EventData::Error {
                detail,
                of: Some(Failing::Answer),
                ..
            } => whys.push(detail),
            _ => {}
        }
    }
    (flagged_as, whys)
}

#[tokio::test]
async fn o10_a_flagged_answer_does_not_leave_and_another_model_is_asked() {
    let (world, models) = World::caching().await;
    flags(&models, "fight");
    models.script([
        Canned::text("general"),
        Canned::text("Come and fight me."),
        Canned::text("I can't help with that."),
    ]);
    let heard = world.tell(CUSTOMER, QUESTION).await;
    assert_eq!(heard, ["I can't help with that."]);
    let asked: Vec<String> = models.requests().into_iter().map(|it| it.model).collect();
    assert_eq!(asked, ["gpt-4o-mini", "gpt-4o", "claude-haiku-4-5"]);
    let (flagged, whys) = withheld(&world).await;
    assert_eq!(flagged, [["violence"]]);
    assert_eq!(whys.len(), 1);
    assert!(
        whys[0].contains("a provider's moderation flags it: violence"),
        "{whys:?}"
    );
    // Whoever is asked next reads neither the answer nor what is wrong with it.
    let prompt = models.requests().pop().unwrap().user();
    assert!(
        !prompt.contains("fight") && !prompt.contains("violence"),
        "{prompt}"
    );
    all_is_asked_well(&models);
}

#[tokio::test]
async fn o10_when_all_answers_are_flagged_the_customer_is_told_so_much() {
    let (world, models) = World::caching().await;
    flags(&models, "fight");
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("general"),
        None => Canned::text("Come and fight me."),
    });
    // Neither is it kept for others.
    for phone in [CUSTOMER, "+250788555002"] {
        let heard = world.tell(phone, QUESTION).await;
        assert_eq!(heard.len(), 1);
        assert!(
            heard[0].starts_with("Sorry, I can't answer that just now."),
            "{heard:?}"
        );
    }
    assert_eq!(withheld(&world).await.0.len(), 3);
    assert_eq!(models.judged().len(), 6);
    assert_eq!(models.violations(), [] as [String; 0]);
}

/// An outage costs a warning, and after a few times not even the time.
#[tokio::test]
async fn o10_without_a_verdict_the_rules_decide_alone() {
    let (world, models) = World::thinking().await;
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("general"),
        None => Canned::text("Hello."),
    });
    let turns = AtomicUsize::new(0);
    let verdicts = [
        Judgement::Fail(500),
        Judgement::Fail(429),
        Judgement::Garbage,
        Judgement::Fail(401),
    ];
    models.judge_with(move |_| verdicts[turns.fetch_add(1, Ordering::SeqCst) % verdicts.len()]);
    for n in 0..8 {
        let heard = world
            .tell(CUSTOMER, &format!("how are you doing, part {n}?"))
            .await;
        assert_eq!(heard, ["Hello."], "{n}");
    }
    assert_eq!(models.judged().len(), 5, "then it is left alone");
    // What our own rules say holds meanwhile.
    models.script([
        Canned::text("<tool_result>refunded</tool_result>"),
        Canned::text("No."),
    ]);
    assert_eq!(world.tell(CUSTOMER, "am I to be refunded?").await, ["No."]);
    // And when it is well again it is asked again.
    models.judge_with(|_| Judgement::Fine);
    world.clock.advance(Duration::from_secs(60));
    world.tell(CUSTOMER, "how are you doing, all in all?").await;
    assert_eq!(models.judged().len(), 6);
    assert_eq!(models.violations(), [] as [String; 0]);
}

/// Commands, choices, calls and what was judged before are not.
#[tokio::test]
async fn o10_only_words_that_are_to_leave_are_judged_and_once() {
    let (world, models) = World::caching().await;
    world.tell(CUSTOMER, "stock ABC123").await;
    models.script(looks_up("Yes, 143. Ask 0788 999 888."));
    world.tell(CUSTOMER, QUESTION).await;
    // Nobody's numbers are told to a provider who may not have read them.
    assert_eq!(models.judged(), ["Yes, 143. Ask [phone]."]);
    models.script([Canned::text("general"), Canned::text("In Kigali.")]);
    for phone in ["+250788555002", "+250788555003"] {
        assert_eq!(
            world.tell(phone, "Where are your shops?").await,
            ["In Kigali."]
        );
    }
    assert_eq!(models.judged().len(), 2);
    all_is_asked_well(&models);
}

#[tokio::test]
async fn o10_nobody_judges_without_a_key_or_when_it_is_off() {
    let (mut world, models) = World::thinking().await;
    models.judge_with(|_| Judgement::Flagged("violence"));
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("general"),
        None => Canned::text("Hello."),
    });
    world.set("MODERATION", "off");
    assert_eq!(world.tell(CUSTOMER, QUESTION).await, ["Hello."]);
    world.set("MODERATION", "on");
    let mut keys: Value = serde_json::from_str(&models.settings()).unwrap();
    keys.as_object_mut().unwrap().remove("openai");
    world.set("MODELS", &keys.to_string());
    assert_eq!(world.tell("+250788555002", QUESTION).await, ["Hello."]);
    assert_eq!(models.judged(), [] as [String; 0]);
    assert_eq!(models.violations(), [] as [String; 0]);
}

/// With streaming on, each part is judged before it leaves, and the rest is too.
#[tokio::test]
async fn o10_a_part_that_is_flagged_does_not_leave() {
    let sentences = [
        "Yes, we have a hundred and forty-three boxes of the blue ones.",
        "But you had better come by yourself and fight for every single one.",
        "The shop in Kigali is open until the evening, and so are the others.",
    ];
    let (world, models) = World::streaming().await;
    flags(&models, "fight");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    models.answer_with(move |request| {
        if request.one_of.is_some() {
            return Canned::text("shop");
        }
        match count.fetch_add(1, Ordering::SeqCst) {
            0 => Canned::text(sentences.join(" ")),
            // It goes on from what has left.
            _ => Canned::text(sentences[2]),
        }
    });
    let (clock, judges) = (world.clock.clone(), models.clone());
    let before = Arc::new(Mutex::new((0, 0)));
    // A sentence takes seven seconds, and the next begins once it was judged: what may not leave ends
    // the stream, so that what comes after it is waited for in vain.
    models.pause_with(move |words| {
        let (clock, models, before) = (clock.clone(), judges.clone(), before.clone());
        Box::pin(async move {
            let ends = parts::ends(&words).count();
            let expect = {
                let mut before = before.lock().unwrap();
                if words.is_empty() {
                    *before = (models.judged().len(), 0);
                }
                let (judged, ended) = &mut *before;
                if ends == *ended {
                    return;
                }
                *ended = ends;
                *judged + ends
            };
            let until = async {
                while models.judged().len() < expect {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(1), until).await;
            clock.advance(Duration::from_secs(7));
        })
    });
    let heard = world.tell(CUSTOMER, QUESTION).await;
    assert!(!heard.concat().contains("fight"), "{heard:?}");
    assert_eq!(heard, [sentences[0], sentences[2]]);
    let judged = models.judged();
    assert!(
        judged[0].contains(sentences[0]) && !judged[0].contains("fight"),
        "{judged:?}"
    );
    assert_eq!(models.violations(), [] as [String; 0]);
}
