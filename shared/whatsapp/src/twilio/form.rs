//! A webhook's form, as bytes.
//!
//! The signature covers the decoded values byte for byte, so that nothing may be replaced while
//! decoding, as `form_urlencoded` does with what isn't UTF-8. Texts are checked when they are read.

use crate::DecodeError;

/// The pairs of an `application/x-www-form-urlencoded` body in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form(Vec<(Vec<u8>, Vec<u8>)>);

impl Form {
    /// Takes any bytes, as <https://url.spec.whatwg.org/#urlencoded-parsing> does: a `%` without
    /// two hex digits after it stands for itself.
    pub(super) fn parse(body: &[u8]) -> Self {
        let pairs = body.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| match pair.iter().position(|b| *b == b'=') {
                    Some(at) => (unescape(&pair[..at]), unescape(&pair[at + 1..])),
                    None => (unescape(pair), Vec::new()),
                })
                .collect(),
        )
    }

    /// The pairs.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(key, value)| (&key[..], &value[..]))
    }

    /// The value of a field, if there is one. Two different values are an error: which of them
    /// is meant can't be told.
    pub(super) fn text(&self, field: &'static str) -> Result<Option<&str>, DecodeError> {
        self.only(field, field.as_bytes())
    }

    /// The value of a field with a number at its end, such as `MediaUrl0`.
    pub(super) fn indexed(
        &self,
        field: &'static str,
        index: usize,
    ) -> Result<Option<&str>, DecodeError> {
        self.only(field, format!("{field}{index}").as_bytes())
    }

    fn only(&self, field: &'static str, name: &[u8]) -> Result<Option<&str>, DecodeError> {
        let malformed = |why| DecodeError::Malformed { field, why };
        let mut values = self
            .pairs()
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.any(|other| other != value) {
            return Err(malformed("given twice, with different values"));
        }
        std::str::from_utf8(value)
            .map(Some)
            .map_err(|_| malformed("not UTF-8"))
    }

    /// The value of a field that must be there and not empty.
    pub(super) fn required(&self, field: &'static str) -> Result<&str, DecodeError> {
        self.text(field)?
            .filter(|value| !value.is_empty())
            .ok_or(DecodeError::Malformed {
                field,
                why: "missing",
            })
    }
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    (high << 4) | low
                }
                _ => b'%',
            },
            (other, _) => *other,
        });
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    // `to_digit` of a byte is below 16.
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(body: &[u8], expect: &[(&[u8], &[u8])]) {
        assert_eq!(Form::parse(body).pairs().collect::<Vec<_>>(), expect);
    }

    #[test]
    fn decodes_to_bytes() {
        check(b"", &[]);
        check(
            b"a=1&&b&=c&d=",
            &[(b"a", b"1"), (b"b", b""), (b"", b"c"), (b"d", b"")],
        );
        check(b"a+b=%20c%2B+%3d=", &[(b"a b", b" c+ ==")]);
        check(b"a=%FF%c3%A9%00", &[(b"a", b"\xff\xc3\xa9\0")]);
        check(
            b"a=%&b=%4&c=%zz%+",
            &[(b"a", b"%"), (b"b", b"%4"), (b"c", b"%zz% ")],
        );
    }

    #[test]
    fn a_text_is_unambiguous_utf_8() {
        let form = Form::parse(b"To=x&To=x&From=a&From=b&Body=%FF&WaId=");
        let malformed = |field, why| Err(DecodeError::Malformed { field, why });
        assert_eq!(form.text("To"), Ok(Some("x")));
        assert_eq!(form.text("Label"), Ok(None));
        assert_eq!(
            form.text("From"),
            malformed("From", "given twice, with different values")
        );
        assert_eq!(form.text("Body"), malformed("Body", "not UTF-8"));
        assert_eq!(form.text("WaId"), Ok(Some("")));
        assert_eq!(
            form.required("WaId"),
            Err(DecodeError::Malformed {
                field: "WaId",
                why: "missing"
            })
        );
    }

    proptest! {
        #[test]
        fn a_form_comes_back(pairs in prop::collection::vec((".{1,8}", ".{0,20}"), 0..8)) {
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&pairs)
                .finish();
            let form = Form::parse(body.as_bytes());
            let expect: Vec<_> = pairs
                .iter()
                .map(|(key, value)| (key.as_bytes(), value.as_bytes()))
                .collect();
            prop_assert_eq!(form.pairs().collect::<Vec<_>>(), expect);
        }

        #[test]
        fn any_bytes_parse(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::parse(&body).text("Body");
        }
    }
}
