//! What the provider gets to read.

use super::*;
use crate::models::{Delivery, Role};

#[tokio::test]
async fn a10_a_prompt_arrives_whole() {
    each(async |desk, name| {
        desk.fake.script([Canned::text("Yego.")]);
        desk.ask(&name, &prompt()).await.unwrap();
        let request = &desk.fake.requests()[0];
        assert_eq!(request.provider, name.provider);
        assert_eq!(request.model, name.model);
        assert_eq!(request.system, [prompt().system]);
        let said = format!("{}\n\n{}", prompt().settled, prompt().recent);
        assert_eq!(request.user(), said);
        assert!(request.messages.iter().all(|each| each.role == Role::User));
        assert_eq!(request.tools, prompt().tools);
        assert_eq!(request.one_of, None);
        assert_eq!(request.temperature, Some(0.7));
        assert_eq!(request.max_tokens, Some(1000));
        assert_eq!(request.delivery, Delivery::Streamed);
    })
    .await;
}

#[tokio::test]
async fn a10_what_is_empty_is_left_out() {
    each(async |desk, name| {
        desk.fake.answer_with(|_| Canned::text("Yego."));
        for (system, settled, recent) in [
            ("", "", "Muraho"),
            ("Be kind.", "", "Muraho"),
            ("", "Muraho", ""),
            ("", "Muraho", "Umuceri?"),
        ] {
            let prompt = Prompt {
                system: system.to_owned(),
                settled: settled.to_owned(),
                recent: recent.to_owned(),
                tools: Vec::new(),
                ..prompt()
            };
            desk.ask(&name, &prompt).await.unwrap();
        }
        let systems = desk.fake.requests();
        let systems: Vec<usize> = systems.iter().map(|each| each.system.len()).collect();
        assert_eq!(systems, [0, 1, 0, 0]);
    })
    .await;
}

/// A name that says something to genai, and goes to the provider as it is.
#[tokio::test]
async fn a10_a_models_name_is_the_providers_whatever_it_looks_like() {
    for name in [
        "openai:claude-sonnet-4-5",
        "openai:gpt-5.1-codex-max",
        "anthropic:my-own-model",
        "gemini:gemma-3-27b-it",
        "compatible:llama3.1:8b",
        "compatible:gemini-2.5-flash",
        "compatible:openai::gpt-4o",
        "compatible:meta/llama-3-high",
    ] {
        let desk = Desk::new().await;
        desk.fake.script([Canned::text("Yego.")]);
        let name: ModelName = name.parse().unwrap();
        desk.ask(&name, &prompt()).await.unwrap();
        let request = &desk.fake.requests()[0];
        assert_eq!(
            (request.provider, &request.model),
            (name.provider, &name.model)
        );
        assert_eq!(desk.fake.violations(), [""; 0]);
    }
}

/// What newer models refuse, the fake refuses too.
#[tokio::test]
async fn a10_a_model_gets_nothing_that_it_refuses() {
    for name in [
        "openai:gpt-5-mini",
        "openai:o3",
        "anthropic:claude-opus-4-7",
        "anthropic:claude-sonnet-4-5",
    ] {
        let desk = Desk::new().await;
        desk.fake.answer_with(|_| Canned::text("general"));
        let name: ModelName = name.parse().unwrap();
        let hot = Prompt {
            temperature: 1.7,
            ..prompt()
        };
        desk.ask(&name, &hot).await.unwrap();
        desk.ask(&name, &choice()).await.unwrap();
        assert_eq!(desk.fake.violations(), [""; 0], "{name}");
    }
}

/// O7: OpenAI's newer models cache only up to marks, and Anthropic's always did.
#[tokio::test]
async fn a10_o7_the_stable_parts_are_marked_where_marks_count() {
    let asked = async |name: &str| {
        let desk = Desk::new().await;
        desk.fake.script([Canned::text("Yego.")]);
        desk.ask(&name.parse().unwrap(), &prompt()).await.unwrap();
        assert_eq!(desk.fake.violations(), [""; 0]);
        desk.fake.requests()[0].body.clone()
    };
    let body = asked("openai:gpt-5.6").await;
    assert_eq!(body["prompt_cache_options"]["mode"], "explicit");
    let mark = |message: usize| {
        let content = &body["messages"][message]["content"];
        content[0]["prompt_cache_breakpoint"]["mode"].clone()
    };
    assert_eq!([mark(0), mark(1)], ["explicit", "explicit"]);
    assert_eq!(mark(2), json!(null));

    let body = asked("anthropic:claude-sonnet-4-5").await;
    let ephemeral = json!({ "type": "ephemeral" });
    assert_eq!(body["system"][0]["cache_control"], ephemeral);
    let content = &body["messages"][0]["content"];
    assert_eq!(content[0]["cache_control"], ephemeral);
    assert_eq!(content[1]["cache_control"], json!(null));

    let body = asked("compatible:gpt-5.6").await;
    assert_eq!(body["prompt_cache_options"], json!(null));
}
