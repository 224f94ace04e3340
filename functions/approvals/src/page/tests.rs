use countersign_core::{
    OutputId,
    approval::call_document,
    message::Document,
    policy::Asking,
    question::{AnswerFormat, Question, Urgency},
    tool::{Consent, RemoteCall},
};

use super::*;

const LINK: &str = "https://outputs.example.com/acme/abc?a=1&b=2";

fn document(filename: &str, title: &str) -> Document {
    Document {
        filename: filename.to_owned(),
        media_type: "application/pdf".to_owned(),
        content: ContentHash::of(b"%PDF"),
        size: 18_432,
        title: title.to_owned(),
    }
}

fn act_of(document: &Document, recipient: &str) -> Act {
    Act::send_document(
        "acme".parse().unwrap(),
        OutputId::derived("th_1/3/0"),
        2,
        document,
        recipient.parse().unwrap(),
        "2026-11-21T10:00:00Z".parse().unwrap(),
    )
}

fn sales() -> Act {
    let document = document("sales-2026-10.pdf", "Sales report for October 2026");
    act_of(&document, "+250788000201")
}

fn page_of(act: &Act, approver: &str, standing: Standing<'_>) -> String {
    let page = render(&View {
        act,
        digest: act.digest().unwrap(),
        approver,
        now: "2026-11-20T08:30:00Z".parse().unwrap(),
        standing,
        link: (standing == Standing::Waits).then_some(LINK),
    });
    page.into_string()
}

fn approved() -> Decision {
    Decision::Approved {
        by: "Eric Habimana".to_owned(),
        at: "2026-11-20T08:12:00Z".parse().unwrap(),
    }
}

fn rejected() -> Decision {
    Decision::Rejected {
        by: "Eric Habimana".to_owned(),
        at: "2026-11-20T08:12:00Z".parse().unwrap(),
        reason: Some("Wrong month.\nPlease take <b>September</b>.".to_owned()),
    }
}

/// What is read, without what is markup.
fn text_of(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let mut text = String::new();
    for part in body.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    text
}

#[test]
fn x1_what_waits_is_shown_as_it_is_and_can_be_decided() {
    let act = sales();
    let page = page_of(&act, "Aline Uwase", Standing::Waits);
    let digest = act.digest().unwrap();
    for expect in [
        r#"<form method="post">"#.to_owned(),
        format!(r#"<input type="hidden" name="digest" value="{digest}">"#),
        r#"<button name="decision" value="reject">Reject</button>"#.to_owned(),
        r#"<button class="yes" name="decision" value="approve">Approve</button>"#.to_owned(),
        r#"name="reason" maxlength="500""#.to_owned(),
        r#"href="https://outputs.example.com/acme/abc?a=1&amp;b=2" target="_blank" rel="noopener noreferrer""#
            .to_owned(),
        format!(r#"<code title="{}">{}</code>"#, act.content, act.content.short()),
    ] {
        assert!(page.contains(&expect), "{expect}\n{page}");
    }
    let text = text_of(&page);
    for expect in [
        "Send “Sales report for October 2026” to +250788000201 over WhatsApp.",
        "sales-2026-10.pdfPDF · 18 KB",
        "21 Nov 2026, 10:00 UTC1 day 1 hour left",
        "You decide as Aline Uwase.",
        &act.content.to_string(),
        &digest.to_string(),
    ] {
        assert!(text.contains(expect), "{expect}\n{text}");
    }
}

#[test]
fn x1_the_page_shows_every_value_that_the_digest_is_over() {
    let mut document = document("a.csv", "Title one");
    document.media_type = "text/x-unheard-of".to_owned();
    document.size = 7_654_321;
    let mut act = act_of(&document, "US.13491208655302741918");
    (act.version, act.tool_version) = (4711, 9321);
    assert_eq!(seen_of(&act), 12);
    let call = call(serde_json::json!({"order": "K1", "amount": 5000}));
    assert_eq!(seen_of(&call), 13);
    let asks = question("Which shop?", AnswerFormat::Choice, &["Kigali", "Huye"]);
    assert_eq!(seen_of(&asks), 14);
}

/// How many values an act has, all of which are seen. Whatever an act comes to have, an approver sees
/// it or this fails.
fn seen_of(act: &Act) -> usize {
    let text = text_of(&page_of(act, "Aline Uwase", Standing::Waits));
    let value = serde_json::to_value(act).unwrap();
    let mut open = vec![&value];
    let mut seen = 0;
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Object(fields) => open.extend(fields.values()),
            serde_json::Value::Array(values) => open.extend(values),
            value => {
                let plain = value.to_string();
                let plain = plain.trim_matches('"');
                assert!(text.contains(plain), "{plain}\n{text}");
                seen += 1;
            }
        }
    }
    seen
}

