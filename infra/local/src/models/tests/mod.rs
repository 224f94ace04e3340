//! One suite for every dialect: the program asks through `countersign-models`, this server answers,
//! and no request may be against the provider's protocol.

mod answers;
mod moderations;
mod prompts;
mod protocol;
mod troubles;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use countersign_core::model::{
    Answer, Ended, ModelName, Prompt, Provider, Shape, ToolSpec, Usage, Wanted,
};
use countersign_models::{AskError, ModelSettings, Models, Patience};
use serde_json::json;

use super::{Canned, Ends, FakeModels, KEY, Reply};

/// Long enough for everything but a test of time.
const LONG: Duration = Duration::from_secs(60);

/// What the customer says: words that must be in no error and no log.
const SAID: &str = "Umuceri uri Kigali?";

/// The fake models and a program that asks them.
struct Desk {
    fake: FakeModels,
    models: Models,
    waited: Arc<Mutex<Vec<Duration>>>,
}

impl Desk {
    async fn new() -> Self {
        Self::with_stall(LONG).await
    }

    async fn with_stall(stall: Duration) -> Self {
        let fake = FakeModels::start(0).await.unwrap();
        let settings = ModelSettings::parse(Some(&fake.settings())).unwrap();
        let waited = Arc::new(Mutex::new(Vec::new()));
        let patience = Patience {
            connect: LONG,
            stall,
            wait: {
                let waited = waited.clone();
                Arc::new(move |time| {
                    waited.lock().unwrap().push(time);
                    Box::pin(async {})
                })
            },
        };
        Self {
            fake,
            models: Models::with_patience(settings, patience),
            waited,
        }
    }

    async fn ask(&self, name: &ModelName, prompt: &Prompt) -> Result<Answer, AskError> {
        let result = self.models.ask(name, prompt, LONG).await;
        if let Err(error) = &result {
            tells_nothing(error);
        }
        result
    }

    /// Asks and hears the words one by one.
    async fn hear(
        &self,
        name: &ModelName,
        prompt: &Prompt,
    ) -> (Result<Answer, AskError>, Vec<String>) {
        let mut heard = Vec::new();
        let mut tell = |piece: &str| heard.push(piece.to_owned());
        let result = self
            .models
            .ask_streaming(name, prompt, LONG, &mut tell)
            .await;
        if let Err(error) = &result {
            tells_nothing(error);
        }
        (result, heard)
    }

    /// How often it was asked.
    fn asked(&self) -> usize {
        self.fake.requests().len()
    }

    fn waited(&self) -> Vec<Duration> {
        self.waited.lock().unwrap().clone()
    }
}

/// Neither the key nor a word of the customer's nor one of the prompt's.
fn tells_nothing(error: &AskError) {
    let told = format!("{error} {error:?}");
    for secret in [KEY, "Kigali", "shop assistant", "\"messages\"", "127.0.0.1"] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}

/// Runs a case with each provider; none of its requests may be against the protocol.
async fn each(case: impl AsyncFn(&Desk, ModelName)) {
    let desk = Desk::new().await;
    for provider in Provider::ALL {
        case(&desk, model(provider)).await;
        assert_eq!(desk.fake.violations(), [""; 0], "{provider:?}");
        desk.fake.reset();
        desk.waited.lock().unwrap().clear();
    }
}

/// A model of each. The last one's name ends like an effort, which is part of it.
fn model(provider: Provider) -> ModelName {
    let name = match provider {
        Provider::OpenAi => "openai:gpt-4o-mini",
        Provider::Anthropic => "anthropic:claude-sonnet-4-5",
        Provider::Gemini => "gemini:gemini-2.5-flash",
        Provider::Compatible => "compatible:mistral-medium",
    };
    name.parse().unwrap()
}

fn prompt() -> Prompt {
    Prompt {
        system: "You are a shop assistant.".to_owned(),
        settled: "<customer>Muraho</customer>".to_owned(),
        recent: format!("<customer>{SAID}</customer>"),
        pictures: Vec::new(),
        tools: vec![stock()],
        shape: Shape::Free,
        temperature: 0.7,
        max_tokens: 1000,
    }
}

fn stock() -> ToolSpec {
    ToolSpec {
        name: "stock".to_owned(),
        description: "How much of a product there is.".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {
                "sku": { "type": "string", "description": "The product." },
                "shops": { "type": "array", "items": { "type": "string" } },
            },
            "required": ["sku"],
            "additionalProperties": false,
        }),
    }
}

/// The prompt that wants one of three words, and nothing called.
fn choice() -> Prompt {
    Prompt {
        shape: Shape::OneOf(["booking", "payment", "general"].map(str::to_owned).into()),
        tools: Vec::new(),
        temperature: 0.3,
        max_tokens: 50,
        ..prompt()
    }
}
