//! The moderation, asked through `countersign-models`.

use super::*;
use crate::models::Judgement;

async fn judged(
    desk: &Desk,
    judgement: Judgement,
    within: Duration,
) -> Result<Vec<String>, AskError> {
    desk.fake.judge_with(move |_| judgement);
    let judged = desk.models.moderate(SAID, within).await;
    if let Err(error) = &judged {
        tells_nothing(error);
    }
    judged
}

#[tokio::test]
async fn o10_a_moderation_gives_the_categories_or_says_why_it_does_not() {
    let desk = Desk::new().await;
    assert_eq!(judged(&desk, Judgement::Fine, LONG).await.unwrap(), [""; 0]);
    let flagged = judged(&desk, Judgement::Flagged("hate/threatening"), LONG).await;
    assert_eq!(flagged.unwrap(), ["hate/threatening"]);
    for (judgement, is_so) in [
        (
            Judgement::Fail(429),
            (|error| matches!(error, AskError::Limited { .. })) as fn(&_) -> bool,
        ),
        (Judgement::Fail(503), |error| {
            matches!(error, AskError::Transient { .. })
        }),
        (Judgement::Fail(403), |error| {
            matches!(error, AskError::Refused(_))
        }),
        (Judgement::Garbage, |error| {
            matches!(error, AskError::Malformed { .. })
        }),
    ] {
        let error = judged(&desk, judgement, LONG).await.unwrap_err();
        assert!(is_so(&error), "{judgement:?}: {error:?}");
    }
    // Nothing comes back, and nobody waits for longer than they said.
    let silence = judged(&desk, Judgement::Silence, Duration::from_millis(50)).await;
    assert!(matches!(silence, Err(AskError::Timeout(_))), "{silence:?}");
    assert_eq!(desk.fake.judged(), [SAID; 7]);
    assert_eq!(desk.fake.violations(), [""; 0]);
    assert_eq!(desk.waited.lock().unwrap().len(), 0, "it is asked once");
}

#[tokio::test]
async fn o10_without_a_key_or_with_a_wrong_one_nothing_is_judged() {
    let desk = Desk::new().await;
    let with = |models: &str| Models::new(ModelSettings::parse(Some(models)).unwrap());
    let none = with("{}").moderate(SAID, LONG).await;
    assert!(
        matches!(none, Err(AskError::NotConfigured(Provider::OpenAi))),
        "{none:?}"
    );
    let wrong = desk.fake.settings().replace(KEY, "sk-another");
    let refused = with(&wrong).moderate(SAID, LONG).await;
    assert!(matches!(refused, Err(AskError::Refused(_))), "{refused:?}");
    assert_eq!(desk.fake.judged(), [""; 0]);
    assert_eq!(desk.fake.violations().len(), 1);
    // Nobody is there.
    let gone = r#"{"openai": {"key": "sk-1", "base_url": "http://127.0.0.1:1/v1"}}"#;
    let gone = with(gone).moderate(SAID, LONG).await;
    assert!(matches!(gone, Err(AskError::Transient { .. })), "{gone:?}");
}
