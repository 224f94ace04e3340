//! A prompt in genai's words, with what each provider wants said differently.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_core::model::{ModelName, Prompt, Provider, Shape, ToolSpec};
use genai::{
    Headers, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{
        CacheControl, ChatMessage, ChatOptions, ChatRequest, ContentPart, CustomPart, JsonSpec,
        MessageContent, ReasoningEffort, Tool, ToolChoice,
    },
    resolver::{AuthData, Endpoint},
};
use serde_json::{Value, json};

use crate::{client::Patience, settings::Access};

/// What an answer of [`Shape::OneOf`] is wrapped in: the field of the JSON object, and the name of
/// the schema or of the tool that has it.
pub(crate) const ANSWER: &str = "answer";

/// Where the question goes. The adapter is the provider's, whatever the model is called: left to
/// itself, genai guesses it by the name and takes Ollama for one that it doesn't know.
pub(crate) fn target(name: &ModelName, access: &Access) -> ServiceTarget {
    let adapter = match name.provider {
        Provider::OpenAi => AdapterKind::OpenAI,
        Provider::Anthropic => AdapterKind::Anthropic,
        Provider::Gemini => AdapterKind::Gemini,
        // OpenAI's chat completions without what only OpenAI's own servers understand.
        Provider::Compatible => AdapterKind::Custom(0),
    };
    let auth = match &access.key {
        Some(key) => AuthData::from_single(key.expose()),
        // An adapter that speaks like OpenAI insists on a key unless it is given all headers.
        None => AuthData::RequestOverride {
            url: format!("{}chat/completions", access.base_url),
            headers: Headers::default(),
        },
    };
    // genai reads what stands before a first `::` as a provider and cuts it off.
    let model = if name.model.contains("::") {
        format!("{}::{}", name.provider.name(), name.model)
    } else {
        name.model.clone()
    };
    ServiceTarget {
        endpoint: Endpoint::from_owned(access.base_url.as_str()),
        auth,
        model: ModelIden::new(adapter, model),
    }
}

/// The question, its stable parts first and marked for the provider's cache: tools, then the
/// system text, then what is settled.
pub(crate) fn request(provider: Provider, prompt: &Prompt) -> ChatRequest {
    let mut messages = Vec::new();
    if !prompt.system.is_empty() {
        messages.push(cached(ChatMessage::system(prompt.system.as_str())));
    }
    messages.extend(thread(provider, prompt));
    let mut tools: Vec<Tool> = prompt.tools.iter().map(tool).collect();
    if let (Provider::Anthropic, Shape::OneOf(words)) = (provider, &prompt.shape) {
        tools.push(
            Tool::new(ANSWER)
                .with_description("Gives the answer.")
                .with_schema(one_of(words)),
        );
    }
    let request = ChatRequest::from_messages(messages);
    if tools.is_empty() {
        request
    } else {
        request.with_tools(tools)
    }
}

fn cached(message: ChatMessage) -> ChatMessage {
    message.with_options(CacheControl::Ephemeral)
}

/// The thread, said by the user, with what they show behind it: what changes from question to question
/// comes last.
fn thread(provider: Provider, prompt: &Prompt) -> Vec<ChatMessage> {
    let mut messages = words(provider, prompt);
    let pictures = prompt.pictures.iter().map(|picture| {
        let bytes = STANDARD.encode(&picture.bytes);
        ContentPart::from_binary_base64(picture.media_type.as_str(), bytes, None)
    });
    if let Some(last) = messages.last_mut() {
        pictures.for_each(|picture| last.content.push(picture));
    }
    messages
}

/// The thread in words.
fn words(provider: Provider, prompt: &Prompt) -> Vec<ChatMessage> {
    let Prompt {
        settled, recent, ..
    } = prompt;
    match (settled.is_empty(), recent.is_empty()) {
        (true, _) => return vec![ChatMessage::user(recent.as_str())],
        (false, true) => return vec![cached(ChatMessage::user(settled.as_str()))],
        (false, false) => {}
    }
    match provider {
        // Newer models cache up to a mark, and genai sets one per message; older ones don't care.
        Provider::OpenAi => vec![
            cached(ChatMessage::user(settled.as_str())),
            ChatMessage::user(recent.as_str()),
        ],
        // The same within one message, which genai has no words for.
        Provider::Anthropic => {
            let settled = CustomPart {
                model_iden: None,
                data: json!({
                    "type": "text",
                    "text": settled,
                    "cache_control": { "type": "ephemeral" },
                }),
            };
            vec![ChatMessage::user(MessageContent::from_parts(vec![
                ContentPart::Custom(settled),
                ContentPart::from_text(recent.as_str()),
            ]))]
        }
        // Gemini caches by itself. So do the servers that speak like OpenAI, and the chat
        // templates of some models take only one message of the user at a time.
        Provider::Gemini | Provider::Compatible => {
            vec![ChatMessage::user(MessageContent::from_parts(vec![
                ContentPart::from_text(settled.as_str()),
                ContentPart::from_text(recent.as_str()),
            ]))]
        }
    }
}

