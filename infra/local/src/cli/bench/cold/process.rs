//! A function as a process of its own, between the Runtime API and the AWS of its environment.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use bytes::Bytes;
use tokio::process::{Child, Command};

use super::runtime_api::{RuntimeApi, Said};
use crate::stack::Environment;

/// Nothing here takes longer unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);
/// So much of what a broken function logged is shown, in bytes.
const TAIL: usize = 2000;
/// The memory that the template gives most functions, in MB. None reads it.
const MEMORY: &str = "256";

/// A running function. It is killed when this is dropped.
pub(super) struct Function {
    name: &'static str,
    api: RuntimeApi,
    child: Child,
    logs: File,
    began: Instant,
}

impl Function {
    /// Starts the binary; with an event, it has it as soon as it asks.
    pub(super) async fn start(
        name: &'static str,
        binary: &Path,
        environment: &Environment,
        event: Option<&Bytes>,
    ) -> anyhow::Result<Self> {
        let api = RuntimeApi::start(name).await?;
        if let Some(event) = event {
            api.hand(event)?;
        }
        let logs = tempfile::tempfile().context("no temporary file for the function's logs")?;
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(environment.lines().filter_map(variable))
            .envs([
                ("AWS_DEFAULT_REGION", "us-east-1"),
                ("AWS_LAMBDA_FUNCTION_NAME", name),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
                ("LANG", "en_US.UTF-8"),
                ("TZ", ":UTC"),
                ("_HANDLER", "bootstrap"),
            ])
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .stdin(Stdio::null())
            .stdout(logs.try_clone()?)
            .stderr(logs.try_clone()?)
            .kill_on_drop(true);
        let began = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("{} can't be run", binary.display()))?;
        Ok(Self {
            name,
            api,
            child,
            logs,
            began,
        })
    }

    /// When the process was started.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// When it asked for its next event.
    pub(super) async fn ready(&mut self) -> anyhow::Result<Instant> {
        match self.said().await? {
            Said::Next(at) => Ok(at),
            Said::Answer(..) => bail!("{} answered what it was not asked", self.name),
            Said::Failed(why) | Said::NotStarted(why) => self.broken(&why),
        }
    }

    /// Gives it an event, which it has asked for.
    ///
    /// # Errors
    /// When its Runtime API has ended.
    pub(super) fn hand(&self, event: &Bytes) -> anyhow::Result<()> {
        self.api.hand(event)
    }

    /// Its answer to the event it has, and when it came.
    pub(super) async fn answer(&mut self) -> anyhow::Result<(Instant, Bytes)> {
        match self.said().await? {
            Said::Answer(at, body) => Ok((at, body)),
            Said::Next(_) => bail!("{} asked for another event before it answered", self.name),
            Said::Failed(why) | Said::NotStarted(why) => self.broken(&why),
        }
    }

    /// The most memory it had so far, in MiB; `None` where the system does not say so.
    pub(super) fn peak(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        peak(&status)
    }

    /// Ends it, and waits until it is gone: the next one is not to share the processor with it.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        let ended = self.child.kill().await;
        ended.with_context(|| format!("{} can't be ended", self.name))
    }

    async fn said(&mut self) -> anyhow::Result<Said> {
        let said = tokio::select! {
            biased;
            said = self.api.said() => said,
            ended = self.child.wait() => {
                let status = ended?;
                bail!("{} ended by itself: {status}\n{}", self.name, self.tail());
            }
            () = tokio::time::sleep(PATIENCE) => {
                bail!("{} says nothing for {PATIENCE:?}\n{}", self.name, self.tail());
            }
        };
        said.with_context(|| format!("the Runtime API of {} ended", self.name))
    }

    fn broken<T>(&self, why: &[u8]) -> anyhow::Result<T> {
        let why = String::from_utf8_lossy(why);
        bail!("{} failed: {why}\n{}", self.name, self.tail())
    }

    /// The end of what it logged, or why that can't be shown.
    pub(super) fn tail(&self) -> String {
        tail(&self.logs)
    }
}

/// The end of `logs`. It stands in an error that comes in any case, so what goes wrong here is part
/// of that error's text and does not take its place.
fn tail(mut logs: &File) -> String {
    let mut logged = Vec::new();
    let read = logs.seek(SeekFrom::Start(0));
    if let Err(why) = read.and_then(|_| logs.read_to_end(&mut logged)) {
        return format!("its logs can't be read: {why}");
    }
    let from = logged.len().saturating_sub(TAIL);
    String::from_utf8_lossy(&logged[from..]).into_owned()
}

/// A variable of a line as an env file has it.
fn variable(line: String) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let unquoted = value
        .strip_prefix('\'')
        .and_then(|value| value.strip_suffix('\''));
    Some((name.to_owned(), unquoted.unwrap_or(value).to_owned()))
}

/// Linux's high-water mark of memory in RAM, in MiB, of `/proc/PID/status`.
fn peak(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u32 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(f64::from(kib) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f5_a_variable_is_read_as_an_env_file_has_it() {
        let check = |line: &str, expect: Option<(&str, &str)>| {
            let expect = expect.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(variable(line.to_owned()), expect, "{line}");
        };
        check("THREADS_TABLE=threads", Some(("THREADS_TABLE", "threads")));
        check(
            r#"ENDPOINTS='[{"a":"b=c"}]'"#,
            Some(("ENDPOINTS", r#"[{"a":"b=c"}]"#)),
        );
        check("EMPTY=", Some(("EMPTY", "")));
        check("nothing", None);
    }

    #[test]
    fn f5_the_peak_of_memory_is_the_high_water_mark() {
        let status = "Name:\tingress\nVmPeak:\t  40960 kB\nVmHWM:\t   10752 kB\nVmRSS:\t 9000 kB\n";
        assert_eq!(peak(status), Some(10.5));
        assert_eq!(peak("Name:\tingress\n"), None);
    }

    #[test]
    fn f5_logs_that_can_not_be_read_are_an_answer_too() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let for_writing_only = File::options().write(true).open(file.path()).unwrap();
        let said = tail(&for_writing_only);
        assert!(said.starts_with("its logs can't be read: "), "{said}");
        std::fs::write(file.path(), format!("first{}", "x".repeat(TAIL))).unwrap();
        assert_eq!(tail(file.as_file()), "x".repeat(TAIL));
    }

    #[tokio::test]
    async fn f5_a_process_that_ends_is_an_error_with_its_logs() {
        let stack = crate::stack::EmbeddedAws::on_ports_after(4000).unwrap();
        let seed = crate::seed::load().unwrap();
        let url = "http://127.0.0.1:4000";
        let environment = Environment::new(&seed, &stack, url, url, url);
        // It ends at once, and says first what it was given.
        let binary = Path::new("/usr/bin/env");
        let function = Function::start("ingress", binary, &environment, None).await;
        let error = function.unwrap().ready().await.unwrap_err().to_string();
        assert!(error.starts_with("ingress ended by itself: "), "{error}");
        assert!(error.contains("\nTHREADS_TABLE=threads\n"), "{error}");
        assert!(error.contains("\n_HANDLER=bootstrap\n"), "{error}");
    }
}
