//! What a customer writes, read as a command.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| countersign_fuzz::words::commands(input));
