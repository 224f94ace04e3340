//! `cargo dev` and its commands.

mod aws;
mod bench;
mod demo;
mod env;
mod eval;
mod lambda;
mod seed;
mod send;
mod tools;
mod up;

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use countersign_aws::SystemClock;

use crate::stack::{Data, LanguageModels, Options, Others, Ports};

/// Countersign on this machine: WhatsApp agents that act only when countersigned.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    elsewhere: lambda::Elsewhere,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where a stack listens and keeps its data.
#[derive(Debug, Clone, Args)]
struct Place {
    /// The port of page and API; DynamoDB, SQS and S3 take the three after it.
    #[arg(long, global = true, default_value_t = 4000, value_parser = clap::value_parser!(u16).range(1..=65532))]
    port: u16,
    /// The folder that keeps tables, queues, files and conversations over a restart.
    #[arg(long, global = true, default_value = ".countersign")]
    data_dir: PathBuf,
    /// Forget what the folder keeps and start anew.
    #[arg(long, global = true)]
    fresh: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A scripted day through all functions, printed as a transcript; exits 1 if anything is off.
    Demo,
    /// One message through the running stack; prints what comes back.
    Send(send::Send),
    /// The embedded AWS alone, with tables and seed; prints and writes the SDK's variables.
    Aws,
    /// How fast the paths of a message are on this machine, and which AWS calls each makes.
    Bench(bench::Bench),
    /// Conversations in files, played against the fake models or real ones and judged; exits 1 when
    /// one goes otherwise than expected.
    Eval(eval::Eval),
    /// The settings of the functions here; secrets are masked.
    Env(env::Env),
    /// The demo company of infra/seed into a deployed stack's business table.
    Seed(seed::SeedInto),
    /// Tools that run elsewhere.
    #[command(subcommand)]
    Tools(tools::Tools),
}

/// What the phones show, in the data folder.
const CONVERSATIONS: &str = "conversations.jsonl";
/// The files that phones sent, beside them.
const FILES: &str = "conversations.media";
/// How far ahead the clock was wound.
const CLOCK: &str = "clock";

/// A data folder that nobody else uses meanwhile.
struct Held {
    folder: PathBuf,
    /// Let go of by the operating system, however this process ends.
    _lock: File,
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// When there is nothing to run: help was asked for and printed, or something was wrong and
    /// was said in a sentence.
    pub fn read() -> Result<Self, ExitCode> {
        Self::try_parse().map_err(|error| {
            if error.use_stderr() {
                eprintln!("{}", sentence(&error.render().to_string()));
                return ExitCode::FAILURE;
            }
            // Whoever closed the pipe has seen enough of the help.
            let _ = error.print();
            ExitCode::SUCCESS
        })
    }

    /// Runs the command; without one, everything on one address.
    ///
    /// # Errors
    /// In words for the person at the keyboard.
    pub async fn run(self) -> anyhow::Result<()> {
        let command = match (self.command, self.elsewhere.url()) {
            (None, Some(url)) => return self.elsewhere.up(&self.place, url).await,
            (Some(_), Some(_)) => bail!(
                "--lambda goes with no command: `cargo dev --lambda URL` serves the phones, and \
                 the commands run beside it"
            ),
            (command, None) => command,
        };
        match command {
            None => up::up(&self.place).await,
            Some(Command::Demo) => demo::demo().await,
            Some(Command::Send(send)) => send.run(self.place.port).await,
            Some(Command::Aws) => aws::aws(&self.place).await,
            Some(Command::Bench(bench)) => bench.run().await,
            Some(Command::Eval(eval)) => eval.run().await,
            Some(Command::Env(env)) => env.run(&self.place),
            Some(Command::Seed(seed)) => seed.run().await,
            Some(Command::Tools(tools)) => tools.run().await,
        }
    }
}

