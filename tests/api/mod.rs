//! What the project promises about itself.

mod frame;
mod template;
