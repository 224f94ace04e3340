//! What comes in: orders for long work and for approved acts. What goes out: one report to the
//! thread that ordered, whatever happens and however often an order is delivered.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod call;
mod carry_out;
mod draft;
pub mod report;
mod settings;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use countersign_aws::{
    Clients, Clock, Error,
    approvals::Approvals,
    batch::{self, Delivery},
    bucket::Bucket,
    business::Business,
    queues::Queue,
    schema,
};
use countersign_core::{
    message::{Cause, ENVELOPE_VERSION, Execution, ExecutionReport, ExecutionResult, Inbound},
    tool::{Consent, ToolCall},
};
use countersign_remote::Remote;
use futures::future::join_all;
pub use settings::Settings;
use tracing::{Instrument, error, info, info_span, warn};

/// The function.
pub struct Executor {
    approvals: Approvals,
    business: Business,
    bucket: Bucket,
    inbound: Queue<Inbound>,
    executions: Queue<Execution>,
    express: Queue<Execution>,
    remote: Remote,
    clock: Arc<dyn Clock>,
}

/// Where an order goes back to.
struct Back {
    receipt: String,
    /// The name of the queue it came by.
    queue: String,
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// A call failed; trying again may help.
    #[error(transparent)]
    Aws(#[from] Error),
    /// Another worker has it.
    #[error("another worker has it")]
    Taken,
    /// Something outside does not work; trying again may help.
    #[error("{0}")]
    NotNow(String),
    /// It can't be done, now or later.
    #[error("{0}")]
    Never(String),
}

/// Whether an order that fails is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tries {
    /// It is.
    Left,
    /// It is not: how it ended has to be said now.
    Over,
}

impl Executor {
    /// The function with these settings.
    pub fn new(settings: Settings, clients: &Clients, clock: Arc<dyn Clock>) -> Self {
        Self {
            approvals: Approvals::new(clients.dynamodb().clone(), settings.approvals),
            business: Business::new(clients.dynamodb().clone(), settings.business),
            bucket: Bucket::new(clients.s3().clone(), settings.bucket),
            inbound: Queue::new(clients.sqs().clone(), settings.inbound),
            executions: Queue::new(clients.sqs().clone(), settings.executions),
            express: Queue::new(clients.sqs().clone(), settings.express),
            remote: Remote::new(settings.remote),
            clock,
        }
    }

    /// Works through a batch, its orders side by side. The answer names those that stay.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let deliveries = batch::by_group(event).into_iter().flatten();
        let orders = deliveries.map(|delivery| async {
            let id = delivery.id.clone();
            let error = self.order(delivery).await.err()?;
            error!(%error, "order not carried out; it will be tried again");
            Some(id)
        });
        batch::stay(join_all(orders).await.into_iter().flatten())
    }

    async fn order(&self, delivery: Delivery<Execution>) -> Result<(), NotDone> {
        let receives = delivery.receives;
        let back = Back {
            receipt: delivery.receipt,
            queue: delivery.queue,
        };
        let order = match delivery.message {
            Ok(order) => order,
            Err(error) => {
                self.put_off(&back, batch::pause(receives)).await;
                return Err(error.into());
            }
        };
        let span = info_span!("order", correlation = %order.correlation, tool = order.tool.name());
        async {
            // The last try but one reports, so that the report itself has another.
            let tries = if receives + 1 >= schema::EXECUTIONS.most_receives {
                Tries::Over
            } else {
                Tries::Left
            };
            if is_only_prepared(&order.tool) && receives >= schema::EXECUTIONS.most_receives {
                // Every try before ended without a word: the work itself may kill the function.
                let reason = format!("not done after {receives} tries");
                return self.failed(&order, reason).await;
            }
            let error = match self.work(&order, tries).await {
                Ok(()) => return Ok(()),
                Err(NotDone::Never(reason)) => return self.failed(&order, reason).await,
                Err(error) => error,
            };
            let seconds = match (&error, tries, &order.tool) {
                // Whoever has it ends it by then, or it can be taken over.
                (NotDone::Taken, ..) => carry_out::LEASE.as_secs() as i32,
                (_, Tries::Over, tool) if is_only_prepared(tool) => {
                    return self.failed(&order, error.to_string()).await;
                }
                // How an approved act ended is only ever its own item's to say; the item is due
                // until it has ended, and the clock has it ordered again.
                _ => batch::pause(receives),
            };
            self.put_off(&back, seconds).await;
            Err(error)
        }
        .instrument(span)
        .await
    }

    async fn put_off(&self, back: &Back, seconds: i32) {
        let queue = match back.queue.ends_with(schema::EXPRESS.name) {
            true => &self.express,
            false => &self.executions,
        };
        if let Err(why) = queue.defer(&[&back.receipt], seconds).await {
            warn!(%why, "not put off; the queue's own timeout applies");
        }
    }

    async fn work(&self, order: &Execution, tries: Tries) -> Result<(), NotDone> {
        match &order.tool {
            ToolCall::GenerateReport(report) => self.draft(order, report).await,
            ToolCall::SendDocument(act) | ToolCall::CarryOut(act) => {
                self.carry_out(order, act, tries).await
            }
            ToolCall::Remote(call) if call.consent != Consent::NotNeeded => {
                self.prepare(order, call).await
            }
            ToolCall::CheckInventory(_)
            | ToolCall::ViewAlerts(_)
            | ToolCall::AgentStatus
            | ToolCall::Remote(_) => Err(NotDone::Never(format!(
                "{} runs inside a turn",
                order.tool.name()
            ))),
        }
    }

    async fn failed(&self, order: &Execution, reason: String) -> Result<(), NotDone> {
        error!(reason, "failed");
        self.report(order, ExecutionResult::Failed { reason })
            .await?;
        Ok(())
    }

    /// Tells the thread. Telling it twice is harmless.
    async fn report(&self, order: &Execution, result: ExecutionResult) -> Result<(), Error> {
        self.inbound
            .send(&Inbound {
                v: ENVELOPE_VERSION,
                tenant: order.tenant.clone(),
                correlation: order.correlation.clone(),
                group: order.group.clone(),
                received_at: self.clock.now(),
                cause: Cause::Execution(ExecutionReport {
                    thread: order.thread,
                    call: order.call,
                    result,
                }),
            })
            .await?;
        info!("reported");
        Ok(())
    }
}

/// Whether an order only writes something down: how an approved act ended is its own item's to say.
fn is_only_prepared(tool: &ToolCall) -> bool {
    !matches!(tool, ToolCall::SendDocument(_) | ToolCall::CarryOut(_))
}
