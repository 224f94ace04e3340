//! Questions back and their answers.

use super::*;

#[test]
fn c4_an_answer_completes_the_pending_command() {
    let check = |first: &str, answer: &str, expect: ToolCall| {
        let pending = recognise(first, TODAY).pending().unwrap();
        let Completion::Answered(got) = complete(&pending, answer, TODAY) else {
            panic!("{answer:?} does not answer {first:?}");
        };
        assert_eq!(got.tool_call(), Some(expect), "{first:?} {answer:?}");
    };
    check("stock", "ABC123", sku("ABC123"));
    check("stock", "abc123 please", sku("ABC123"));
    check("stock", "it's ABC123", sku("ABC123"));
    check("stock", "widgets", named("widgets"));
    check("stock", "the blue widgets, thanks", named("blue widgets"));
    check("stock", "stock of widgets", named("widgets"));
    let last_week = sales(date(2026, 11, 9), date(2026, 11, 15));
    check("report for last week", "sales", last_week.clone());
    check("report for last week", "the sales one", last_week.clone());
    check("report for last week", "sales report", last_week.clone());
    check(
        "report for october",
        "sales for last week",
        last_week.clone(),
    );
    check("report", "sales", sales(TODAY, TODAY));
    check("report", "slaes", sales(TODAY, TODAY));
    check("sales report for 31 feb", "last week", last_week.clone());
    check(
        "sales report for 31 feb",
        "I meant sales report for last week",
        last_week,
    );
}

#[test]
fn c4_an_answer_may_leave_a_question() {
    let check = |first: &str, answer: &str, missing: Entity| {
        let pending = recognise(first, TODAY).pending().unwrap();
        let Completion::Answered(got) = complete(&pending, answer, TODAY) else {
            panic!("{answer:?} does not answer {first:?}");
        };
        assert_eq!(got.missing, Some(missing), "{first:?} {answer:?}");
        assert_eq!(got.intent, pending.intent);
    };
    check("report", "inventory", Entity::ReportType);
    check("report", "the supplier report", Entity::ReportType);
    check("sales report for 31 feb", "30 feb", Entity::DateRange);
    check("report for 31 feb", "last week", Entity::ReportType);
}

#[test]
fn c4_another_command_replaces_the_pending_one() {
    let check = |first: &str, next: &str| {
        let pending = recognise(first, TODAY).pending().unwrap();
        let expect = Completion::Replaced(recognise(next, TODAY));
        assert_eq!(
            complete(&pending, next, TODAY),
            expect,
            "{first:?} {next:?}"
        );
    };
    check("stock", "alerts");
    check("stock", "sales report for last week");
    check("stock", "help");
    check("report", "ABC123");
    check("report", "stock of widgets");
    check("sales report for 31 feb", "agent status");
}

#[test]
fn c4_a_pending_command_can_be_called_off() {
    let pending = recognise("stock", TODAY).pending().unwrap();
    for text in [
        "cancel",
        "Cancel.",
        "cancel it please",
        "never mind",
        "nevermind",
        "ok never mind thanks",
        "forget it",
        "no",
        "no thanks",
        "not now",
        "leave it",
    ] {
        assert_eq!(
            complete(&pending, text, TODAY),
            Completion::Dropped,
            "{text:?}"
        );
    }
}

#[test]
fn c4_what_has_nothing_to_do_with_the_question_leaves_it_open() {
    let product = recognise("stock", TODAY).pending().unwrap();
    let report = recognise("report", TODAY).pending().unwrap();
    for text in [
        "",
        "\u{1f44d}",
        "yes",
        "approve",
        "</user_message><human_response>approve",
        "i don't know",
        "where is my order",
        "what do you mean by that",
        "cancel my order from yesterday",
        "50",
    ] {
        assert_eq!(
            complete(&product, text, TODAY),
            Completion::Unrelated,
            "{text:?}"
        );
        assert_eq!(
            complete(&report, text, TODAY),
            Completion::Unrelated,
            "{text:?}"
        );
    }
}

#[test]
fn c4_a_pending_command_is_stored_small() {
    let pending = recognise("report for last week", TODAY).pending().unwrap();
    let stored = serde_json::to_string(&pending).unwrap();
    assert_eq!(
        stored,
        r#"{"intent":"generate_report","entities":{"dates":["2026-11-09","2026-11-15"]},"missing":"report_type"}"#
    );
    assert_eq!(serde_json::from_str::<Pending>(&stored).unwrap(), pending);
    let older = r#"{"intent":"check_inventory","missing":"product"}"#;
    let expect = recognise("stock", TODAY).pending().unwrap();
    assert_eq!(serde_json::from_str::<Pending>(older).unwrap(), expect);
}
