//! One question to one model: whether it may be asked, what that may cost, and what it did cost.

use std::time::Duration;

use countersign_aws::{
    Clock,
    breakers::{Passage, Permit},
    fresh_token,
    spend::Reserving,
};
use countersign_core::{
    Tenant,
    breaker::{Outcome, Subject},
    context,
    model::{Answer, ModelName, Prompt, Usage},
    money::{MicroUsd, Price, PriceList},
    picture,
    spend::Reservation,
    step::Ask,
};
use countersign_models::AskError;
use jiff::SignedDuration;
use tracing::{error, info, warn};

use crate::{
    stream::{Progress, Speaker},
    think::Thinking,
    turns::Ended,
};

/// A question.
pub(crate) struct Question<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) tenant: &'a Tenant,
    pub(crate) model: &'a ModelName,
    pub(crate) prompt: Prompt,
    pub(crate) prices: Option<&'a PriceList>,
    pub(crate) left: SignedDuration,
}

/// What a question may take.
struct Allowed {
    within: Duration,
    /// Tokens of its prompt.
    estimated: u64,
    price: Price,
    reservation: Reservation,
    permit: Option<Permit>,
}

/// That a model was not asked, or gave no answer.
pub(crate) struct NoAnswer {
    /// For operators.
    pub(crate) why: String,
    pub(crate) cost: MicroUsd,
    /// Whether it answered something, be it of no use.
    pub(crate) answered: bool,
    /// How far it came before it fell over.
    pub(crate) progress: Progress,
}

impl NoAnswer {
    fn not_asked(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            cost: MicroUsd::ZERO,
            answered: false,
            progress: Progress::Silent,
        }
    }
}

