//! An approver's endpoint is called: Standard Webhooks, the same id on every try.

use std::time::Duration;

use countersign_aws::{approvals::Request, batch};
use countersign_core::{message::WebhookCall, webhook};
use countersign_whatsapp::Timeouts;
use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde_json::json;
use tracing::{error, info};

use crate::{NotDone, Outbound};

/// So many tries follow each other quickly.
const QUICK_TRIES: u32 = 5;
/// An endpoint has so long to answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long the content can be fetched by its URL.
const LINK_VALID: Duration = Duration::from_secs(60 * 60);

impl Outbound {
    pub(crate) async fn webhook(&self, call: &WebhookCall, receives: u32) -> Result<(), NotDone> {
        let served = self.served(&call.endpoint, &call.tenant)?;
        let Some(approval) = &served.settings.approval else {
            return Ok(());
        };
        let Some(request) = self
            .approvals
            .request(&call.tenant, call.output, call.version)
            .await?
        else {
            error!(output = %call.output, "a webhook about an output nobody asked about");
            return Ok(());
        };
        let body = self.webhook_body(&request).await?;
        let id = call.id.to_string();
        let timestamp = self.clock.now().as_second();
        let signature = match webhook::sign(&approval.secret, &id, timestamp, body.as_bytes()) {
            Ok(signature) => signature,
            Err(why) => {
                error!(%why, "webhook not signed; check the endpoint's approval_secret");
                return Ok(());
            }
        };
        let client = match self.client.get(Timeouts::DEFAULT) {
            Ok(client) => client,
            Err(error) => {
                let (seconds, why) = (batch::pause(receives), error.to_string());
                return Err(NotDone::PutOff { seconds, why });
            }
        };
        let answer = client
            .post(&approval.url)
            .timeout(TIMEOUT)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await;
        let why = match answer {
            Ok(answer) if answer.status().is_success() => {
                info!(output = %call.output, "approver's endpoint called");
                return Ok(());
            }
            Ok(answer) if answer.status() == StatusCode::GONE => {
                error!(output = %call.output, "approver's endpoint says 410: it is gone");
                return Ok(());
            }
            Ok(answer) => format!("HTTP {}", answer.status().as_u16()),
            // The URL may hold a secret of the tenant's.
            Err(error) => error.without_url().to_string(),
        };
        if receives >= QUICK_TRIES {
            // The output stays decidable: on its page, and by a callback.
            error!(output = %call.output, why, "approver's endpoint does not answer; given up");
            return Ok(());
        }
        let seconds = batch::pause(receives);
        Err(NotDone::PutOff { seconds, why })
    }

    /// What is asked, from the act alone, and where to decide.
    async fn webhook_body(&self, request: &Request) -> Result<String, NotDone> {
        let act = &request.act;
        // Of a question there is nothing but the act.
        let (kind, content_url) = match act.question() {
            Some(_) => ("question.asked", None),
            None => {
                let link = self
                    .bucket
                    .link(&act.tenant, &request.document, LINK_VALID)
                    .await?;
                ("approval.requested", Some(link))
            }
        };
        let body = json!({
            "type": kind,
            "output_id": act.output,
            "version": act.version,
            "digest": act.digest().ok(),
            "act": act,
            "content_url": content_url,
            "approver": request.approver,
            "decide_url": self.decide_url(request, &request.approver),
            "deadline": act.deadline,
        });
        Ok(body.to_string())
    }
}
