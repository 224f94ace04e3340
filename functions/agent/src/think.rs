//! What a step asks of models: what of the thread they are shown, and who is asked instead when one
//! gives no answer.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use countersign_aws::{breakers::Breakers, spend::Spend};
use countersign_core::{
    EventId,
    context::{self, Context, Correction, View},
    model::{Answer, ModelName, Purpose, Usage},
    money::MicroUsd,
    picture::Picture,
    prompt,
    response_cache::Freshness,
    step::{self, Ask, Moment, Planned},
    thread::Thread,
};
use countersign_models::{Models, Patience};
use jiff::SignedDuration;
use tracing::{info, warn};

use crate::{
    Agent, Moderation, Settings, StreamAnswers,
    ask::{NoAnswer, Question},
    moderation::Verdict,
    past::Past,
    pictures::{self, Pictures},
    profiles::Profile,
    stream::{Progress, Speaker, Talk},
    turns::Ended,
};

/// A model that is silent for so long is given up, in time for another.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// In less time than this no further model is asked.
const SHORTEST_TRY: SignedDuration = SignedDuration::from_secs(4);

/// Of the time there is, so much is a model's whose turn is followed by another's, in percent.
const SHARE: i32 = 60;

/// What it takes to ask models.
pub(crate) struct Thinking {
    pub(crate) models: Models,
    pub(crate) spend: Spend,
    pub(crate) breakers: Breakers,
    pub(crate) daily_limit: MicroUsd,
    pub(crate) moderation: Moderation,
    pictures: Pictures,
    /// What providers' own counts have taught about our estimates.
    corrections: Mutex<HashMap<ModelName, Correction>>,
}

impl Thinking {
    /// How long models are waited for.
    pub(crate) fn patience() -> Patience {
        Patience {
            stall: LONGEST_SILENCE,
            ..Patience::default()
        }
    }

    pub(crate) fn new(
        models: Models,
        spend: Spend,
        breakers: Breakers,
        pictures: Pictures,
        settings: &Settings,
    ) -> Self {
        Self {
            models,
            spend,
            breakers,
            daily_limit: settings.daily_limit,
            moderation: settings.moderation,
            pictures,
            corrections: Mutex::default(),
        }
    }

    pub(crate) fn correction(&self, model: &ModelName) -> Correction {
        let known = self.corrections.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.get(model).copied().unwrap_or_default()
    }

    pub(crate) fn learn(&self, model: &ModelName, estimated: u64, usage: &Usage) {
        let known = self.corrections.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        let correction = known.entry(model.clone()).or_default();
        *correction = correction.learn(estimated, usage.read());
    }
}

