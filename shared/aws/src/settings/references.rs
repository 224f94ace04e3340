//! Settings whose values are kept elsewhere: `secretsmanager:NAME` stands for a secret of Secrets
//! Manager, by name or ARN, and `ssm:NAME` for a parameter of SSM's Parameter Store.

use std::{collections::BTreeMap, ffi::OsString, fmt, time::Duration};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use countersign_core::Secret;
use futures::future::join_all;

use super::{WrongSettings, extension::Extension};
use crate::Clients;

/// How long values may take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Patience {
    /// At the start, to which Lambda gives ten seconds.
    Start,
    /// Within an invocation, whose caller waits: there are values already.
    Renewal,
}

impl Patience {
    fn limit(self) -> Duration {
        match self {
            Self::Start => Duration::from_secs(8),
            Self::Renewal => RENEWAL,
        }
    }
}

/// Renewing settings takes no longer.
pub(super) const RENEWAL: Duration = Duration::from_millis(1500);

/// Where a value is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// A secret of Secrets Manager: its name or ARN.
    Secret(String),
    /// A parameter of SSM's Parameter Store: its name or ARN.
    Parameter(String),
}

/// Settings by name, their references replaced by what they stand for. Its `Debug` shows no value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

/// The settings as the environment has them, and which of them are references.
#[derive(Clone)]
pub(super) struct Sources {
    plain: Values,
    references: BTreeMap<String, Reference>,
}

impl Reference {
    fn parse(value: &str) -> Option<Self> {
        if let Some(name) = value.strip_prefix("secretsmanager:") {
            return Some(Self::Secret(name.to_owned()));
        }
        let name = value.strip_prefix("ssm:")?;
        Some(Self::Parameter(name.to_owned()))
    }

    /// The value it stands for: from the extension where there is one that serves, else from AWS.
    async fn fetch(
        &self,
        extension: Option<&Extension>,
        clients: &Clients,
    ) -> Result<Secret, String> {
        if let Some(extension) = extension
            && let Some(value) = extension.fetch(self).await
        {
            return Ok(value);
        }
        match self {
            Self::Secret(name) => {
                let call = clients.secrets_manager().get_secret_value();
                let got = call
                    .secret_id(name)
                    .send()
                    .await
                    .map_err(|error| explain(&error))?;
                got.secret_string
                    .map(Secret::new)
                    .ok_or_else(|| "it is binary, and wants to be text".to_owned())
            }
            Self::Parameter(name) => {
                let call = clients.ssm().get_parameter().with_decryption(true);
                let got = call
                    .name(name)
                    .send()
                    .await
                    .map_err(|error| explain(&error))?;
                got.parameter
                    .and_then(|parameter| parameter.value)
                    .map(Secret::new)
                    .ok_or_else(|| "it has no value".to_owned())
            }
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "secretsmanager:{name}"),
            Self::Parameter(name) => write!(f, "ssm:{name}"),
        }
    }
}

impl Values {
    /// The process's environment, as far as it is text.
    pub(super) fn environment() -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        std::env::vars_os().filter_map(text).collect()
    }

    /// A setting's value.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl FromIterator<(String, String)> for Values {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Sources {
    pub(super) fn new(environment: Values) -> Self {
        let (references, plain) = environment
            .0
            .into_iter()
            .partition(|(_, value)| Reference::parse(value).is_some());
        let references: BTreeMap<String, String> = references;
        let references = references
            .into_iter()
            .filter_map(|(name, value)| Some((name, Reference::parse(&value)?)))
            .collect();
        Self {
            plain: Values(plain),
            references,
        }
    }

    /// Whether anything is kept elsewhere, so that it can change.
    pub(super) fn refer(&self) -> bool {
        !self.references.is_empty()
    }

    /// All values; those that are kept elsewhere are fetched at the same time.
    ///
    /// # Errors
    /// Names every one that could not be had, and why.
    pub(super) async fn fetch(
        &self,
        clients: &Clients,
        patience: Patience,
    ) -> Result<Values, WrongSettings> {
        let mut values = self.plain.clone();
        if self.references.is_empty() {
            return Ok(values);
        }
        let extension = Extension::of(&self.plain);
        let fetches = self.references.iter().map(async |(name, reference)| {
            let fetch = reference.fetch(extension.as_ref(), clients);
            let fetched = tokio::time::timeout(patience.limit(), fetch).await;
            let why = match fetched {
                Ok(Ok(value)) => return Ok((name.clone(), value.expose().to_owned())),
                Ok(Err(why)) => why,
                Err(_) => format!("no answer within {:?}", patience.limit()),
            };
            Err(format!(
                "{name}: {reference} can't be had: {why}; see that it is there and that the \
                 function may read it"
            ))
        });
        let mut wrong = Vec::new();
        for fetched in join_all(fetches).await {
            match fetched {
                Ok((name, value)) => {
                    values.0.insert(name, value);
                }
                Err(why) => wrong.push(why),
            }
        }
        if wrong.is_empty() {
            Ok(values)
        } else {
            Err(WrongSettings(wrong))
        }
    }
}

/// What went wrong, without what was answered: that may be the value.
fn explain<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ServiceError(said) => {
            let said = said.err();
            let code = said.code().unwrap_or("an error without a code");
            format!("{code} ({})", said.message().unwrap_or("no message"))
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(_) => "AWS is out of reach".to_owned(),
        SdkError::ResponseError(_) => "the answer can't be read".to_owned(),
        _ => "the call can't be made".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f7_a_reference_names_a_secret_or_a_parameter() {
        let check = |value: &str, expect: Option<Reference>| {
            assert_eq!(Reference::parse(value), expect, "{value}");
            if let Some(reference) = expect {
                assert_eq!(reference.to_string(), value);
            }
        };
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:endpoints-AbCdEf";
        check(
            &format!("secretsmanager:{arn}"),
            Some(Reference::Secret(arn.to_owned())),
        );
        check(
            "ssm:/countersign/endpoints",
            Some(Reference::Parameter("/countersign/endpoints".to_owned())),
        );
        check(arn, None);
        check("[{\"endpoint\":\"demo\"}]", None);
    }

    #[test]
    fn f7_values_are_not_shown() {
        let values: Values = [("APPROVAL_TOKEN_SECRET".to_owned(), "hunter2".to_owned())]
            .into_iter()
            .collect();
        assert_eq!(values.get("APPROVAL_TOKEN_SECRET").unwrap(), "hunter2");
        assert_eq!(format!("{values:?}"), "{\"APPROVAL_TOKEN_SECRET\"}");
    }
}
