//! Who signed a body in Meta's place, and who asks in it.

#![no_main]

libfuzzer_sys::fuzz_target!(
    init: countersign_fuzz::signing::knows_the_vectors(),
    |input: &[u8]| countersign_fuzz::signatures::meta(input)
);
