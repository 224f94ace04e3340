//! Words on their way to WhatsApp: marks, then parts.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign_fuzz::words::outgoing(input));
