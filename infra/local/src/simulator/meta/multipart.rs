//! The little of multipart/form-data (RFC 7578) that an upload needs.

/// One field of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: String,
    pub(super) filename: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) bytes: &'a [u8],
}

/// The fields of a body whose Content-Type is given; `None` if it is not such a form.
pub(super) fn fields<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Field<'a>>> {
    let boundary = parameter(content_type, "boundary")?;
    let line = format!("--{boundary}");
    let mut rest = body.strip_prefix(line.as_bytes())?;
    let between = format!("\r\n{line}");
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n")?;
        let (head, after) = rest.split_at(find(rest, b"\r\n\r\n")?);
        let after = &after[4..];
        let end = find(after, between.as_bytes())?;
        fields.push(field(std::str::from_utf8(head).ok()?, &after[..end])?);
        rest = &after[end + between.len()..];
    }
    Some(fields)
}

fn field<'a>(head: &str, bytes: &'a [u8]) -> Option<Field<'a>> {
    let header = |wanted: &str| {
        head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    Some(Field {
        name: parameter(disposition, "name")?,
        filename: parameter(disposition, "filename"),
        media_type: header("content-type").map(str::to_owned),
        bytes,
    })
}

fn parameter(header: &str, wanted: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.eq_ignore_ascii_case(wanted).then(|| value.to_owned())
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w3_a_form_is_taken_apart() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n\
                     --x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
                     Content-Type: image/png\r\n\r\n\x89PNG\r\n--\r\n\r\n--x--\r\n";
        let fields = fields("multipart/form-data; boundary=x", body).unwrap();
        let expected = [
            Field {
                name: "type".into(),
                filename: None,
                media_type: None,
                bytes: b"image/png",
            },
            Field {
                name: "file".into(),
                filename: Some("a.png".into()),
                media_type: Some("image/png".into()),
                bytes: b"\x89PNG\r\n--\r\n",
            },
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn w3_what_is_no_form_is_not_taken() {
        for (content_type, body) in [
            ("application/json", "{}"),
            ("multipart/form-data; boundary=x", ""),
            ("multipart/form-data; boundary=x", "--x\r\nno head"),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
            ),
        ] {
            assert_eq!(fields(content_type, body.as_bytes()), None, "{body}");
        }
    }
}
