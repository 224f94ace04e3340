//! `MODELS`: the providers that may be asked, and the key that goes with each.

use countersign_core::{Secret, model::Provider};
use serde_json::{Map, Value};
use url::Url;

const NAME: &str = "MODELS";
const WANTS: &str = "a JSON object with any of openai, anthropic, gemini and compatible, each \
                     {key, base_url?}, for compatible {base_url, key?}";

/// The providers that may be asked. Without any, every question is refused with
/// [`NotConfigured`](crate::AskError::NotConfigured).
#[derive(Debug, Clone, Default)]
pub struct ModelSettings {
    openai: Option<Access>,
    anthropic: Option<Access>,
    gemini: Option<Access>,
    compatible: Option<Access>,
}

/// How one provider is reached.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Ends with a slash.
    pub(crate) base_url: String,
    /// A server of one's own may ask for none.
    pub(crate) key: Option<Secret>,
}

impl ModelSettings {
    /// Reads the variable's value, such as
    /// `{"openai": {"key": "sk-…"}, "compatible": {"base_url": "http://127.0.0.1:11434/v1"}}`.
    /// Nothing or an empty text is no provider.
    ///
    /// # Errors
    /// Each field that is wrong: what it got and what it wants. No key and no other value of the
    /// variable is told.
    pub fn parse(text: Option<&str>) -> Result<Self, Vec<String>> {
        let text = text.unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut wrong = Wrong(Vec::new());
        let settings = wrong.settings(text);
        match (settings, wrong.0) {
            (Some(settings), wrong) if wrong.is_empty() => Ok(settings),
            (_, wrong) => Err(wrong),
        }
    }

    /// Whether no provider may be asked.
    pub fn is_empty(&self) -> bool {
        !Provider::ALL.into_iter().any(|provider| self.has(provider))
    }

    /// Whether a provider may be asked.
    pub fn has(&self, provider: Provider) -> bool {
        self.access(provider).is_some()
    }

    pub(crate) fn access(&self, provider: Provider) -> Option<&Access> {
        match provider {
            Provider::OpenAi => &self.openai,
            Provider::Anthropic => &self.anthropic,
            Provider::Gemini => &self.gemini,
            Provider::Compatible => &self.compatible,
        }
        .as_ref()
    }
}

/// Where a provider is, unless a setting says otherwise. What speaks like OpenAI is anywhere.
pub fn usual_url(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::OpenAi => Some("https://api.openai.com/v1/"),
        Provider::Anthropic => Some("https://api.anthropic.com/v1/"),
        Provider::Gemini => Some("https://generativelanguage.googleapis.com/v1beta/"),
        Provider::Compatible => None,
    }
}

/// Remembers what is wrong.
struct Wrong(Vec<String>);

impl Wrong {
    fn settings(&mut self, text: &str) -> Option<ModelSettings> {
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            // serde's message may quote a value, so only the place is told.
            Err(why) => {
                let place = format!(
                    "JSON that fails at line {} column {}",
                    why.line(),
                    why.column()
                );
                return self.add(NAME, &place, WANTS);
            }
        };
        let Value::Object(mut fields) = value else {
            return self.add(NAME, kind(&value), WANTS);
        };
        let mut read = |provider: Provider| {
            let value = fields.remove(provider.name())?;
            self.access(provider, value)
        };
        let settings = ModelSettings {
            openai: read(Provider::OpenAi),
            anthropic: read(Provider::Anthropic),
            gemini: read(Provider::Gemini),
            compatible: read(Provider::Compatible),
        };
        self.unknown(NAME, &fields, "openai, anthropic, gemini or compatible");
        Some(settings)
    }

    fn access(&mut self, provider: Provider, value: Value) -> Option<Access> {
        let entry = format!("{NAME}.{}", provider.name());
        let Value::Object(mut fields) = value else {
            return self.add(&entry, kind(&value), "an object with key and base_url");
        };
        let key = match fields.remove("key") {
            None if provider == Provider::Compatible => Some(None),
            None => self.missing(&format!("{entry}.key"), "the provider's API key"),
            Some(Value::String(key)) if is_header(&key) => Some(Some(Secret::new(key))),
            Some(value) => {
                let wants = "the provider's API key, of visible ASCII characters";
                self.add(&format!("{entry}.key"), unfit(&value), wants)
            }
        };
        let base_url = match (fields.remove("base_url"), usual_url(provider)) {
            (None, Some(usual)) => Some(usual.to_owned()),
            (Some(Value::String(text)), _) if let Some(url) = base_url(&text) => Some(url),
            (None, None) => self.missing(&format!("{entry}.base_url"), WANTED_URL),
            (Some(value), _) => self.add(&format!("{entry}.base_url"), unfit(&value), WANTED_URL),
        };
        self.unknown(&entry, &fields, "key or base_url");
        Some(Access {
            base_url: base_url?,
            key: key?,
        })
    }

    /// A field's name is told only when it looks like one: it may be a key that slipped.
    fn unknown(&mut self, entry: &str, fields: &Map<String, Value>, wants: &str) {
        for name in fields.keys() {
            let is_name =
                name.len() <= 20 && name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase());
            let got = if is_name {
                format!("the field {name}")
            } else {
                "a field of another name".to_owned()
            };
            self.add::<()>(entry, &got, wants);
        }
    }

    fn add<T>(&mut self, name: &str, got: &str, wants: &str) -> Option<T> {
        self.0.push(format!("{name}: got {got}, wants {wants}"));
        None
    }

    fn missing<T>(&mut self, name: &str, wants: &str) -> Option<T> {
        self.0.push(format!("{name}: is not set, wants {wants}"));
        None
    }
}

