//! What goes wrong, what becomes of it, and how often the question is asked.

use std::io;

use countersign_core::model::Provider;
use tracing_subscriber::layer::SubscriberExt;

use super::*;

/// As short as a busy machine allows: until then, an answer must have begun.
const STALL: Duration = Duration::from_secs(2);

const SHORT: Duration = Duration::from_millis(190);

/// What comes of the script, after how many questions and with how long waits between them.
async fn check(
    script: &[Canned],
    expect: impl Fn(&Result<Answer, AskError>) -> bool,
    asked: usize,
) {
    each(async |desk, name| {
        desk.fake.script(script.iter().cloned());
        let result = desk.ask(&name, &prompt()).await;
        assert!(expect(&result), "{name}: {result:?}");
        assert_eq!(desk.asked(), asked, "{name}");
        let waited = desk.waited();
        assert_eq!(waited.len(), asked - 1, "{name}");
        let sum: Duration = waited.iter().sum();
        assert!(sum <= Duration::from_secs(2), "{waited:?}");
        assert!(
            waited.iter().all(|wait| wait.as_millis() >= 200),
            "{waited:?}"
        );
    })
    .await;
}

fn is_yes(result: &Result<Answer, AskError>) -> bool {
    result.as_ref().is_ok_and(|answer| answer.text == "Yego.")
}

fn yes() -> Canned {
    Canned::text("Yego.")
}

fn long() -> Reply {
    Reply::text("Dufite umuceri, ibishyimbo, isukari n'amavuta, byose birahari uyu munsi.")
}

#[tokio::test]
async fn a10_o8_too_many_questions_then_an_answer() {
    check(&[Canned::limited(None), yes()], is_yes, 2).await;
}

#[tokio::test]
async fn a10_o8_a_wait_that_is_asked_for_is_kept() {
    each(async |desk, name| {
        desk.fake.script([Canned::limited(Some(1)), yes()]);
        assert!(is_yes(&desk.ask(&name, &prompt()).await));
        assert_eq!(desk.waited(), [Duration::from_secs(1)]);
    })
    .await;
}

#[tokio::test]
async fn a10_o8_a_wait_too_long_for_a_function_is_the_callers() {
    let minute = Some(Duration::from_secs(60));
    let limited = |result: &Result<Answer, AskError>| matches!(result, Err(AskError::Limited { retry_after, .. }) if *retry_after == minute);
    check(&[Canned::limited(Some(60))], limited, 1).await;
    let overloaded = |result: &Result<Answer, AskError>| matches!(result, Err(AskError::Transient { retry_after, .. }) if *retry_after == minute);
    let script = [Canned::Fail {
        status: 529,
        retry_after: Some(60),
    }];
    check(&script, overloaded, 1).await;
}

#[tokio::test]
async fn a10_o8_three_failures_are_enough() {
    let transient =
        |result: &Result<Answer, AskError>| matches!(result, Err(AskError::Transient { .. }));
    for status in [500, 502, 529] {
        let script = vec![Canned::fail(status); 4];
        check(&script, transient, 3).await;
    }
    let limited =
        |result: &Result<Answer, AskError>| matches!(result, Err(AskError::Limited { .. }));
    check(&vec![Canned::limited(None); 4], limited, 3).await;
    check(&[Canned::fail(500), Canned::fail(503), yes()], is_yes, 3).await;
}

#[tokio::test]
async fn a10_o8_a_refusal_is_not_repeated() {
    for (status, advice) in [
        (400, "can't take this request"),
        (401, "key in MODELS"),
        (403, "key in MODELS"),
        (404, "the model's name"),
        (413, "too long"),
    ] {
        let refused = |result: &Result<Answer, AskError>| {
            let Err(AskError::Refused(why)) = result else {
                return false;
            };
            why.contains(advice) && why.contains(&status.to_string())
        };
        check(&[Canned::fail(status)], refused, 1).await;
    }
}

#[tokio::test]
async fn a10_o8_an_answer_that_breaks_off_is_asked_for_again() {
    check(&[Canned::Cut(long()), yes()], is_yes, 2).await;
    check(&[Canned::Break(long()), yes()], is_yes, 2).await;
    let transient =
        |result: &Result<Answer, AskError>| matches!(result, Err(AskError::Transient { .. }));
    check(&vec![Canned::Cut(long()); 4], transient, 3).await;
}

/// O6: what was told can't be taken back.
#[tokio::test]
async fn a10_o6_an_answer_that_breaks_off_after_its_first_words_is_not_begun_again() {
    for broken in [Canned::Cut(long()), Canned::Break(long())] {
        each(async |desk, name| {
            desk.fake.script([broken.clone(), yes()]);
            let (result, heard) = desk.hear(&name, &prompt()).await;
            assert!(
                matches!(result, Err(AskError::Transient { .. })),
                "{result:?}"
            );
            let heard = heard.concat();
            assert!(
                !heard.is_empty() && long().text.starts_with(&heard),
                "{heard}"
            );
            assert_eq!(desk.asked(), 1);
        })
        .await;
    }
    // Before the first word it is.
    each(async |desk, name| {
        desk.fake.script([Canned::fail(500), yes()]);
        let (result, heard) = desk.hear(&name, &prompt()).await;
        assert!(is_yes(&result), "{result:?}");
        assert_eq!(heard.concat(), "Yego.");
    })
    .await;
}

