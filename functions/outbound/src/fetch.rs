//! A customer's file is fetched from the provider, checked and stored, and its thread is told. Doing
//! it again stores the same under the same key and tells the thread the same.

use std::{sync::OnceLock, time::Duration};

use countersign_aws::{Error, batch};
use countersign_core::{
    ContentHash,
    message::{
        Cause, ENVELOPE_VERSION, FetchOrder, FetchReport, Fetched, Heard, Inbound, Listening,
        NotFetched, NotHeard,
        file::{LONGEST_FETCH, checked_type, largest},
    },
    money::MicroUsd,
};
use countersign_remote::{
    client,
    guard::{self, Network, Resolver},
};
use countersign_whatsapp::{
    Timeouts,
    media::{Get, NotThere, Place, Then},
};
use reqwest::{
    Client, Response, StatusCode,
    header::{AUTHORIZATION, LOCATION},
};
use tokio::sync::Semaphore;
use tracing::{error, info, warn};

use crate::{
    NotDone, Outbound, Served,
    listen::{self, Listener, NotNow, Recording},
};

/// All of a file is to be here by then: there is time for the rest of the batch.
const TIMEOUT: Duration = Duration::from_secs(15);

/// So many files are held at once: the function has little memory.
const MOST_FILES: usize = 1;

/// Who finds that many under way comes again after so many seconds.
const A_WHILE: i32 = 2;

/// The longest way to a file: its id, or a redirect, and the file.
const MOST_STEPS: usize = 2;

/// An answer that says where the file is has no more bytes.
const LARGEST_LINK: u64 = 64 * 1024;

/// Reaches what a provider names, and of that only what is public.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    network: Network,
    client: OnceLock<Client>,
    room: Semaphore,
}

impl Elsewhere {
    pub(crate) fn new(network: Network) -> Self {
        Self {
            network,
            client: OnceLock::new(),
            room: Semaphore::new(MOST_FILES),
        }
    }

    fn client(&self) -> reqwest::Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let made = client::builder(Resolver::new(self.network)).build()?;
        Ok(self.client.get_or_init(|| made))
    }
}

/// Why there is no file.
enum NotGot {
    /// There won't be.
    Never(NotFetched, String),
    /// Trying again may help.
    NotNow(String),
    /// A call of AWS failed.
    Aws(Error),
}

impl From<NotThere> for NotGot {
    fn from(why: NotThere) -> Self {
        Self::Never(NotFetched::Gone, why.to_string())
    }
}

impl From<reqwest::Error> for NotGot {
    fn from(error: reqwest::Error) -> Self {
        // The URL may hold a signature.
        Self::NotNow(error.without_url().to_string())
    }
}

impl Outbound {
    /// Fetches a file, or gives it up, and tells the thread. Nobody waits for longer than the provider
    /// has it.
    pub(crate) async fn fetch(&self, order: &FetchOrder, receives: u32) -> Result<(), NotDone> {
        let served = self.served(&order.endpoint, &order.tenant)?;
        let age = self.clock.now().duration_since(order.received_at);
        let Ok(_room) = self.elsewhere.room.try_acquire() else {
            if age >= LONGEST_FETCH {
                warn!("no room for a file for too long; given up");
                let why = NotFetched::Failed;
                return self.fetched(order, Fetched::Refused { why }).await;
            }
            return Err(NotDone::PutOff {
                seconds: A_WHILE,
                why: "another file is under way".to_owned(),
            });
        };
        let outcome = match self.stored(served, order).await {
            Ok(outcome) => {
                info!(kind = order.media.kind.as_str(), "file stored");
                outcome
            }
            Err(NotGot::Aws(error)) => return Err(error.into()),
            Err(NotGot::Never(why, detail)) => {
                warn!(why = why.as_str(), detail, "file refused");
                Fetched::Refused { why }
            }
            Err(NotGot::NotNow(why)) => {
                if age < LONGEST_FETCH {
                    let seconds = batch::pause(receives);
                    return Err(NotDone::PutOff { seconds, why });
                }
                warn!(why, "file not fetched; given up");
                Fetched::Refused {
                    why: NotFetched::Failed,
                }
            }
        };
        self.fetched(order, outcome).await
    }

    /// Tells the thread what came of it.
    async fn fetched(&self, order: &FetchOrder, outcome: Fetched) -> Result<(), NotDone> {
        let report = Inbound {
            v: ENVELOPE_VERSION,
            tenant: order.tenant.clone(),
            correlation: order.correlation.clone(),
            group: order.group.clone(),
            received_at: self.clock.now(),
            cause: Cause::Fetched(FetchReport {
                thread: order.thread,
                message: order.message,
                outcome,
            }),
        };
        Ok(self.inbound.send(&report).await?)
    }

