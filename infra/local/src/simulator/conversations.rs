//! Everything that was said, in memory and, if asked for, in a file of JSON lines.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use countersign_core::{E164, message::TYPING_LASTS};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    message::{Direction, PostedWebhook, SimMessage, SimStatus},
    provider::SimProvider,
};

/// A line of the file. A later line about the same message replaces the earlier one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Message(Box<SimMessage>),
    Webhook { sid: String, posted: PostedWebhook },
}

/// What changed since a [`Cursor`], as the page gets it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct News {
    /// Where to go on from.
    pub(super) cursor: String,
    /// Whether this is everything there is, so that what was known before is to be forgotten.
    pub(super) complete: bool,
    /// New and changed messages, in the order they were first seen.
    pub(super) messages: Vec<SimMessage>,
    /// The phones that show the business as typing, since the cursor.
    pub(super) typing: Vec<Typing>,
}

/// A phone that shows the business as typing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Typing {
    pub(super) provider: SimProvider,
    pub(super) phone: E164,
}

/// A place in the changes of one process. Another process's cursor is not understood, and
/// answered with everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    epoch: String,
    change: u64,
}

impl Cursor {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (epoch, change) = text.rsplit_once('-')?;
        Some(Self {
            epoch: epoch.to_owned(),
            change: change.parse().ok()?,
        })
    }
}

pub(super) struct Conversations {
    epoch: String,
    change: u64,
    messages: Vec<SimMessage>,
    /// The change that last touched the message at the same index.
    touched: Vec<u64>,
    index: HashMap<String, usize>,
    webhooks: HashMap<String, PostedWebhook>,
    /// The change at which typing was shown, and when that was.
    typing: BTreeMap<Typing, (u64, Timestamp)>,
    file: Option<(PathBuf, File)>,
}

