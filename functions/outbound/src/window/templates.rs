//! The company's templates: read once, then remembered for a while, and filled in.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_aws::{Error, business::Business};
use countersign_core::{
    Account, Tenant,
    message::{Outgoing, OutgoingBody},
    window::{Extent, MOST_VALUE, MessageIntent, MessageTemplate, Notice, Provider, one_line},
};
use jiff::{SignedDuration, Timestamp};

use crate::{NotDone, Outbound, Served, compose::Composing};

/// A change of a company's templates is seen after this long at the latest.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(5);

/// The companies' templates.
pub(crate) struct Templates {
    business: Business,
    known: Mutex<HashMap<Tenant, Known>>,
}

/// A company's templates, as they were read at some time.
type Known = (Timestamp, Arc<Vec<MessageTemplate>>);

/// A template with its values.
#[derive(Clone)]
pub(crate) struct Filled {
    pub(crate) template: MessageTemplate,
    /// What the provider knows it by.
    pub(crate) id: String,
    pub(crate) values: Vec<String>,
}

impl Templates {
    pub(crate) fn new(business: Business) -> Self {
        Self {
            business,
            known: Mutex::default(),
        }
    }

    /// The company's. One query when they are not remembered.
    async fn of(
        &self,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<Arc<Vec<MessageTemplate>>, Error> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |(at, _): &&Known| now.duration_since(*at) < REMEMBERED;
        if let Some((_, all)) = known().get(tenant).filter(fresh) {
            return Ok(all.clone());
        }
        let all = Arc::new(self.business.message_templates(tenant).await?);
        known().insert(tenant.clone(), (now, all.clone()));
        Ok(all)
    }
}

impl Outbound {
    /// The template that says all that a message says, filled in, if there is one and it fits.
    pub(super) async fn carrier(
        &self,
        served: &Served,
        message: &Outgoing,
    ) -> Result<Option<Filled>, NotDone> {
        let Some(window) = message.window.as_ref() else {
            return Ok(None);
        };
        let intent = window.intent;
        if let (MessageIntent::Answer | MessageIntent::Task, Extent::Piece) =
            (intent, window.extent)
        {
            // What comes before it may have to wait, and what is said would arrive in disorder.
            return Ok(None);
        }
        let found = self.template(served, message, intent).await?;
        let Some((template, id)) = found.filter(|(template, _)| template.carries()) else {
            return Ok(None);
        };
        let said = self.said(message).await?;
        let values = template.filled(|variable| said.get(variable).cloned());
        Ok(values.map(|values| Filled {
            template,
            id,
            values,
        }))
    }

    /// What tells its recipient that a message waits for them, if something does: the template for
    /// what it is, where that says no more, else the one for whatever waits.
    pub(super) async fn notice(
        &self,
        served: &Served,
        message: &Outgoing,
    ) -> Result<Option<Filled>, NotDone> {
        let Some(intent) = message.window.as_ref().map(|window| window.intent) else {
            return Ok(None);
        };
        for intent in [intent, MessageIntent::Waiting] {
            let found = self.template(served, message, intent).await?;
            let Some((template, id)) = found.filter(|(template, _)| !template.carries()) else {
                continue;
            };
            let title = match &message.body {
                OutgoingBody::Document { document, .. } => Some(line(&document.title, MOST_VALUE)),
                _ => None,
            };
            let values = template.filled(|_| title.clone());
            if let Some(values) = values {
                return Ok(Some(Filled {
                    template,
                    id,
                    values,
                }));
            }
        }
        Ok(None)
    }

    /// A notice that a thread decided on, as the provider knows it today.
    pub(crate) async fn noticed(
        &self,
        served: &Served,
        message: &Outgoing,
        notice: &Notice,
    ) -> Result<Option<Filled>, Error> {
        let provider = provider(served);
        let all = self.templates.of(&message.tenant, self.clock.now()).await?;
        let found = all.iter().find(|it| it.name == notice.template);
        let fits = found.filter(|it| it.variables.len() == notice.values.len());
        Ok(fits.and_then(|template| {
            let id = template.id(provider)?.to_owned();
            Some(Filled {
                template: template.clone(),
                id,
                values: notice.values.clone(),
            })
        }))
    }

    async fn template(
        &self,
        served: &Served,
        message: &Outgoing,
        intent: MessageIntent,
    ) -> Result<Option<(MessageTemplate, String)>, NotDone> {
        let provider = provider(served);
        let persona = message.window.as_ref().and_then(|it| it.persona.as_ref());
        let all = self.templates.of(&message.tenant, self.clock.now()).await?;
        let found = MessageTemplate::found(&all, intent, persona, provider);
        Ok(found.and_then(|it| Some((it.clone(), it.id(provider)?.to_owned()))))
    }

    /// All that a message says, by variable.
    async fn said(&self, message: &Outgoing) -> Result<HashMap<&'static str, String>, NotDone> {
        let said = match &message.body {
            // More than a line is never made one: what it says would not be what was said.
            OutgoingBody::Text { body } => HashMap::from([("text", body.trim().to_owned())]),
            OutgoingBody::Code { challenge } => match self.made(message, *challenge) {
                Ok(code) => HashMap::from([("code", code.digits().to_owned())]),
                Err(_) => HashMap::new(),
            },
            OutgoingBody::ApprovalRequest {
                output,
                version,
                approver,
            } => match self.request(message, *output, *version).await {
                Ok(request) => self.in_variables(&request, approver),
                Err(Composing::Aws(error)) => return Err(error.into()),
                Err(Composing::Refused(_) | Composing::Unasked(_) | Composing::Moot { .. }) => {
                    HashMap::new()
                }
            },
            // A template has no answers to tap that are the message's own.
            OutgoingBody::Choices { .. }
            | OutgoingBody::Reaction { .. }
            | OutgoingBody::Document { .. }
            | OutgoingBody::Notice { .. } => HashMap::new(),
        };
        Ok(said)
    }
}

/// A text as a value, at most so many characters of it.
pub(crate) fn line(text: &str, most: usize) -> String {
    let line = one_line(text);
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

fn provider(served: &Served) -> Provider {
    match served.settings.account {
        Account::Twilio { .. } => Provider::Twilio,
        Account::Meta { .. } => Provider::Meta,
    }
}
