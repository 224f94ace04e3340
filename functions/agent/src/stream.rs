//! A model's words that leave while it is still writing: each part is committed, and then sent,
//! before the next is looked for. Which words make a part is decided in `core`.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use countersign_core::{
    ContentHash,
    message::Correlation,
    model::{Answer, ModelName, Prompt},
    step::{self, Aloud, Ask},
    turn::Turn,
};
use countersign_models::{AskError, Models};
use futures::future::{Either, select};
use jiff::Timestamp;
use tokio::sync::Notify;
use tracing::{info, warn};

use crate::{Agent, attention::Shown, found::FirstOf, past::Past, turns::Ended};

/// A turn that may say something while a model is asked.
pub(crate) struct Talk<'a> {
    pub(crate) turn: Turn,
    pub(crate) past: &'a mut Past,
    pub(crate) correlation: &'a Correlation,
    /// What of us the customer was shown in this turn.
    pub(crate) shown: &'a mut Shown,
    /// Under which key the answer serves others, if it may.
    pub(crate) keep: Option<ContentHash>,
    /// What a provider found wrong with the answer under way, before it was whole.
    pub(crate) flagged: Vec<String>,
}

/// A question whose answer leaves while it is being written.
pub(crate) struct Speaker<'t, 'a> {
    pub(crate) agent: &'t Agent,
    pub(crate) company: &'t step::Agent,
    pub(crate) ask: &'t Ask,
    pub(crate) talk: &'t mut Talk<'a>,
    /// When the question is given up.
    pub(crate) ends: Timestamp,
    pub(crate) progress: Progress,
}

/// How far a model came with its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Progress {
    /// To no word.
    #[default]
    Silent,
    /// To its first words, which can't be taken back: it was not asked again.
    Begun,
}

impl Speaker<'_, '_> {
    /// Asks, and says what may be said meanwhile. When it returns nothing more leaves, and what has
    /// left is on record.
    ///
    /// # Errors
    /// When a part can't be committed or sent. The answer is then nobody's any more.
    pub(crate) async fn ask(
        &mut self,
        models: &Models,
        model: &ModelName,
        prompt: &Prompt,
        within: Duration,
    ) -> Result<Result<Answer, AskError>, Ended> {
        let heard = Heard::default();
        let asking = async {
            let mut tell = |piece: &str| heard.add(piece);
            let answer = models.ask_streaming(model, prompt, within, &mut tell);
            let answer = answer.await;
            heard.end();
            answer
        };
        let answer = {
            let (asking, speaking) = (pin!(asking), pin!(self.speak(&heard)));
            match select(asking, speaking).await {
                // A part that is being committed is waited for: whether it left must be known.
                Either::Left((answer, speaking)) => speaking.await.map(|()| answer),
                Either::Right((Ok(()), asking)) => Ok(asking.await),
                Either::Right((Err(ended), _)) => Err(ended),
            }
        };
        self.progress = heard.progress();
        answer
    }

    async fn speak(&mut self, heard: &Heard) -> Result<(), Ended> {
        let mut seen = 0;
        while let Some(text) = heard.beyond(seen).await {
            seen = text.len();
            let thread = self.talk.turn.thread();
            let now = self.agent.clock.now();
            match step::aloud(thread, self.company, self.ask, &text, now) {
                Aloud::Waits => {}
                Aloud::Part(planned) => {
                    let flagged = self.flagged(&text).await;
                    if !flagged.is_empty() {
                        warn!("what a provider flags does not leave");
                        self.talk.flagged = flagged;
                        return Ok(());
                    }
                    let mut turn = self.talk.turn.clone();
                    turn.record(*planned, now);
                    let correlation = self.talk.correlation;
                    let first_of = FirstOf::default();
                    let commit = self.agent.commit(self.company, turn, first_of, correlation);
                    self.talk.turn = commit.await?;
                    self.talk.past.committed(self.talk.turn.thread());
                    info!(characters = text.chars().count(), "said so far");
                }
                Aloud::Over(why) => {
                    warn!(why, "nothing more leaves before the answer is whole");
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl Speaker<'_, '_> {
    /// What a provider's moderation finds wrong with what has been heard so far.
    async fn flagged(&self, heard: &str) -> Vec<String> {
        let Some(thinking) = &self.agent.thinking else {
            return Vec::new();
        };
        let (tenant, clock) = (&self.talk.turn.thread().head.tenant, &*self.agent.clock);
        thinking
            .judge(tenant, clock, heard, self.ends)
            .await
            .wrong()
    }
}

/// What has been heard of an answer.
#[derive(Default)]
struct Heard {
    text: Mutex<Text>,
    news: Notify,
}

#[derive(Default)]
struct Text {
    words: String,
    is_whole: bool,
}

impl Heard {
    fn add(&self, piece: &str) {
        self.change(|text| text.words.push_str(piece));
    }

    fn end(&self) {
        self.change(|text| text.is_whole = true);
    }

    fn progress(&self) -> Progress {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        match text.words.is_empty() {
            true => Progress::Silent,
            false => Progress::Begun,
        }
    }

    fn change(&self, change: impl FnOnce(&mut Text)) {
        change(&mut self.text.lock().unwrap_or_else(PoisonError::into_inner));
        self.news.notify_one();
    }

    /// The words so far, once they are more than `seen` bytes; none when they are all there.
    async fn beyond(&self, seen: usize) -> Option<String> {
        loop {
            {
                let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
                if text.is_whole {
                    return None;
                }
                if text.words.len() > seen {
                    return Some(text.words.clone());
                }
            }
            self.news.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn o6_what_is_heard_is_looked_at_until_it_is_whole() {
        let heard = Heard::default();
        heard.add("Yes, ");
        heard.add("143");
        assert_eq!(heard.beyond(0).await.as_deref(), Some("Yes, 143"));
        let (more, ()) = futures::join!(heard.beyond(8), async { heard.add(".") });
        assert_eq!(more.as_deref(), Some("Yes, 143."));
        let (more, ()) = futures::join!(heard.beyond(9), async { heard.end() });
        assert_eq!(more, None);
        assert_eq!(heard.beyond(0).await, None);
    }
}