impl Question<'_> {
    /// Puts it, within what may be spent. What goes wrong with the ledger or the breaker costs the
    /// answer at most, and never the turn. With a speaker, what may be said of the answer leaves
    /// meanwhile.
    ///
    /// # Errors
    /// When the speaker may say nothing any more, for the turn was lost.
    pub(crate) async fn put(
        &self,
        thinking: &Thinking,
        clock: &dyn Clock,
        speaker: Option<Speaker<'_, '_>>,
    ) -> Result<Result<(Answer, MicroUsd), NoAnswer>, Ended> {
        let allowed = match self.allowed(thinking, clock).await {
            Ok(allowed) => allowed,
            Err(no_answer) => return Ok(Err(no_answer)),
        };
        let (model, within) = (self.model, allowed.within);
        let began = clock.now();
        let mut progress = Progress::Silent;
        let asked = match speaker {
            None => Ok(thinking.models.ask(model, &self.prompt, within).await),
            Some(mut speaker) => {
                let models = &thinking.models;
                let asked = speaker.ask(models, model, &self.prompt, within).await;
                progress = speaker.progress;
                asked
            }
        };
        let Allowed {
            price,
            reservation,
            permit,
            estimated,
            ..
        } = allowed;
        let answer = match asked {
            Ok(answer) => answer.map(Answer::bounded),
            Err(ended) => {
                // Nobody waits for the rest, and its bill can't be known.
                let most = reservation.held.amount;
                self.settle(thinking, &reservation, most).await;
                self.ended(thinking, clock, permit, Outcome::Worked).await;
                return Err(ended);
            }
        };
        let cost = match &answer {
            Ok(answer) => cost(&answer.usage, &price, &reservation),
            Err(why) => cost_of_failure(why, &price, &reservation),
        };
        self.settle(thinking, &reservation, cost).await;
        let outcome = match &answer {
            Err(why) if why.is_outage() => Outcome::Failed,
            _ => Outcome::Worked,
        };
        self.ended(thinking, clock, permit, outcome).await;
        let ms = clock.now().duration_since(began).as_millis() as u64;
        let (agent, purpose) = (self.ask.agent.as_str(), self.ask.purpose);
        Ok(match answer {
            Ok(answer) => {
                thinking.learn(model, estimated, &answer.usage);
                let Usage { cached, output, .. } = answer.usage;
                let input = answer.usage.read();
                info!(agent, ?purpose, %model, ms, input, cached, output, %cost, "asked");
                Ok((answer, cost))
            }
            Err(why) => {
                match &why {
                    AskError::Refused(_) => {
                        error!(agent, %model, error = %why, "ALARM: a provider refuses questions");
                    }
                    _ => warn!(agent, ?purpose, %model, ms, error = %why, "no answer"),
                }
                Err(NoAnswer {
                    answered: matches!(why, AskError::Malformed { .. }),
                    why: why.to_string(),
                    cost,
                    progress,
                })
            }
        })
    }

    /// Whether it may be put, and what for: there is a key, a price, money left, and a provider
    /// that is not left alone.
    async fn allowed(&self, thinking: &Thinking, clock: &dyn Clock) -> Result<Allowed, NoAnswer> {
        let model = self.model;
        let left =
            Duration::try_from(self.left).map_err(|_| NoAnswer::not_asked("no time is left"))?;
        if !thinking.models.has(model.provider) {
            let why = "there is no key for its provider; set one in MODELS";
            warn!(%model, why, "not asked");
            return Err(NoAnswer::not_asked(why));
        }
        let Some(price) = self.prices.and_then(|prices| prices.of(model)) else {
            let why = "it has no price; add one to infra/seed/prices.toml and seed it";
            error!(%model, why, "ALARM: a model can't be asked");
            return Err(NoAnswer::not_asked(why));
        };
        let words = context::prompt_tokens(&self.prompt);
        // By the provider's own formula, which needs no correction.
        let pictures = picture::tokens(model, &self.prompt.pictures);
        let estimated = words + pictures;
        let read = thinking.correction(model).apply(words) + pictures;
        let most = price.at_most(read, self.prompt.max_tokens.into());
        let reservation = self.reserve(thinking, clock, most).await?;
        let permit = match self.permit(thinking, clock).await {
            Ok(permit) => permit,
            Err(no_answer) => {
                self.settle(thinking, &reservation, MicroUsd::ZERO).await;
                return Err(no_answer);
            }
        };
        Ok(Allowed {
            within: left,
            estimated,
            price,
            reservation,
            permit,
        })
    }

    /// Tells the breaker how it went.
    async fn ended(
        &self,
        thinking: &Thinking,
        clock: &dyn Clock,
        permit: Option<Permit>,
        outcome: Outcome,
    ) {
        if let Some(permit) = permit {
            let breakers = &thinking.breakers;
            let ended = breakers.ended(self.tenant, &permit, outcome, clock.now());
            if let Err(error) = ended.await {
                warn!(%error, "a breaker can't be written");
            }
        }
    }

    /// Holds what it may cost at most. Each attempt has an id of its own: a crash leaves what it
    /// held to expire, and a second attempt costs a second time.
    async fn reserve(
        &self,
        thinking: &Thinking,
        clock: &dyn Clock,
        most: MicroUsd,
    ) -> Result<Reservation, NoAnswer> {
        let id = fresh_token()
            .parse()
            .map_err(|why| NoAnswer::not_asked(format!("its reservation has no name: {why}")))?;
        let (tenant, now) = (self.tenant, clock.now());
        let limit = thinking.daily_limit;
        let reserving = thinking
            .spend
            .reserve(tenant, &id, most, limit, now + self.left, now);
        match reserving.await {
            Ok(Reserving::Reserved(reservation)) => Ok(reservation),
            Ok(Reserving::OverLimit(over)) => Err(NoAnswer::not_asked(over.to_string())),
            Ok(Reserving::FirstOverLimit(over)) => {
                error!(%limit, "ALARM: a question is more than the day's limit for models leaves");
                Err(NoAnswer::not_asked(over.to_string()))
            }
            Err(error) => {
                error!(%error, "ALARM: nothing can be reserved for models");
                Err(NoAnswer::not_asked("nothing can be reserved for it"))
            }
        }
    }

    /// A breaker that can't be read says nothing of the provider.
    async fn permit(
        &self,
        thinking: &Thinking,
        clock: &dyn Clock,
    ) -> Result<Option<Permit>, NoAnswer> {
        let provider = Subject::Provider(self.model.provider);
        let asked = thinking.breakers.ask(self.tenant, &provider, clock.now());
        match asked.await {
            Ok(Passage::Go(permit)) => Ok(Some(permit)),
            Ok(Passage::Wait { until }) => Err(NoAnswer::not_asked(format!(
                "its provider keeps failing and is left alone until {until}"
            ))),
            Err(error) => {
                warn!(%error, "a breaker can't be read");
                Ok(None)
            }
        }
    }

    /// What can't be settled stays reserved until it expires.
    async fn settle(&self, thinking: &Thinking, reservation: &Reservation, cost: MicroUsd) {
        let tenant = self.tenant;
        if let Err(error) = thinking.spend.settle(tenant, reservation, cost).await {
            error!(%error, %cost, "ALARM: what a model cost can't be written down");
        }
    }
}

/// A server that counts nothing is taken to have done all that was held for it.
fn cost(usage: &Usage, price: &Price, reservation: &Reservation) -> MicroUsd {
    match *usage == Usage::default() {
        true => reservation.held.amount,
        false => price.of(usage),
    }
}

/// What a question cost that was not answered: what its provider counted, and all that was held
/// where it may have worked to the end unseen. What it refused or was too busy for costs nothing,
/// and neither does a stream that broke off, whose bill we can't know.
fn cost_of_failure(why: &AskError, price: &Price, reservation: &Reservation) -> MicroUsd {
    match why {
        AskError::Timeout(_) => reservation.held.amount,
        AskError::Malformed { usage, .. } => cost(usage, price, reservation),
        AskError::NotConfigured(_)
        | AskError::Refused(_)
        | AskError::Limited { .. }
        | AskError::Transient { .. } => MicroUsd::ZERO,
    }
}
