//! Clocks that can be moved: one that stands still until it is, and one that goes on from there.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use countersign_aws::{Clock, SystemClock};
use jiff::{SignedDuration, Timestamp};

/// A clock for tests and demonstrations. Clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The machine's clock, as far ahead as it was wound. Clones show the same time.
#[derive(Debug, Clone)]
pub struct WoundClock {
    ahead: Arc<Mutex<SignedDuration>>,
    /// Keeps how far ahead it is: data that is kept has seen that time.
    file: PathBuf,
}

impl WoundClock {
    /// The clock as far ahead as `file` says, which need not be there.
    ///
    /// # Errors
    /// The file can't be read, or holds anything else.
    pub fn open(file: PathBuf) -> io::Result<Self> {
        let seconds = match fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        let ahead = Arc::new(Mutex::new(SignedDuration::from_secs(seconds)));
        Ok(Self { ahead, file })
    }

    /// Winds it forward.
    ///
    /// # Errors
    /// The file can't be written; the clock is wound all the same.
    pub fn forward(&self, by: SignedDuration) -> io::Result<()> {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead += by;
        fs::write(&self.file, ahead.as_secs().to_string())
    }
}

impl Clock for WoundClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f4_a_clock_stays_as_far_ahead_as_it_was_wound() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        let clock = WoundClock::open(file.clone()).unwrap();
        clock.forward(SignedDuration::from_hours(20)).unwrap();
        clock.forward(SignedDuration::from_hours(5)).unwrap();
        let again = WoundClock::open(file.clone()).unwrap();
        let ahead = again.now().duration_since(SystemClock.now());
        assert!(ahead > SignedDuration::from_hours(24), "{ahead}");
        fs::write(&file, "soon").unwrap();
        assert!(WoundClock::open(file).is_err());
    }
}