#[tokio::test]
async fn a10_o8_json_that_cant_be_read_is_no_answer() {
    let malformed =
        |result: &Result<Answer, AskError>| matches!(result, Err(AskError::Malformed { .. }));
    check(&[Canned::Garbage], malformed, 1).await;
}

#[tokio::test]
async fn a10_o8_silence_ends_a_question() {
    let ask = async |(provider, (silent, told)): (Provider, (Canned, &str))| {
        let desk = Desk::with_stall(STALL).await;
        desk.fake.script([silent]);
        let result = desk.ask(&model(provider), &prompt()).await;
        let Err(AskError::Timeout(why)) = result else {
            panic!("{provider:?}: {result:?}");
        };
        assert!(why.contains(told), "{why}");
        assert_eq!(desk.asked(), 1);
    };
    let silences = [
        (Canned::Stall(long()), "fell silent within its answer"),
        (Canned::Silence, "did not begin to answer"),
    ];
    let all = Provider::ALL
        .into_iter()
        .flat_map(|provider| silences.clone().map(|silence| (provider, silence)));
    futures::future::join_all(all.map(ask)).await;
}

#[tokio::test]
async fn a10_o8_all_tries_share_one_time() {
    each(async |desk, name| {
        desk.fake.script([Canned::Silence]);
        let result = desk.models.ask(&name, &prompt(), SHORT).await;
        assert!(matches!(result, Err(AskError::Timeout(_))), "{result:?}");
        // No wait fits in, so none is begun.
        desk.fake.script([Canned::fail(500), yes()]);
        let result = desk.models.ask(&name, &prompt(), SHORT).await;
        assert!(result.is_err(), "{result:?}");
        assert_eq!(desk.waited(), [Duration::ZERO; 0]);
    })
    .await;
}

#[tokio::test]
async fn a10_o8_nobody_there_is_transient() {
    for provider in Provider::ALL {
        let desk = Desk::new().await;
        let settings = desk.fake.settings();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let settings = settings.replace(&desk.fake.url(), &nobody);
        let settings = ModelSettings::parse(Some(&settings)).unwrap();
        let patience = Patience {
            wait: Arc::new(|_| Box::pin(async {})),
            ..Patience::default()
        };
        let models = Models::with_patience(settings, patience);
        let error = models.ask(&model(provider), &prompt(), LONG).await;
        let error = error.unwrap_err();
        tells_nothing(&error);
        assert!(error.is_outage());
        let told = error.to_string();
        assert!(
            told.contains("can't be reached (Connection refused"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a10_without_a_key_nothing_is_asked() {
    let models = Models::new(ModelSettings::default());
    for provider in Provider::ALL {
        let error = models.ask(&model(provider), &prompt(), LONG).await;
        assert_eq!(error, Err(AskError::NotConfigured(provider)));
        assert!(!models.has(provider));
    }
}

#[tokio::test]
async fn a10_a_wrong_key_is_refused_and_told_to_nobody() {
    let desk = Desk::new().await;
    let mut settings: serde_json::Value = serde_json::from_str(&desk.fake.settings()).unwrap();
    for (_, access) in settings.as_object_mut().unwrap() {
        access["key"] = json!("wrong-Kigali-key");
    }
    let settings = settings.to_string();
    let models = Models::new(ModelSettings::parse(Some(&settings)).unwrap());
    for provider in Provider::ALL {
        let error = models.ask(&model(provider), &prompt(), LONG).await;
        let error = error.unwrap_err();
        tells_nothing(&error);
        assert!(matches!(error, AskError::Refused(_)), "{error:?}");
    }
    let violations = desk.fake.violations();
    assert_eq!(violations.len(), 4, "{violations:?}");
    assert!(violations.iter().all(|each| each.contains("the key is")));
}

/// The log of functions, at its chattiest, has neither keys nor what customers say.
#[tokio::test]
async fn a10_no_key_and_no_word_of_a_customer_is_logged() {
    let log = Log::default();
    let filter = countersign_aws::telemetry::filter("trace").unwrap();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(log.clone())
        .with_ansi(false);
    let subscriber = tracing_subscriber::registry().with(layer).with(filter);
    let guard = tracing::subscriber::set_default(subscriber);
    each(async |desk, name| {
        desk.fake.script([
            Canned::fail(500),
            Canned::limited(None),
            Canned::Garbage,
            Canned::Break(Reply::text(SAID.repeat(9))),
            Canned::fail(401),
            Canned::Reply(Reply::text(SAID).and_call("stock", "{Kigali")),
        ]);
        for _ in 0..3 {
            let _ = desk.ask(&name, &prompt()).await;
        }
        assert_eq!(desk.asked(), 6);
    })
    .await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a model is asked again"), "{log}");
    assert!(log.contains("answered 500"), "{log}");
    for secret in [KEY, "Kigali", "shop assistant"] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
