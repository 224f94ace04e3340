//! Language models, whichever provider runs them.
//!
//! A [`Prompt`] goes in, an [`Answer`] or an [`AskError`] comes out. Nothing is decided here: which
//! model is asked, what it may cost and what is done when it can't answer is the caller's.
//!
//! - **The provider is the one that the model's name says**, `provider:model`. genai, which speaks
//!   the providers' protocols, would guess it by the model's name and take Ollama for a name it
//!   doesn't know; it is never left to guess.
//! - **Every question is asked as a stream**, told on or not: silence is noticed early, usage comes
//!   with it, and a call whose arguments are no JSON arrives as it is instead of as an error.
//! - **The stable part of a prompt comes first** (tools, system, settled) and is marked where a
//!   provider wants marks to cache it. [`Usage`](countersign_core::model::Usage) tells apart what
//!   was read at the full price, from the cache, and into it.
//! - **Three tries** with growing, varied waits of 2 s together at most. A refusal, a silence and
//!   an answer that is none aren't asked again: time is better spent on another model.
//! - **Nothing of a body and no key is in an error.** genai's own log lines print bodies, so who
//!   sets up the log turns the target `genai` off.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod answer;
mod client;
mod error;
mod fault;
mod moderation;
mod request;
mod retry;
mod settings;
mod sight;
mod spoken;

pub use self::{
    client::{Patience, Wait},
    error::AskError,
    settings::{ModelSettings, usual_url},
    sight::sees,
};

use std::{fmt, sync::Arc, thread, time::Duration};

use countersign_core::model::{Answer, ModelName, Prompt, Provider, Shape};
use futures::StreamExt;
use genai::chat::ChatStreamEvent;
use tokio::time::{Instant, timeout_at};

use self::{
    answer::{Blocked, answer, broken_off, shaped},
    client::Lazy,
    fault::Meaning,
    retry::Waits,
    settings::Access,
    spoken::Spoken,
};

/// The models that may be asked. Clones are the same ones and share their connections.
#[derive(Clone)]
pub struct Models(Arc<Inner>);

struct Inner {
    settings: ModelSettings,
    patience: Patience,
    client: Lazy,
}

/// Hears an answer's words as they come.
type Listener<'a> = &'a mut (dyn FnMut(&str) + Send);

impl Models {
    /// The models of these settings. Nothing is connected or read yet.
    pub fn new(settings: ModelSettings) -> Self {
        Self::with_patience(settings, Patience::default())
    }

    /// The same with other times.
    pub fn with_patience(settings: ModelSettings, patience: Patience) -> Self {
        Self(Arc::new(Inner {
            settings,
            patience,
            client: Lazy::default(),
        }))
    }

    /// Begins to make the HTTP client on a thread of its own, for somebody who will ask a model and has
    /// other things to do first. What goes wrong is told to who asks.
    pub fn prepare(&self) {
        let this = self.clone();
        let thread = thread::Builder::new().name("roots".to_owned());
        // Without a thread, or when it fails, whoever asks first makes it.
        let _ = thread.spawn(move || this.0.client.get(&this.0.patience).is_ok());
    }

    /// Whether a provider may be asked at all.
    pub fn has(&self, provider: Provider) -> bool {
        self.0.settings.has(provider)
    }

    /// Asks a model and waits for its whole answer, `within` a time that all tries share.
    ///
    /// # Errors
    /// See [`AskError`]. After three tries, the last one's.
    pub async fn ask(
        &self,
        name: &ModelName,
        prompt: &Prompt,
        within: Duration,
    ) -> Result<Answer, AskError> {
        self.run(name, prompt, within, None).await
    }

