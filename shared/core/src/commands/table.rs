//! What the engine recognises: an intent is a row, and a new intent is a new row.

use std::sync::LazyLock;

use super::{Entity, Intent, phrase::Phrase};

/// How people put one intent into words.
struct Row {
    intent: Intent,
    /// Without these the command can't run; they are asked for in this order.
    required: &'static [Entity],
    /// These are filled in when they aren't given.
    defaulted: &'static [Entity],
    /// Verbs that may come first, besides [`OPENERS`].
    openers: &'static [&'static str],
    /// Phrases that say this and nothing else.
    phrases: &'static [&'static str],
    /// Phrases that say something else with another thing's name in place of a product's.
    loose: &'static [&'static str],
}

/// The intents, in the order that decides between equally good matches.
const ROWS: &[Row] = &[
    Row {
        intent: Intent::CheckInventory,
        required: &[Entity::Product],
        defaulted: &[],
        openers: &["check|confirm for|on?", "look up", "find out?"],
        phrases: &[
            "{sku} {tail}?",
            "sku|item|product {sku}",
            "check|show|find|view|see me|us? {sku} {tail}?",
            "tell me about {sku}",
            "where is|are {sku} {tail}?",
            "stock|stocks|inventory|qty|quantity level|levels|count|balance|position|status|check|info? of|for|on|ya? sku|item|product? {product} {tail}?",
            "current|available|remaining|total|latest|closing stock|stocks|inventory|qty|quantity level|levels|count|balance|position? of|for|on {product} {tail}?",
            "what|whats|how|hows is? my|our? current|available|remaining|total|latest? stock|stocks|inventory|qty|quantity level|levels|count|balance|position|status? of|for|on? {product} {tail}?",
            "what stock|inventory|qty|quantity of|for {product} do we|you|i have|got {tail}?",
            "what stock|inventory|qty|quantity do we|you|i have|got of|for {product} {tail}?",
            "{sku} how many|much do? we? have? {tail}?",
            "{sku} stock|inventory|qty|quantity|balance level|levels|count|balance|position|status|check?",
            "availability of {product}",
            "{product} availability",
            "how many|much of? {unit}? {product} do|does? we|you|i|u|they|it still? have|got|hold|hav|has {tail}?",
            "how many|much {unit}? {product} have we|you|i|u still? got? {tail}?",
            "how many|much {unit}? {product} is|are {tail}",
            "how many|much {unit}? {product} {tail}",
            "how many|much stock|inventory of|for|on {product} do we|you|i|u have|got|hold {tail}?",
            "how many|much stock|inventory of|for|on {product} is|are? {tail}?",
            "how many|much do we|you|i|u have|got of {product} {tail}?",
            "how many {unit}? {product}",
            "do we|you|u have stock|inventory of|for {product} {tail}?",
            "any stock|inventory of|for {product} {tail}?",
            "any {product} left|remaining|available|instock {tail}?",
            "any {product} in stock|store|shop {tail}?",
            "is|are {product} in stock|store|instock {tail}?",
            "if|whether {product} is|are {tail}",
            "if|whether we|you have|got any? {product} {tail}?",
            "my|our|all|full|whole|entire|total|current|available|remaining|latest? stock|stocks|inventory level|levels|count|check|status|position|balance|list? {tail}?",
            "what|whats|how|hows is? my|our|current|available? stock|stocks|inventory level|levels|count|status|position|like? {tail}?",
            "what do we|you|i have|got left|remaining? in|at stock|store|warehouse|shop {tail}?",
            "what|whats is|are? in stock|store|inventory|warehouse {tail}?",
            "how much|many stock|inventory do we|you|i have|got {tail}?",
            "how many|much do we|you|i have|got {tail}?",
            "do we|you|i have any? stock|inventory {tail}?",
            "any stock|inventory {tail}?",
            "availability",
        ],
        loose: &[
            "{product} stock|inventory level|levels|count|balance|position?",
            "{product} in stock|store {tail}?",
            "do|does we|you|u|i still? have|got|sell|stock|hav any|enough? {unit}? {product} {tail}?",
            "have we|you|u got? any? {unit}? {product} {tail}?",
            "we|you|u have|got any {product} {tail}?",
            "got any? {product} {tail}?",
            "is|are there any|enough|still? {unit}? {product} {tail}?",
            "is|are {product} still? available|left|remaining {tail}?",
        ],
    },
    Row {
        intent: Intent::ViewAlerts,
        required: &[],
        defaulted: &[],
        openers: &[WANT, WOULD_LIKE, "check for|on?", "review"],
        phrases: &[
            "my|our|all? open|active|current|latest|new|any|recent|unresolved|pending|outstanding? {severity}? alert|alerts|warning|warnings list? for|of? {tail}?",
            "{severity} only? alerts|alert only?",
            "alert|alerts of|with|that? are? severity? {severity} only?",
            "all|any|my|our|only? low? stock|inventory|reorder alerts|alert|warnings",
            "what|which|whats are|is? my|our|all? open|active|current|latest|new? {severity}? alert|alerts|warnings is|are? open|active|there|pending|new|unresolved? {tail}?",
            "what|which|how many? open|active|current|new? {severity}? alerts|warnings do we|you|i have {tail}?",
            "how many my|our|open|active|current|new? {severity}? alerts|warnings is|are? open|active|there|pending|unresolved? {tail}?",
            "do we|you|i have any? open|active|new? {severity}? alert|alerts|warnings {tail}?",
            "have we|you|i got? any open|active|new? {severity}? alert|alerts|warnings {tail}?",
            "is|are there any? open|active|new? {severity}? alert|alerts|warnings {tail}?",
            "if|whether there is|are any? open|active|new? {severity}? alert|alerts|warnings {tail}?",
        ],
        loose: &[],
    },
    Row {
        intent: Intent::GenerateReport,
        required: &[Entity::ReportType],
        defaulted: &[Entity::DateRange],
        openers: &[
            WANT,
            WOULD_LIKE,
            "generate|make|create|prepare|produce|run|draft|compile|export|download|pull|build|do|share for? me|us?",
        ],
        phrases: &[
            "my|our|total? {report} report|reports|figures|summary|numbers|data|totals|so? far? of|for|on|in|during? {dates}?",
            "{report} made? {dates}",
            "report|reports|summary of|for|on|about? my|our? {report} for|of|on|in|during? {dates}?",
            "report|summary for|of {dates} for|of|on {report}",
            "my|our? {dates} {report} report|reports|figures|summary|numbers|data|totals?",
            "what|how|whats|hows was|were|is|are|did|do? my|our|total? {report} look? like? for|of|on|in|during? {dates}?",
            "what|whats was|were|is|are? my|our? {dates} {report} report|figures|totals|like?",
            "how much|many? {report} did|do|have we|i|you make|made|do|done|have|had {dates}?",
            "how much|many? did|have|do we|i|you {selling} {dates}?",
            "what did|have we|i {selling} {dates}?",
            "my|our|all? {other_report} report|reports of|for|on|in|during? {dates}?",
            "report|reports of|for|on|about my|our? {other_report} for|of|on|in|during? {dates}?",
            "{dates} {other_report} report|reports",
            "report|reports of|for|on|in|during? {dates}?",
            "{dates} report|reports",
            "what|which reports are|do|can? there|you|we|i? have|make|get|available|generate?",
        ],
        loose: &[],
    },
    Row {
        intent: Intent::AgentStatus,
        required: &[],
        defaulted: &[],
        // Who "wants agents" may want a person.
        openers: &["check on?"],
        phrases: &[
            "my|our|all|every|each? running|active? agents {tail}?",
            "my|our|all|every|each? agent|agents|bot|bots|system status|statuses|state|health|list|overview {tail}?",
            "status|state|health|list|overview of|for my|our|all|every|each? agent|agents|bot|bots|system {tail}?",
            "what|whats|how is|are? status|state|health of my|our|all? agent|agents|bots|system {tail}?",
            "which|what|how many? agents is|are running|active|working|online|on|up|alive|there|down|stopped|paused {tail}?",
            "which|what|how many? agents do we|you|i have {tail}?",
            "is|are all|my|our? agent|agents|bot|bots|system all? running|working|ok|okay|fine|up|active|online|alive|healthy|down {tail}?",
            "how is|are all|my|our? agents|agent|bots|system doing|running|working? {tail}?",
            "what are|is my|our? agents|agent doing {tail}?",
        ],
        loose: &[],
    },
    Row {
        intent: Intent::Help,
        required: &[],
        defaulted: &[],
        openers: &[WANT, WOULD_LIKE, "open|main"],
        phrases: &[
            "help me|us? out?",
            "some help",
            "menu|commands|command|options list|menu?",
            "list of? all? commands|options",
            "all|available? commands|options",
            "what|whats are|is? all|available? commands|options|menu",
            "what can you|u do|help for|with? me|us? with?",
            "what else? can i|we ask|do|say|type|send|write you|u|here|to? you|here?",
            "what do|can you|u do here?",
            "how can you|u help me|us? out|here|with?",
            "how does this|it work|works",
            "how do|can i|we use this|it|you",
            "how to use this|it",
            "what commands are there|available",
            "which|what commands|options do|can you|i|we have|know|understand|use|send",
        ],
        loose: &[],
    },
];

