//! A form that Twilio posts, and its query.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign_fuzz::webhooks::twilio(input));
