//! Randomness, which `core` is handed.

use countersign_core::commit::Salt;
use uuid::Uuid;

/// A salt for an event's digest.
pub fn fresh_salt() -> Salt {
    Salt(fresh_token())
}

/// 122 random bits as 32 hex digits: names one attempt at something.
pub fn fresh_token() -> String {
    Uuid::new_v4().simple().to_string()
}
