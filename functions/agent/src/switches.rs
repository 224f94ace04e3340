//! Settings that are on or off.

/// Whether an answer leaves while a model is still writing it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StreamAnswers {
    /// It leaves when it is whole.
    #[default]
    Off,
    /// In parts, where the agent can do nothing but answer.
    On,
}

/// Whether an answer that depends on the question alone serves others who ask the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResponseCache {
    /// For an hour, and for a day where no model answers.
    #[default]
    On,
    /// Every question is asked of a model.
    Off,
}

/// What a customer sees of us while they wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Typing {
    /// Nothing.
    Off,
    /// That we are typing, and so have read it, where an answer takes its time.
    #[default]
    On,
    /// The same, and of everything else that it was read.
    Receipts,
}

/// Whether a provider judges what models say before it leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Moderation {
    /// Where there is a key for one that does.
    #[default]
    On,
    /// Our own rules alone do.
    Off,
}

/// Whether recordings are transcribed, which outbound does where an endpoint is set up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Listens {
    /// Their senders are told to write.
    #[default]
    No,
    /// Their words are waited for.
    ToRecordings,
}

impl StreamAnswers {
    pub(crate) fn parse(value: Option<&str>) -> Result<Self, Vec<String>> {
        switch("STREAM_ANSWERS", value, Self::On, Self::Off)
    }
}

impl ResponseCache {
    pub(crate) fn parse(value: Option<&str>) -> Result<Self, Vec<String>> {
        switch("RESPONSE_CACHE", value, Self::On, Self::Off)
    }
}

impl Moderation {
    pub(crate) fn parse(value: Option<&str>) -> Result<Self, Vec<String>> {
        switch("MODERATION", value, Self::On, Self::Off)
    }
}

impl Typing {
    pub(crate) fn parse(value: Option<&str>) -> Result<Self, Vec<String>> {
        match value {
            None => Ok(Self::default()),
            Some("on") => Ok(Self::On),
            Some("off") => Ok(Self::Off),
            Some("receipts") => Ok(Self::Receipts),
            Some(got) => Err(wrong("TYPING", got, "on, off or receipts")),
        }
    }
}

fn switch<T: Default>(name: &str, value: Option<&str>, on: T, off: T) -> Result<T, Vec<String>> {
    match value {
        None => Ok(T::default()),
        Some("on") => Ok(on),
        Some("off") => Ok(off),
        Some(got) => Err(wrong(name, got, "on or off")),
    }
}

fn wrong(name: &str, got: &str, wants: &str) -> Vec<String> {
    let got: String = got.chars().take(80).collect();
    vec![format!("{name}: got {got:?}, wants {wants}")]
}
