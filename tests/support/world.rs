//! The driver of a stack as tests want it: what can't be is a panic, phones are plain text.

use std::{ops::Deref, time::Duration};

use countersign_aws::spend::Reserving;
use countersign_core::{
    E164, OutputId, ThreadId, commit::Commit, event::Event, limits::Limits, money::MicroUsd,
    spend::day_of, step::Greets, thread::Head,
};
use countersign_local::{
    driver::{Answer, Driver},
    models::FakeModels,
    pump::{Drained, Mapping},
    simulator::{SimMessage, Window},
    stack::{Functions, LanguageModels, Others},
};

use crate::second_opinion;

/// The approver of the seed.
pub const APPROVER: &str = "+250788000100";
/// Somebody of the staff.
pub const STAFF: &str = "+250788000101";
/// Nobody the company knows.
pub const CUSTOMER: &str = "+250788555001";

/// A whole stack in memory.
pub struct World(Driver);

impl Deref for World {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.0
    }
}

impl World {
    /// A stack on a Friday morning, its DynamoDB the one of the second opinion if there is one.
    pub async fn new() -> Self {
        let morning = "2026-11-20T07:00:00Z".parse().unwrap();
        let driver = Driver::start_with(morning, second_opinion::others());
        let mut world = Self(driver.await.unwrap());
        world.without_limits();
        world.without_typing();
        world.without_window();
        world.stack.set_greets(Greets::Nobody).await.unwrap();
        world
    }

    /// The same, whose agents ask models that a test answers for. What is asked without an answer
    /// being there is a violation. Who asks what others asked before asks a model all the same.
    pub async fn thinking() -> (Self, FakeModels) {
        let (mut world, models) = Self::caching().await;
        world.0.stack.set("RESPONSE_CACHE", "off").unwrap();
        (world, models)
    }

    /// The same, whose answers serve others who ask the same.
    pub async fn caching() -> (Self, FakeModels) {
        let morning = "2026-11-20T07:00:00Z".parse().unwrap();
        let models = FakeModels::start(0).await.unwrap();
        let others = Others {
            models: Some(LanguageModels::Fake(models.clone())),
            ..second_opinion::others()
        };
        let driver = Driver::start_with(morning, others).await.unwrap();
        driver.stack.set_greets(Greets::Nobody).await.unwrap();
        let mut world = Self(driver);
        world.without_limits();
        world.without_typing();
        world.without_window();
        (world, models)
    }

    /// Time stands still while a test writes, so that it would soon have written too much.
    fn without_limits(&mut self) {
        self.0.stack.set_limits(Limits::NONE).unwrap();
    }

    /// Most tests count what leaves and ask what is left on the queues; `flows/typing.rs` turns it on.
    fn without_typing(&mut self) {
        self.0.stack.set("TYPING", "off").unwrap();
    }

    /// The clock of most tests is wound further than a day, and is about something else.
    fn without_window(&self) {
        self.0.stack.simulator.set_window(Window::Ignored);
    }

    /// The same, whose provider passes free words on for 24 hours and then none, as providers do.
    pub async fn windowed() -> Self {
        let world = Self::new().await;
        world.0.stack.simulator.set_window(Window::Enforced);
        world
    }

    /// A stack whose numbers at Twilio are at a provider of the test's own.
    pub async fn at_provider(url: &str) -> Self {
        let mut world = Self::new().await;
        world.0.stack.set("TWILIO_API_URL", url).unwrap();
        world
    }

    /// The same, whose answers leave while they are being written.
    pub async fn streaming() -> (Self, FakeModels) {
        let (mut world, models) = Self::thinking().await;
        world.0.stack.set("STREAM_ANSWERS", "on").unwrap();
        (world, models)
    }

    /// A customer writes; the webhook is signed and goes through the gateway.
    pub async fn say(&self, from: &str, text: &str) {
        let said = self.0.say(&number(from), "Somebody", text).await;
        said.unwrap();
    }

    /// A customer writes, and all that follows happens.
    pub async fn tell(&self, from: &str, text: &str) -> Vec<String> {
        let before = self.heard(from).len();
        self.say(from, text).await;
        self.settle().await;
        self.heard(from).split_off(before)
    }

