//! Who a verified webhook says somebody is, when it tells several names.

use countersign_core::{
    CustomerId, EndpointId, SenderId, Tenant,
    message::{Content, InboundMessage},
};

use super::{Alias, Customers, Entry};
use crate::{
    error::Error,
    names::{NameChange, Was, is_number},
};

/// Who wrote, and what the commit that says so changes in their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The customer, as they are known once the changes are written.
    pub alias: Alias,
    /// What changes, at most once for each name.
    pub names: Vec<NameChange>,
    /// Of the new names that the message tells, those that are the writer's now.
    pub renamed: Vec<SenderId>,
    /// Customers whose names somebody else now bears, by the provider's word. A person is to look.
    pub conflicts: Vec<CustomerId>,
}

/// Where messages arrive: names hold nowhere else.
#[derive(Clone, Copy)]
struct At<'a>(&'a Tenant, &'a EndpointId);

impl Customers {
    /// Who sent `message`. A sender that is known costs one strongly consistent read, one more where
    /// the customer is kept under another name; of a sender that is not, and of one whose names
    /// change, each other name that the message tells is looked up.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn resolve(
        &self,
        tenant: &Tenant,
        message: &InboundMessage,
    ) -> Result<Resolved, Error> {
        let at = At(tenant, &message.endpoint);
        let (alias, entry) = self
            .kept(tenant, &message.endpoint, &message.sender)
            .await?;
        match (&message.content, entry.was(&alias)) {
            (Content::Renamed { to }, Was::Kept { .. } | Was::Leading { .. }) => {
                self.renamed(at, message, alias, to).await
            }
            // The company said who writes from there; whoever has the number next is somebody else.
            (Content::Renamed { .. }, Was::Nobodys) if entry.is_introduced() => Ok(Resolved {
                names: vec![NameChange::Free {
                    sender: message.sender.clone(),
                    was: Was::Nobodys,
                }],
                ..Resolved::of(alias)
            }),
            (_, Was::Nobodys) => self.stranger(at, message, alias).await,
            (_, Was::Kept { .. } | Was::Leading { .. }) => Ok(Resolved::of(alias)),
        }
    }

    /// A name nobody has: that of somebody who is known by another, or a new customer's.
    async fn stranger(
        &self,
        At(tenant, endpoint): At<'_>,
        message: &InboundMessage,
        alias: Alias,
    ) -> Result<Resolved, Error> {
        let sender = &message.sender;
        let mut resolved = Resolved::of(alias);
        let mut is_known = false;
        for other in &message.beside.aliases {
            let (found, entry) = self.kept(tenant, endpoint, other).await?;
            let was = entry.was(&found);
            // The number's next owner has a user id of their own.
            let is_passed_on = !is_number(sender) && !is_number(&found.sender);
            if is_passed_on || is_known && was != Was::Nobodys {
                if found.customer != resolved.alias.customer {
                    resolved.conflicts.push(found.customer);
                }
                continue;
            }
            let home = &resolved.alias.sender;
            match was {
                Was::Nobodys if !entry.is_introduced() => resolved.names.push(NameChange::Lead {
                    sender: other.clone(),
                    to: home.clone(),
                    was,
                }),
                // User ids last, and are what providers name first: the customer is kept under it.
                Was::Nobodys | Was::Kept { .. } if !is_number(sender) => {
                    is_known = true;
                    let (role, name) = (Some(found.role), found.name.clone());
                    let persona = found.persona.clone();
                    resolved.names.insert(
                        0,
                        NameChange::Take {
                            sender: sender.clone(),
                            customer: found.customer,
                            thread: found.thread,
                            role,
                            name,
                            persona,
                        },
                    );
                    resolved.names.push(NameChange::Lead {
                        sender: other.clone(),
                        to: sender.clone(),
                        was,
                    });
                    resolved.alias = Alias {
                        sender: sender.clone(),
                        ..found
                    };
                }
                Was::Nobodys | Was::Kept { .. } | Was::Leading { .. } => {
                    is_known = true;
                    resolved.names = vec![NameChange::Lead {
                        sender: sender.clone(),
                        to: found.sender.clone(),
                        was: Was::Nobodys,
                    }];
                    resolved.alias = found;
                }
            }
        }
        Ok(resolved)
    }

    /// The provider says that a customer has other names from now on. They stay who they are, with
    /// their thread. What they may do does not go with them: the company gave it to a number, and is
    /// to give it to the new one. The old number is let go of, and whoever has it next is a stranger.
    async fn renamed(
        &self,
        At(tenant, endpoint): At<'_>,
        message: &InboundMessage,
        alias: Alias,
        to: &[SenderId],
    ) -> Result<Resolved, Error> {
        let mut resolved = Resolved::of(alias.clone());
        // A user id is the provider's own key: it stays the name they are kept under where only
        // numbers change.
        let keeps = !is_number(&alias.sender) && to.iter().all(is_number);
        let mut home: Option<SenderId> = keeps.then(|| alias.sender.clone());
        for name in to {
            if changes(&resolved.names, name) {
                continue;
            }
            let (found, entry) = self.kept(tenant, endpoint, name).await?;
            match (entry.was(&found), &home) {
                (Was::Nobodys, None) => {
                    resolved.names.push(NameChange::Take {
                        sender: name.clone(),
                        customer: alias.customer,
                        thread: alias.thread,
                        role: None,
                        name: alias.name.clone(),
                        persona: alias.persona.clone(),
                    });
                    resolved.alias = Alias {
                        sender: name.clone(),
                        role: found.role,
                        ..alias.clone()
                    };
                    home = Some(name.clone());
                }
                (Was::Nobodys, Some(home)) => resolved.names.push(NameChange::Lead {
                    sender: name.clone(),
                    to: home.clone(),
                    was: Was::Nobodys,
                }),
                // It was told before, and may lead to a name that leads on now.
                (was, Some(home)) if found.customer == alias.customer => {
                    if *home != found.sender && home != name {
                        resolved.names.push(NameChange::Lead {
                            sender: name.clone(),
                            to: home.clone(),
                            was,
                        });
                    }
                }
                (_, None) if found.customer == alias.customer => home = Some(found.sender),
                _ => {
                    resolved.conflicts.push(found.customer);
                    continue;
                }
            }
            resolved.renamed.push(name.clone());
        }
        let old = [&alias.sender, &message.sender];
        for name in old.into_iter().chain(&message.beside.aliases) {
            if to.contains(name) || changes(&resolved.names, name) {
                continue;
            }
            let (found, entry) = self.kept(tenant, endpoint, name).await?;
            let was = entry.was(&found);
            if found.customer != alias.customer || was == Was::Nobodys {
                continue;
            }
            let sender = name.clone();
            let change = match &home {
                Some(home) if home == name => continue,
                // A user id is nobody else's one day: what comes late under it is theirs.
                Some(home) if !is_number(name) => NameChange::Lead {
                    sender,
                    to: home.clone(),
                    was,
                },
                None if !is_number(name) => continue,
                // Only their user id changed.
                Some(home) if !to.iter().any(is_number) => NameChange::Lead {
                    sender,
                    to: home.clone(),
                    was,
                },
                _ => NameChange::Free { sender, was },
            };
            resolved.names.push(change);
        }
        Ok(resolved)
    }
}

impl Resolved {
    /// Nothing changes.
    fn of(alias: Alias) -> Self {
        Self {
            alias,
            names: Vec::new(),
            renamed: Vec::new(),
            conflicts: Vec::new(),
        }
    }
}

fn changes(names: &[NameChange], name: &SenderId) -> bool {
    names.iter().any(|change| change.sender() == name)
}

impl Entry {
    /// What the name was found as.
    fn was(&self, kept: &Alias) -> Was {
        match self {
            Self::Leads(to) => Was::Leading { to: to.clone() },
            Self::Kept => Was::Kept {
                customer: kept.customer,
                thread: kept.thread,
            },
            Self::Introduced | Self::Absent => Was::Nobodys,
        }
    }

    /// Whether the company knows it, though nobody has written from it.
    fn is_introduced(&self) -> bool {
        matches!(self, Self::Introduced)
    }
}
