//! The time, as something that is handed in.

use std::sync::Arc;

use jiff::Timestamp;

use crate::settings::{Reader, WrongSettings, is_local};

/// Where the time comes from. Every wait, retry and expiry asks one of these.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still, for sample events whose signatures carry a date.
#[derive(Debug, Clone, Copy)]
struct StoppedClock(Timestamp);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The machine's own clock or, in front of an AWS on this machine, one that stands where
/// `LOCAL_CLOCK` says.
///
/// # Errors
/// When `LOCAL_CLOCK` is no time, or is set in front of the real AWS, where it would make expired
/// signatures valid.
pub(crate) fn local_clock(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Arc<dyn Clock>, WrongSettings> {
    const NAME: &str = "LOCAL_CLOCK";
    let Some(text) = variable(NAME) else {
        return Ok(Arc::new(SystemClock));
    };
    let mut reader = Reader::new(variable);
    let local = is_local(variable);
    let clock = match text.parse() {
        Ok(time) if local => Some(Arc::new(StoppedClock(time)) as Arc<dyn Clock>),
        Ok(_) => reader.is_wrong(
            NAME,
            Some(&text),
            "not to be set: a clock stands still only in front of an AWS on 127.0.0.1",
        ),
        Err(_) => reader.is_wrong(NAME, Some(&text), "a time such as 2026-11-20T07:00:00Z"),
    };
    reader.finish(clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Timestamp, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        match local_clock(&variable) {
            Ok(clock) => Ok(clock.now()),
            Err(wrong) => Err(wrong.to_string()),
        }
    }

    #[test]
    fn f5_a_clock_stands_still_in_front_of_a_local_aws() {
        let local = ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:4001");
        let stopped = read(&[local, ("LOCAL_CLOCK", "2026-11-20T07:00:00Z")]);
        assert_eq!(stopped.unwrap().to_string(), "2026-11-20T07:00:00Z");
        assert!(read(&[local]).unwrap() > Timestamp::UNIX_EPOCH);
        assert_eq!(
            read(&[local, ("LOCAL_CLOCK", "noon")]).unwrap_err(),
            "a setting is wrong: LOCAL_CLOCK: got \"noon\", wants a time such as \
             2026-11-20T07:00:00Z"
        );
    }

    #[test]
    fn f5_no_clock_stands_still_in_front_of_the_real_aws() {
        for elsewhere in [
            &[][..],
            &[("AWS_ENDPOINT_URL_DYNAMODB", "https://vpce.example.com")],
            &[("AWS_ENDPOINT_URL", "http://127.0.0.1.example.com:80")],
            &[("AWS_ENDPOINT_URL", "http://127.0.0.1:x@example.com")],
            &[
                ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:4001"),
                (
                    "AWS_ENDPOINT_URL_SQS",
                    "https://sqs.eu-west-1.amazonaws.com",
                ),
            ],
        ] {
            let mut variables = elsewhere.to_vec();
            variables.push(("LOCAL_CLOCK", "2026-11-20T07:00:00Z"));
            let error = read(&variables).unwrap_err();
            assert!(
                error.contains("only in front of an AWS on 127.0.0.1"),
                "{error}"
            );
        }
    }
}
