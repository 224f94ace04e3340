//! Under which name somebody is written to, where it matters who reads it: who gets a released document,
//! and who is asked to decide. Numbers change hands; the names table knows of it from the provider's
//! verified webhooks, and is asked at the last moment.

use countersign_aws::customers::Alias;
use countersign_core::{
    E164, SenderId, approval::Act, message::Outgoing, opt_out::Opted, step::Role,
};
use tracing::info;

use crate::{Outbound, compose::Composing};

/// What is told to operators of a document that has nobody to go to.
const NOBODY: &str = "the recipient is not the approved one: neither the name it was approved for nor the \
                      one the customer has now is theirs by the table of names; find out who has them, and \
                      ask for approval anew";

impl Outbound {
    /// Under which name the customer for whom `act` was approved gets its document.
    ///
    /// What is approved is that a person gets it, and the act names them as they were known then. Since
    /// then Meta may have begun to tell a user id, or their number may have changed: a verified webhook of
    /// their endpoint said so, and it is in the table of names. The conversation that asked is theirs, so
    /// whoever the table says has this conversation's customer's names is that person.
    ///
    /// So it goes to the approved name as long as that leads to this customer; else to the name the
    /// message is sent to, which may be of a later conversation, or to the one they have in this, if that
    /// does. A number that was given to somebody else leads to no one, or to another
    /// customer, and gets nothing. A user id that leads on to another is one the provider no longer takes.
    /// Three reads; each name that leads to another costs one more.
    pub(crate) async fn recipient(
        &self,
        message: &Outgoing,
        act: &Act,
    ) -> Result<SenderId, Composing> {
        let tenant = &message.tenant;
        let head = self.threads.head(tenant, message.thread).await?;
        let Some(head) = head else {
            return Err(Composing::Refused(format!(
                "{} is not there",
                message.thread
            )));
        };
        // What is newest: the message may have waited while they changed names.
        let mut names = vec![&act.recipient, &message.to, &head.sender];
        names.dedup();
        for name in names {
            let found = self.customers.find(tenant, &head.endpoint, name).await?;
            if found.customer == head.customer && is_current(name, &found) {
                if *name != act.recipient {
                    info!(output = %act.output, "sent under the name they have now");
                }
                return Ok(name.clone());
            }
        }
        Err(Composing::Refused(format!("{}: {NOBODY}", act.output)))
    }

    /// Under which name an approver is asked over WhatsApp. The link opens the page on which they
    /// decide, so nobody else may get it: not whoever has their number next. Nor does anybody who wants to
    /// be sent nothing. The page stands all the same, and their endpoint is called.
    /// One read, and another where they have written.
    pub(crate) async fn approver(&self, message: &Outgoing) -> Result<SenderId, Composing> {
        let tenant = &message.tenant;
        let found = self
            .customers
            .find(tenant, &message.endpoint, &message.to)
            .await?;
        // What the company has said of a number since then is of who has it now.
        if found.let_go > 0 && found.role == Role::Customer {
            return Err(Composing::Unasked(
                "the number of the approver was let go of, and whoever has it next may not decide; name \
                 the number they have now in the company's profile"
                    .to_owned(),
            ));
        }
        if let Some(thread) = found.thread {
            let head = self.threads.head(tenant, thread).await?;
            if head.is_some_and(|head| head.fold.opted == Opted::Out) {
                return Err(Composing::Unasked(
                    "the approver asked to be sent nothing; name another one, or have them write START"
                        .to_owned(),
                ));
            }
        }
        Ok(match is_current(&message.to, &found) {
            true => message.to.clone(),
            false => found.sender,
        })
    }
}

/// Whether the provider takes a name. A number that leads to a user id is still their number; a user id
/// that leads to another was theirs once.
fn is_current(name: &SenderId, found: &Alias) -> bool {
    *name == found.sender || name.as_str().parse::<E164>().is_ok()
}
