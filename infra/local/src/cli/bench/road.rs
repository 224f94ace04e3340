//! A stack whose queues are pumped into one set of functions, and what is done to it from outside.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use countersign_aws::SystemClock;
use countersign_core::{E164, Secret, limits::Limits, step::Greets, webhook};
use http::{Method, Request, StatusCode};
use lambda_http::Body;
use serde::Deserialize;
use serde_json::{Value, json};

use super::report::Calls;
use crate::{
    faults::Service,
    pump::{Pump, Running},
    simulator::{Direction, SimMessage, Statuses, signed_form},
    stack::{AUTH_TOKEN, Data, Functions, Options, Others, Ports, Stack, WEBHOOK_SECRET},
};

/// Nothing here takes longer unless it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stack in memory, whose simulated provider reports statuses only when it is told to: they
/// would be measured with whatever comes next.
pub(super) async fn stack() -> anyhow::Result<Stack> {
    let mut stack = Stack::start(Options {
        data: Data::Gone,
        ports: Ports::Any,
        clock: Arc::new(SystemClock),
        others: Others::default(),
    })
    .await?;
    stack.simulator.set_statuses(Statuses::Held);
    stack.set_greets(Greets::Nobody).await?;
    stack.set_limits(Limits::NONE)?;
    Ok(stack)
}

/// A phone of nobody the company knows.
pub(super) fn phone(number: usize) -> anyhow::Result<E164> {
    Ok(format!("+25078900{number:04}").parse()?)
}

/// A stack at work with one set of functions.
pub(super) struct Road<'a> {
    stack: &'a Stack,
    functions: Functions,
    running: Running,
}

/// What an approver's endpoint is sent, as far as an answer needs it.
#[derive(Deserialize)]
struct Asked {
    output_id: String,
    version: u32,
    digest: String,
    act: Value,
}

impl<'a> Road<'a> {
    pub(super) fn open(stack: &'a Stack, functions: Functions) -> Self {
        let pump = Pump::new(stack.direct.sqs().clone());
        Self {
            stack,
            running: pump.start(stack.mappings(&functions)),
            functions,
        }
    }

    pub(super) async fn close(self) {
        self.running.stop().await;
    }

    /// `text` comes in from `phone`; gives the time until an answer is on the phone.
    pub(super) async fn ask(&self, phone: &E164, text: &str) -> anyhow::Result<Duration> {
        let hook = hook(self.stack, phone, text)?;
        let before = self.stack.simulator.sent_to(phone).len();
        let began = Instant::now();
        let answer = self.functions.ingress.handle(hook).await;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        self.arrives(phone, before, |_| true).await?;
        let took = began.elapsed();
        self.rest().await?;
        Ok(took)
    }

    /// The newest request to decide, which is about a document for `phone`, is approved; gives the
    /// time until the document is on the phone.
    pub(super) async fn approve(&self, phone: &E164) -> anyhow::Result<Duration> {
        let request = self.callback(phone)?;
        let before = self.stack.simulator.sent_to(phone).len();
        let began = Instant::now();
        let answer = self.functions.approvals.handle(request).await;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        self.arrives(phone, before, |message| message.media_url.is_some())
            .await?;
        let took = began.elapsed();
        self.rest().await?;
        Ok(took)
    }

    async fn arrives(
        &self,
        phone: &E164,
        before: usize,
        fits: impl Fn(&SimMessage) -> bool,
    ) -> anyhow::Result<()> {
        let simulator = &self.stack.simulator;
        let arrived = |messages: &[SimMessage]| {
            let theirs = messages
                .iter()
                .filter(|m| m.direction == Direction::Outbound && m.phone == *phone);
            theirs.skip(before).any(&fits).then_some(())
        };
        simulator
            .wait_for("an answer on the phone", PATIENCE, arrived)
            .await?;
        Ok(())
    }

    /// Until nothing is left to do, so that it does not count as the next one's time.
    async fn rest(&self) -> anyhow::Result<()> {
        let idle = async {
            while self.stack.sqs().pending()? > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, idle)
            .await
            .context("the queues don't come to rest")?
    }

    fn callback(&self, phone: &E164) -> anyhow::Result<lambda_http::Request> {
        let received = self.stack.inbox.received();
        let newest = received.last().context("nobody was asked to decide")?;
        let asked: Asked = serde_json::from_str(&newest.body)?;
        ensure!(
            asked.act["recipient"] == phone.as_str(),
            "the newest request is not about {phone}"
        );
        let body = json!({
            "output_id": asked.output_id,
            "version": asked.version,
            "digest": asked.digest,
            "decision": "approve",
            "by": "Grace Uwase",
        })
        .to_string();
        let id = &asked.output_id;
        let timestamp = self.stack.clock.now().as_second();
        let secret = Secret::new(WEBHOOK_SECRET);
        let signature = webhook::sign(&secret, id, timestamp, body.as_bytes())?;
        let endpoint = &self.stack.seed.company.whatsapp.endpoint;
        Ok(Request::builder()
            .method(Method::POST)
            .uri(format!("/webhooks/approval/{endpoint}"))
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(Body::Text(body))?)
    }
}

/// What cold functions called since the last reset.
pub(super) fn calls(stack: &Stack) -> Calls {
    let mut calls = Calls::default();
    for call in stack.faults.calls() {
        let service = match call.service {
            Service::DynamoDb => "DynamoDB",
            Service::Sqs => "SQS",
            Service::S3 => "S3",
            Service::Provider => "provider",
            Service::Webhook => "endpoint",
            Service::Models => "models",
        };
        calls.add(service, &call.operation);
    }
    calls
}

/// The signed webhook that brings `text` from `phone`, under an id of its own.
pub(super) fn hook(
    stack: &Stack,
    phone: &E164,
    text: &str,
) -> anyhow::Result<lambda_http::Request> {
    let form = stack.simulator.inbound_form(phone, "Bench", text);
    let endpoint = &stack.seed.company.whatsapp.endpoint;
    let path = format!("/webhooks/twilio/{endpoint}");
    let (body, signature) = signed_form(&format!("{}{path}", stack.url()), AUTH_TOKEN, &form);
    Ok(Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(Body::Text(body))?)
}
