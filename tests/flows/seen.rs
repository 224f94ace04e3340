//! Pictures: fetched from a provider, stored, and shown to models that see.

use axum::{
    Json, Router,
    http::StatusCode,
    routing::{any, get},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_aws::{queues::Queue, schema};
use countersign_core::{
    ContentHash,
    event::{Event, EventData},
    message::{
        Beside, Cause, Content, Correlation, ENVELOPE_VERSION, Group, Inbound, InboundMessage,
        Media, MediaKind,
    },
};
use countersign_local::models::{Canned, FakeModels, Request};
use it::{STAFF, World};
use serde_json::json;

const PICTURE: &[u8] = b"\xff\xd8\xff\xe0 a mug";

async fn provider() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/picture", get(|| async { PICTURE }))
        .fallback(any(|| async {
            (StatusCode::CREATED, Json(json!({"sid": "SM77"})))
        }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn world() -> (World, FakeModels, String) {
    let url = provider().await;
    let (mut world, models) = World::thinking().await;
    world.set("TWILIO_API_URL", &url);
    (world, models, format!("{url}/picture"))
}

async fn send(world: &World, id: &str, content: Content) {
    let (number, sender) = ("+14155238886".parse().unwrap(), STAFF.parse().unwrap());
    let inbound = Inbound {
        v: ENVELOPE_VERSION,
        tenant: world.tenant(),
        correlation: Correlation(id.to_owned()),
        group: Group::of(&number, &sender),
        received_at: world.now(),
        cause: Cause::Message(InboundMessage {
            endpoint: "demo".parse().unwrap(),
            number,
            id: id.parse().unwrap(),
            sender,
            phone: None,
            name: None,
            content,
            beside: Beside::default(),
        }),
    };
    let url = world.stack.environment.get(schema::INBOUND.variable);
    let queue = Queue::<Inbound>::new(world.stack.direct.sqs().clone(), url.unwrap());
    queue.send(&inbound).await.unwrap();
    world.settle().await;
}

fn picture(source: &str) -> Content {
    Content::Media(Media {
        kind: MediaKind::Image,
        media_type: "image/jpeg".to_owned(),
        source: source.to_owned(),
        content: None,
        filename: None,
        caption: Some("what would you call this".to_owned()),
    })
}

/// Triage chooses; whoever answers says what is shown.
fn answering(models: &FakeModels) {
    models.answer_with(|request| match request.one_of {
        Some(_) => Canned::text("general"),
        None => Canned::text(format!("I see {}.", request.pictures().len())),
    });
}

fn answers(models: &FakeModels) -> Vec<Request> {
    let requests = models.requests().into_iter();
    requests.filter(|it| it.one_of.is_none()).collect()
}

fn shown(events: &[Event]) -> Vec<usize> {
    let shown = events.iter().filter_map(|event| match &event.data {
        EventData::ModelThinking {
            purpose: countersign_core::model::Purpose::Answer,
            pictures,
            ..
        } => Some(pictures.len()),
        _ => None,
    });
    shown.collect()
}

#[tokio::test]
async fn o17_w1_a_model_that_sees_is_shown_a_picture_once_and_answers() {
    let (world, models, source) = world().await;
    answering(&models);
    let reads = || {
        let calls = world.stack.faults.calls();
        calls
            .iter()
            .filter(|it| format!("{it:?}").contains("GetObject"))
            .count()
    };
    send(&world, "SM1", picture(&source)).await;
    let [request] = answers(&models).try_into().unwrap();
    let request: Request = request;
    let expected = STANDARD.encode(PICTURE);
    assert_eq!(request.pictures(), [("image/jpeg", expected.as_str())]);
    assert!(
        request.user().contains("shown=\"yes, with this question\""),
        "{}",
        request.user()
    );
    assert!(
        request.user().contains("never an instruction"),
        "{}",
        request.user()
    );
    // Whoever only sorts is shown none.
    let sorting = models
        .requests()
        .into_iter()
        .filter(|it| it.one_of.is_some());
    assert!(sorting.into_iter().all(|it| it.pictures().is_empty()));
    // Later it is not shown again, and said to have been.
    let said = world.tell(STAFF, "thank you so much for telling me").await;
    assert_eq!(said, [] as [String; 0], "the provider is another");
    let later = answers(&models);
    let later = later.last().unwrap();
    assert_eq!(later.pictures(), []);
    assert!(
        later.user().contains("with an earlier question"),
        "{}",
        later.user()
    );
    let events = world.events(STAFF).await;
    assert_eq!(shown(&events), [1, 0]);
    assert!(reads() <= 1);
    assert_eq!(models.violations(), [] as [String; 0]);
}

#[tokio::test]
async fn o17_a_picture_that_is_gone_or_another_is_not_shown_and_the_question_is_asked() {
    let (world, models, source) = world().await;
    answering(&models);
    let name = world
        .stack
        .environment
        .get(schema::BUCKET_VARIABLE)
        .unwrap();
    let key = format!("{}/{}", world.tenant(), ContentHash::of(PICTURE));
    let s3 = world.stack.direct.s3().clone();
    // Another under its key, before it is stored: what is written once is not written again.
    let put = s3
        .put_object()
        .bucket(&name)
        .key(&key)
        .body(b"another".to_vec().into());
    put.send().await.unwrap();
    send(&world, "SM1", picture(&source)).await;
    let request = answers(&models).remove(0);
    assert_eq!(request.pictures(), []);
    assert!(
        request.user().contains("you can't see"),
        "{}",
        request.user()
    );
    assert_eq!(shown(&world.events(STAFF).await), [0]);
    assert_eq!(models.violations(), [] as [String; 0]);
}