/// What may precede a phrase: requests.
const OPENERS: &[&str] = &[
    "can|could|may i|we have|get",
    "can|could|would|will|may you|u|i|we",
    "i|we? need|needed|want|wanted|wish|like|love|wanna to",
    "i|we|id|wed would? like|love to",
    "show|tell|give|send|get me|us?",
    "let me|us see|know|have|get",
    "help me|us to?",
    "assist|update|inform|advise me|us to|with|on|of|about?",
    "check|see|view|know|display|list for? me|us?",
    "do you|u know",
];

/// Requests for a thing. Not for stock: who "needs stock" may want to order it.
const WANT: &str = "i|we? need|want|wanted";
const WOULD_LIKE: &str = "i|we|id|wed would? like|love";

/// What may stand before a command without being a part of it.
const GREETINGS: &[&str] = &[
    "hi|hello|hey|hullo|helo|hallo|yo|jambo|habari|mambo|niaje|salaam|salama|salamu|greetings|hie there|team|all|sir|madam|boss|dear|friend|guys|yako|zenu?",
    "good morning|afternoon|evening|day sir|madam|boss|team|all|dear?",
    "morning|afternoon|evening",
    "how are|is you|u|things doing|today?",
    "hope you|u are|r? well|fine|good|ok|okay|doing? well|fine|good?",
    "dear? sir|madam|boss|team|bro|friend",
    "ok|okay|so|well",
    "i|we meant|mean",
    "sorry|excuse me? to? disturb|bother?",
    "thanks|thank you|u?",
];

