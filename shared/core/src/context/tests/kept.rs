//! What is hidden, and what stays whole however old it is.

use expect_test::expect;
use serde_json::json;

use super::{
    scene::{event, message, refused, request, says, stock, thinks},
    written::check,
};
use crate::{
    CallId, OutputId,
    commands::{Entities, Entity, Intent, Pending},
    context::Parameters,
    event::{AgentWords, EventData, Failing},
    thread::{Awaiting, Fold, OpenEvent, OpenKind},
    tool::{Chooser, InventoryArguments, ToolCall, ToolOutcome},
};

#[test]
fn a6_a_settled_error_is_hidden_and_an_open_one_is_not() {
    let call = CallId::derived("x");
    let tool = ToolCall::CheckInventory(InventoryArguments::Product("tea".into()));
    let wrong = json!({"article": "tea"});
    check(
        vec![
            EventData::error("timeout".into(), Some(Failing::Model)),
            thinks("", &[("check_inventory", wrong.clone())]),
            refused("check_inventory", "product is missing"),
            thinks("", &[("check_inventory", json!({"product": "tea"}))]),
            EventData::ToolCall {
                call,
                tool,
                by: Chooser::Model,
            },
            EventData::ToolResult {
                call,
                outcome: stock("Green tea", 12, 0),
            },
            thinks("", &[("check_inventory", wrong)]),
            refused("check_inventory", "product is missing again"),
            EventData::error("timeout again".into(), Some(Failing::Model)),
        ],
        &Fold::default(),
        &Parameters::default(),
        expect![[r#"
            --- settled above, recent below
            <tool_call at="2026-11-20 10:04" tool="check_inventory" call="ca_f5620447">{"product":"tea"}</tool_call>
            <tool_result at="2026-11-20 10:05" tool="check_inventory" call="ca_f5620447">[{"name":"Green tea","reorder_point":20,"sites":[{"site":"Kigali","units":12}],"sku":"ABC123","unit":"box"}]</tool_result>
            <model_thinking at="2026-11-20 10:06">check_inventory {"article":"tea"}</model_thinking>
            <error at="2026-11-20 10:07" call_of="check_inventory">product is missing again</error>
            <error at="2026-11-20 10:08" of="model">no answer could be given</error>
            --- 190 tokens, Levels { whole: 5, compact: 0, line: 0, summed: 0, hidden: 4 }
        "#]],
    );
}

#[test]
fn a4_what_is_undecided_stays_whole_and_what_is_long_is_cut_with_a_note() {
    let output = OutputId::derived("x");
    let long = "a long story, ".repeat(100);
    let mut events = vec![message(None, &long), message(None, &long)];
    events.push(request(output, "Grace", "Sales report"));
    events.push(request(OutputId::derived("y"), "Grace", "Older report"));
    events.extend((0..6).map(|number| says(&format!("Answer {number}"))));
    let EventData::HumanRequest { digest, .. } = events[2] else {
        panic!("not a request");
    };
    let fold = Fold {
        open: vec![OpenEvent {
            event: event(1, says("")).id,
            commit: 2,
            asked: None,
            file: Default::default(),
            kind: OpenKind::Message,
        }],
        awaiting: vec![Awaiting {
            output,
            version: 1,
            digest,
            commit: 3,
            question: None,
        }],
        ..Fold::default()
    };
    let parameters = Parameters {
        whole: 2,
        step: 2,
        compact_characters: 40,
        ..Parameters::default()
    };
    check(
        events,
        &fold,
        &parameters,
        expect![[r#"
        <user_message at="2026-11-20 10:00" left_out="1,360 of 1,400 characters; ask the customer, if it matters">a long story, a long story, a long story…</user_message>
        <user_message at="2026-11-20 10:01">a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, a long story, </user_message>
        <human_request at="2026-11-20 10:02" output="out_413442c17a458b73942538e45e2973b5" asks="Grace" until="2026-11-21 10:00" title="Sales report" media_type="application/pdf" bytes="48213" document="19ca4f27"></human_request>
        <human_request at="2026-11-20 10:03" output="out_7060c8f2b4e78d94808bfea9f66fb71f" asks="Grace" until="2026-11-21 10:00" title="Older report" media_type="application/pdf" bytes="48213" document="5db943c9"></human_request>
        <agent_message at="2026-11-20 10:04">Answer 0</agent_message>
        <agent_message at="2026-11-20 10:05">Answer 1</agent_message>
        <agent_message at="2026-11-20 10:06">Answer 2</agent_message>
        <agent_message at="2026-11-20 10:07">Answer 3</agent_message>
        --- settled above, recent below
        <agent_message at="2026-11-20 10:08">Answer 4</agent_message>
        <agent_message at="2026-11-20 10:09">Answer 5</agent_message>
        --- 722 tokens, Levels { whole: 4, compact: 6, line: 0, summed: 0, hidden: 0 }
    "#]],
    );
}

#[test]
fn a6_an_error_is_not_settled_by_a_call_that_failed_too() {
    let call = CallId::derived("x");
    let tool = ToolCall::CheckInventory(InventoryArguments::Product("tea".into()));
    check(
        vec![
            refused("check_inventory", "product is missing"),
            EventData::ToolCall {
                call,
                tool,
                by: Chooser::Model,
            },
            EventData::ToolResult {
                call,
                outcome: ToolOutcome::Failed {
                    reason: "no answer in 10 s".into(),
                },
            },
        ],
        &Fold::default(),
        &Parameters::default(),
        expect![[r#"
            --- settled above, recent below
            <error at="2026-11-20 10:00" call_of="check_inventory">product is missing</error>
            <tool_call at="2026-11-20 10:01" tool="check_inventory" call="ca_f5620447">{"product":"tea"}</tool_call>
            <tool_result at="2026-11-20 10:02" tool="check_inventory" call="ca_f5620447" outcome="failed">it did not work just now; the operators know why</tool_result>
            --- 113 tokens, Levels { whole: 3, compact: 0, line: 0, summed: 0, hidden: 0 }
        "#]],
    );
}

#[test]
fn a4_a_question_without_an_answer_and_a_call_under_way_stay_whole() {
    let long = "Which product? ".repeat(20);
    let asks = |text: &str| EventData::AgentMessage {
        body: AgentWords::Text { text: text.into() },
        asks: Some(Pending {
            intent: Intent::CheckInventory,
            entities: Entities::default(),
            missing: Entity::Product,
        }),
    };
    let call = CallId::derived("x");
    let tool = ToolCall::CheckInventory(InventoryArguments::Product(long.clone()));
    let by = Chooser::Model;
    let events = vec![
        asks(&long),
        asks(&long),
        EventData::ToolCall { call, tool, by },
        says(&long),
        says("Hello"),
    ];
    let EventData::AgentMessage { asks: pending, .. } = asks("") else {
        panic!("no question");
    };
    let fold = Fold {
        pending,
        running: vec![call],
        ..Fold::default()
    };
    let parameters = Parameters {
        whole: 0,
        step: 1,
        compact_characters: 20,
        ..Parameters::default()
    };
    check(
        events,
        &fold,
        &parameters,
        expect![[r#"
        <agent_message at="2026-11-20 10:00" asks_for="Which product? Send its SKU, such as ABC123, or its name." left_out="280 of 300 characters; they are on record">Which product? Which…</agent_message>
        <agent_message at="2026-11-20 10:01" asks_for="Which product? Send its SKU, such as ABC123, or its name.">Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? </agent_message>
        <tool_call at="2026-11-20 10:02" tool="check_inventory" call="ca_f5620447">{"product":"Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? Which product? "}</tool_call>
        <agent_message at="2026-11-20 10:03" left_out="280 of 300 characters; they are on record">Which product? Which…</agent_message>
        --- settled above, recent below
        <agent_message at="2026-11-20 10:04">Hello</agent_message>
        --- 357 tokens, Levels { whole: 2, compact: 3, line: 0, summed: 0, hidden: 0 }
    "#]],
    );
}

#[test]
fn a4_a_text_is_not_cut_where_the_note_would_be_as_long_as_what_is_saved() {
    let parameters = Parameters {
        whole: 0,
        step: 1,
        compact_characters: 20,
        ..Parameters::default()
    };
    check(
        vec![says(&"x".repeat(100)), says(&"x".repeat(101))],
        &Fold::default(),
        &parameters,
        expect![[r#"
            <agent_message at="2026-11-20 10:00">xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</agent_message>
            --- settled above, recent below
            <agent_message at="2026-11-20 10:01" left_out="81 of 101 characters; they are on record">xxxxxxxxxxxxxxxxxxxx…</agent_message>
            --- 85 tokens, Levels { whole: 0, compact: 2, line: 0, summed: 0, hidden: 0 }
        "#]],
    );
}