    /// The file, once it is in the bucket.
    async fn stored(&self, served: &Served, order: &FetchOrder) -> Result<Fetched, NotGot> {
        let media = &order.media;
        // All of the way: the steps share the time, and what comes after it fits the function's.
        let bytes = tokio::time::timeout(TIMEOUT, self.bytes(served, order)).await;
        let bytes = bytes.map_err(|_| {
            NotGot::NotNow(format!("it did not arrive within {} s", TIMEOUT.as_secs()))
        })??;
        let hash = ContentHash::of(&bytes);
        if media.content.is_some_and(|said| said != hash) {
            let why = "the bytes are not those that the provider announced";
            return Err(NotGot::NotNow(why.to_owned()));
        }
        let Some(media_type) = checked_type(&media.media_type, &bytes) else {
            let detail = format!("its bytes are no {:?} that is taken", media.media_type);
            return Err(NotGot::Never(NotFetched::WrongType, detail));
        };
        let size = bytes.len() as u64;
        let listener = self.listener.as_ref();
        let listener = listener.filter(|_| order.listening == Listening::Ordered);
        let recording = listener.map(|it| (it, it.recording(&bytes, media_type)));
        let stored = self.bucket.put(&order.tenant, bytes, media_type).await;
        let content = stored.map_err(NotGot::Aws)?;
        let heard = match recording {
            None => None,
            Some((listener, recording)) => Some(self.heard(listener, recording, order).await?),
        };
        Ok(Fetched::Stored {
            content,
            media_type: media_type.to_owned(),
            size,
            heard,
        })
    }

    /// What was said in a recording. Nobody waits long for an endpoint that fails.
    async fn heard(
        &self,
        listener: &Listener,
        recording: Option<Recording>,
        order: &FetchOrder,
    ) -> Result<Heard, NotGot> {
        let nothing = |why| Heard::Nothing {
            why,
            cost: MicroUsd::ZERO,
        };
        let Some(recording) = recording else {
            return Ok(nothing(NotHeard::WrongType));
        };
        let heard = listener.hear(&order.tenant, recording, &*self.clock);
        match heard.await {
            Ok(heard) => Ok(heard),
            Err(NotNow(why)) => {
                let age = self.clock.now().duration_since(order.received_at);
                if age < listen::LONGEST {
                    return Err(NotGot::NotNow(why));
                }
                error!(why, "ALARM: a recording was not transcribed; given up");
                Ok(nothing(NotHeard::Failed))
            }
        }
    }

    /// What is at the end of the way to a file.
    async fn bytes(&self, served: &Served, order: &FetchOrder) -> Result<Vec<u8>, NotGot> {
        let channel = &served.channel;
        let most = largest(order.media.kind);
        let mut get = channel.file(&order.media.source)?;
        for _ in 0..MOST_STEPS {
            let response = self.ask(&get).await?;
            let status = response.status();
            if status.is_redirection() && get.then == Then::FileOrRedirect {
                let location = response.headers().get(LOCATION);
                let location = location.and_then(|it| it.to_str().ok()).unwrap_or_default();
                get = channel.redirected(&get.url, location)?;
                continue;
            }
            if let StatusCode::NOT_FOUND | StatusCode::GONE = status {
                let detail = format!("the provider answers {status}");
                return Err(NotGot::Never(NotFetched::Gone, detail));
            }
            if !status.is_success() {
                return Err(NotGot::NotNow(format!("the provider answers {status}")));
            }
            match get.then {
                Then::Link => get = channel.linked(&read(response, LARGEST_LINK).await?)?,
                Then::File | Then::FileOrRedirect => return read(response, most).await,
            }
        }
        let detail = "the provider sends from one place to the next".to_owned();
        Err(NotGot::Never(NotFetched::Gone, detail))
    }

    async fn ask(&self, get: &Get) -> Result<Response, NotGot> {
        let client = match get.place {
            Place::Api => self.client.get(Timeouts::DEFAULT)?,
            Place::Named => {
                let checked = guard::check(&get.url, self.elsewhere.network);
                checked.map_err(|why| NotGot::Never(NotFetched::Gone, why.to_string()))?;
                self.elsewhere.client()?
            }
        };
        let mut request = client.get(get.url.clone()).timeout(TIMEOUT);
        if let Some(authorization) = &get.authorization {
            request = request.header(AUTHORIZATION, authorization.expose());
        }
        Ok(request.send().await?)
    }
}

/// The whole answer, if it has at most `most` bytes. No more than that is ever held.
async fn read(mut response: Response, most: u64) -> Result<Vec<u8>, NotGot> {
    let too_large = || {
        let detail = format!("it has more than {most} bytes");
        NotGot::Never(NotFetched::TooLarge, detail)
    };
    if response
        .content_length()
        .is_some_and(|length| length > most)
    {
        return Err(too_large());
    }
    let announced = response.content_length().unwrap_or_default();
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    while let Some(chunk) = response.chunk().await? {
        if (bytes.len() + chunk.len()) as u64 > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