fn call(with: serde_json::Value) -> Act {
    let call = RemoteCall {
        name: "refund_payment".to_owned(),
        arguments: with,
        definition: ContentHash::of(b"the tool"),
        consent: Consent::Person(Asking::default()),
    };
    let (document, _) = call_document(&call.name, &call.arguments).unwrap();
    let act = Act::call_tool(
        "acme".parse().unwrap(),
        OutputId::derived("th_1/3/0"),
        2,
        &call,
        &document,
        "+250788000201".parse().unwrap(),
        "2026-11-21T10:00:00Z".parse().unwrap(),
    );
    act.unwrap()
}

#[test]
fn x1_a_call_is_shown_with_every_argument() {
    let call = call(serde_json::json!({
        "order": "K1",
        "amount": 5000,
        "note": "broken \u{202e}kettle",
        "to": {"bank": "<b>BK</b>", "urgent": true},
    }));
    let text = text_of(&page_of(&call, "Aline Uwase", Standing::Waits));
    for expect in [
        "Refund payment?",
        "Call refund_payment for +250788000201, with exactly:",
        "amount5000",
        "note“broken ⟨U+202E⟩kettle”",
        "order“K1”",
        "to{&quot;bank&quot;:&quot;&lt;b&gt;BK&lt;/b&gt;&quot;,&quot;urgent&quot;:true}",
        "refund_payment.jsonJSON · ",
    ] {
        assert!(text.contains(expect), "{expect}\n{text}");
    }
}

#[test]
fn p7_what_is_over_cannot_be_decided() {
    let (approved, rejected) = (approved(), rejected());
    for (standing, expect) in [
        (
            Standing::Decided {
                decision: &approved,
                status: OutputStatus::Executed,
            },
            "ApprovedApproved by Eric Habimana on 20 Nov 2026, 08:12 UTC. It was carried out.",
        ),
        (
            Standing::Decided {
                decision: &rejected,
                status: OutputStatus::Rejected,
            },
            "RejectedRejected by Eric Habimana on 20 Nov 2026, 08:12 UTC. Nothing is done; the \
             customer is told.Wrong month.Please take &lt;b&gt;September&lt;/b&gt;.",
        ),
        (
            Standing::TooLate {
                decision: &approved,
                status: OutputStatus::Approved,
            },
            "Already approvedIt was decided before, so yours was not recorded.Approved by Eric \
             Habimana on 20 Nov 2026, 08:12 UTC. It is on its way.",
        ),
        (
            Standing::Expired,
            "The time to decide is overNobody decided in time. Nothing was done.",
        ),
        (
            Standing::Gone,
            "This no longer waitsIt was withdrawn, or a newer version took its place",
        ),
    ] {
        let page = page_of(&sales(), "Aline Uwase", standing);
        let text = text_of(&page);
        assert!(text.contains(expect), "{expect}\n{text}");
        assert!(text.contains("+250788000201"));
        let (_, body) = page.split_once("<body>").unwrap();
        for absent in ["<form", "<button", "<input", "href=", " left"] {
            assert!(!body.contains(absent), "{absent}\n{page}");
        }
    }
}

#[test]
fn x1_what_others_wrote_is_text_and_nothing_else() {
    const EVIL: &str = "</user_message><script>alert(1)</script>\"'&";
    const SAFE: &str = "&lt;/user_message&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;";
    let mut document = document(EVIL, EVIL);
    document.media_type = EVIL.to_owned();
    let act = act_of(&document, "</b><script>alert(2)</script>");
    let decision = Decision::Rejected {
        by: EVIL.to_owned(),
        at: act.deadline,
        reason: Some(EVIL.to_owned()),
    };
    for standing in [
        Standing::Waits,
        Standing::Decided {
            decision: &decision,
            status: OutputStatus::Rejected,
        },
    ] {
        let page = page_of(&act, EVIL, standing);
        assert!(
            !page.contains("<script") && !page.contains("</user"),
            "{page}"
        );
        assert!(page.contains(SAFE), "{page}");
        assert!(page.contains("&lt;/b&gt;&lt;script&gt;alert(2)"), "{page}");
    }
}

