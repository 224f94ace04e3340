//! Questions to colleagues are answered and nothing else is: what fits which act.

use countersign_aws::{Error, approvals::Decided};
use countersign_core::{Tenant, approval::Act};

use crate::{
    Approvals,
    decide::{Choice, Vote},
};

/// What became of a vote that was held against its act.
pub(crate) enum Answering {
    /// It was taken as any other.
    Decided(Decided),
    /// It does not fit the act: what is wanted instead. Nothing was written.
    Misfit(String),
}

impl Vote {
    /// The vote as it is recorded, if it fits the act: a question is answered, or declined by
    /// rejecting it, and everything else is approved or rejected.
    ///
    /// # Errors
    /// What is wanted instead.
    pub(crate) fn fitting(mut self, act: &Act) -> Result<Self, String> {
        match (&self.choice, act.question()) {
            (Choice::Answer(answer), Some(asks)) => {
                self.choice = Choice::Answer(asks.read_answer(answer)?);
                Ok(self)
            }
            (Choice::Answer(_), None) => {
                Err("this is no question, so it can't be answered: approve or reject it".to_owned())
            }
            (Choice::Approve, Some(asks)) => Err(format!(
                "this is a question, so it can't be approved: answer it with {}, or reject it if \
                 you can't",
                asks.wants()
            )),
            (Choice::Approve, None) | (Choice::Reject, _) => Ok(self),
        }
    }
}

impl Approvals {
    /// Decides as somebody says who may not have looked at the act. An answer is held against the
    /// act before, one read; the table refuses an approval of a question by itself.
    pub(crate) async fn decide_unseen(
        &self,
        tenant: &Tenant,
        vote: Vote,
    ) -> Result<Answering, Error> {
        let again = vote.clone();
        let vote = match vote.choice {
            Choice::Approve | Choice::Reject => vote,
            Choice::Answer(_) => match self.fitted(tenant, vote).await? {
                Ok(vote) => vote,
                Err(answering) => return Ok(answering),
            },
        };
        match self.decide(tenant, vote).await? {
            Decided::NotThatKind => match self.fitted(tenant, again).await? {
                Err(answering) => Ok(answering),
                Ok(_) => Ok(Answering::Decided(Decided::NotWhatWaits)),
            },
            decided => Ok(Answering::Decided(decided)),
        }
    }

    /// The vote as it fits the act it names, or what to answer instead.
    async fn fitted(&self, tenant: &Tenant, vote: Vote) -> Result<Result<Vote, Answering>, Error> {
        let (output, version) = (vote.output, vote.version);
        let Some(asked) = self.table.request(tenant, output, version).await? else {
            let known = self.table.state(tenant, output).await?;
            let decided = match known {
                Some(_) => Decided::NotWhatWaits,
                None => Decided::NotFound,
            };
            return Ok(Err(Answering::Decided(decided)));
        };
        Ok(vote.fitting(&asked.act).map_err(Answering::Misfit))
    }
}
