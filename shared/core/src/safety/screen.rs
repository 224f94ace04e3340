//! Tells what in an incoming text looks like an attack on the model: orders to it, forged roles and
//! decisions, text that hides from people.
//!
//! A flag blocks nothing. It is shown to the model beside the text and logged by its name, never
//! with the text. Rules as simple as these miss attacks and always will; what they miss still meets
//! escaped prompts and acts that need a countersignature.

mod hidden;
mod markup;
mod phrases;

use std::collections::BTreeSet;

/// Why a text is suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flag {
    /// It tells the model to disregard its instructions.
    OverridesInstructions,
    /// It gives the model another role or takes its limits away.
    ChangesRole,
    /// It asks for the model's instructions.
    AsksForPrompt,
    /// It claims to come from who makes or runs the agent.
    ClaimsAuthority,
    /// It claims or demands that an approval isn't needed.
    EvadesApproval,
    /// It has the look of a human's decision or a tool's result.
    ForgesDecision,
    /// It has the look of markup that divides prompts into roles.
    ForgesRole,
    /// It has the look of a tool's call or of code to run.
    ForgesToolCall,
    /// It has characters that people can't see, or that turn text around.
    HiddenCharacters,
    /// It has words that are disguised, or asks to decode some.
    DisguisedText,
    /// It has a long piece that looks like base64 or another encoding.
    EncodedText,
    /// It has a piece of over 200 letters or digits without a break.
    UnbrokenText,
}

impl Flag {
    /// Its name in logs and prompts, which never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::OverridesInstructions => "overrides_instructions",
            Self::ChangesRole => "changes_role",
            Self::AsksForPrompt => "asks_for_prompt",
            Self::ClaimsAuthority => "claims_authority",
            Self::EvadesApproval => "evades_approval",
            Self::ForgesDecision => "forges_decision",
            Self::ForgesRole => "forges_role",
            Self::ForgesToolCall => "forges_tool_call",
            Self::HiddenCharacters => "hidden_characters",
            Self::DisguisedText => "disguised_text",
            Self::EncodedText => "encoded_text",
            Self::UnbrokenText => "unbroken_text",
        }
    }
}

/// What was noticed of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screened {
    /// Each flag once, in the order of [`Flag`]; empty for a text that looks ordinary.
    pub flags: Vec<Flag>,
}

impl Screened {
    /// Whether nothing was noticed.
    pub fn is_clean(&self) -> bool {
        self.flags.is_empty()
    }

    /// The flags' names, divided by a space, for a log's field or a prompt's attribute.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.flags.iter().map(|flag| flag.name()).collect();
        names.join(" ")
    }
}

/// What in `text`, which someone outside wrote, looks like an attack.
pub fn screen(text: &str) -> Screened {
    let mut flags = BTreeSet::new();
    hidden::find(text, &mut flags);
    let plain = Plain::of(text);
    markup::find(&plain, &mut flags);
    phrases::find(&plain, &mut flags);
    Screened {
        flags: flags.into_iter().collect(),
    }
}

/// A text as it reads: lower case, without accents and without what can't be seen.
struct Plain {
    text: String,
    words: Vec<String>,
}

impl Plain {
    fn of(text: &str) -> Self {
        let text = super::glyph::readable(text);
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        Self { text, words }
    }
}

#[cfg(test)]
mod tests;
