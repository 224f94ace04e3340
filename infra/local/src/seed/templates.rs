//! The templates that are registered with the providers.

use std::collections::BTreeSet;

use countersign_core::{
    PersonaName,
    window::{MessageIntent, MessageTemplate},
};

use super::{
    document::Document,
    reader::{Entry, Known},
};

/// The templates, if all are right.
pub(super) fn read(
    document: &Document<'_>,
    personas: Option<&Known>,
) -> Option<Vec<MessageTemplate>> {
    let mut top = document.top();
    let (mut names, mut uses) = (BTreeSet::new(), BTreeSet::new());
    let entries = top.tables("template", "name");
    let count = entries.len();
    let templates: Vec<MessageTemplate> = entries
        .into_iter()
        .filter_map(|entry| one(entry, personas, &mut names, &mut uses))
        .collect();
    top.finish();
    (templates.len() == count).then_some(templates)
}

fn one(
    mut entry: Entry<'_>,
    personas: Option<&Known>,
    names: &mut BTreeSet<String>,
    uses: &mut BTreeSet<(String, &'static str)>,
) -> Option<MessageTemplate> {
    if let Some(raw) = entry.raw("name") {
        entry.once("name", raw, names);
    }
    let name = entry.text("name");
    let intent = entry.choice("intent", &MessageIntent::ALL, MessageIntent::as_str);
    let mut persona = Some(PersonaName::default());
    if entry.has("persona") {
        persona = entry.id("persona");
        if let Some(raw) = entry.raw("persona")
            && !entry.refers("persona", raw, personas)
        {
            persona = None;
        }
    }
    let language = entry.text("language");
    let mut optional = |field| match entry.has(field) {
        true => entry.text(field).map(Some),
        false => Some(None),
    };
    let (twilio, meta) = (optional("twilio"), optional("meta"));
    let variables = match entry.has("variables") {
        true => entry.list("variables", |_| Ok(())),
        false => Some(Vec::new()),
    };
    let body = entry.text("body");
    let template = MessageTemplate {
        name: name?,
        intent: intent?,
        persona: persona?,
        body: body?,
        variables: variables?,
        language: language?,
        twilio: twilio?,
        meta: meta?,
    };
    let wrong = template.check();
    for wrong in &wrong {
        entry.reject(wrong.field, &wrong.got, &wrong.wants);
    }
    // Of two for the same, nobody could tell which is used.
    let twice = !uses.insert((template.persona.to_string(), template.intent.as_str()));
    if twice {
        let got = format!(
            "{} a second time for {}",
            template.intent.as_str(),
            template.persona
        );
        entry.reject("intent", &got, "one for each intent and persona");
    }
    entry.finish();
    (wrong.is_empty() && !twice).then_some(template)
}