fn tool(spec: &ToolSpec) -> Tool {
    Tool::new(spec.name.as_str())
        .with_description(spec.description.as_str())
        .with_schema(spec.schema.clone())
}

fn one_of(words: &[String]) -> Value {
    json!({
        "type": "object",
        "properties": { ANSWER: { "type": "string", "enum": words } },
        "required": [ANSWER],
        "additionalProperties": false,
    })
}

/// How it is to be answered.
pub(crate) fn options(name: &ModelName, prompt: &Prompt, patience: &Patience) -> ChatOptions {
    let mut options = ChatOptions::default()
        .with_max_tokens(prompt.max_tokens)
        .with_capture_usage(true)
        .with_capture_tool_calls(true)
        .with_stream_header_timeout(patience.stall)
        .with_stream_read_timeout(patience.stall);
    if takes_temperature(name) {
        options = options.with_temperature(match name.provider {
            Provider::Anthropic => prompt.temperature.min(1.0),
            _ => prompt.temperature,
        });
    }
    match name.provider {
        // genai takes a name's end such as -max or -medium for an effort and cuts it off, which
        // makes mistral-medium a model called mistral. A budget is an effort that OpenAI's
        // protocol has no words for: nothing is sent, and the name stays whole.
        Provider::OpenAi | Provider::Compatible => {
            options = options.with_reasoning_effort(ReasoningEffort::Budget(0));
        }
        // Thoughts count as output: the 50 tokens of a choice would be over before its first word.
        Provider::Gemini
            if prompt.shape != Shape::Free && name.model.starts_with("gemini-2.5-flash") =>
        {
            options = options.with_reasoning_effort(ReasoningEffort::Budget(0));
        }
        Provider::Gemini | Provider::Anthropic => {}
    }
    let Shape::OneOf(words) = &prompt.shape else {
        return options;
    };
    match name.provider {
        // Every model of Anthropic's can be made to call a tool; only newer ones take a schema.
        Provider::Anthropic => options.with_tool_choice(ToolChoice::tool(ANSWER)),
        _ => options.with_response_format(JsonSpec::new(ANSWER, one_of(words))),
    }
}

/// Whether the model takes a temperature. OpenAI's models that reason and Anthropic's from Opus 4.7
/// on refuse a request that has one, and no model refuses a request that has none.
fn takes_temperature(name: &ModelName) -> bool {
    let model = name.model.strip_prefix("ft:").unwrap_or(&name.model);
    let begins = |with: &[&str]| with.iter().any(|start| model.starts_with(start));
    match name.provider {
        Provider::Gemini | Provider::Compatible => true,
        Provider::OpenAi => begins(&["gpt-4", "gpt-3.5", "chatgpt-4o"]),
        Provider::Anthropic => {
            begins(&[
                "claude-3",
                "claude-haiku-4",
                "claude-sonnet-4",
                "claude-opus-4",
            ]) && !begins(&["claude-opus-4-7", "claude-opus-4-8", "claude-opus-4-9"])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a10_a_temperature_goes_only_to_models_that_take_one() {
        let check = |name: &str, takes: bool| {
            assert_eq!(takes_temperature(&name.parse().unwrap()), takes, "{name}");
        };
        check("openai:gpt-4o-mini", true);
        check("openai:ft:gpt-4o-mini-2024-07-18:us::a1", true);
        check("openai:gpt-5-mini", false);
        check("openai:o3", false);
        check("anthropic:claude-3-5-haiku-latest", true);
        check("anthropic:claude-sonnet-4-5", true);
        check("anthropic:claude-opus-4-1", true);
        check("anthropic:claude-opus-4-7", false);
        check("anthropic:claude-sonnet-5", false);
        check("gemini:gemini-2.5-flash", true);
        check("compatible:llama3.1:8b", true);
    }
}