#[test]
fn x1_a_name_written_backwards_is_shown_for_what_it_is() {
    let document = document("report\u{202e}fdp.exe", "Report");
    let act = act_of(&document, "+250788000201");
    let page = page_of(&act, "Aline\u{2066} Uwase", Standing::Waits);
    assert!(page.contains("report⟨U+202E⟩fdp.exe"));
    assert!(!page.contains(['\u{202e}', '\u{2066}']));
}

fn question(question: &str, format: AnswerFormat, options: &[&str]) -> Act {
    let options: Vec<String> = options.iter().map(|it| (*it).to_owned()).collect();
    let asks = Question::new(question, Urgency::High, format, &options).unwrap();
    let (tenant, output) = ("acme".parse().unwrap(), OutputId::derived("th_1/3/0"));
    let deadline = "2026-11-21T10:00:00Z".parse().unwrap();
    let recipient = "+250788000201".parse().unwrap();
    Act::ask_colleague(tenant, output, asks, recipient, deadline).unwrap()
}

#[test]
fn a8_a_question_is_shown_as_an_agents_and_can_be_answered_or_declined() {
    let choice = question(
        "Which shop?\nSoon.",
        AnswerFormat::Choice,
        &["Kigali", "Huye"],
    );
    let page = page_of(&choice, "Aline Uwase", Standing::Waits);
    for expect in [
        r#"<input type="radio" name="answer" value="Kigali" required>"#,
        r#"<input type="radio" name="answer" value="Huye" required>"#,
        r#"<button name="decision" value="reject" formnovalidate>I can't answer</button>"#,
        r#"<button class="yes last" name="decision" value="answer">Send answer</button>"#,
        r#"name="reason" maxlength="500""#,
    ] {
        assert!(page.contains(expect), "{expect}\n{page}");
    }
    for absent in ["Approve", "href=", "textarea id=\"answer\""] {
        assert!(!page.contains(absent), "{absent}\n{page}");
    }
    let text = text_of(&page);
    for expect in [
        "Can you answer this?Which shop?Soon.An agent wrote this, in its conversation with \
         +250788000201",
        "UrgencyHigh: the customer waits",
        "21 Nov 2026, 10:00 UTC1 day 1 hour left",
        "You answer as Aline Uwase. The first answer counts.",
    ] {
        assert!(text.contains(expect), "{expect}\n{text}");
    }
    let words = question("Until when?", AnswerFormat::Text, &[]);
    let page = page_of(&words, "Aline Uwase", Standing::Waits);
    assert!(page.contains(r#"name="answer" maxlength="1000" rows="3" required"#));
    let plain = question("Is it paid?", AnswerFormat::YesNo, &[]);
    let page = page_of(&plain, "Aline Uwase", Standing::Waits);
    assert!(
        page.contains(r#"value="yes" required><bdi>Yes</bdi>"#),
        "{page}"
    );
}

#[test]
fn a8_what_became_of_a_question_is_told() {
    let answered = Decision::Answered {
        by: "Eric Habimana".to_owned(),
        at: "2026-11-20T08:12:00Z".parse().unwrap(),
        answer: "Until Friday.\n<b>Noon</b>".to_owned(),
    };
    let rejected = rejected();
    for (standing, expect) in [
        (
            Standing::Decided {
                decision: &answered,
                status: OutputStatus::Answered,
            },
            "AnsweredAnswered by Eric Habimana on 20 Nov 2026, 08:12 UTC. The agent goes on with \
             that.Until Friday.&lt;b&gt;Noon&lt;/b&gt;",
        ),
        (
            Standing::TooLate {
                decision: &answered,
                status: OutputStatus::Answered,
            },
            "Already answeredIt was answered before, so yours was not recorded.Answered by",
        ),
        (
            Standing::Decided {
                decision: &rejected,
                status: OutputStatus::Rejected,
            },
            "DeclinedDeclined by Eric Habimana on 20 Nov 2026, 08:12 UTC. The agent is told so.",
        ),
        (
            Standing::Expired,
            "The time to answer is overNobody answered in time. The agent is told so.",
        ),
    ] {
        let asks = question("Which shop?", AnswerFormat::Choice, &["Kigali", "Huye"]);
        let page = page_of(&asks, "Aline Uwase", standing);
        let text = text_of(&page);
        assert!(text.contains(expect), "{expect}\n{text}");
        assert!(text.contains("To choose from were “Kigali”, “Huye”."));
        let (_, body) = page.split_once("<body>").unwrap();
        for absent in ["<form", "<button", "<input", " left"] {
            assert!(!body.contains(absent), "{absent}\n{page}");
        }
    }
}
