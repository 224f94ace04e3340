//! A thread that grows as the agent function makes it grow, compacted as its caller would.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;

use crate::context::{Context, Correction, Parameters, Placed, View, build, by_rule, due, missing};
use crate::{
    CallId, ContentHash, CustomerId, E164, EventId, OutputId, SenderId, ThreadId,
    approval::{Act, Decision},
    event::{AgentWords, Event, EventData, Failing},
    message::{Beside, CauseKey, Content, Document, Group},
    model::{Answer, Ended, Purpose, Usage, Wanted},
    money::MicroUsd,
    question::Question,
    thread::{Head, Thread},
    tool::{
        Chooser, InventoryArguments, ReleasedAct, ReportArguments, ReportKind, SiteStock,
        StockLine, Supply, ToolCall, ToolOutcome,
    },
};

pub struct Scene {
    pub thread: Thread,
    pub parameters: Parameters,
    now: Timestamp,
    commits: Vec<u64>,
    pub turns: usize,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn sender() -> SenderId {
    "+250788000201".parse().unwrap()
}

pub fn head() -> Head {
    let number: E164 = "+14155238886".parse().unwrap();
    Head::new(
        "acme".parse().unwrap(),
        ThreadId::derived("x"),
        CustomerId::derived("x"),
        "demo".parse().unwrap(),
        number.clone(),
        sender(),
        Group::of(&number, &sender()),
        at("2026-11-20T08:00:00Z"),
    )
}

pub fn event(number: usize, data: EventData) -> Event {
    Event {
        id: EventId::derived(&format!("event {number}")),
        at: at("2026-11-20T10:00:00Z") + SignedDuration::from_mins(number as i64),
        answers: vec![],
        data,
    }
}

pub fn message(name: Option<&str>, body: &str) -> EventData {
    let cause: CauseKey = serde_json::from_value(json!("message/demo/SM1")).unwrap();
    EventData::UserMessage {
        cause,
        from: sender(),
        name: name.map(str::to_owned),
        content: Content::Text { body: body.into() },
        beside: Beside::default(),
    }
}

pub fn says(text: &str) -> EventData {
    EventData::AgentMessage {
        body: AgentWords::Text { text: text.into() },
        asks: None,
    }
}

pub fn document(title: &str) -> Document {
    Document {
        filename: "sales.pdf".into(),
        media_type: "application/pdf".into(),
        content: ContentHash::of(title.as_bytes()),
        size: 48_213,
        title: title.into(),
    }
}

pub fn request(output: OutputId, approver: &str, title: &str) -> EventData {
    let document = document(title);
    let tenant = "acme".parse().unwrap();
    let deadline = at("2026-11-21T10:00:00Z");
    let act = Act::send_document(tenant, output, 1, &document, sender(), deadline);
    EventData::HumanRequest {
        digest: act.digest().unwrap(),
        act: Box::new(act),
        document,
        approver: approver.into(),
        approver_address: sender(),
    }
}

/// A question to a colleague.
pub fn asked(output: OutputId, colleague: &str, asks: Question) -> EventData {
    let (tenant, deadline) = ("acme".parse().unwrap(), at("2026-11-21T10:00:00Z"));
    let act = Act::ask_colleague(tenant, output, asks, sender(), deadline).unwrap();
    EventData::HumanRequest {
        digest: act.digest().unwrap(),
        document: act.document(),
        act: Box::new(act),
        approver: colleague.into(),
        approver_address: sender(),
    }
}

pub fn thinks(text: &str, calls: &[(&str, serde_json::Value)]) -> EventData {
    let calls = calls.iter().map(|(tool, arguments)| Wanted {
        tool: (*tool).to_owned(),
        arguments: arguments.clone(),
    });
    EventData::ModelThinking {
        said: 0,
        purpose: Purpose::Answer,
        agent: crate::agent::AgentKind::General,
        model: "openai:gpt-4o".parse().unwrap(),
        about: vec![],
        answer: Answer {
            text: text.into(),
            calls: calls.collect(),
            ended: Ended::Done,
            usage: Usage::default(),
        },
        cost: MicroUsd(7),
        cached: None,
        flagged: vec![],
        pictures: vec![],
    }
}

/// A summary by rule.
pub fn summed_up(through: u64, summary: String) -> EventData {
    EventData::Compaction {
        through,
        summary,
        by: None,
        cost: MicroUsd::ZERO,
    }
}

pub fn stock(name: &str, units: u32, more: u32) -> ToolOutcome {
    ToolOutcome::Inventory {
        found: vec![StockLine {
            sku: "ABC123".parse().unwrap(),
            name: name.into(),
            unit: "box".into(),
            sites: vec![SiteStock {
                site: "Kigali".into(),
                units,
            }],
            reorder_point: 20,
            supply: Supply::default(),
        }],
        more,
        took_ms: None,
    }
}

pub fn refused(tool: &str, detail: &str) -> EventData {
    EventData::error(detail.into(), Some(Failing::Call(tool.into())))
}

pub fn view(parameters: &Parameters) -> View<'_> {
    static UTC: TimeZone = TimeZone::UTC;
    View {
        parameters,
        correction: Correction::default(),
        time_zone: &UTC,
    }
}

