//! What comes in: a person with a link, who looks and decides, and signed callbacks that decide.
//! What goes out: the decision, once it is the first, to the thread that asked.
//!
//! Looking decides nothing: scanners and previews open links. Only a POST decides, and only on
//! the act whose digest was shown.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod answering;
mod callback;
mod decide;
mod page;
mod reply;
mod settings;
mod visit;
mod words;

use std::{collections::HashMap, sync::Arc};

use countersign_aws::{
    Clients, Clock, approvals::Approvals as Table, bucket::Bucket, queues::Queue,
};
use countersign_core::{EndpointId, Secret, Tenant, message::Inbound};
use http::{HeaderValue, Method, StatusCode, header::ALLOW};
use lambda_http::{Body, Request, Response};
pub use settings::Settings;

/// The function.
pub struct Approvals {
    callers: HashMap<EndpointId, Caller>,
    table: Table,
    inbound: Queue<Inbound>,
    bucket: Bucket,
    token_secret: Secret,
    clock: Arc<dyn Clock>,
}

/// Who may call back at an endpoint.
struct Caller {
    tenant: Tenant,
    secret: Secret,
}

enum Route<'a> {
    Page(&'a str),
    Callback(&'a str),
}

impl Approvals {
    /// The function with these settings.
    pub fn new(settings: Settings, clients: &Clients, clock: Arc<dyn Clock>) -> Self {
        let callers = settings
            .endpoints
            .into_iter()
            .filter_map(|endpoint| {
                let caller = Caller {
                    tenant: endpoint.tenant,
                    secret: endpoint.approval?.secret,
                };
                Some((endpoint.endpoint, caller))
            })
            .collect();
        Self {
            callers,
            table: Table::new(clients.dynamodb().clone(), settings.approvals),
            inbound: Queue::new(clients.sqs().clone(), settings.inbound),
            bucket: Bucket::new(clients.s3().clone(), settings.bucket),
            token_secret: settings.token_secret,
            clock,
        }
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        match (route(parts.uri.path()), &parts.method) {
            (Some(Route::Page(token)), &Method::GET | &Method::HEAD) => self.show(token).await,
            (Some(Route::Page(token)), &Method::POST) => self.vote(token, &body).await,
            (Some(Route::Page(_)), _) => not_allowed("GET, HEAD, POST"),
            (Some(Route::Callback(endpoint)), &Method::POST) => {
                self.callback(endpoint, &parts.headers, &body).await
            }
            (Some(Route::Callback(_)), _) => not_allowed("POST"),
            (None, _) => empty(StatusCode::NOT_FOUND),
        }
    }
}

/// `/approvals/{token}` and `/webhooks/approval/{endpoint}`.
fn route(path: &str) -> Option<Route<'_>> {
    let route = if let Some(token) = path.strip_prefix("/approvals/") {
        Route::Page(token)
    } else {
        Route::Callback(path.strip_prefix("/webhooks/approval/")?)
    };
    let (Route::Page(last) | Route::Callback(last)) = route;
    (!last.is_empty() && !last.contains('/')).then_some(route)
}

fn not_allowed(methods: &'static str) -> Response<Body> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests;
