//! The HTTP API before the functions, and the pages of this machine beside it.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use http_body_util::{BodyExt, Limited};

use super::{Inbox, backend::Backend};
use crate::{phone, simulator::Simulator};

/// API Gateway takes no larger body, in bytes.
const MOST_BYTES: usize = 10 * 1024 * 1024;

pub(super) fn router(backend: Backend, simulator: &Simulator, inbox: &Inbox) -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/phone")))
        .route("/health", get(async || "ok"))
        .route("/webhooks/twilio/{*rest}", any(ingress))
        .route("/webhooks/meta/{*rest}", any(ingress))
        .route("/webhooks/approval/{*rest}", any(approvals))
        .route("/approvals/{*rest}", any(approvals))
        .with_state(backend)
        .merge(simulator.router())
        .merge(phone::router())
        .merge(inbox.router())
}

async fn ingress(State(backend): State<Backend>, request: Request) -> Response {
    match whole(request).await {
        Ok(request) => backend.ingress(request).await.map(Body::from),
        Err(status) => status.into_response(),
    }
}

async fn approvals(State(backend): State<Backend>, request: Request) -> Response {
    match whole(request).await {
        Ok(request) => backend.approvals(request).await.map(Body::from),
        Err(status) => status.into_response(),
    }
}

async fn whole(request: Request) -> Result<http::Request<Bytes>, StatusCode> {
    let (parts, body): (_, Body) = request.into_parts();
    let body = Limited::new(body, MOST_BYTES)
        .collect()
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?
        .to_bytes();
    Ok(http::Request::from_parts(parts, body))
}
