//! What prompts look like.

use expect_test::{Expect, expect};
use serde_json::json;

use super::scene::{Scene, event, message, placed, refused, request, says, stock, thinks, view};
use crate::{
    CallId, OutputId,
    approval::Decision,
    context::{Context, Parameters, build},
    event::{AgentWords, EventData, Failing},
    message::{Content, ControlAction},
    thread::Fold,
    tool::{Chooser, InventoryArguments, ToolCall, ToolOutcome},
};

fn shown(context: &Context) -> String {
    let Context {
        settled,
        recent,
        tokens,
        levels,
    } = context;
    format!("{settled}--- settled above, recent below\n{recent}--- {tokens} tokens, {levels:?}\n")
}

pub fn check(events: Vec<EventData>, fold: &Fold, parameters: &Parameters, expect: Expect) {
    let numbered = events.into_iter().enumerate();
    let events: Vec<_> = numbered.map(|(number, data)| event(number, data)).collect();
    expect.assert_eq(&shown(&build(&placed(&events), fold, &view(parameters))));
}

#[test]
fn a4_the_first_turn() {
    expect![[r#"
        --- settled above, recent below
        <user_message at="2026-11-20 10:00" name="Amina">How many boxes of tea 0 are left in Kigali?</user_message>
        --- 34 tokens, Levels { whole: 1, compact: 0, line: 0, summed: 0, hidden: 0 }
    "#]].assert_eq(&shown(&Scene::new().turn()));
}

#[test]
fn a4_the_tenth_turn() {
    let mut scene = Scene::new();
    (0..9).for_each(|_| scene.pass());
    expect![[r#"
        <user_message at="2026-11-20 10:00" name="Amina">How many boxes of tea 0 are left in Kigali?</user_message>
        <tool_call at="2026-11-20 10:01" tool="check_inventory" call="ca_d261dd2c">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:01" tool="check_inventory" call="ca_d261dd2c" more="3 more; ask for the SKU">ABC123 Green tea: 0 box</tool_result>
        <agent_message at="2026-11-20 10:02">There are 0 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 10:02" name="Amina">And what about coffee?</user_message>
        <tool_call at="2026-11-20 10:03" tool="check_inventory" call="ca_94a1ef55">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:03" tool="check_inventory" call="ca_94a1ef55" more="3 more; ask for the SKU">ABC123 Green tea: 1 box</tool_result>
        <agent_message at="2026-11-20 10:04">There are 1 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 10:04" name="Amina">I need 2 boxes. Please check all sites. Please check all sites. Please check all sites. Please check all sites. </user_message>
        <tool_call at="2026-11-20 10:05" tool="check_inventory" call="ca_c9218b07">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:05" tool="check_inventory" call="ca_c9218b07" more="3 more; ask for the SKU">ABC123 Green tea: 2 box</tool_result>
        <agent_message at="2026-11-20 10:06">There are 2 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 10:06" name="Amina">ok</user_message>
        <tool_call at="2026-11-20 10:07" tool="check_inventory" call="ca_d1979b56">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:08" tool="check_inventory" call="ca_d1979b56" more="3 more; ask for the SKU">ABC123 Green tea: 3 box</tool_result>
        <agent_message at="2026-11-20 10:08">There are 3 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 10:09" name="Amina" left_out="299 of 699 characters; ask the customer, if it matters">Order 4: a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, …</user_message>
        <tool_call at="2026-11-20 10:09" tool="check_inventory" call="ca_96f92dd4">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:10" tool="check_inventory" call="ca_96f92dd4" more="3 more; ask for the SKU">ABC123 Green tea: 4 box</tool_result>
        <agent_message at="2026-11-20 10:10">There are 4 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 10:11" name="Amina">How many boxes of tea 5 are left in Kigali?</user_message>
        <tool_call at="2026-11-20 10:11" tool="check_inventory" call="ca_ebc064af">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:12" tool="check_inventory" call="ca_ebc064af" more="3 more; ask for the SKU">ABC123 Green tea: 5 box</tool_result>
        <agent_message at="2026-11-20 10:12">There are 5 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        --- settled above, recent below
        <user_message at="2026-11-20 10:13" name="Amina">And what about coffee?</user_message>
        <tool_call at="2026-11-20 10:13" tool="check_inventory" call="ca_8c7c6808">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:14" tool="check_inventory" call="ca_8c7c6808" more="3 more; ask for the SKU">[{"name":"Green tea","reorder_point":20,"sites":[{"site":"Kigali","units":6}],"sku":"ABC123","unit":"box"}]</tool_result>
        <agent_message at="2026-11-20 10:14">There are 6 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 10:15" name="Amina">I need 7 boxes. Please check all sites. Please check all sites. Please check all sites. Please check all sites. </user_message>
        <tool_call at="2026-11-20 10:15" tool="check_inventory" call="ca_5871093f">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 10:16" tool="check_inventory" call="ca_5871093f" more="3 more; ask for the SKU">[{"name":"Green tea","reorder_point":20,"sites":[{"site":"Kigali","units":7}],"sku":"ABC123","unit":"box"}]</tool_result>
        <agent_message at="2026-11-20 10:16">There are 7 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 10:17" name="Amina">ok</user_message>
        <tool_call at="2026-11-20 10:17" tool="generate_report" call="ca_96ca11d9">{"from":"2026-11-01","kind":"sales","to":"2026-11-07"}</tool_call>
        <agent_message at="2026-11-20 10:17">I'm preparing the sales report…</agent_message>
        <tool_result at="2026-11-20 10:18" tool="generate_report" call="ca_96ca11d9" outcome="drafted" title="Sales report 8" media_type="application/pdf" bytes="48213" document="30697095"></tool_result>
        <human_request at="2026-11-20 10:18" output="out_7209703e007188aaba7ec920e907a519" asks="Grace" until="2026-11-21 10:00" title="Sales report 8" media_type="application/pdf" bytes="48213" document="30697095"></human_request>
        <agent_message at="2026-11-20 10:18">Your report is ready. I'll send it as soon as Grace approves.</agent_message>
        <human_response at="2026-11-20 10:19" output="out_7209703e007188aaba7ec920e907a519" decision="approved" by="Grace"></human_response>
        <tool_call at="2026-11-20 10:19" tool="send_document" call="ca_ac9c38e3" output="out_7209703e007188aaba7ec920e907a519"></tool_call>
        <tool_result at="2026-11-20 10:19" tool="send_document" call="ca_ac9c38e3" outcome="released" output="out_7209703e007188aaba7ec920e907a519"></tool_result>
        <agent_message at="2026-11-20 10:20" output="out_7209703e007188aaba7ec920e907a519" title="Sales report 8" media_type="application/pdf" bytes="48213" document="30697095"></agent_message>
        <user_message at="2026-11-20 10:20" name="Amina">Order 9: a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, </user_message>
        --- 2104 tokens, Levels { whole: 19, compact: 24, line: 0, summed: 0, hidden: 18 }
    "#]].assert_eq(&shown(&scene.turn()));
}

#[test]
fn a4_the_two_hundredth_turn() {
    let mut scene = Scene::new();
    (0..199).for_each(|_| scene.pass());
    expect![[r#"
        <summary>Before that: 413 older points.
        Decision 2026-11-20: "Grace" approved "Sales report 98" (out_03ee9491).
        Decision 2026-11-20: "Grace" approved "Sales report 108" (out_91a9bb25).
        Decision 2026-11-20: "Grace" approved "Sales report 118" (out_1c8ad446).
        Decision 2026-11-20: "Grace" approved "Sales report 128" (out_e6a901d8).
        Decision 2026-11-20: "Grace" approved "Sales report 138" (out_662b2d69).
        Decision 2026-11-20: "Grace" approved "Sales report 148" (out_c31447ba).
        Decision 2026-11-20: "Grace" approved "Sales report 158" (out_48d40a4f).
        Decision 2026-11-20: "Grace" approved "Sales report 168" (out_3d36fc25).
        Decision 2026-11-20: "Grace" approved "Sales report 178" (out_c08d4739).
        2026-11-20 The customer wrote "Order 184: a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wi…".
        2026-11-20 check_inventory returned "ABC123 Green tea: 184 box".
        2026-11-20 The customer wrote "How many boxes of tea 185 are left in Kigali?".
        2026-11-20 check_inventory returned "ABC123 Green tea: 185 box".
        2026-11-20 The customer wrote "And what about coffee?".
        2026-11-20 check_inventory returned "ABC123 Green tea: 186 box".
        2026-11-20 The customer wrote "I need 187 boxes. Please check all sites. Please check all sites. Please check all sites. Please check all sites.".
        2026-11-20 check_inventory returned "ABC123 Green tea: 187 box".
        2026-11-20 The customer wrote "ok".</summary>
        <tool_result at="2026-11-20 17:07" tool="generate_report" call="ca_f4649449" outcome="drafted" title="Sales report 188"></tool_result>
        <human_request at="2026-11-20 17:07" output="out_02abe4d678588d69b37d9d62a814384e" asks="Grace" until="2026-11-21 10:00" title="Sales report 188"></human_request>
        <agent_message at="2026-11-20 17:07">Your report is ready. I'll send it as soon as Grace approves.</agent_message>
        <human_response at="2026-11-20 17:08" output="out_02abe4d678588d69b37d9d62a814384e" decision="approved" by="Grace"></human_response>
        <tool_call at="2026-11-20 17:08" tool="send_document" call="ca_100f10b0" output="out_02abe4d678588d69b37d9d62a814384e"></tool_call>
        <tool_result at="2026-11-20 17:08" tool="send_document" call="ca_100f10b0" outcome="released" output="out_02abe4d678588d69b37d9d62a814384e"></tool_result>
        <agent_message at="2026-11-20 17:09" output="out_02abe4d678588d69b37d9d62a814384e" title="Sales report 188"></agent_message>
        <user_message at="2026-11-20 17:09">Order 189: a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wi…</user_message>
        <tool_call at="2026-11-20 17:10" tool="check_inventory" call="ca_2a3a79ae">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:10" tool="check_inventory" call="ca_2a3a79ae" more="3 more; ask for the SKU">ABC123 Green tea: 189 box</tool_result>
        <agent_message at="2026-11-20 17:11">There are 189 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:11">How many boxes of tea 190 are left in Kigali?</user_message>
        <tool_call at="2026-11-20 17:12" tool="check_inventory" call="ca_591570a9">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:12" tool="check_inventory" call="ca_591570a9" more="3 more; ask for the SKU">ABC123 Green tea: 190 box</tool_result>
        <agent_message at="2026-11-20 17:13">There are 190 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:13" name="Amina">And what about coffee?</user_message>
        <tool_call at="2026-11-20 17:14" tool="check_inventory" call="ca_1a077d54">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:14" tool="check_inventory" call="ca_1a077d54" more="3 more; ask for the SKU">ABC123 Green tea: 191 box</tool_result>
        <agent_message at="2026-11-20 17:15">There are 191 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:15" name="Amina">I need 192 boxes. Please check all sites. Please check all sites. Please check all sites. Please check all sites. </user_message>
        <tool_call at="2026-11-20 17:16" tool="check_inventory" call="ca_60e3d95a">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:17" tool="check_inventory" call="ca_60e3d95a" more="3 more; ask for the SKU">ABC123 Green tea: 192 box</tool_result>
        <agent_message at="2026-11-20 17:17">There are 192 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:18" name="Amina">ok</user_message>
        <tool_call at="2026-11-20 17:19" tool="check_inventory" call="ca_7bbf1b9f">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:19" tool="check_inventory" call="ca_7bbf1b9f" more="3 more; ask for the SKU">ABC123 Green tea: 193 box</tool_result>
        <agent_message at="2026-11-20 17:20">There are 193 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:20" name="Amina" left_out="301 of 701 characters; ask the customer, if it matters">Order 194: a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes…</user_message>
        <tool_call at="2026-11-20 17:21" tool="check_inventory" call="ca_e96f82eb">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:21" tool="check_inventory" call="ca_e96f82eb" more="3 more; ask for the SKU">ABC123 Green tea: 194 box</tool_result>
        <agent_message at="2026-11-20 17:22">There are 194 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:22" name="Amina">How many boxes of tea 195 are left in Kigali?</user_message>
        <tool_call at="2026-11-20 17:23" tool="check_inventory" call="ca_0d1e2014">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:23" tool="check_inventory" call="ca_0d1e2014" more="3 more; ask for the SKU">ABC123 Green tea: 195 box</tool_result>
        <agent_message at="2026-11-20 17:24">There are 195 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:24" name="Amina">And what about coffee?</user_message>
        <tool_call at="2026-11-20 17:25" tool="check_inventory" call="ca_1f361534">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:25" tool="check_inventory" call="ca_1f361534" more="3 more; ask for the SKU">ABC123 Green tea: 196 box</tool_result>
        <agent_message at="2026-11-20 17:26">There are 196 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:26" name="Amina">I need 197 boxes. Please check all sites. Please check all sites. Please check all sites. Please check all sites. </user_message>
        <tool_call at="2026-11-20 17:27" tool="check_inventory" call="ca_ef986f02">{"sku":"ABC123"}</tool_call>
        <tool_result at="2026-11-20 17:27" tool="check_inventory" call="ca_ef986f02" more="3 more; ask for the SKU">ABC123 Green tea: 197 box</tool_result>
        <agent_message at="2026-11-20 17:28">There are 197 boxes of Green tea in Kigali. Shall I reserve some?</agent_message>
        <user_message at="2026-11-20 17:28" name="Amina">ok</user_message>
        --- settled above, recent below
        <tool_call at="2026-11-20 17:28" tool="generate_report" call="ca_15ae5163">{"from":"2026-11-01","kind":"sales","to":"2026-11-07"}</tool_call>
        <agent_message at="2026-11-20 17:29">I'm preparing the sales report…</agent_message>
        <tool_result at="2026-11-20 17:29" tool="generate_report" call="ca_15ae5163" outcome="drafted" title="Sales report 198" media_type="application/pdf" bytes="48213" document="38e7c6a6"></tool_result>
        <human_request at="2026-11-20 17:29" output="out_449573eecd0485d3a98625941c2e46d5" asks="Grace" until="2026-11-21 10:00" title="Sales report 198" media_type="application/pdf" bytes="48213" document="38e7c6a6"></human_request>
        <agent_message at="2026-11-20 17:30">Your report is ready. I'll send it as soon as Grace approves.</agent_message>
        <human_response at="2026-11-20 17:30" output="out_449573eecd0485d3a98625941c2e46d5" decision="approved" by="Grace"></human_response>
        <tool_call at="2026-11-20 17:30" tool="send_document" call="ca_8893a91a" output="out_449573eecd0485d3a98625941c2e46d5"></tool_call>
        <tool_result at="2026-11-20 17:31" tool="send_document" call="ca_8893a91a" outcome="released" output="out_449573eecd0485d3a98625941c2e46d5"></tool_result>
        <agent_message at="2026-11-20 17:31" output="out_449573eecd0485d3a98625941c2e46d5" title="Sales report 198" media_type="application/pdf" bytes="48213" document="38e7c6a6"></agent_message>
        <user_message at="2026-11-20 17:31" name="Amina">Order 199: a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, a long list of wishes, </user_message>
        <model_thinking at="2026-11-20 17:32">check_inventory {"article":"tea"}</model_thinking>
        <error at="2026-11-20 17:32" call_of="check_inventory">arguments: sku or product is missing</error>
        --- 3061 tokens, Levels { whole: 12, compact: 32, line: 12, summed: 14, hidden: 21 }
    "#]].assert_eq(&shown(&scene.turn()));
}

#[test]
fn a4_every_kind_of_event_has_its_block() {
    let call = CallId::derived("x");
    let output = OutputId::derived("x");
    let tool = ToolCall::CheckInventory(InventoryArguments::Product("tea".into()));
    let by = Chooser::Model;
    let decided = |decision| EventData::HumanResponse {
        output,
        version: 1,
        decision,
    };
    let time = "2026-11-20T10:00:00Z".parse().unwrap();
    let EventData::HumanRequest { document, .. } = request(output, "Grace", "Sales <report>")
    else {
        panic!("not a request");
    };
    let mut picture = message(Some("Amina \"by=\" <b>"), "");
    if let EventData::UserMessage { content, .. } = &mut picture {
        *content = Content::Unreadable {
            kind: "image/jpeg".into(),
        };
    }
    check(
        vec![
            message(None, "tea & <coffee>?"),
            picture,
            thinks(
                "Let me look.",
                &[("check_inventory", json!({"product": "tea"}))],
            ),
            EventData::ToolCall { call, tool, by },
            EventData::ToolResult {
                call,
                outcome: stock("Green tea", 12, 3),
            },
            EventData::ToolResult {
                call: CallId::derived("y"),
                outcome: ToolOutcome::Drafted {
                    asks: None,
                    document: document.clone(),
                    rows: document.clone(),
                },
            },
            EventData::ToolResult {
                call: CallId::derived("y"),
                outcome: ToolOutcome::Failed {
                    reason: "no answer in 10 s".into(),
                },
            },
            request(output, "Grace", "Sales report"),
            decided(Decision::Rejected {
                by: "Grace".into(),
                at: time,
                reason: Some("Wrong week.\nSorry".into()),
            }),
            decided(Decision::Approved {
                by: "Grace".into(),
                at: time,
            }),
            decided(Decision::Expired { at: time }),
            says("There are 12 boxes."),
            EventData::AgentMessage {
                body: AgentWords::Document {
                    document,
                    output,
                    version: 1,
                    digest: crate::ContentHash::GENESIS,
                },
                asks: None,
            },
            EventData::HandOver {
                from: crate::agent::AgentKind::Triage,
                to: crate::event::Recipient::Agent(crate::agent::AgentKind::Booking),
                note: "wants a room".into(),
            },
            EventData::Control {
                action: ControlAction::Takeover,
                by: "Paul".into(),
            },
            EventData::Wake {
                reason: "a reminder is due".into(),
            },
            refused("check_stock", "no tool is called that"),
            EventData::error("timeout".into(), Some(Failing::Model)),
            EventData::SystemNote {
                persona: None,
                text: "Continues an older conversation.".into(),
                continues: Some(crate::ThreadId::derived("x")),
                wrote_at: None,
            },
            EventData::Undelivered {
                reference: crate::MessageRef::derived("x"),
                code: "63024".into(),
                meaning: "not on WhatsApp".into(),
            },
            EventData::Unanswered {
                because: crate::limits::Because::OptedOut,
                output: None,
            },
            EventData::Opted {
                way: crate::opt_out::Opted::In,
                from: None,
            },
        ],
        &Fold::default(),
        &Parameters {
            whole: 100,
            ..Parameters::default()
        },
        expect![[r#"
            --- settled above, recent below
            <user_message at="2026-11-20 10:00">tea &amp; &lt;coffee&gt;?</user_message>
            <user_message at="2026-11-20 10:01" unreadable="image/jpeg" name="Amina &quot;by&#61;&quot; &lt;b&gt;"></user_message>
            <model_thinking at="2026-11-20 10:02">Let me look.
            check_inventory {"product":"tea"}</model_thinking>
            <tool_call at="2026-11-20 10:03" tool="check_inventory" call="ca_f5620447">{"product":"tea"}</tool_call>
            <tool_result at="2026-11-20 10:04" tool="check_inventory" call="ca_f5620447" more="3 more; ask for the SKU">[{"name":"Green tea","reorder_point":20,"sites":[{"site":"Kigali","units":12}],"sku":"ABC123","unit":"box"}]</tool_result>
            <tool_result at="2026-11-20 10:05" call="ca_1f540eb1" outcome="drafted" title="Sales &lt;report&gt;" media_type="application/pdf" bytes="48213" document="34b15f4f"></tool_result>
            <tool_result at="2026-11-20 10:06" call="ca_1f540eb1" outcome="failed">it did not work just now; the operators know why</tool_result>
            <human_request at="2026-11-20 10:07" output="out_413442c17a458b73942538e45e2973b5" asks="Grace" until="2026-11-21 10:00" title="Sales report" media_type="application/pdf" bytes="48213" document="19ca4f27"></human_request>
            <human_response at="2026-11-20 10:08" output="out_413442c17a458b73942538e45e2973b5" decision="rejected" by="Grace">Wrong week.
            Sorry</human_response>
            <human_response at="2026-11-20 10:09" output="out_413442c17a458b73942538e45e2973b5" decision="approved" by="Grace"></human_response>
            <human_response at="2026-11-20 10:10" output="out_413442c17a458b73942538e45e2973b5" decision="expired"></human_response>
            <agent_message at="2026-11-20 10:11">There are 12 boxes.</agent_message>
            <agent_message at="2026-11-20 10:12" output="out_413442c17a458b73942538e45e2973b5" title="Sales &lt;report&gt;" media_type="application/pdf" bytes="48213" document="34b15f4f"></agent_message>
            <hand_over at="2026-11-20 10:13" from="triage" to="booking">wants a room</hand_over>
            <control at="2026-11-20 10:14" action="takeover" by="Paul"></control>
            <wake at="2026-11-20 10:15">a reminder is due</wake>
            <error at="2026-11-20 10:16" call_of="check_stock">no tool is called that</error>
            <error at="2026-11-20 10:17" of="model">no answer could be given</error>
            <system_note at="2026-11-20 10:18" continues="th_2929c7ab78b58c99911d6d296ce573e8">Continues an older conversation.</system_note>
            <undelivered at="2026-11-20 10:19" code="63024">not on WhatsApp</undelivered>
            <unanswered at="2026-11-20 10:20">Nothing was said, because the customer asked to be sent nothing</unanswered>
            <opted at="2026-11-20 10:21">The customer asked to be written to again</opted>
            --- 868 tokens, Levels { whole: 22, compact: 0, line: 0, summed: 0, hidden: 0 }
        "#]],
    );
}
