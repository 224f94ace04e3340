//! The HTTP API before the functions, and the pages of this machine beside it.

use std::sync::{Arc, PoisonError, RwLock};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use http_body_util::{BodyExt, Limited};

use super::{Functions, Inbox};
use crate::{phone, simulator::Simulator};

type Shared = Arc<RwLock<Functions>>;

/// API Gateway takes no larger body, in bytes.
const MOST_BYTES: usize = 10 * 1024 * 1024;

pub(super) fn router(functions: Shared, simulator: &Simulator, inbox: &Inbox) -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/phone")))
        .route("/health", get(async || "ok"))
        .route("/webhooks/twilio/{*rest}", any(ingress))
        .route("/webhooks/approval/{*rest}", any(approvals))
        .route("/approvals/{*rest}", any(approvals))
        .with_state(functions)
        .merge(simulator.router())
        .merge(phone::router())
        .merge(inbox.router())
}

async fn ingress(State(functions): State<Shared>, request: Request) -> Response {
    let ingress = read(&functions).ingress;
    match to_lambda(request).await {
        Ok(request) => from_lambda(ingress.handle(request).await),
        Err(status) => status.into_response(),
    }
}

async fn approvals(State(functions): State<Shared>, request: Request) -> Response {
    let approvals = read(&functions).approvals;
    match to_lambda(request).await {
        Ok(request) => from_lambda(approvals.handle(request).await),
        Err(status) => status.into_response(),
    }
}

fn read(functions: &Shared) -> Functions {
    functions
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

async fn to_lambda(request: Request) -> Result<lambda_http::Request, StatusCode> {
    let (parts, body): (Parts, Body) = request.into_parts();
    let body: Bytes = Limited::new(body, MOST_BYTES)
        .collect()
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?
        .to_bytes();
    let body = if body.is_empty() {
        lambda_http::Body::Empty
    } else {
        lambda_http::Body::Binary(body.to_vec())
    };
    Ok(lambda_http::Request::from_parts(parts, body))
}

fn from_lambda(response: lambda_http::Response<lambda_http::Body>) -> Response {
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, Body::from(body.to_vec()))
}
