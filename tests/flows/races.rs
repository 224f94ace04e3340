//! Several at once: whoever is first counts, and nobody does a thing twice.

mod clocks;
mod decisions;
mod executions;
mod outputs;
mod pages;
mod sends;
mod turns;

use std::time::Duration;

use countersign_local::{
    faults::{Fault, Plan, Service},
    stack::Functions,
};
use it::World;

/// Longer than all that happens meanwhile, shorter than the SDK waits for an answer.
const STALL: Duration = Duration::from_millis(600);

/// Functions that share nothing, each with clients of its own.
fn cold(world: &World, count: usize) -> Vec<Functions> {
    (0..count).map(|_| world.stack.cold().unwrap()).collect()
}

/// Holds back the first so many calls of an operation, so that each of as many functions has read
/// what stands before any of them writes.
fn hold_back(world: &World, operation: &str, calls: usize) {
    world.stack.faults.reset();
    for n in 1..=calls {
        let wait = Fault::Delay(Duration::from_millis(200));
        let plan = Plan::nth_of(Service::DynamoDb, operation, n, wait);
        world.stack.faults.arm(plan);
    }
}

/// Stalls one call of an operation.
fn stall(world: &World, operation: &str, n: usize, time: Duration) {
    let plan = Plan::nth_of(Service::DynamoDb, operation, n, Fault::Delay(time));
    world.stack.faults.arm(plan);
}

/// How many calls of an operation the functions have made.
fn calls(world: &World, operation: &str) -> usize {
    let calls = world.stack.faults.calls();
    calls
        .iter()
        .filter(|call| call.operation == operation)
        .count()
}

/// Waits until the functions have made so many calls of an operation.
async fn reached(world: &World, operation: &str, count: usize) {
    while calls(world, operation) < count {
        tokio::task::yield_now().await;
    }
}
