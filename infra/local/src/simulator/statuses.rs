//! Status callbacks: what the provider tells the sender about each message.

use std::sync::Weak;

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    Inner, Simulator, SimulatorError,
    answers::meaning,
    message::{PostedWebhook, SimMessage, SimStatus},
    provider::SimProvider,
    signing::signed_form,
    switches::Fault,
};

/// When statuses are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// By themselves, in the background, in order.
    Automatic,
    /// When [`Simulator::deliver_statuses`] is called.
    Held,
}

/// A status that was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedStatus {
    /// Whose.
    pub sid: String,
    /// Which.
    pub status: SimStatus,
    /// What the callback answered; `None` if there is none, or it could not be reached.
    pub http_status: Option<u16>,
}

/// A step that a message is going to make.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) sid: String,
    pub(super) status: SimStatus,
    pub(super) error_code: Option<u32>,
}

/// What lies ahead of a message that was just taken.
pub(super) fn plan(sid: &str, failing: Option<u32>) -> Vec<Planned> {
    let step = |status, error_code| Planned {
        sid: sid.to_owned(),
        status,
        error_code,
    };
    match failing {
        Some(code) => vec![step(SimStatus::Failed, Some(code))],
        None => vec![
            step(SimStatus::Sent, None),
            step(SimStatus::Delivered, None),
        ],
    }
}

/// Carries out planned steps one after the other, until the simulator is gone.
pub(super) async fn work(simulator: Weak<Inner>, mut planned: UnboundedReceiver<Planned>) {
    while let Some(step) = planned.recv().await {
        let Some(inner) = simulator.upgrade() else {
            return;
        };
        let simulator = Simulator(inner);
        simulator.report(step).await;
        simulator.script().under_way -= 1;
        simulator.changed();
    }
}

impl Simulator {
    /// Reports every held status, oldest first, and says what was reported.
    pub async fn deliver_statuses(&self) -> Vec<PostedStatus> {
        let held = std::mem::take(&mut self.script().held);
        let mut posted = Vec::new();
        for step in held {
            posted.extend(self.report(step).await);
        }
        posted
    }

    /// Reports `status` of a message whatever came before, for statuses that come twice, late or
    /// in the wrong order. Returns the HTTP status of the callback.
    ///
    /// # Errors
    /// The message is unknown or asked for no callback, or the callback can't be reached.
    pub async fn post_status(
        &self,
        sid: &str,
        status: SimStatus,
        error_code: Option<u32>,
    ) -> Result<u16, SimulatorError> {
        let message = self
            .message(sid)
            .ok_or_else(|| SimulatorError::UnknownMessage(sid.to_owned()))?;
        if message.provider == SimProvider::Twilio && message.status_callback.is_none() {
            return Err(SimulatorError::NoCallback(sid.to_owned()));
        }
        self.conversations().advance(sid, status, error_code);
        self.changed();
        match message.provider {
            SimProvider::Twilio => self.post_callback(&message, status, error_code).await,
            SimProvider::Meta => self.post_meta_status(&message, status, error_code).await,
        }
    }

    /// Plans steps: to be made by the worker, or by [`Simulator::deliver_statuses`].
    pub(super) fn plan(&self, mut steps: Vec<Planned>) {
        if self.is_on(Fault::Reorder) {
            steps.reverse();
        }
        let mut script = self.script();
        match script.statuses {
            Statuses::Held => script.held.extend(steps),
            Statuses::Automatic => {
                for step in steps {
                    if self.0.planned.send(step).is_ok() {
                        script.under_way += 1;
                    }
                }
            }
        }
    }

    /// Makes a step and tells the sender; `None` if the message was already as far.
    async fn report(&self, step: Planned) -> Option<PostedStatus> {
        let moved = self
            .conversations()
            .advance(&step.sid, step.status, step.error_code);
        let message = match moved {
            Some(message) => message,
            // A status that was overtaken is still told.
            None if self.is_on(Fault::Reorder) => self.message(&step.sid)?,
            None => return None,
        };
        self.changed();
        if self.is_on(Fault::Duplicate) {
            self.tell(&message, &step).await;
        }
        let http_status = self.tell(&message, &step).await;
        Some(PostedStatus {
            sid: step.sid,
            status: step.status,
            http_status,
        })
    }

    /// Tells the sender of a step, and what it answered; `None` if nobody asked to be told, or
    /// nobody was reached.
    async fn tell(&self, message: &SimMessage, step: &Planned) -> Option<u16> {
        let posted = match message.provider {
            SimProvider::Twilio if message.status_callback.is_none() => return None,
            SimProvider::Twilio => {
                self.post_callback(message, step.status, step.error_code)
                    .await
            }
            SimProvider::Meta => {
                self.post_meta_status(message, step.status, step.error_code)
                    .await
            }
        };
        posted
            .inspect_err(|error| tracing::warn!(%error, sid = step.sid, "status callback"))
            .ok()
    }

    async fn post_callback(
        &self,
        message: &SimMessage,
        status: SimStatus,
        error_code: Option<u32>,
    ) -> Result<u16, SimulatorError> {
        let config = self.config();
        let mut params = vec![
            ("AccountSid", config.account_sid.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("ChannelPrefix", "whatsapp".to_owned()),
            ("From", format!("whatsapp:{}", config.number)),
            ("MessageSid", message.sid.clone()),
            ("MessageStatus", status.as_str().to_owned()),
            ("SmsSid", message.sid.clone()),
            ("SmsStatus", status.as_str().to_owned()),
            ("To", format!("whatsapp:{}", message.phone)),
        ];
        if let Some(code) = error_code {
            params.push(("ErrorCode", code.to_string()));
            params.push(("ChannelStatusMessage", meaning(code).to_owned()));
        }
        let url = message.status_callback.clone().unwrap_or_default();
        let (body, signature) = signed_form(&url, &config.auth_token, &params);
        let webhook = PostedWebhook {
            provider: SimProvider::Twilio,
            url,
            body,
            signature: Some(signature),
        };
        self.post(&webhook).await
    }
}