    /// Asks a model and tells its words as they come. What was told, put together, is the answer's
    /// text. Of an answer that is to be one of several words, only the right word is told, at once.
    ///
    /// # Errors
    /// See [`AskError`]. What was told can't be taken back, so an answer that breaks off after its
    /// first words isn't asked for again.
    pub async fn ask_streaming(
        &self,
        name: &ModelName,
        prompt: &Prompt,
        within: Duration,
        tell: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Answer, AskError> {
        self.run(name, prompt, within, Some(tell)).await
    }

    async fn run(
        &self,
        name: &ModelName,
        prompt: &Prompt,
        within: Duration,
        mut tell: Option<Listener<'_>>,
    ) -> Result<Answer, AskError> {
        let access = self.0.settings.access(name.provider);
        let access = access.ok_or(AskError::NotConfigured(name.provider))?;
        let deadline = Instant::now() + within;
        let mut waits = Waits::new();
        loop {
            let mut spoken = Spoken::default();
            let attempt = self.once(name, access, prompt, &mut spoken, &mut tell);
            let error = match timeout_at(deadline, attempt).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => {
                    return Err(AskError::Timeout(format!(
                        "{name} had not answered when the {within:?} for it were over"
                    )));
                }
            };
            let is_told = tell.is_some() && prompt.shape == Shape::Free && spoken.has_begun();
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = waits.after(&error, left).filter(|_| !is_told);
            let Some(wait) = wait else {
                return Err(error);
            };
            tracing::warn!(%error, ?wait, "a model is asked again");
            (self.0.patience.wait)(wait).await;
        }
    }

    /// One try.
    async fn once(
        &self,
        name: &ModelName,
        access: &Access,
        prompt: &Prompt,
        spoken: &mut Spoken,
        tell: &mut Option<Listener<'_>>,
    ) -> Result<Answer, AskError> {
        let meaning = Meaning { name, access };
        let client = self.0.client.get(&self.0.patience);
        let client = &client.map_err(AskError::Refused)?.genai;
        let blocked = Blocked::default();
        let mut options = request::options(name, prompt, &self.0.patience);
        if name.provider == Provider::Gemini {
            options = options.with_raw_frame_fn(blocked.watch());
        }
        let target = request::target(name, access);
        let question = request::request(name.provider, prompt);
        let mut stream = client
            .exec_chat_stream(target, question, Some(&options))
            .await
            .map_err(|error| meaning.of(error))?
            .stream;
        let is_free = prompt.shape == Shape::Free;
        while let Some(event) = stream.next().await {
            let event = match (event, blocked.answer()) {
                (Ok(event), _) => event,
                (Err(_), Some(stopped)) => return shaped(name, prompt, stopped),
                (Err(error), _) => return Err(meaning.of(error)),
            };
            match event {
                ChatStreamEvent::Chunk(piece) => {
                    let new = spoken.push(&piece.content);
                    if is_free && !new.is_empty() {
                        tell.iter_mut().for_each(|tell| tell(new));
                    }
                }
                ChatStreamEvent::End(end) => {
                    let answer = answer(&meaning, prompt, spoken.whole(), end)?;
                    let rest = if is_free {
                        spoken.rest()
                    } else {
                        answer.text.as_str()
                    };
                    if !rest.is_empty() {
                        tell.iter_mut().for_each(|tell| tell(rest));
                    }
                    return Ok(answer);
                }
                ChatStreamEvent::Start
                | ChatStreamEvent::ReasoningChunk(_)
                | ChatStreamEvent::ThoughtSignatureChunk(_)
                | ChatStreamEvent::ToolCallChunk(_)
                | ChatStreamEvent::Heartbeat => {}
            }
        }
        Err(broken_off(&meaning))
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Models")
            .field("settings", &self.0.settings)
            .field("patience", &self.0.patience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a10_a_question_may_move_between_threads() {
        fn moves<T: Send>(_: T) {}
        let models = Models::new(ModelSettings::default());
        let name = "openai:gpt-4o".parse().unwrap();
        let prompt = Prompt {
            system: String::new(),
            settled: String::new(),
            recent: "Muraho".to_owned(),
            pictures: Vec::new(),
            tools: Vec::new(),
            shape: Shape::Free,
            temperature: 0.7,
            max_tokens: 10,
        };
        let mut heard = String::new();
        let mut tell = |piece: &str| heard.push_str(piece);
        moves(models.ask(&name, &prompt, Duration::ZERO));
        moves(models.ask_streaming(&name, &prompt, Duration::ZERO, &mut tell));
    }
}