/// Each event in a commit of its own, from the first.
pub fn placed(events: &[Event]) -> Vec<Placed<'_>> {
    let numbered = (1..).zip(events);
    numbered
        .map(|(commit, event)| Placed { commit, event })
        .collect()
}

impl Scene {
    pub fn new() -> Self {
        Self {
            thread: Thread {
                head: head(),
                events: vec![],
            },
            parameters: Parameters::default(),
            now: at("2026-11-20T10:00:00Z"),
            commits: vec![],
            turns: 0,
        }
    }

    pub fn add(&mut self, data: EventData) -> EventId {
        self.answer(vec![], data)
    }

    pub fn answer(&mut self, answers: Vec<EventId>, data: EventData) -> EventId {
        self.now += SignedDuration::from_secs(20);
        let id = EventId::derived(&format!("event {}", self.commits.len()));
        self.thread.apply(Event {
            id,
            at: self.now,
            answers,
            data,
        });
        self.commits.push(self.thread.head.commit + 1);
        id
    }

    /// Ends a commit, with a compaction in it when one is due.
    pub fn commit(&mut self) {
        let compaction = {
            let past = self.past();
            let due = due(&self.thread.head, &past, &self.parameters);
            due.map(|due| {
                let first = due.events.first().map(|placed| placed.commit);
                let covered = past.iter().find_map(|placed| match placed.event.data {
                    EventData::Compaction { through, .. } => Some(through),
                    _ => None,
                });
                assert_eq!(
                    first,
                    Some(covered.unwrap_or(0) + 1),
                    "no commit is left out"
                );
                let summary = by_rule(due.previous, &due.events, &view(&self.parameters));
                summed_up(due.through, summary)
            })
        };
        if let Some(compaction) = compaction {
            self.add(compaction);
        }
        self.thread.head.commit += 1;
    }

