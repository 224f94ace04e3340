//! The whole stack in one process: the embedded services, the simulated provider, the functions,
//! and the HTTP gateway before them.

mod backend;
mod embedded_aws;
mod environment;
mod front;
mod functions;
mod gateway;
mod greeting;
mod inbox;
mod limits;
mod outside;
mod provision;
mod seeding;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use countersign_aws::{Clients, Clock, LocalAws, schema};
use jiff::Timestamp;
use tokio::task::JoinHandle;

use self::{backend::Backend, embedded_aws::listen};
pub use self::{
    embedded_aws::EmbeddedAws,
    environment::{AUTH_TOKEN, Environment, WEBHOOK_SECRET},
    front::Front,
    functions::Functions,
    greeting::set_greets,
    inbox::{INBOX_PATH, Inbox, Received},
    outside::Outside,
    seeding::{Seeded, seed},
};
pub(crate) use self::{environment::ACCOUNT_SID, seeding::profile};
use crate::{
    faults::{Faults, Service},
    models::{self, FakeModels},
    pump::{Mapping, Pump, Running},
    seed::Seed,
    simulator::Simulator,
    sqs::Sqs,
};

/// The functions' setting with the language models.
const MODELS: &str = "MODELS";

/// The setting with what tools elsewhere want to see.
const TOOL_SECRETS: &str = "TOOL_SECRETS";

/// How to start a stack.
pub struct Options {
    /// Where it keeps its data.
    pub data: Data,
    /// Where it listens.
    pub ports: Ports,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What is not embedded.
    pub others: Others,
}

/// The services that a stack has from another implementation, which runs already and stays when
/// the stack goes. What is not named is embedded, in this process.
#[derive(Debug, Clone, Default)]
pub struct Others {
    /// Where DynamoDB listens.
    pub dynamodb: Option<SocketAddr>,
    /// Where SQS listens. Its time is its own: nothing that is in the stack's hands moves it.
    pub sqs: Option<SocketAddr>,
    /// A region that is this stack's alone, so that many can share one server.
    pub region: Option<String>,
    /// The language models. Without any, commands alone are answered.
    pub models: Option<LanguageModels>,
    /// The setting `TOOL_SECRETS`: what the company's tools elsewhere want to see.
    pub tool_secrets: Option<String>,
    /// Settings of functions as somebody who deploys gives them, each with its name.
    pub settings: Vec<(&'static str, String)>,
}

/// The language models that a stack's functions ask.
#[derive(Debug, Clone)]
pub enum LanguageModels {
    /// Those of providers, with the keys of this setting `MODELS`.
    Providers(String),
    /// Those of a server in this process, in every provider's place.
    Fake(FakeModels),
}

/// Where a stack keeps its data.
#[derive(Debug, Clone)]
pub enum Data {
    /// In this folder, over restarts.
    Kept(PathBuf),
    /// In a folder of its own that goes with it.
    Gone,
}

/// Where a stack listens, always on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// The page and API on this port, and DynamoDB, SQS and S3 on the three after it.
    From(u16),
    /// Wherever there is room.
    Any,
}

/// A running stack. It ends when it is dropped.
pub struct Stack {
    /// What time it is there.
    pub clock: Arc<dyn Clock>,
    /// The AWS clients of the functions: every call goes through the fault proxies.
    pub aws: LocalAws,
    /// The AWS clients of everybody else: straight to the services.
    pub direct: Clients,
    /// The settings of the functions.
    pub environment: Environment,
    /// What breaks on purpose.
    pub faults: Faults,
    /// The simulated provider.
    pub simulator: Simulator,
    /// The approver's own endpoint.
    pub inbox: Inbox,
    /// What was seeded.
    pub seed: Seed,
    /// The page and API.
    pub address: SocketAddr,
    functions: Functions,
    embedded: EmbeddedAws,
    _serving: AbortOnDrop,
}

