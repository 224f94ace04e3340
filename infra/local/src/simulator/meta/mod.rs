//! Meta's WhatsApp Cloud API: what comes in is a send, an upload or the like; what goes out is one
//! signed webhook for messages and statuses alike. Shapes and codes are those of
//! https://developers.facebook.com/docs/whatsapp/cloud-api.

mod api;
mod check;
mod error;
mod files;
mod multipart;
mod pace;
mod payload;
mod statuses;
mod webhook;

pub(crate) use self::webhook::signature_of;
pub(super) use self::{api::router, error::meaning, pace::Pace, webhook::problem};
