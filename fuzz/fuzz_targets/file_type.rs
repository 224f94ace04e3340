//! A file, and what it claims to be.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign_fuzz::files::kind(input));
