//! What guards a conversation (O9, O10): how much of a message is read, what in it looks like an
//! attack, and what may not leave in logs, memory or answers.
//!
//! None of this is a wall of its own. Customer text is data whatever it says, and an act needs its
//! countersignature whatever a model was talked into; this keeps personal data out of sight and
//! tells operators and the model what to look at twice.

mod glyph;
mod limit;
mod moderate;
mod redact;
mod screen;
mod visible;

pub(crate) use glyph::readable;
pub use limit::{LONGEST_MESSAGE, Limited, limit};
pub use moderate::{BLOCK_TAGS, Change, Moderated, Refusal, moderate};
pub use redact::{Found, Own, Redacted, redact};
pub use screen::{Flag, Screened, screen};
pub use visible::shown;