impl Place {
    /// The data folder, emptied of what a stack keeps there when asked to. Anything else in it
    /// stays: it may be somebody's.
    fn hold(&self) -> anyhow::Result<Held> {
        let folder = self.data_dir.clone();
        let named = folder.display();
        let unwritable = |why: io::Error| {
            anyhow::anyhow!(
                "the folder {named} can't be written ({why}); choose another with --data-dir"
            )
        };
        std::fs::create_dir_all(&folder).map_err(unwritable)?;
        let lock = File::create(folder.join("lock")).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "the folder {named} is in use by another cargo dev; end that one, or choose \
                 another with --data-dir"
            ),
            Err(TryLockError::Error(why)) => return Err(unwritable(why)),
        }
        if self.fresh {
            for name in ["s3", CONVERSATIONS, FILES, CLOCK] {
                remove(&folder.join(name))?;
            }
            for database in ["dynamodb.sqlite", "sqs.sqlite"] {
                for suffix in ["", "-wal", "-shm"] {
                    remove(&folder.join(format!("{database}{suffix}")))?;
                }
            }
        }
        Ok(Held {
            folder,
            _lock: lock,
        })
    }
}

/// Settings of the functions that are passed on as they are.
const PASSED_ON: [&str; 6] = [
    "TRANSCRIPTION_URL",
    "TRANSCRIPTION_MODEL",
    "TRANSCRIPTION_KEY",
    "TRANSCRIPTION_SECONDS",
    "TYPING",
    "STREAM_ANSWERS",
];

impl Held {
    /// A stack that keeps its data in this folder and listens at `place`, by the machine's clock.
    /// It asks the language models that the variable `MODELS` gives keys for, and shows the tools
    /// elsewhere what `TOOL_SECRETS` has for them. Who transcribes, and what is shown to who waits, is
    /// set as for the functions.
    fn options(&self, place: &Place) -> Options {
        Options {
            data: Data::Kept(self.folder.clone()),
            ports: Ports::From(place.port),
            clock: Arc::new(SystemClock),
            others: Others {
                models: std::env::var("MODELS").ok().map(LanguageModels::Providers),
                tool_secrets: std::env::var("TOOL_SECRETS").ok(),
                settings: PASSED_ON
                    .into_iter()
                    .filter_map(|name| Some((name, std::env::var(name).ok()?)))
                    .collect(),
                ..Others::default()
            },
        }
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} can't be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// Waits for Ctrl-C, or for whoever started this to end it.
async fn ended() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// What clap says in paragraphs, as one sentence: what was wrong, and its first tip.
fn sentence(said: &str) -> String {
    let paragraphs = said.split("\n\n").map(|paragraph| {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        words.join(" ")
    });
    let mut parts = Vec::new();
    for paragraph in paragraphs {
        if let Some(wrong) = paragraph.strip_prefix("error: ") {
            parts.push(wrong.to_owned());
        } else if let Some(tips) = paragraph.strip_prefix("tip: ") {
            let first = tips.split(" tip: ").next().unwrap_or(tips);
            parts.push(first.to_owned());
        }
    }
    parts.push("cargo dev --help shows what there is".to_owned());
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_command_line_is_one_sentence() {
        let check = |line: &str, expect: &str| {
            let words = std::iter::once("cargo dev").chain(line.split(' '));
            let error = Cli::try_parse_from(words).unwrap_err();
            let expect = format!("{expect}; cargo dev --help shows what there is");
            assert_eq!(sentence(&error.render().to_string()), expect);
        };
        check(
            "--prot 5000",
            "unexpected argument '--prot' found; a similar argument exists: '--port'",
        );
        check(
            "--port 65533",
            "invalid value '65533' for '--port <PORT>': 65533 is not in 1..=65532",
        );
        check(
            "send hello --provider signal",
            "invalid value 'signal' for '--provider <PROVIDER>' [possible values: twilio, meta]",
        );
        check(
            "send",
            "the following required arguments were not provided: <TEXT>",
        );
    }
}
