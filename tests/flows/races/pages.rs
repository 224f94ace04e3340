//! The first write wins, through every way there is at once: the page, signed callbacks, the clock.

use std::time::{Duration, Instant};

use countersign_core::{
    OutputId, Secret,
    approval::{Decision, OutputStatus},
    event::EventData,
    token::ApprovalToken,
    tool::ToolCall,
};
use futures::{StreamExt, future::join_all, stream};
use http::StatusCode;
use it::{APPROVER, Answer, World};

const OUTPUTS: usize = 8;
const DECIDERS: usize = 64;
/// So many requests are under way at once. With all 512 a busy machine keeps some waiting beyond the
/// SDK's three seconds, and who is answered 500 has learned nothing.
const AT_ONCE: usize = 128;
/// So often the clock function comes by meanwhile.
const TICKS: usize = 16;

/// Two outputs are past their deadline and for two it passes while 64 decide on each. What was
/// approved is carried out once and the rest never.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p7_first_write_wins_over_page_callback_and_clock() {
    let began = Instant::now();
    let world = World::new().await;
    let phones: Vec<String> = (0..OUTPUTS).map(|n| format!("+25078855510{n}")).collect();
    for (n, phone) in phones.iter().enumerate() {
        world.tell(phone, "sales report for last week").await;
        if n == 1 || n == 3 {
            world.clock.advance(Duration::from_secs(600));
        }
    }
    let requests = requests(&world);
    let asked = join_all(phones.iter().map(|phone| asked(&world, phone, &requests))).await;
    let deadline = world.state(asked[2].output).await.deadline;
    let until = deadline.duration_since(world.now()).unsigned_abs() - Duration::from_secs(1);
    world.clock.advance(until);

    let deciders = (0..DECIDERS).flat_map(|who| asked.iter().map(move |asked| (who, asked)));
    let decisions = stream::iter(deciders.map(|(who, asked)| decide(&world, who, asked)))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>();
    let ticks = async {
        let clock = world.stack.functions().clock;
        for n in 0..TICKS {
            if n == TICKS / 2 {
                world.clock.advance(Duration::from_secs(2));
            }
            assert_eq!(clock.tick().await.failed, 0);
        }
    };
    let (told, ()) = tokio::join!(decisions, ticks);
    world.settle().await;
    world.pass(Duration::from_secs(120)).await;
    // Some have not written for a day by then, and get what is theirs when they do.
    for phone in &phones {
        world.tell(phone, "help").await;
    }

    let (mut lost, mut too_late, mut executed, mut documents) = (0, 0, 0, 0);
    for (n, (phone, asked)) in phones.iter().zip(&asked).enumerate() {
        let state = world.state(asked.output).await;
        let decision = state.decision.clone().expect("a decision");
        let mut won = 0;
        for (_, answer) in told.iter().filter(|(output, _)| *output == asked.output) {
            match answer.status {
                StatusCode::OK => won += 1,
                StatusCode::CONFLICT => {
                    assert!(names(answer, &decision), "{decision:?}: {}", answer.body);
                    lost += 1;
                }
                // Only where the deadline passed.
                StatusCode::GONE => {
                    assert!(n < 4, "{}", answer.body);
                    too_late += 1;
                }
                other => panic!("{other}: {}", answer.body),
            }
        }
        let expired = matches!(decision, Decision::Expired { .. });
        assert_eq!(won, usize::from(!expired), "{decision:?}");
        assert!(n >= 2 || expired, "{decision:?}");
        let approved = matches!(decision, Decision::Approved { .. });
        assert_eq!(
            state.status == OutputStatus::Executed,
            approved,
            "{state:?}"
        );
        let sent = world.sent_to(phone);
        let files = sent.iter().filter(|message| message.media_url.is_some());
        assert_eq!(files.count(), usize::from(approved));
        check_thread(&world, phone, &decision).await;
        executed += usize::from(state.status == OutputStatus::Executed);
        documents += usize::from(approved);
    }
    assert_eq!(world.dead_letters(), 0);
    println!(
        "p7_first_write_wins_over_page_callback_and_clock: {OUTPUTS} outputs x {DECIDERS} deciders \
         and {TICKS} ticks; told who won: {lost}, told of the deadline: {too_late}; executed \
         {executed}, documents {documents}; {:.1?}",
        began.elapsed(),
    );
}

/// What a decider needs, as the request gave it.
struct Asked {
    output: OutputId,
    digest: String,
    path: String,
}

/// The links on the approver's phone, by output.
fn requests(world: &World) -> Vec<(OutputId, String)> {
    let secret = Secret::new(
        world
            .stack
            .environment
            .get("APPROVAL_TOKEN_SECRET")
            .unwrap(),
    );
    let heard = world.heard(APPROVER);
    let paths = heard.iter().filter_map(|text| {
        let at = text.find("/approvals/")?;
        text[at..].split_whitespace().next()
    });
    let tokens = paths.map(|path| {
        let token = path.strip_prefix("/approvals/").unwrap();
        let token = ApprovalToken::read(token, &secret, world.now()).unwrap();
        (token.output, path.to_owned())
    });
    tokens.collect()
}

async fn asked(world: &World, phone: &str, requests: &[(OutputId, String)]) -> Asked {
    let output = world.outputs(phone).await[0];
    let (_, path) = requests.iter().find(|(of, _)| *of == output).unwrap();
    Asked {
        output,
        digest: world.state(output).await.digest.to_string(),
        path: path.clone(),
    }
}

async fn decide(world: &World, who: usize, asked: &Asked) -> (OutputId, Answer) {
    let decision = if who % 4 < 2 { "approve" } else { "reject" };
    let answer = if who.is_multiple_of(2) {
        let form = [
            ("decision", decision),
            ("reason", ""),
            ("digest", &asked.digest),
        ];
        world.post_form(&asked.path, &form).await
    } else {
        let body = serde_json::json!({
            "output_id": asked.output,
            "version": 1,
            "digest": asked.digest,
            "decision": decision,
            "by": format!("Approver {who}"),
        });
        let id = format!("{}-{who}", asked.output);
        world.callback(&id, &body.to_string()).await
    };
    (asked.output, answer)
}

/// Whether a loser was told the decision, whose it is and when.
fn names(answer: &Answer, decision: &Decision) -> bool {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(&answer.body) {
        return json["error"]["decision"] == serde_json::to_value(decision).unwrap();
    }
    let (verb, by, at) = match decision {
        Decision::Approved { by, at } => ("Approved", by, at),
        Decision::Rejected { by, at, .. } => ("Rejected", by, at),
        Decision::Answered { by, at, .. } => ("Answered", by, at),
        Decision::Expired { .. } => return answer.body.contains("Nobody decided in time."),
    };
    let said = format!("{verb} by <b><bdi>{by}</bdi></b> on <time datetime=\"{at}\">");
    answer.body.contains(&said)
}

/// The thread took in this decision once, and ordered what it says at most once.
async fn check_thread(world: &World, phone: &str, decision: &Decision) {
    let events = world.events(phone).await;
    let responses: Vec<&Decision> = events
        .iter()
        .filter_map(|event| match &event.data {
            EventData::HumanResponse { decision, .. } => Some(decision),
            _ => None,
        })
        .collect();
    assert_eq!(responses, [decision]);
    let orders = events.iter().filter(|event| {
        matches!(
            event.data,
            EventData::ToolCall {
                tool: ToolCall::SendDocument(_),
                ..
            }
        )
    });
    let approved = matches!(decision, Decision::Approved { .. });
    assert_eq!(orders.count(), usize::from(approved));
}