    /// Changes a setting of the functions.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.stack.set(name, value).unwrap();
    }

    /// Changes settings of the functions that belong together.
    pub fn set_each(&mut self, settings: &[(&str, &str)]) {
        self.0.stack.set_each(settings).unwrap();
    }

    /// What arrived on a phone.
    pub fn heard(&self, phone: &str) -> Vec<String> {
        self.0.heard(&number(phone))
    }

    /// What the provider took for a phone.
    pub fn sent_to(&self, phone: &str) -> Vec<SimMessage> {
        self.0.sent_to(&number(phone))
    }

    /// Empties the queues with the stack's own functions, moving the time where messages wait.
    pub async fn settle(&self) {
        self.0.settle().await.unwrap();
    }

    /// Empties the queues with these functions.
    pub async fn settle_with(&self, functions: &Functions) {
        self.0.settle_with(functions).await.unwrap();
    }

    /// Whether no queue has anything.
    pub fn is_idle(&self) -> bool {
        self.0.is_idle().unwrap()
    }

    /// The provider has told all it has to tell so far.
    pub async fn statuses_posted(&self) {
        self.0.statuses_posted().await.unwrap();
    }

    /// One receive on every queue; gives how many messages came.
    pub async fn round(&self, mappings: &[Mapping]) -> usize {
        self.0.round(mappings).await.unwrap()
    }

    pub async fn drain(&self, mapping: &Mapping) -> Drained {
        self.0.drain(mapping).await.unwrap()
    }

    /// Time passes, and the clock function comes by.
    pub async fn pass(&self, time: Duration) {
        self.0.pass(time).await.unwrap();
    }

    /// Messages in dead letter queues.
    pub fn dead_letters(&self) -> usize {
        self.0.dead_letters().unwrap()
    }

    /// The current thread of whoever writes from `phone`.
    pub async fn thread_of(&self, phone: &str) -> Option<ThreadId> {
        self.0.thread_of(&number(phone)).await.unwrap()
    }

    /// A phone's whole thread, whose chain holds.
    pub async fn history(&self, phone: &str) -> Vec<Commit> {
        self.0.history(&number(phone)).await.unwrap()
    }

    /// The events of a phone's thread.
    pub async fn events(&self, phone: &str) -> Vec<Event> {
        self.0.events(&number(phone)).await.unwrap()
    }

    /// The outputs a phone's thread asked to be decided on.
    pub async fn outputs(&self, phone: &str) -> Vec<OutputId> {
        self.0.outputs(&number(phone)).await.unwrap()
    }

    pub async fn state(&self, output: OutputId) -> countersign_aws::approvals::State {
        self.0.state(output).await.unwrap()
    }

    /// The head of a phone's thread.
    pub async fn head(&self, phone: &str) -> Head {
        let thread = self.thread_of(phone).await.unwrap();
        let loaded = self.threads().load(&self.tenant(), thread).await.unwrap();
        loaded.unwrap().thread.head
    }

    /// What models have cost the company today, with what is reserved.
    pub async fn spent_today(&self) -> MicroUsd {
        let ledger = self
            .spend()
            .ledger(&self.tenant(), day_of(self.now()))
            .await;
        ledger.unwrap().spent
    }

    /// The company's models cost all but so much of a day's limit, in calls of somebody else's.
    pub async fn spend_all_but(&self, left: MicroUsd, limit: MicroUsd) {
        let (spend, tenant, now) = (self.spend(), self.tenant(), self.now());
        let rest = limit.less(self.spent_today().await).less(left);
        let id = "somebody-else".parse().unwrap();
        let reserving = spend.reserve(&tenant, &id, rest, limit, now, now).await;
        let Reserving::Reserved(reservation) = reserving.unwrap() else {
            panic!("over the limit already");
        };
        spend.settle(&tenant, &reservation, rest).await.unwrap();
    }

    /// How many documents arrived on a phone.
    pub fn documents(&self, phone: &str) -> usize {
        let sent = self.sent_to(phone);
        sent.iter().filter(|sent| sent.media_url.is_some()).count()
    }

    /// The approver approves an output as it stands, and all that follows happens.
    pub async fn approve(&self, output: OutputId) {
        let body = self.callback_body(output, "approve", "Grace").await;
        let answer = self.callback(&format!("approve-{output}"), &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.settle().await;
    }

    /// The approval page's path, as it stands in the last message on the approver's phone.
    pub fn approval_path(&self) -> String {
        self.0.approval_path(&number(APPROVER)).unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.0.get(path).await.unwrap()
    }

    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.0.post_form(path, form).await.unwrap()
    }

    /// A decision on the approval page of the last request, with what the page shows.
    pub async fn decide_on_page(&self, decision: &str, reason: &str) -> Answer {
        let approver = number(APPROVER);
        let decided = self.0.decide_on_page(&approver, decision, reason).await;
        decided.unwrap()
    }

    /// A signed callback with this body.
    pub async fn callback(&self, id: &str, body: &str) -> Answer {
        self.0.callback(id, body).await.unwrap()
    }

    /// The body of a callback that decides on an output as it stands.
    pub async fn callback_body(&self, output: OutputId, decision: &str, by: &str) -> String {
        let body = self.0.callback_body(output, decision, by).await;
        body.unwrap()
    }
}

pub(crate) fn number(text: &str) -> E164 {
    text.parse().unwrap()
}
