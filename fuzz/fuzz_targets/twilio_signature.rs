//! Who signed a request in Twilio's place.

#![no_main]

libfuzzer_sys::fuzz_target!(
    init: countersign_fuzz::signing::knows_the_vectors(),
    |input: &[u8]| countersign_fuzz::signatures::twilio(input)
);
