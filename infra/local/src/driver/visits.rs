//! HTTP as approvers and their systems speak it: approval pages and signed callbacks.

use anyhow::Context;
use countersign_core::{E164, OutputId, Secret, webhook};
use http::StatusCode;

use super::Driver;
use crate::stack::WEBHOOK_SECRET;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body, as text.
    pub body: String,
}

/// An approval page that waits for a decision.
#[derive(Debug, Clone)]
pub struct Page {
    path: String,
    digest: String,
}

impl Driver {
    /// The approval page's path, as it stands in the last message on the approver's phone.
    ///
    /// # Errors
    /// When it does not stand there.
    pub fn approval_path(&self, approver: &E164) -> anyhow::Result<String> {
        let asked = self.heard(approver).pop().context("nobody was asked")?;
        let at = asked
            .rfind("/approvals/")
            .context("a request has no link")?;
        let path = asked[at..].split_whitespace().next();
        Ok(path.unwrap_or_default().to_owned())
    }

    /// Opens a page of the gateway.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        answer(self.client.get(format!("{}{path}", self.stack.url()))).await
    }

    /// Fetches a file, such as a document that arrived on a phone.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn fetch(&self, url: &str) -> anyhow::Result<Vec<u8>> {
        let fetched = self.client.get(url).send().await?.error_for_status()?;
        Ok(fetched.bytes().await?.to_vec())
    }

    /// Sends a form of the gateway's.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let request = self.client.post(format!("{}{path}", self.stack.url()));
        answer(request.form(form)).await
    }

    /// A decision on the approval page of the last request, on exactly what the page shows.
    ///
    /// # Errors
    /// When there is no such page.
    pub async fn decide_on_page(
        &self,
        approver: &E164,
        decision: &str,
        reason: &str,
    ) -> anyhow::Result<Answer> {
        let page = self.open_page(approver).await?;
        self.decide(&page, decision, reason).await
    }

    /// Opens the approval page of the last request, and decides nothing.
    ///
    /// # Errors
    /// When there is no such page, or nothing waits for a decision there.
    pub async fn open_page(&self, approver: &E164) -> anyhow::Result<Page> {
        let path = self.approval_path(approver)?;
        let shown = self.get(&path).await?.body;
        let digest = hidden(&shown, "digest").context("the page has no digest")?;
        Ok(Page { path, digest })
    }

    /// A decision on exactly what an open page shows.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn decide(
        &self,
        page: &Page,
        decision: &str,
        reason: &str,
    ) -> anyhow::Result<Answer> {
        let form = [
            ("decision", decision),
            ("reason", reason),
            ("digest", page.digest.as_str()),
        ];
        self.post_form(&page.path, &form).await
    }

    /// A signed callback with this body.
    ///
    /// # Errors
    /// When it can't be signed or nothing answers.
    pub async fn callback(&self, id: &str, body: &str) -> anyhow::Result<Answer> {
        let timestamp = self.now().as_second();
        let secret = Secret::new(WEBHOOK_SECRET);
        let signature = webhook::sign(&secret, id, timestamp, body.as_bytes())?;
        let endpoint = &self.stack.seed.company.whatsapp.endpoint;
        let url = format!("{}/webhooks/approval/{endpoint}", self.stack.url());
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header(webhook::ID, id)
            .header(webhook::TIMESTAMP, timestamp)
            .header(webhook::SIGNATURE, signature)
            .body(body.to_owned());
        answer(request).await
    }

    /// The body of a callback that decides on an output as it stands.
    ///
    /// # Errors
    /// When there is no such output.
    pub async fn callback_body(
        &self,
        output: OutputId,
        decision: &str,
        by: &str,
    ) -> anyhow::Result<String> {
        let state = self.state(output).await?;
        let body = serde_json::json!({
            "output_id": output,
            "version": state.version,
            "digest": state.digest,
            "decision": decision,
            "by": by,
        });
        Ok(body.to_string())
    }
}

async fn answer(request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
    let response = request.send().await?;
    Ok(Answer {
        status: response.status(),
        body: response.text().await?,
    })
}

/// The value of a form's hidden field.
fn hidden(page: &str, name: &str) -> Option<String> {
    let at = page.find(&format!("name=\"{name}\""))?;
    let tag_start = page[..at].rfind('<')?;
    let tag = &page[tag_start..tag_start + page[tag_start..].find('>')?];
    let value = tag.split("value=\"").nth(1)?;
    Some(value[..value.find('"')?].to_owned())
}
