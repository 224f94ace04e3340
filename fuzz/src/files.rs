//! What a file claims to be and what its bytes are.

use countersign_core::message::file::checked_type;

/// Types that do something where somebody opens them.
const NEVER: [&str; 4] = [
    "text/html",
    "image/svg+xml",
    "application/xhtml+xml",
    "application/x-msdownload",
];

/// A file: the claim stands before the first line's end, the bytes after it.
pub fn kind(input: &[u8]) {
    let at = input.iter().position(|byte| *byte == b'\n');
    let (claim, bytes) = match at {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &b""[..]),
    };
    let claim = String::from_utf8_lossy(claim);
    let found = checked_type(&claim, bytes);
    assert_eq!(found, checked_type(&claim, bytes), "looked at twice");
    let Some(found) = found else { return };
    let claimed = claim.split(';').next().unwrap_or_default().trim();
    assert!(found.eq_ignore_ascii_case(claimed), "{found} of {claimed}");
    assert!(!NEVER.contains(&found), "{found}");
    assert_eq!(checked_type(found, bytes), Some(found), "by its own name");
    if found.starts_with("text/") {
        let text = std::str::from_utf8(bytes).expect("text is UTF-8");
        assert!(!text.contains('\0'), "no program and no picture");
        return;
    }
    // How it begins says what it is, so that what follows changes nothing, and half of a beginning is none.
    let longer = [bytes, b"\n<script>"].concat();
    assert_eq!(checked_type(found, &longer), Some(found));
    assert_eq!(checked_type(found, b"<html><script>"), None);
    assert_eq!(checked_type(found, &bytes[..1]), None, "{bytes:?}");
}
