//! What a person at the page can make the provider do wrong, until they switch it off again.

use std::{collections::BTreeSet, time::Duration};

use countersign_core::window::Provider;
use serde::{Deserialize, Serialize};

use super::{Answer, Effect, SimProvider, Simulator, Statuses, Window};

/// How long a message that is to come late waits for one to overtake it.
const OVERTAKE: Duration = Duration::from_secs(4);

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Every webhook is posted twice.
    Duplicate,
    /// Of two messages written shortly one after the other, the later is posted first; statuses
    /// come backwards.
    Reorder,
    /// Statuses come when this is switched off.
    DelayStatuses,
    /// A send is taken, and the connection closed before the answer.
    DropAnswers,
    /// Sends are answered 429.
    TooManyRequests,
    /// Sends are answered 500, and not taken.
    ServerErrors,
    /// Free text goes out only within 24 hours of a person's last message.
    Window,
    /// Free text never goes out.
    ClosedWindow,
}

impl Simulator {
    /// What goes wrong now.
    pub fn faults(&self) -> BTreeSet<Fault> {
        self.script().faults.clone()
    }

    /// Switches on what is in `faults` and off what is not. Answers and the like that were set
    /// otherwise go before.
    pub fn set_faults(&self, faults: BTreeSet<Fault>) {
        let was = self.faults();
        let turned = |fault: Fault| was.contains(&fault) != faults.contains(&fault);
        if turned(Fault::Window) || turned(Fault::ClosedWindow) {
            self.set_window(match () {
                () if faults.contains(&Fault::ClosedWindow) => Window::Closed,
                () if faults.contains(&Fault::Window) => Window::Enforced,
                () => Window::Ignored,
            });
        }
        self.script().faults.clone_from(&faults);
        if turned(Fault::DelayStatuses) {
            if faults.contains(&Fault::DelayStatuses) {
                self.set_statuses(Statuses::Held);
            } else {
                self.set_statuses(Statuses::Automatic);
                let simulator = self.clone();
                tokio::spawn(async move { simulator.deliver_statuses().await });
            }
        }
        self.changed();
    }

    /// Switches the 24-hour window on or off.
    pub fn set_window(&self, window: Window) {
        let mut script = self.script();
        script.window = window;
        for (fault, on) in [
            (Fault::Window, Window::Enforced),
            (Fault::ClosedWindow, Window::Closed),
        ] {
            if window == on {
                script.faults.insert(fault);
            } else {
                script.faults.remove(&fault);
            }
        }
    }

    /// What a person reads of a template that is known here.
    pub(super) fn rendered(
        &self,
        provider: SimProvider,
        id: &str,
        values: &[String],
    ) -> Option<String> {
        let provider = match provider {
            SimProvider::Twilio => Provider::Twilio,
            SimProvider::Meta => Provider::Meta,
        };
        let mut known = self.config().templates.iter();
        known
            .find(|template| template.id(provider) == Some(id))
            .map(|template| template.rendered(values))
    }

    pub(super) fn is_on(&self, fault: Fault) -> bool {
        self.script().faults.contains(&fault)
    }

    /// What a send meets if nothing was queued for it.
    pub(super) fn usual_answer(&self) -> Answer {
        let faults = &self.script().faults;
        if faults.contains(&Fault::TooManyRequests) {
            Answer::TooManyRequests
        } else if faults.contains(&Fault::ServerErrors) {
            Answer::ServerError(Effect::NotTaken)
        } else if faults.contains(&Fault::DropAnswers) {
            Answer::DropConnection(Effect::Taken)
        } else {
            Answer::Normal
        }
    }

    /// Posts a taken message, as late and as often as the switches say.
    pub(super) async fn post_with_faults(&self, sid: String) {
        if self.is_on(Fault::Reorder) {
            let overtaken = self.script().late.take();
            match overtaken {
                Some(earlier) => {
                    self.post_as_often(&sid).await;
                    self.post_as_often(&earlier).await;
                }
                None => {
                    self.script().late = Some(sid.clone());
                    tokio::time::sleep(OVERTAKE).await;
                    let waits = {
                        let mut script = self.script();
                        script.late.take_if(|late| *late == sid).is_some()
                    };
                    if waits {
                        self.post_as_often(&sid).await;
                    }
                }
            }
        } else {
            self.post_as_often(&sid).await;
        }
    }

    async fn post_as_often(&self, sid: &str) {
        let times = if self.is_on(Fault::Duplicate) { 2 } else { 1 };
        for _ in 0..times {
            if let Err(error) = self.replay(sid).await {
                tracing::warn!(%error, sid, "webhook");
            }
        }
    }
}
