//! What comes back when all is well, or nearly.

use super::*;

/// What the program makes of a reply to the usual prompt.
async fn check(reply: Reply, text: &str, calls: impl Fn(Provider) -> Vec<Wanted>, ended: Ended) {
    each(async |desk, name| {
        desk.fake.script([Canned::Reply(reply.clone())]);
        let answer = desk.ask(&name, &prompt()).await.unwrap();
        let read = desk.fake.requests()[0].usage;
        let expect = Answer {
            text: text.to_owned(),
            calls: calls(name.provider),
            ended,
            usage: Usage {
                output: reply.tokens() + reply.thoughts,
                ..read
            },
        };
        assert_eq!(answer, expect, "{name}");
        assert!(read.read() > 0);
    })
    .await;
}

fn wanted(tool: &str, arguments: serde_json::Value) -> Wanted {
    Wanted {
        tool: tool.to_owned(),
        arguments,
    }
}

#[tokio::test]
async fn a10_words() {
    let text = "Yego, hari imifuka 12 y'umuceri.";
    check(Reply::text(text), text, |_| vec![], Ended::Done).await;
    check(Reply::text(" Yego.\n\n"), "Yego.", |_| vec![], Ended::Done).await;
}

#[tokio::test]
async fn a10_nothing() {
    check(Reply::default(), "", |_| vec![], Ended::Done).await;
}

#[tokio::test]
async fn a10_a_call() {
    let arguments = json!({"sku": "RICE-25", "shops": ["Remera", "Nyabugogo"]});
    let reply = Reply::default().and_call("stock", arguments.to_string());
    let calls = |_| vec![wanted("stock", arguments.clone())];
    check(reply, "", calls, Ended::Done).await;
}