impl Conversations {
    /// The conversations kept at `store`, which is made if it is not there; or none, in memory.
    pub(super) fn open(store: Option<&Path>) -> io::Result<Self> {
        let mut all = Self {
            epoch: uuid::Uuid::new_v4().simple().to_string(),
            change: 0,
            messages: Vec::new(),
            touched: Vec::new(),
            index: HashMap::new(),
            webhooks: HashMap::new(),
            typing: BTreeMap::new(),
            file: None,
        };
        let Some(path) = store else {
            return Ok(all);
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        match fs::read_to_string(path) {
            Ok(text) => all.load(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Written anew, a file that was cut off in the middle of a line is whole again, and
        // statuses that were overtaken are gone.
        let whole = path.with_extension("new");
        fs::write(&whole, all.lines())?;
        fs::rename(&whole, path)?;
        let file = OpenOptions::new().append(true).open(path)?;
        all.file = Some((path.to_owned(), file));
        Ok(all)
    }

    pub(super) fn messages(&self) -> &[SimMessage] {
        &self.messages
    }

    pub(super) fn get(&self, sid: &str) -> Option<&SimMessage> {
        self.index.get(sid).map(|&at| &self.messages[at])
    }

    pub(super) fn webhook(&self, sid: &str) -> Option<&PostedWebhook> {
        self.webhooks.get(sid)
    }

    /// Adds a message, or replaces the one with its sid.
    pub(super) fn put(&mut self, message: SimMessage) {
        // What becomes of an older message is no answer.
        if message.direction == Direction::Outbound && !self.index.contains_key(&message.sid) {
            self.typing.remove(&Typing {
                provider: message.provider,
                phone: message.phone.clone(),
            });
        }
        self.append(&Line::Message(Box::new(message.clone())));
        self.place(message);
    }

    /// Keeps a webhook as posted; the first under a sid stays.
    pub(super) fn keep_webhook(&mut self, sid: &str, posted: PostedWebhook) {
        if self.webhooks.contains_key(sid) {
            return;
        }
        self.append(&Line::Webhook {
            sid: sid.to_owned(),
            posted: posted.clone(),
        });
        self.webhooks.insert(sid.to_owned(), posted);
    }

    /// Moves a message on, and returns it; `None` if it is unknown or already as far.
    pub(super) fn advance(
        &mut self,
        sid: &str,
        status: SimStatus,
        error_code: Option<u32>,
    ) -> Option<SimMessage> {
        let mut message = self.get(sid)?.clone();
        if message.status >= status {
            return None;
        }
        message.status = status;
        message.error_code = error_code;
        self.put(message.clone());
        Some(message)
    }

    /// Marks what `phone` wrote and the webhook took as read: the business answers, or types.
    pub(super) fn mark_answered(&mut self, provider: SimProvider, phone: &E164) {
        let taken: Vec<String> = self
            .messages
            .iter()
            .filter(|m| m.direction == Direction::Inbound && m.phone == *phone)
            .filter(|m| m.provider == provider)
            .filter(|m| matches!(m.status, SimStatus::Sent | SimStatus::Delivered))
            .map(|m| m.sid.clone())
            .collect();
        for sid in taken {
            self.advance(&sid, SimStatus::Read, None);
        }
    }

    pub(super) fn set_typing(&mut self, provider: SimProvider, phone: &E164, now: Timestamp) {
        self.change += 1;
        let phone = phone.clone();
        self.typing
            .insert(Typing { provider, phone }, (self.change, now));
    }

    /// The phones that show typing now, and since which change: as long as phones show it.
    fn types(&self, now: Timestamp) -> impl Iterator<Item = (&Typing, u64)> {
        let is_shown = move |at: Timestamp| now.duration_since(at) < TYPING_LASTS;
        let typing = self.typing.iter();
        typing
            .filter(move |(_, (_, at))| is_shown(*at))
            .map(|(typing, (change, _))| (typing, *change))
    }

    /// Whether a phone shows the business as typing.
    pub(super) fn is_typing(&self, provider: SimProvider, phone: &E164, now: Timestamp) -> bool {
        let mut types = self.types(now);
        types.any(|(typing, _)| typing.provider == provider && typing.phone == *phone)
    }

    /// What changed since `since`, or everything if that says nothing here.
    pub(super) fn news(&self, since: Option<&Cursor>, now: Timestamp) -> News {
        let known = since.filter(|c| c.epoch == self.epoch && c.change <= self.change);
        let after = known.map_or(0, |c| c.change);
        let messages = self.messages.iter().zip(&self.touched);
        let typing = self.types(now);
        News {
            cursor: format!("{}-{}", self.epoch, self.change),
            complete: known.is_none(),
            messages: messages
                .filter(|(_, change)| **change > after)
                .map(|(message, _)| message.clone())
                .collect(),
            typing: typing
                .filter(|(_, change)| *change > after)
                .map(|(typing, _)| typing.clone())
                .collect(),
        }
    }

    fn place(&mut self, message: SimMessage) {
        self.change += 1;
        match self.index.get(&message.sid) {
            Some(&at) => {
                self.messages[at] = message;
                self.touched[at] = self.change;
            }
            None => {
                self.index.insert(message.sid.clone(), self.messages.len());
                self.messages.push(message);
                self.touched.push(self.change);
            }
        }
    }

    fn load(&mut self, text: &str) {
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(Line::Message(message)) => self.place(*message),
                Ok(Line::Webhook { sid, posted }) => {
                    self.webhooks.insert(sid, posted);
                }
                // The end of a file whose writer was killed.
                Err(error) => tracing::warn!(%error, "a line of the conversations was left out"),
            }
        }
    }

    fn lines(&self) -> String {
        let messages = self
            .messages
            .iter()
            .cloned()
            .map(|message| Line::Message(Box::new(message)));
        let webhooks = self.webhooks.iter().map(|(sid, posted)| Line::Webhook {
            sid: sid.clone(),
            posted: posted.clone(),
        });
        messages
            .chain(webhooks)
            .filter_map(|line| serde_json::to_string(&line).ok())
            .map(|line| line + "\n")
            .collect()
    }

    /// Writes a line. A conversation that can't be kept still goes on in memory, so this only
    /// tells the operator.
    fn append(&mut self, line: &Line) {
        let Some((path, file)) = &mut self.file else {
            return;
        };
        let written = serde_json::to_string(line)
            .map_err(io::Error::from)
            .and_then(|line| file.write_all(format!("{line}\n").as_bytes()));
        if let Err(error) = written {
            tracing::error!(
                %error,
                path = %path.display(),
                "the conversations can't be written and will be lost at the end; \
                 check the disk and the folder's permissions"
            );
        }
    }
}
