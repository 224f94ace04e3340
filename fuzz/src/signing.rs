//! Both providers' signatures once more, as their documents tell them: the slow way, with nothing of the
//! product's code.

use std::collections::{BTreeMap, BTreeSet};

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// HMAC as RFC 2104 has it, for hashes with blocks of 64 bytes.
fn hmac<D: Digest>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = match key.len() {
        0..=64 => key.to_vec(),
        _ => D::digest(key).to_vec(),
    };
    block.resize(64, 0);
    let padded = |with: u8| block.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = D::digest([&padded(0x36), message].concat());
    D::digest([&padded(0x5c)[..], &inner].concat()).to_vec()
}

/// Meta's, as 64 hexadecimal digits.
pub fn meta(secret: &str, body: &[u8]) -> String {
    hex(&hmac::<Sha256>(secret.as_bytes(), body))
}

/// Twilio's for this URL and these pairs.
pub fn twilio(token: &str, url: &str, pairs: &[(Vec<u8>, Vec<u8>)]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut fields: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
    for (key, value) in pairs {
        fields.entry(key).or_default().insert(value);
    }
    let mut signed = url.as_bytes().to_vec();
    for (key, values) in fields {
        for value in values {
            signed.extend_from_slice(key);
            signed.extend_from_slice(value);
        }
    }
    STANDARD.encode(hmac::<Sha1>(token.as_bytes(), &signed))
}

/// SHA-256 as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The pairs of a form or a query.
pub fn pairs(text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    for piece in text.split(|byte| *byte == b'&') {
        if piece.is_empty() {
            continue;
        }
        let mut sides = piece.splitn(2, |byte| *byte == b'=');
        let key = sides.next().unwrap_or_default();
        pairs.push((plain(key), plain(sides.next().unwrap_or_default())));
    }
    pairs
}

fn plain(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let escaped = text.get(at + 1..at + 3).filter(|_| text[at] == b'%');
        let escaped = escaped
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (escaped, text[at]) {
            (Some(byte), _) => {
                bytes.push(byte);
                at += 2;
            }
            (None, b'+') => bytes.push(b' '),
            (None, byte) => bytes.push(byte),
        }
        at += 1;
    }
    bytes
}

/// Holds this opinion against vectors: one of Twilio's documents, and one made with Python's `hmac`.
pub fn knows_the_vectors() {
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let form = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    let signature = twilio("12345", url, &pairs(form));
    assert_eq!(signature, "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    let signature = meta("local-app-secret", body);
    let expect = "159d8a124fb0e2f4ef3bb4a98ebbbf1d3e3c9dda24422558da59e727d517c943";
    assert_eq!(signature, expect);
}
