//! A program that dies where a plan says, and starts anew.

use std::time::Duration;

use countersign_local::{
    driver::Pause,
    faults::{Fault, Plan},
    stack::Functions,
};
use http::StatusCode;

use crate::{Hook, World};

/// Past every queue's visibility timeout.
const INVISIBLE: Duration = Duration::from_secs(361);

/// The functions, with every call to the outside through the fault proxies.
pub struct Program<'w> {
    world: &'w World,
    functions: Functions,
    deaths: usize,
}

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Run<T> {
    Ended(T),
    /// The plan struck: futures and clients are gone, and new ones are there.
    Died,
}

impl<'w> Program<'w> {
    /// A program that `plan` will strike.
    pub fn new(world: &'w World, plan: Option<Plan>) -> Self {
        world.stack.faults.reset();
        if let Some(plan) = plan {
            world.stack.faults.arm(plan);
        }
        Self {
            world,
            functions: world.stack.cold().unwrap(),
            deaths: 0,
        }
    }

    pub fn deaths(&self) -> usize {
        self.deaths
    }

    /// Lets the functions do something, unless they die over it.
    pub async fn run<T, F: Future<Output = T>>(
        &mut self,
        act: impl FnOnce(Functions) -> F,
    ) -> Run<T> {
        let faults = self.world.stack.faults.clone();
        let act = act(self.functions.clone());
        if let Some(ended) = faults.unless_stopped(act).await {
            return Run::Ended(ended);
        }
        self.deaths += 1;
        faults.reset();
        self.functions = self.world.stack.cold().unwrap();
        Run::Died
    }

    /// The provider delivers a webhook until it is taken.
    pub async fn deliver(&mut self, hook: &Hook) {
        loop {
            let request = hook.request();
            let answer = self.run(async |f: Functions| f.ingress.handle(request).await.status());
            match answer.await {
                Run::Ended(StatusCode::OK) => return,
                Run::Ended(other) => panic!("the webhook was answered {other}"),
                Run::Died => {}
            }
        }
    }

    /// Empties the queues; what a death left invisible comes back when its time is over.
    pub async fn settle(&mut self) {
        let mut pause = Pause::default();
        loop {
            let mut received = 0;
            for index in 0..self.world.stack.mappings(&self.functions).len() {
                let pump = self.world.pump.clone();
                let mapping = self.world.stack.mappings(&self.functions).remove(index);
                match self
                    .run(|_| async { pump.drain_once(&mapping).await })
                    .await
                {
                    Run::Ended(drained) => received += drained.unwrap().received,
                    Run::Died => self.world.clock.advance(INVISIBLE),
                }
            }
            self.world.statuses_posted().await;
            if received > 0 {
                pause = Pause::default();
            } else if self.world.is_idle() {
                return;
            } else {
                self.world.clock.advance(pause.step().unwrap());
            }
        }
    }

    /// Empties the queues with two programs that overlap: this one is held up at call `n` until
    /// its messages have become visible again and another program has worked through them.
    pub async fn settle_overlapping(&mut self, n: usize) {
        let world = self.world;
        let held = Duration::from_millis(120);
        world.stack.faults.arm(Plan::nth(n, Fault::Delay(held)));
        let slow = self.settle();
        let other = async {
            while world.stack.faults.calls().len() < n {
                if world.is_idle() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            world.clock.advance(INVISIBLE);
            let functions = world.stack.functions();
            for mapping in world.stack.mappings(&functions) {
                world.pump.drain_once(&mapping).await.unwrap();
            }
        };
        tokio::join!(slow, other);
    }
}
