//! One call of a handler, as Lambda makes it: with a timeout, and surviving a panic.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;

use super::Mapping;

/// Why a whole batch failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thrown {
    /// The handler returned this error.
    Error(String),
    /// The handler panicked with this message.
    Panic(String),
    /// The handler took longer than this, its timeout.
    TimedOut(Duration),
    /// The handler failed this message id, which the batch does not hold. Lambda then fails the
    /// whole batch.
    UnknownMessage(String),
}

/// Calls the handler. Unlike in a task of its own, its future is gone as soon as ours is.
pub(super) async fn call(
    mapping: &Mapping,
    batch: Vec<SqsMessage>,
) -> Result<SqsBatchResponse, Thrown> {
    let mut event = SqsEvent::default();
    event.records = batch;
    // The function may panic before it returns its future, so it is called inside.
    let called = async { (mapping.handler)(event).await };
    let caught = AssertUnwindSafe(called).catch_unwind();
    match tokio::time::timeout(mapping.timeout, caught).await {
        Err(_) => Err(Thrown::TimedOut(mapping.timeout)),
        Ok(Err(panic)) => Err(Thrown::Panic(message(panic.as_ref()))),
        Ok(Ok(Err(error))) => Err(Thrown::Error(error.to_string())),
        Ok(Ok(Ok(response))) => Ok(response),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