/// What may stand after a command without being a part of it.
const CLOSINGS: &[&str] = &[
    "thanks|thank|thankyou|thanx|thx|tnx|cheers|asante|ahsante|shukran|regards you|u|sana|alot|again? so|very|alot? much?",
    "thanks|thank you? in advance",
    "many thanks",
    "best|kind|warm regards",
    "my? dear|sir|madam|boss|bro|friend|team|mate",
    "asap|urgently|urgent|quickly|quick|fast|immediately",
    "as soon as possible",
    "right? now",
    "for? me|us",
    "if possible",
    "if you|u can|could|may",
    "bye",
];

/// What drops a pending command.
const CANCELS: &[&str] = &[
    "no|ok|okay? cancel it|that|this|request|command|everything?",
    "no|ok|okay? never mind",
    "nevermind|nvm|cancelled|nope|no",
    "no? forget|leave|ignore|drop|skip about? it|that|this",
    "skip",
    "no thanks|thank|need you?",
    "not now|anymore",
    "dont bother|worry",
    "i? changed my mind",
];

/// How a missing entity is given in answer to its question.
const ANSWERS: &[(Entity, &[&str])] = &[
    (
        Entity::Product,
        &[
            "for|of? {product}",
            "it|its|thats|that is? {product}",
            "sku|product|item|code|name is? {product}",
        ],
    ),
    (Entity::Severity, &["only? {severity} only|ones|alerts?"]),
    (
        Entity::ReportType,
        &[
            "for|of|on? {report} report|one? for|of|on|in? {dates}?",
            "it|its|thats|that is? {report} report|one?",
            "for|of|on? {other_report} report|one?",
        ],
    ),
    (
        Entity::DateRange,
        &[
            "for|of|on|in|during? {dates}",
            "it|its|thats|that is? for? {dates}",
        ],
    ),
];

/// A row, read.
pub(super) struct Command {
    pub intent: Intent,
    pub required: &'static [Entity],
    pub defaulted: &'static [Entity],
    pub openers: Vec<Phrase>,
    pub phrases: Vec<Phrase>,
    pub loose: Vec<Phrase>,
}

/// The table, read.
pub(super) struct Table {
    pub commands: Vec<Command>,
    pub greetings: Vec<Phrase>,
    pub closings: Vec<Phrase>,
    pub cancels: Vec<Phrase>,
    answers: Vec<(Entity, Vec<Phrase>)>,
}

/// The table, read at its first use.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table {
    commands: ROWS
        .iter()
        .map(|row| Command {
            intent: row.intent,
            required: row.required,
            defaulted: row.defaulted,
            openers: row
                .openers
                .iter()
                .chain(OPENERS)
                .map(|text| Phrase::read(text))
                .collect(),
            phrases: read(row.phrases),
            loose: read(row.loose),
        })
        .collect(),
    greetings: read(GREETINGS),
    closings: read(CLOSINGS),
    cancels: read(CANCELS),
    answers: ANSWERS
        .iter()
        .map(|(entity, phrases)| (*entity, read(phrases)))
        .collect(),
});

impl Table {
    /// The row of an intent; [`Intent::Unknown`] has none.
    pub fn command(&self, intent: Intent) -> Option<&Command> {
        self.commands
            .iter()
            .find(|command| command.intent == intent)
    }

    /// The phrases that give an entity in answer to its question.
    pub fn answers(&self, entity: Entity) -> &[Phrase] {
        self.answers
            .iter()
            .find(|(of, _)| *of == entity)
            .map_or(&[], |(_, phrases)| phrases)
    }
}

fn read(phrases: &[&'static str]) -> Vec<Phrase> {
    phrases.iter().map(|text| Phrase::read(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c2_the_table_is_well_written() {
        let table = &*TABLE;
        let all = table
            .commands
            .iter()
            .flat_map(|c| c.openers.iter().chain(&c.phrases).chain(&c.loose))
            .chain(&table.greetings)
            .chain(&table.closings)
            .chain(&table.cancels)
            .chain(table.answers.iter().flat_map(|(_, phrases)| phrases));
        for phrase in all {
            assert_eq!(phrase.unmatchable(), Vec::<&str>::new(), "{phrase:?}");
        }
        for command in &table.commands {
            for entity in command.required {
                assert!(!table.answers(*entity).is_empty(), "{:?}", command.intent);
            }
        }
    }
}