const WANTED_URL: &str = "a URL that begins with https:// or http://, without a user, a query or \
                          a fragment, such as http://127.0.0.1:11434/v1/";

/// The URL with a slash at the end, because paths are joined to it.
fn base_url(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_plain {
        return None;
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url.into())
}

fn is_header(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_graphic())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn unfit(value: &Value) -> &'static str {
    match value {
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text that is none",
        other => kind(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        ModelSettings::parse(Some(text)).unwrap_err().join("\n")
    }

    #[test]
    fn a10_without_keys_there_is_no_provider() {
        for text in [None, Some(""), Some(" "), Some("{}")] {
            let settings = ModelSettings::parse(text).unwrap();
            assert!(Provider::ALL.iter().all(|one| !settings.has(*one)));
        }
    }

    #[test]
    fn a10_each_provider_has_its_key_and_place() {
        let settings = ModelSettings::parse(Some(
            r#"{"openai": {"key": "sk-1"},
                "anthropic": {"key": "sk-2", "base_url": "http://127.0.0.1:9/v1"},
                "compatible": {"base_url": "http://localhost:11434/v1/"}}"#,
        ))
        .unwrap();
        let check = |provider, url: &str, key: Option<&str>| {
            let access = settings.access(provider).unwrap();
            assert_eq!(access.base_url, url);
            assert_eq!(access.key.as_ref().map(Secret::expose), key);
        };
        check(Provider::OpenAi, "https://api.openai.com/v1/", Some("sk-1"));
        check(Provider::Anthropic, "http://127.0.0.1:9/v1/", Some("sk-2"));
        check(Provider::Compatible, "http://localhost:11434/v1/", None);
        assert!(!settings.has(Provider::Gemini));
        assert!(!format!("{settings:?}").contains("sk-"));
    }

    #[test]
    fn a10_every_wrong_field_is_named_at_once_and_no_key_is_told() {
        let told = wrong(
            r#"{"openai": {"key": "", "organisation": "x"}, "anthropic": {"sk-secret-1": 1},
                "gemini": "sk-secret-2", "ollama": {},
                "compatible": {"base_url": "https://me:sk-secret-3@host/v1", "key": "sk secret"}}"#,
        );
        for part in [
            "MODELS.openai.key: got an empty text, wants the provider's API key",
            "MODELS.openai: got the field organisation, wants key or base_url",
            "MODELS.anthropic.key: is not set",
            "MODELS.anthropic: got a field of another name",
            "MODELS.gemini: got a text, wants an object",
            "MODELS: got the field ollama, wants openai, anthropic, gemini or compatible",
            "MODELS.compatible.key: got a text that is none",
            "MODELS.compatible.base_url: got a text that is none, wants a URL",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
        assert_eq!(told.lines().count(), 8, "{told}");
        assert!(!told.contains("secret"), "{told}");

        assert!(wrong(r#"{"compatible": {}}"#).contains("compatible.base_url: is not set"));
        assert!(wrong("[1]").contains("MODELS: got a list"));
        assert!(wrong("{\"openai\": sk-secret").contains("JSON that fails at line 1 column"));
    }
}
