//! The story goes into the tables and the bucket, once: what was done with it since stays as it is.

use anyhow::{Context, bail};
use countersign_aws::{
    Clients,
    approvals::{Approvals, Claimed, Decided as Verdicts, Ended},
    bucket::Bucket,
    schema,
    sends::{As, Begin, Sends},
    threads::{Threads, Write},
};
use countersign_core::{Tenant, message::Outgoing};
use jiff::ToSpan;

use super::{
    AT,
    conversation::Conversation,
    story::{Decided, Released, Story},
    token,
};
use crate::{
    seed::Seed,
    stack::{Environment, prepare},
};

/// Where the story is stored.
struct Store {
    tenant: Tenant,
    threads: Threads,
    approvals: Approvals,
    sends: Sends,
    bucket: Bucket,
}

/// Makes tables, queues and bucket, and stores the seed as it is at [`AT`] and the story that the
/// sample events go on with.
///
/// # Errors
/// When a call fails, or what is there is another story.
pub async fn seed(clients: &Clients, environment: &Environment, seed: &Seed) -> anyhow::Result<()> {
    keep(clients, environment, seed, &Story::tell(seed)?).await
}

/// The same, with the story told already.
///
/// # Errors
/// As [`seed`].
pub async fn keep(
    clients: &Clients,
    environment: &Environment,
    seed: &Seed,
    story: &Story,
) -> anyhow::Result<()> {
    prepare(clients, environment, seed, AT).await?;
    let store = Store::new(clients, environment, seed);
    store
        .keep(story)
        .await
        .context("the sample events' conversations can't be stored; try again with --fresh")
}

impl Store {
    fn new(clients: &Clients, environment: &Environment, seed: &Seed) -> Self {
        let named = |variable: &str| environment.get(variable).unwrap_or_default();
        let dynamodb = || clients.dynamodb().clone();
        Self {
            tenant: seed.company.tenant.clone(),
            threads: Threads::new(
                dynamodb(),
                named(schema::THREADS.variable),
                named(schema::APPROVALS.variable),
                named(schema::BUSINESS.variable),
            ),
            approvals: Approvals::new(dynamodb(), named(schema::APPROVALS.variable)),
            sends: Sends::new(dynamodb(), named(schema::THREADS.variable)),
            bucket: Bucket::new(clients.s3().clone(), named(schema::BUCKET_VARIABLE)),
        }
    }

    /// The last record of a send comes last: as long as it is not there, a crash in between is made
    /// good, because every step finds its own work.
    async fn keep(&self, story: &Story) -> anyhow::Result<()> {
        let sent = sent(story)?;
        let last = sent.last().context("the story sends nothing")?;
        if self
            .sends
            .read(&self.tenant, last.reference)
            .await?
            .is_some()
        {
            return Ok(());
        }
        for file in story
            .drafts
            .iter()
            .flat_map(|draft| [&draft.page, &draft.rows])
        {
            let media_type = &file.document.media_type;
            self.bucket
                .put(&self.tenant, file.bytes.clone(), media_type)
                .await?;
        }
        for conversation in &story.conversations {
            self.keep_turns(conversation).await?;
        }
        for decided in &story.decided {
            self.decide(decided).await?;
        }
        for released in &story.released {
            self.release(released).await?;
        }
        for message in &sent {
            self.send(message).await?;
        }
        Ok(())
    }

    async fn keep_turns(&self, conversation: &Conversation) -> anyhow::Result<()> {
        for turn in &conversation.turns {
            let first = turn.sealed.commit.number == 1;
            self.threads
                .write(&Write {
                    sealed: &turn.sealed,
                    opens: first.then(|| conversation.opens.clone()),
                    outputs: turn.outputs.clone(),
                })
                .await?;
        }
        Ok(())
    }

    async fn decide(&self, decided: &Decided) -> anyhow::Result<()> {
        let Decided { verdict, at } = decided;
        match self.approvals.decide(&self.tenant, verdict, *at).await? {
            Verdicts::Won(state) => Ok(self.approvals.reported(&state, *at).await?),
            other => bail!("{} was to be approved, but: {other:?}", verdict.output),
        }
    }

    async fn release(&self, released: &Released) -> anyhow::Result<()> {
        let (act, digest) = (&released.output.request.act, released.output.digest);
        let at = released.at;
        let name = token(&format!("release of {}", act.output));
        let claimed = self
            .approvals
            .claim(
                &self.tenant,
                act.output,
                digest,
                &name,
                at,
                at + 2.minutes(),
            )
            .await?;
        let ended = match claimed {
            Claimed::Ours(state) => {
                self.approvals
                    .finish(&state, &Ended::Executed { said: None }, at)
                    .await?
            }
            Claimed::Over(state) => *state,
            other => bail!("{} was to be released, but: {other:?}", act.output),
        };
        Ok(self.approvals.reported(&ended, at).await?)
    }

    async fn send(&self, message: &Outgoing) -> anyhow::Result<()> {
        let name = token(&format!("sending of {}", message.reference));
        let at = AT - 30.seconds();
        match self
            .sends
            .begin(message, &message.number, &name, As::Itself, at)
            .await?
        {
            Begin::Go { .. } => {
                let id = provider_id(message).parse()?;
                Ok(self.sends.sent(message, &name, &id, at).await?)
            }
            Begin::Began(_) | Begin::Done(_) => Ok(()),
        }
    }
}

/// What Twilio called a message that it took.
pub(super) fn provider_id(message: &Outgoing) -> String {
    format!(
        "SM{}",
        token(&format!("provider's id of {}", message.reference))
    )
}

/// The messages of the story that were sent: all but those that the events are to send.
fn sent(story: &Story) -> anyhow::Result<Vec<Outgoing>> {
    let unsent = [&story.subjects.document, &story.subjects.question].map(|m| m.reference);
    let mut sent = Vec::new();
    for turn in story.conversations.iter().flat_map(|c| &c.turns) {
        let messages = turn.leaves()?.messages.into_iter();
        sent.extend(messages.filter(|message| !unsent.contains(&message.reference)));
    }
    Ok(sent)
}
