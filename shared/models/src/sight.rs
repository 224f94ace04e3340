//! Which models see pictures.

use countersign_core::model::{ModelName, Provider};

/// What a model does otherwise than its family, by parts of its name.
const SPECIAL: [&str; 9] = [
    "audio",
    "codex",
    "embedding",
    "instruct",
    "moderation",
    "realtime",
    "search",
    "transcribe",
    "tts",
];

/// Whether a model is known to see pictures. Of one that is not known it is not assumed.
/// <https://platform.openai.com/docs/models>,
/// <https://platform.claude.com/docs/en/build-with-claude/vision>,
/// <https://ai.google.dev/gemini-api/docs/image-understanding>
pub fn sees(name: &ModelName) -> bool {
    let model = name.model.strip_prefix("ft:").unwrap_or(&name.model);
    let begins = |with: &[&str]| with.iter().any(|start| model.starts_with(start));
    if SPECIAL.iter().any(|part| model.contains(part)) {
        return false;
    }
    match name.provider {
        Provider::OpenAi => {
            begins(&[
                "gpt-4o",
                "gpt-4.1",
                "gpt-4.5",
                "gpt-4-turbo",
                "gpt-5",
                "o1",
                "o3",
                "o4",
            ]) && !begins(&["o1-mini", "o1-preview", "o3-mini"])
        }
        Provider::Anthropic => begins(&[
            "claude-3",
            "claude-haiku-",
            "claude-opus-",
            "claude-sonnet-",
        ]),
        Provider::Gemini => begins(&["gemini-1.5-", "gemini-2", "gemini-3"]),
        // A server of one's own runs what nobody can tell by its name.
        Provider::Compatible => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w1_models_that_see_are_known_and_others_are_not_taken_for_one() {
        let check = |name: &str, expect: bool| {
            assert_eq!(sees(&name.parse().unwrap()), expect, "{name}");
        };
        check("openai:gpt-4o", true);
        check("openai:gpt-4o-mini-2024-07-18", true);
        check("openai:ft:gpt-4o-mini-2024-07-18:us::a1", true);
        check("openai:gpt-4o-audio-preview", false);
        check("openai:gpt-4o-mini-transcribe", false);
        check("openai:gpt-4", false);
        check("openai:gpt-3.5-turbo", false);
        check("openai:o3", true);
        check("openai:o3-mini", false);
        check("anthropic:claude-3-5-haiku-latest", true);
        check("anthropic:claude-sonnet-4-5", true);
        check("anthropic:claude-instant-1.2", false);
        check("gemini:gemini-2.5-flash", true);
        check("gemini:gemini-2.5-flash-preview-tts", false);
        check("compatible:llava:13b", false);
        check("compatible:gpt-4o", false);
    }
}
