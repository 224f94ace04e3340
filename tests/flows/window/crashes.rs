//! X3, X4: the program dies at every call from holding a message to its delivery.

use countersign_local::faults::{Fault, Plan};
use it::Program;

use super::*;

fn phone(run: usize) -> String {
    format!("+25078872{run:05}")
}

/// What is unknown is settled once the channel proves to be alive.
async fn settle_unknown(world: &World) {
    world.pass(Duration::from_secs(1)).await;
    world.tell(CUSTOMER, "help").await;
    world.pass(Duration::from_secs(11 * 60)).await;
    world.pass(Duration::from_secs(11 * 60)).await;
}

/// How often what was held has arrived.
fn times(world: &World, phone: &str) -> usize {
    let heard = arrived(world, phone);
    heard
        .iter()
        .filter(|it| it.contains("Total: *143*"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x4_a_held_message_survives_a_crash_at_every_call_and_arrives_once() {
    // What is delivered here is on no phone, so the provider could not tell that the customer wrote: the
    // window is closed by our own clock alone.
    let world = World::new().await;
    // One run; gives how many calls it took, and how often the program died.
    let run = async |n: usize, plan: Option<Plan>| {
        let phone = phone(n);
        world.tell(&phone, "help").await;
        world.clock.advance(hours(25));
        launch(&world, &n.to_string(), &phone, LONG).await;
        let mut program = Program::new(&world, plan);
        program.settle().await;
        program.deliver(&world.hook(&phone, "help")).await;
        program.settle().await;
        let calls = world.stack.faults.calls().len();
        for _ in 0..3 {
            if times(&world, &phone) == 1 && held(&world, &phone).await.is_empty() {
                break;
            }
            settle_unknown(&world).await;
        }
        let heard = arrived(&world, &phone);
        assert_eq!(times(&world, &phone), 1, "{heard:?}");
        assert_eq!(held(&world, &phone).await, []);
        let notices = heard.iter().filter(|it| it.starts_with(WAITS)).count();
        assert!(notices <= 1, "{heard:?}");
        assert_eq!(world.dead_letters(), 0);
        (calls, program.deaths())
    };
    let (calls, _) = run(0, None).await;
    assert!(calls > 20, "{calls}");
    let (mut runs, mut deaths) = (0, 0);
    for n in 1..=calls {
        for fault in [Fault::StopBefore, Fault::StopAfter, Fault::LoseAnswer] {
            runs += 1;
            println!("call {n} of {calls}, {fault:?}");
            deaths += run(runs, Some(Plan::nth(n, fault))).await.1;
        }
    }
    println!("{runs} runs, {deaths} deaths");
    assert!(deaths >= calls);
}
