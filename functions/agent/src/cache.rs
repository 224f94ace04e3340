//! The response cache around asking a model: what is read before, and written when what came of an
//! answer is on record. What is wrong with the cache costs a warning and never the answer.

use countersign_aws::response_cache::ResponseCache;
use countersign_core::{
    ContentHash, EventId, Tenant,
    agent::AgentRow,
    model::{Prompt, Purpose},
    money::MicroUsd,
    prompt,
    response_cache::{self, Freshness, Kept, Question},
    step::{self, Ask, Moment, Planned},
    thread::Thread,
};
use futures::future::join_all;
use tracing::{debug, info, warn};

use crate::{Agent, past::Past, think::Thinking};

/// A question that may be in the cache, and what is there.
pub(crate) struct Recalled {
    pub(crate) question: Question,
    pub(crate) key: ContentHash,
    kept: Option<Kept>,
}

/// An answer that is kept once it is known what became of it.
pub(crate) struct Keeping {
    key: ContentHash,
    thought: EventId,
}

impl Keeping {
    /// The newest event of a thread, which is the answer.
    pub(crate) fn newest(key: ContentHash, thread: &Thread) -> Option<Self> {
        let thought = thread.events.last()?.id;
        Some(Self { key, thought })
    }
}

impl Recalled {
    /// The question as it is asked where its answer is to serve others.
    pub(crate) fn prompt(&self, row: &AgentRow, company: &step::Agent, moment: Moment) -> Prompt {
        let day = company.time_zone.to_datetime(moment.now).date();
        prompt::alone(row, company, &self.question.text, Some(day))
    }

    /// The kept answer in place of one of a model, if it is that good. `cost` was spent on models
    /// in vain before.
    pub(crate) fn answered(
        &self,
        ask: &Ask,
        company: &step::Agent,
        moment: Moment,
        wanted: Freshness,
        cost: MicroUsd,
    ) -> Option<Planned> {
        let kept = self.kept.as_ref()?;
        let freshness = kept.freshness(&self.question, moment.now, &company.time_zone)?;
        let is_wanted = freshness == Freshness::Fresh || wanted == Freshness::Stale;
        if !is_wanted {
            return None;
        }
        let (agent, purpose, saved) = (ask.agent.as_str(), ask.purpose, kept.cost);
        info!(agent, ?purpose, ?freshness, %saved, model = %kept.model, "cache hit");
        Some(ask.recalled(kept.clone(), freshness, cost))
    }
}

impl Agent {
    /// What the cache has for a question; none where it may have nothing. One read, if it may.
    pub(crate) async fn recall(
        &self,
        thinking: &Thinking,
        (row, company): (&AgentRow, &step::Agent),
        (thread, past): (&Thread, &Past),
        ask: &Ask,
        moment: Moment,
    ) -> Option<Recalled> {
        let cache = self.cache.as_ref()?;
        let placed = past.placed(thread);
        let events = placed.iter().map(|placed| placed.event);
        let fold = &thread.head.fold;
        let question = match response_cache::question(ask, fold, events, moment.role) {
            Ok(question) => question,
            Err(why) => {
                debug!(%why, "not looked for in the cache");
                return None;
            }
        };
        // What was kept while nobody judged it is not taken once somebody does.
        let judged = match thinking.is_judged() {
            true => "judged",
            false => "",
        };
        // An answer is in the words of whom it was given to; whose business a question is, is not.
        let style = match ask.purpose {
            Purpose::Answer => company.personas.style(fold.persona.as_ref()),
            Purpose::Triage | Purpose::Compaction => None,
        };
        let variant = format!("{judged}{}", style.unwrap_or_default());
        let key = response_cache::key(&question, row, company, &variant);
        let kept = match cache.read(&thread.head.tenant, &key).await {
            Ok(kept) => kept,
            Err(error) => {
                warn!(%error, "the cache can't be read; a model is asked");
                None
            }
        };
        Some(Recalled {
            question,
            key,
            kept,
        })
    }

    /// Keeps what is fit to be kept of the answers whose turn is on record. One write each.
    pub(crate) async fn keep(&self, thread: &Thread, keeping: &[Keeping]) {
        let Some(cache) = &self.cache else { return };
        let tenant = &thread.head.tenant;
        let writes = keeping.iter().filter_map(|Keeping { key, thought }| {
            let kept = response_cache::kept(&thread.events, *thought)?;
            Some(write(cache, tenant, key, kept))
        });
        join_all(writes).await;
    }
}

async fn write(cache: &ResponseCache, tenant: &Tenant, key: &ContentHash, kept: Kept) {
    if let Err(error) = cache.write(tenant, key, &kept).await {
        warn!(%error, "an answer is not kept");
    }
}
