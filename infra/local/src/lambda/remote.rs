//! The functions where they run elsewhere, called as API Gateway, the event source mappings and
//! the schedule call them.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::{
    apigw::ApiGatewayV2httpResponse,
    sqs::{SqsBatchResponse, SqsEvent},
};
use bytes::Bytes;
use countersign_aws::Clock;
use http::{Request, Response};
use serde_json::Value;

use super::{Failed, Function, InvokeApi, http_answer, http_event, payload, tick_event};
use crate::pump::{Handler, HandlerError, handler};

/// API Gateway waits no longer for a function.
const HTTP: Duration = Duration::from_secs(30);
/// A tick has so long: it comes again soon, and what it left is still due.
const TICK: Duration = Duration::from_secs(60);
/// No function of Lambda's runs longer. The pump drops a call before that: its mapping holds the
/// function to the timeout it has on AWS.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// `cargo lambda watch` compiles a function on its first call, and with the very first all that
/// the functions share: minutes on a small machine.
const FIRST_CALL: Duration = Duration::from_secs(20 * 60);

/// Functions that run elsewhere. Clones are the same ones.
#[derive(Clone)]
pub struct Remote {
    api: InvokeApi,
    clock: Arc<dyn Clock>,
}

impl Remote {
    /// The functions behind `api`; `clock` dates the events.
    pub fn new(api: InvokeApi, clock: Arc<dyn Clock>) -> Self {
        Self { api, clock }
    }

    /// Calls a function with an event that changes nothing (the clock with a tick, which it gets every
    /// few seconds anyway), so that later calls find it compiled and started.
    ///
    /// # Errors
    /// When it is not there, or fails.
    pub async fn wake(&self, function: Function) -> Result<(), Failed> {
        match function {
            Function::Ingress | Function::Approvals => {
                let looked = Request::new(Bytes::new());
                let event = payload(&http_event(&looked, self.clock.now()));
                let event = event.map_err(|why| Failed::Unreadable {
                    function: function.name().to_owned(),
                    why: why.to_string(),
                })?;
                let woken = self
                    .api
                    .invoke::<ApiGatewayV2httpResponse>(function, &event, FIRST_CALL);
                woken.await.map(drop)
            }
            Function::Agent | Function::Executor | Function::Outbound => {
                let nothing = SqsEvent::default();
                let woken = self
                    .api
                    .invoke::<SqsBatchResponse>(function, &nothing, FIRST_CALL);
                woken.await.map(drop)
            }
            Function::Clock => {
                let tick = tick_event(self.clock.now());
                match self.api.invoke::<Value>(function, &tick, FIRST_CALL).await {
                    // It is there; what is due and fails is tried again with every tick.
                    Ok(_) | Err(Failed::Threw { .. }) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// One tick of the schedule.
    ///
    /// # Errors
    /// When the clock function can't be called, or dealt with nothing that was due.
    pub async fn tick(&self) -> Result<(), Failed> {
        let event = tick_event(self.clock.now());
        let ticked = self.api.invoke::<Value>(Function::Clock, &event, TICK);
        ticked.await.map(drop)
    }

    /// A handler that calls `function` with a batch. A call that fails is an error it throws.
    pub(crate) fn handler(&self, function: Function) -> Handler {
        let api = self.api.clone();
        handler(move |batch: SqsEvent| {
            let api = api.clone();
            async move {
                let answer = api.invoke::<SqsBatchResponse>(function, &batch, LONGEST);
                Ok::<_, HandlerError>(answer.await?)
            }
        })
    }

    /// A function's answer to a request.
    pub(crate) async fn answer(
        &self,
        function: Function,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, HandlerError> {
        let event = payload(&http_event(request, self.clock.now()))?;
        let answer = self
            .api
            .invoke::<ApiGatewayV2httpResponse>(function, &event, HTTP);
        Ok(http_answer(answer.await?)?)
    }
}