impl Agent {
    /// The answer to what a step asks, or that there is none, as it is to be recorded. Every model
    /// that the agent may ask is tried within `time`, one after the other.
    ///
    /// # Errors
    /// When something was to be said meanwhile and could not: nothing leaves any more.
    pub(crate) async fn think(
        &self,
        profile: &Profile,
        talk: &mut Talk<'_>,
        ask: &Ask,
        moment: Moment,
        time: SignedDuration,
    ) -> Result<Planned, Ended> {
        let company = &profile.agent;
        let (Some(thinking), Some(row)) = (&self.thinking, prompt::row(ask, company)) else {
            let detail = format!("there is no agent {:?} with a model", ask.agent);
            return Ok(ask.failed(detail, MicroUsd::ZERO));
        };
        let flags = prompt::flags(ask, talk.turn.thread());
        if !flags.is_empty() {
            warn!(?flags, "suspicious input");
        }
        let thread = talk.turn.thread();
        let recalled = self.recall(thinking, (row, company), (thread, talk.past), ask, moment);
        let recalled = recalled.await;
        let hit = |wanted, cost| {
            let recalled = recalled.as_ref();
            recalled.and_then(|it| it.answered(ask, company, moment, wanted, cost))
        };
        if let Some(hit) = hit(Freshness::Fresh, MicroUsd::ZERO) {
            return Ok(hit);
        }
        if recalled.is_some() {
            info!(agent = row.name, purpose = ?ask.purpose, "cache miss");
        }
        let (thread, correlation) = (talk.turn.thread(), talk.correlation);
        self.thinks(thread, ask, correlation, talk.shown).await;
        let ends = self.clock.now() + time;
        let persona = talk.turn.thread().head.fold.persona.clone();
        let style = company.personas.style(persona.as_ref());
        let streams = self.stream_answers == StreamAnswers::On
            && ask.purpose == Purpose::Answer
            && prompt::may_stream(row, company, moment.role);
        let useless = talk.turn.thread().head.fold.attempt.useless;
        let mut unanswered = Unanswered::default();
        let mut again = Again::No;
        // Read once, for the first model that sees.
        let mut at_hand: Option<Vec<Picture>> = None;
        let own = prompt::models(row, useless).into_iter();
        let mut models: VecDeque<_> = own.map(|model| (row, model)).collect();
        models.extend(prompt::stand_in(row, company));
        while let Some((by, model)) = models.pop_front() {
            let stands_in = by.kind != row.kind;
            if stands_in && ask.after(talk.turn.thread()).said > 0 {
                continue;
            }
            if stands_in && let Some(hit) = hit(Freshness::Stale, unanswered.cost) {
                return Ok(hit);
            }
            let left = ends.duration_since(self.clock.now());
            let left = if models.is_empty() {
                left
            } else {
                left * SHARE / 100
            };
            if left < SHORTEST_TRY {
                unanswered.whys.push("no time is left".to_owned());
                break;
            }
            let thread = talk.turn.thread();
            let tenant = thread.head.tenant.clone();
            // What the model before has said, if it fell over, is gone on from.
            let ask = Ask {
                agent: by.kind,
                ..ask.after(thread)
            };
            let alone = recalled.as_ref();
            let alone = alone.filter(|_| ask.said == 0 && !stands_in);
            let mut pictures = Vec::new();
            if alone.is_none() && pictures::is_shown(by, &model) {
                // Read once, whichever of the models are asked.
                pictures = match at_hand.take() {
                    Some(read) => read,
                    None => thinking.pictures.of(&ask, thread).await,
                };
                at_hand = Some(pictures.clone());
            }
            let seen: Vec<EventId> = pictures.iter().map(|picture| picture.message).collect();
            let asked = match alone {
                Some(recalled) => recalled.prompt(row, company, moment),
                None => {
                    let shown = self.shown(thinking, company, (thread, talk.past), &model, &seen);
                    info!(tokens = shown.tokens, levels = ?shown.levels, "shown");
                    let asked = prompt::prompt(by, company, shown, &flags, moment);
                    match stands_in {
                        true => prompt::for_words(asked),
                        false => asked,
                    }
                }
            };
            let asked = prompt::for_phone(asked, talk.turn.thread());
            let asked = prompt::spoken_as(prompt::seeing(asked, pictures), by, style);
            let question = Question {
                ask: &ask,
                tenant: &tenant,
                model: &model,
                prompt: prompt::going_on(prompt::launched(asked, &ask, thread), ask.said),
                prices: profile.prices.as_ref(),
                left,
            };
            let speaker = (streams && !stands_in).then_some(Speaker {
                agent: self,
                company,
                ask: &ask,
                talk: &mut *talk,
                ends,
                progress: Progress::Silent,
            });
            match question.put(thinking, &*self.clock, speaker).await? {
                Ok((answer, cost)) => {
                    let says = &says(&ask, &answer);
                    // What was flagged as it was said is not asked about again.
                    let verdict = match std::mem::take(&mut talk.flagged) {
                        flagged if flagged.is_empty() => {
                            thinking.judge(&tenant, &*self.clock, says, ends).await
                        }
                        flagged => Verdict::Flagged(flagged),
                    };
                    // What was not judged serves nobody else.
                    let alone = alone.filter(|_| verdict == Verdict::Fine);
                    talk.keep = alone.map(|recalled| recalled.key);
                    let (cost, wrong) = (cost + unanswered.cost, verdict.wrong());
                    return Ok(ask.judged(model, answer, cost, wrong).seen(seen));
                }
                Err(no_answer) => {
                    talk.flagged.clear();
                    let has_begun = no_answer.progress == Progress::Begun;
                    unanswered.add(&model, no_answer);
                    if has_begun && again == Again::No {
                        again = Again::Yes;
                        models.push_back((by, model));
                    }
                }
            }
        }
        let has_begun = ask.after(talk.turn.thread()).said > 0;
        let hit = (!has_begun).then(|| hit(Freshness::Stale, unanswered.cost));
        Ok(hit
            .flatten()
            .unwrap_or_else(|| unanswered.recorded(ask, company)))
    }

    /// What a model is shown of the thread, beside the pictures of these messages.
    fn shown(
        &self,
        thinking: &Thinking,
        company: &step::Agent,
        (thread, past): (&Thread, &Past),
        model: &ModelName,
        pictures: &[EventId],
    ) -> Context {
        let view = View {
            parameters: &self.parameters,
            correction: thinking.correction(model),
            time_zone: &company.time_zone,
        };
        context::build_beside(&past.placed(thread), &thread.head.fold, &view, pictures)
    }
}

/// The words of an answer that are to leave: those of a choice or beside a call are not.
fn says(ask: &Ask, answer: &Answer) -> String {
    match ask.purpose {
        Purpose::Answer => step::spoken(answer),
        Purpose::Triage | Purpose::Compaction => String::new(),
    }
}

/// Whether one that broke off is already to be asked again, after the others. It had one try, where
/// those that say nothing before they are done have three.
#[derive(PartialEq, Eq)]
enum Again {
    No,
    Yes,
}

/// The models that gave no answer.
#[derive(Default)]
struct Unanswered {
    whys: Vec<String>,
    cost: MicroUsd,
    /// Whether one answered something that is no answer to the question.
    some_answered: bool,
}

impl Unanswered {
    fn add(&mut self, model: &ModelName, no_answer: NoAnswer) {
        self.whys.push(format!("{model}: {}", no_answer.why));
        self.cost = self.cost + no_answer.cost;
        self.some_answered |= no_answer.answered;
    }

    fn recorded(self, ask: &Ask, company: &step::Agent) -> Planned {
        let unsure = ask.unsure(company).filter(|_| self.some_answered);
        unsure.unwrap_or_else(|| ask.failed(self.whys.join("; "), self.cost))
    }
}