/// Ends a task with whoever started it.
pub(crate) struct AbortOnDrop(pub(crate) JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Stack {
    /// Starts everything, makes tables, queues and bucket, and seeds what is not there yet.
    ///
    /// # Errors
    /// In one sentence: a taken port, a folder that can't be written, a wrong setting.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let gateway = listen(options.ports, 0).await?;
        let address = gateway.local_addr()?;
        let embedded = EmbeddedAws::start(&options).await?;
        let faults = Faults::new();
        let aws = LocalAws {
            dynamodb: proxied(&faults, Service::DynamoDb, embedded.dynamodb).await?,
            sqs: proxied(&faults, Service::Sqs, embedded.queues).await?,
            s3: proxied(&faults, Service::S3, embedded.objects).await?,
            ..embedded.at.clone()
        };
        let provider = faults.proxy(Service::Provider, address).await?;
        let approver = faults.proxy(Service::Webhook, address).await?;
        let seed = crate::seed::load()?;
        let environment = Environment::new(
            &seed,
            &embedded.at,
            &format!("http://{address}"),
            &format!("http://{provider}"),
            &format!("http://{approver}{INBOX_PATH}"),
        );
        let environment = match &options.others.models {
            None => environment,
            Some(LanguageModels::Providers(keys)) => environment.with(MODELS, keys),
            Some(LanguageModels::Fake(fake)) => {
                let models = faults.proxy(Service::Models, fake.address()).await?;
                environment.with(MODELS, &models::settings(models))
            }
        };
        let environment = match &options.others.tool_secrets {
            None => environment,
            Some(secrets) => environment.with(TOOL_SECRETS, secrets),
        };
        let settings = options.others.settings.iter();
        let environment = settings.fold(environment, |environment, (name, value)| {
            environment.with(name, value)
        });
        let clients = Clients::local(&embedded.at);
        prepare(&clients, &environment, &seed, options.clock.now()).await?;

        let simulator = front::simulator(
            &seed,
            &format!("http://{address}"),
            options.clock.clone(),
            embedded.data.file("conversations.jsonl"),
        )?;
        let functions = Functions::new(&environment, &clients, options.clock.clone())?;
        let inbox = Inbox::default();
        let backend = Backend::Here(functions.clone());
        let serving = front::serve(gateway, backend, &simulator, &inbox);
        Ok(Self {
            clock: options.clock,
            direct: clients,
            aws,
            environment,
            faults,
            simulator,
            inbox,
            seed,
            address,
            functions,
            embedded,
            _serving: serving,
        })
    }

    /// Goes on with what a stack before this one left in the folder, however it ended: nobody
    /// works on what it had received any more, and its provider has still to say what became of
    /// messages.
    ///
    /// # Errors
    /// When the queues can't be written.
    pub fn resume(&self) -> anyhow::Result<()> {
        self.embedded.sqs.release()?;
        self.simulator.resume();
        Ok(())
    }

    /// The embedded queues, to look into.
    pub fn sqs(&self) -> &Sqs {
        &self.embedded.sqs
    }

    /// The folder of the bucket's objects, to tamper with.
    pub fn objects(&self) -> PathBuf {
        self.embedded.data.folder().join("s3")
    }

    /// The functions that the gateway serves and that [`Stack::pump`] drives: straight to the
    /// services.
    pub fn functions(&self) -> Functions {
        self.functions.clone()
    }

    /// Changes a setting of the functions, those that were made before excepted.
    ///
    /// # Errors
    /// When it is wrong.
    pub fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        self.set_each(&[(name, value)])
    }

    /// Changes settings that belong together.
    ///
    /// # Errors
    /// When one of them is wrong.
    pub fn set_each(&mut self, settings: &[(&str, &str)]) -> anyhow::Result<()> {
        let environment = settings
            .iter()
            .fold(self.environment.clone(), |environment, (name, value)| {
                environment.with(name, value)
            });
        self.functions = Functions::new(&environment, &self.direct, self.clock.clone())?;
        self.environment = environment;
        Ok(())
    }

    /// Functions as after a cold start, with clients of their own, whose every call to AWS goes
    /// through the fault proxies.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub fn cold(&self) -> anyhow::Result<Functions> {
        Functions::new(
            &self.environment,
            &Clients::local(&self.aws),
            self.clock.clone(),
        )
    }

    /// The queues, each with the function of `functions` that empties it.
    pub fn mappings(&self, functions: &Functions) -> Vec<Mapping> {
        functions.handlers().mappings(&self.environment)
    }

    /// Drives the functions from their queues until the result is stopped or dropped.
    pub fn pump(&self) -> Running {
        Pump::new(self.direct.sqs().clone()).start(self.mappings(&self.functions()))
    }

    /// The base URL of page and API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Makes tables, queues and bucket, and seeds what is not there yet.
///
/// # Errors
/// When a call fails.
pub async fn prepare(
    clients: &Clients,
    environment: &Environment,
    seed: &Seed,
    now: Timestamp,
) -> anyhow::Result<()> {
    provision::provision(clients, environment).await?;
    let table = environment.get(schema::BUSINESS.variable);
    let table = table.unwrap_or_default();
    seeding::seed(clients.dynamodb(), &table, seed, now).await?;
    Ok(())
}

async fn proxied(
    faults: &Faults,
    service: Service,
    upstream: SocketAddr,
) -> anyhow::Result<String> {
    Ok(format!("http://{}", faults.proxy(service, upstream).await?))
}