#[tokio::test]
async fn a10_words_and_two_calls_at_once() {
    let reply = Reply::text("I look.")
        .and_call("stock", r#"{"sku": "A"}"#)
        .and_call("stock", r#"{"sku": "B"}"#);
    let calls = |_| {
        vec![
            wanted("stock", json!({"sku": "A"})),
            wanted("stock", json!({"sku": "B"})),
        ]
    };
    check(reply, "I look.", calls, Ended::Done).await;
}

#[tokio::test]
async fn a10_a_tool_that_was_not_offered_is_the_callers_to_judge() {
    let reply = Reply::default().and_call("refund_all", r#"{"everyone": true}"#);
    let calls = |_| vec![wanted("refund_all", json!({"everyone": true}))];
    check(reply, "", calls, Ended::Done).await;
}

#[tokio::test]
async fn a10_arguments_that_are_no_json_arrive_as_they_are() {
    each(async |desk, name| {
        let reply = Reply::default().and_call("stock", r#"{"sku": "RICE"#);
        desk.fake.script([Canned::Reply(reply)]);
        let result = desk.ask(&name, &prompt()).await;
        // Google keeps such arguments to itself.
        if name.provider == Provider::Gemini {
            let Err(AskError::Malformed { why, usage }) = result else {
                panic!("{result:?}");
            };
            assert!(why.contains("called a tool in words"), "{why}");
            assert!(usage.read() > 0);
        } else {
            let calls = result.unwrap().calls;
            assert_eq!(calls, [wanted("stock", json!(r#"{"sku": "RICE"#))]);
        }
    })
    .await;
}

#[tokio::test]
async fn a10_why_it_ended() {
    let cut = Reply::text("Hari imi").ends(Ends::Length);
    check(cut, "Hari imi", |_| vec![], Ended::Length).await;
    let stopped = Reply::text("Ni").ends(Ends::Filter);
    check(stopped, "Ni", |_| vec![], Ended::Filtered).await;
    let not_asked = Reply::default().ends(Ends::FilteredPrompt);
    check(not_asked, "", |_| vec![], Ended::Filtered).await;
}

#[tokio::test]
async fn a10_thoughts_are_paid_for_as_output() {
    let reply = Reply {
        thoughts: 90,
        ..Reply::text("Yego.")
    };
    check(reply, "Yego.", |_| vec![], Ended::Done).await;
}

#[tokio::test]
async fn a10_one_of_several_words() {
    each(async |desk, name| {
        desk.fake.script([Canned::text("payment")]);
        let answer = desk.ask(&name, &choice()).await.unwrap();
        assert_eq!(answer.text, "payment", "{name}");
        assert_eq!((answer.calls, answer.ended), (vec![], Ended::Done));
        assert!(answer.usage.output > 0);
        let request = &desk.fake.requests()[0];
        let words = ["booking", "payment", "general"].map(str::to_owned);
        let expect = Some(("answer".to_owned(), words.to_vec()));
        assert_eq!(request.one_of, expect, "{name} is not held to the words");
    })
    .await;
}

#[tokio::test]
async fn a10_a_word_that_was_not_offered_is_no_answer() {
    for (reply, told) in [
        (Reply::text("refund"), "answered none of 3 words"),
        (Reply::default(), "answered none of 3 words"),
        (Reply::default().ends(Ends::Length), "had no room"),
        (Reply::default().ends(Ends::FilteredPrompt), "filter"),
    ] {
        each(async |desk, name| {
            desk.fake.script([Canned::Reply(reply.clone())]);
            let result = desk.ask(&name, &choice()).await;
            let Err(AskError::Malformed { why, usage }) = result else {
                panic!("{name}: {result:?}");
            };
            assert!(why.contains(told), "{why}");
            assert!(usage.read() > 0, "{name}: what it took is lost");
            assert_eq!(desk.asked(), 1);
        })
        .await;
    }
}

#[tokio::test]
async fn a10_o6_words_come_one_by_one_and_are_the_answer() {
    each(async |desk, name| {
        let text = "  Muraho! 👋🏾 Dufite umuceri n'ibishyimbo, ndetse n'isukari.\n";
        desk.fake
            .script([Canned::text(text), Canned::text("general")]);
        let (answer, heard) = desk.hear(&name, &prompt()).await;
        assert_eq!(answer.unwrap().text, text.trim());
        assert_eq!(heard.concat(), text.trim());
        assert!(heard.len() > 3, "{heard:?}");
        // JSON is nothing to tell.
        let (answer, heard) = desk.hear(&name, &choice()).await;
        assert_eq!(answer.unwrap().text, "general");
        assert_eq!(heard, ["general"]);
    })
    .await;
}

/// O7: what stays the same is read from the provider's cache, and each kind of token is counted
/// where its price is.
#[tokio::test]
async fn a10_o7_what_was_read_before_is_counted_as_cached() {
    each(async |desk, name| {
        desk.fake.answer_with(|_| Canned::text("Yego."));
        let first = desk.ask(&name, &prompt()).await.unwrap().usage;
        let later = Prompt {
            recent: "<customer>And sugar?</customer>".to_owned(),
            ..prompt()
        };
        let second = desk.ask(&name, &later).await.unwrap().usage;

        let requests = desk.fake.requests();
        let all = |at: usize| requests[at].usage.read();
        assert_eq!((first.read(), second.read()), (all(0), all(1)), "{name}");
        assert_eq!(first.cached, 0);
        // Tools, system and what is settled.
        let stable = requests[0].readable()[..2].concat() + &prompt().settled;
        let stable = crate::models::count::tokens(&stable);
        if name.provider == Provider::Anthropic {
            assert_eq!((first.cache_written, second.cached), (stable, stable));
            assert_eq!(second.cache_written, 0);
            assert!(first.input > 0 && second.input > 0);
        } else {
            assert!(second.cached >= stable, "{name}: {second:?} of {stable}");
            assert_eq!(first.cache_written + second.cache_written, 0);
        }
    })
    .await;
}