    /// What a caller loads: the window, and what is undecided before it; with what this commit
    /// has added.
    pub fn past(&self) -> Vec<Placed<'_>> {
        let newest = self.thread.head.commit;
        let within = |commit: u64| commit + self.parameters.window > newest;
        let numbered = self.commits.iter().copied().zip(&self.thread.events);
        // The newest come last, so that a long thread is not gone through from its beginning.
        let window: Vec<Placed<'_>> = numbered
            .clone()
            .rev()
            .take_while(|(commit, _)| within(*commit))
            .map(|(commit, event)| Placed { commit, event })
            .collect();
        let mut past: Vec<Placed<'_>> = window.into_iter().rev().collect();
        let missing = missing(&self.thread.head, &past);
        if !missing.is_empty() {
            let wanted = numbered.filter(|(commit, _)| missing.contains(commit));
            let wanted = wanted.map(|(commit, event)| Placed { commit, event });
            past = wanted.chain(past).collect();
        }
        past
    }

    pub fn context(&self) -> Context {
        build(
            &self.past(),
            &self.thread.head.fold,
            &view(&self.parameters),
        )
    }

    /// What a model would be asked with in this turn, and then the rest of the turn.
    pub fn turn(&mut self) -> Context {
        let message = self.begin();
        let context = self.context();
        self.end(message);
        context
    }

    /// A turn of which nobody wants to see the prompt.
    pub fn pass(&mut self) {
        let message = self.begin();
        self.end(message);
    }

    fn begin(&mut self) -> EventId {
        let turn = self.turns;
        let asked = match turn % 5 {
            0 => format!("How many boxes of tea {turn} are left in Kigali?"),
            1 => "And what about coffee?".to_owned(),
            2 => format!(
                "I need {turn} boxes. {}",
                "Please check all sites. ".repeat(4)
            ),
            3 => "ok".to_owned(),
            _ => format!("Order {turn}: {}", "a long list of wishes, ".repeat(30)),
        };
        let message = self.add(message(Some("Amina"), &asked));
        self.commit();
        if turn % 7 == 3 {
            let thought = self.add(thinks(
                "",
                &[("check_inventory", json!({"article": "tea"}))],
            ));
            let wrong = refused("check_inventory", "arguments: sku or product is missing");
            self.answer(vec![thought], wrong);
        }
        message
    }

    fn end(&mut self, message: EventId) {
        let turn = self.turns;
        self.turns += 1;
        if turn % 10 == 8 {
            return self.report(message, turn);
        }
        let call = CallId::derived(&format!("call {turn}"));
        let thought = self.add(thinks("", &[("check_inventory", json!({"sku": "ABC123"}))]));
        let tool = ToolCall::CheckInventory(InventoryArguments::Sku("ABC123".parse().unwrap()));
        let by = Chooser::Model;
        self.answer(vec![thought], EventData::ToolCall { call, tool, by });
        let outcome = stock("Green tea", turn as u32, 3);
        let result = self.add(EventData::ToolResult { call, outcome });
        let answer =
            format!("There are {turn} boxes of Green tea in Kigali. Shall I reserve some?");
        let thought = self.answer(vec![result], thinks(&answer, &[]));
        self.answer(vec![message, thought], says(&answer));
        self.commit();
    }

    /// A report that is countersigned and sent, commit by commit.
    fn report(&mut self, message: EventId, turn: usize) {
        let call = CallId::derived(&format!("call {turn}"));
        let output = OutputId::derived(&format!("report {turn}"));
        let tool = ToolCall::GenerateReport(ReportArguments {
            kind: ReportKind::Sales,
            from: "2026-11-01".parse().unwrap(),
            to: "2026-11-07".parse().unwrap(),
            asks: None,
        });
        let by = Chooser::Command;
        self.answer(vec![message], EventData::ToolCall { call, tool, by });
        self.add(says("I'm preparing the sales report…"));
        self.commit();
        let title = format!("Sales report {turn}");
        let outcome = ToolOutcome::Drafted {
            asks: None,
            document: document(&title),
            rows: document("rows"),
        };
        let drafted = self.add(EventData::ToolResult { call, outcome });
        self.answer(vec![drafted], request(output, "Grace", &title));
        self.add(says(
            "Your report is ready. I'll send it as soon as Grace approves.",
        ));
        self.commit();
        let decision = Decision::Approved {
            by: "Grace".into(),
            at: self.now,
        };
        let decided = self.add(EventData::HumanResponse {
            output,
            version: 1,
            decision,
        });
        let call = crate::thread::carry_out_call(output);
        let digest = self.thread.head.fold.awaiting[0].digest;
        let tool = ToolCall::SendDocument(ReleasedAct {
            output,
            version: 1,
            digest,
        });
        self.answer(vec![decided], EventData::ToolCall { call, tool, by });
        self.commit();
        let outcome = ToolOutcome::Released {
            output,
            version: 1,
            digest,
        };
        let released = self.add(EventData::ToolResult { call, outcome });
        let body = AgentWords::Document {
            document: document(&title),
            output,
            version: 1,
            digest,
        };
        self.answer(vec![released], EventData::AgentMessage { body, asks: None });
        self.commit();
    }
}
