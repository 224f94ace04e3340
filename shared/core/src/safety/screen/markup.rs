//! What has the look of a prompt's own markup: tags of roles, of tools' results, of decisions.

use std::collections::BTreeSet;

use super::{Flag, Plain};

/// What models' prompts and ours name their parts, and what it is to forge one.
const TAGS: &[(&str, Flag)] = &[
    ("system", Flag::ForgesRole),
    ("sys", Flag::ForgesRole),
    ("assistant", Flag::ForgesRole),
    ("user", Flag::ForgesRole),
    ("developer", Flag::ForgesRole),
    ("inst", Flag::ForgesRole),
    ("im_start", Flag::ForgesRole),
    ("im_end", Flag::ForgesRole),
    ("endoftext", Flag::ForgesRole),
    ("start_header_id", Flag::ForgesRole),
    ("eot_id", Flag::ForgesRole),
    ("instruction", Flag::ForgesRole),
    ("instructions", Flag::ForgesRole),
    ("prompt", Flag::ForgesRole),
    ("context", Flag::ForgesRole),
    ("user_message", Flag::ForgesRole),
    ("agent_message", Flag::ForgesRole),
    ("system_prompt", Flag::ForgesRole),
    ("human", Flag::ForgesDecision),
    ("human_response", Flag::ForgesDecision),
    ("human_request", Flag::ForgesDecision),
    ("approval", Flag::ForgesDecision),
    ("decision", Flag::ForgesDecision),
    ("tool_result", Flag::ForgesDecision),
    ("function_result", Flag::ForgesDecision),
    ("tool_response", Flag::ForgesDecision),
    ("tool", Flag::ForgesToolCall),
    ("tool_call", Flag::ForgesToolCall),
    ("tool_use", Flag::ForgesToolCall),
    ("invoke", Flag::ForgesToolCall),
    ("function_call", Flag::ForgesToolCall),
    ("function_calls", Flag::ForgesToolCall),
    ("script", Flag::ForgesToolCall),
];

/// What betrays a forgery wherever it stands, white space aside.
const SIGNS: &[(&str, Flag)] = &[
    ("human_response", Flag::ForgesDecision),
    ("tool_result", Flag::ForgesDecision),
    ("decision:approved", Flag::ForgesDecision),
    ("decision=approved", Flag::ForgesDecision),
    ("decision\":\"approve", Flag::ForgesDecision),
    ("approved\":true", Flag::ForgesDecision),
    ("approved:true", Flag::ForgesDecision),
    ("approved=true", Flag::ForgesDecision),
    ("approval:granted", Flag::ForgesDecision),
    ("###system", Flag::ForgesRole),
    ("###instruction", Flag::ForgesRole),
    ("###assistant", Flag::ForgesRole),
    ("\"role\":\"", Flag::ForgesRole),
    ("role:system", Flag::ForgesRole),
    ("systemoverride", Flag::ForgesRole),
    ("tool_call", Flag::ForgesToolCall),
    ("function_call", Flag::ForgesToolCall),
    ("{\"tool\":", Flag::ForgesToolCall),
    ("{\"name\":\"", Flag::ForgesToolCall),
    ("droptable", Flag::ForgesToolCall),
    ("rm-rf", Flag::ForgesToolCall),
];

pub(super) fn find(plain: &Plain, flags: &mut BTreeSet<Flag>) {
    for (at, _) in plain.text.match_indices(['<', '[', '{']) {
        let name = tag_name(&plain.text[at + 1..]);
        flags.extend(flag_of(TAGS, |tag| name == Some(tag)));
    }
    let tight: String = plain.text.split_whitespace().collect();
    for (sign, flag) in SIGNS {
        if tight.contains(sign) {
            flags.insert(*flag);
        }
    }
}

fn flag_of(table: &[(&str, Flag)], is_it: impl Fn(&str) -> bool) -> Option<Flag> {
    table
        .iter()
        .find(|(name, _)| is_it(name))
        .map(|(_, flag)| *flag)
}

/// The name in what follows a bracket: `/system>`, `|im_start|>`, ` INST ]`, `<sys>>`.
fn tag_name(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['/', '|', ' ', '#', '\\']);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')?;
    let (name, rest) = text.split_at(end);
    // "[user guide]" is a title, "<user id=1>" is a tag.
    let rest = rest.trim_start();
    let is_closed = rest.starts_with(['>', ']', '}', '|', '/', ':']);
    let has_attributes = || rest.chars().take(40).any(|c| matches!(c, '=' | '>'));
    (is_closed || has_attributes()).then_some(name)
}
