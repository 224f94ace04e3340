//! The AWS that the functions start before: with the seed that the sample events speak of, anew
//! for every round, because an event that was dealt with once is a duplicate from then on.

use std::{collections::BTreeMap, sync::Arc};

use countersign_aws::{Clients, LocalAws};

use super::relay::{Relay, Watch};
use crate::{
    cli::bench::{report::Calls, road},
    clock::ManualClock,
    samples::{self, Story},
    simulator::Statuses,
    stack::{Data, EmbeddedAws, Environment, INBOX_PATH, Options, Others, Ports, Stack},
};

/// What all rounds share: the story the seed tells, and a simulated provider.
pub(super) struct Stage {
    /// The sample events by their path.
    pub(super) samples: BTreeMap<String, String>,
    story: Story,
    stack: Stack,
}

/// How the functions reach AWS and the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Straight.
    Direct,
    /// Through relays that note when.
    Watched,
}

/// One round's AWS. It ends when this is dropped.
pub(super) struct Round {
    pub(super) environment: Environment,
    /// What the relays saw; nothing on the direct way.
    pub(super) watch: Watch,
    _embedded: EmbeddedAws,
    _relays: Vec<Relay>,
}

/// One round behind the fault proxies, which count.
pub(super) struct CountedRound<'a> {
    pub(super) environment: Environment,
    stack: &'a Stack,
}

impl Stage {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let stack = Stack::start(options()).await?;
        // Nobody takes callbacks here.
        stack.simulator.set_statuses(Statuses::Held);
        let story = Story::tell(&stack.seed)?;
        let environment = as_sampled(stack.environment.clone());
        Ok(Self {
            samples: samples::files(&stack.seed, &environment)?,
            story,
            stack,
        })
    }

    /// A round on an AWS of its own.
    pub(super) async fn round(&self, way: Way) -> anyhow::Result<Round> {
        let embedded = EmbeddedAws::start(&options()).await?;
        let seed = &self.stack.seed;
        let provider = self.stack.url();
        let (watch, mut relays) = (Watch::default(), Vec::new());
        let mut reached = async |url: String| {
            if way == Way::Direct {
                return anyhow::Ok(url);
            }
            let relay = watch.relay(&url).await?;
            let url = relay.url();
            relays.push(relay);
            Ok(url)
        };
        let aws = LocalAws {
            dynamodb: reached(embedded.at.dynamodb.clone()).await?,
            sqs: reached(embedded.at.sqs.clone()).await?,
            s3: reached(embedded.at.s3.clone()).await?,
            ..embedded.at.clone()
        };
        let provider = reached(provider).await?;
        let inbox = format!("{provider}{INBOX_PATH}");
        let environment = Environment::new(seed, &aws, &provider, &provider, &inbox);
        let environment = as_sampled(environment);
        let clients = Clients::local(&embedded.at);
        samples::keep(&clients, &environment, seed, &self.story).await?;
        Ok(Round {
            environment,
            watch,
            _embedded: embedded,
            _relays: relays,
        })
    }

    /// The round that is counted; there can be only one.
    pub(super) async fn counted(&self) -> anyhow::Result<CountedRound<'_>> {
        let stack = &self.stack;
        let environment = as_sampled(stack.environment.clone())
            .with("AWS_ENDPOINT_URL_DYNAMODB", &stack.aws.dynamodb)
            .with("AWS_ENDPOINT_URL_SQS", &stack.aws.sqs)
            .with("AWS_ENDPOINT_URL_S3", &stack.aws.s3);
        samples::keep(&stack.direct, &environment, &stack.seed, &self.story).await?;
        Ok(CountedRound { environment, stack })
    }
}

impl CountedRound<'_> {
    /// What was called since this was last asked.
    pub(super) fn calls(&self) -> Calls {
        let calls = road::calls(self.stack);
        self.stack.faults.reset();
        calls
    }
}

fn options() -> Options {
    Options {
        data: Data::Gone,
        ports: Ports::Any,
        clock: Arc::new(ManualClock::at(samples::AT)),
        others: Others::default(),
    }
}

/// Settings that fit the events, as `cargo dev aws` writes them: signed for their address, at their
/// time.
fn as_sampled(environment: Environment) -> Environment {
    environment
        .with("PUBLIC_URL", samples::PUBLIC_URL)
        .with(samples::CLOCK_VARIABLE, &samples::AT.to_string())
}
