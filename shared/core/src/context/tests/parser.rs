//! Reads a prompt back, knowing nothing of how it was written: a block is a tag, attributes in
//! double quotes, a text without angle brackets, the same tag closed, and a line break.

/// A block as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub tag: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

impl Parsed {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(known, _)| known == name);
        let (_, value) = found.next()?;
        assert!(found.next().is_none(), "{name} twice in {self:?}");
        Some(value)
    }
}

pub fn parse(prompt: &str) -> Vec<Parsed> {
    let mut rest = prompt;
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        let (block, after) = block(rest).unwrap_or_else(|| panic!("no block begins at {rest:?}"));
        blocks.push(block);
        rest = after;
    }
    blocks
}

fn block(text: &str) -> Option<(Parsed, &str)> {
    let (tag, mut rest) = name(text.strip_prefix('<')?)?;
    let mut attributes = Vec::new();
    while let Some(after) = rest.strip_prefix(' ') {
        let (name, after) = name(after)?;
        let (value, after) = after.strip_prefix("=\"")?.split_once('"')?;
        assert!(!value.contains(['<', '>', '\n', '=']), "{value:?}");
        attributes.push((name.to_owned(), decoded(value)));
        rest = after;
    }
    let (text, rest) = rest.strip_prefix('>')?.split_once('<')?;
    assert!(!text.contains('>'), "{text:?}");
    let rest = rest
        .strip_prefix('/')?
        .strip_prefix(tag)?
        .strip_prefix(">\n")?;
    let parsed = Parsed {
        tag: tag.to_owned(),
        attributes,
        text: decoded(text),
    };
    Some((parsed, rest))
}

fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '_')?;
    (end > 0).then(|| text.split_at(end))
}

/// Once and only once, so that what was an entity before it was escaped stays one.
fn decoded(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';').expect("a bare &");
        match entity {
            "amp" => out.push('&'),
            "lt" => out.push('<'),
            "gt" => out.push('>'),
            "quot" => out.push('"'),
            other => {
                let number = other.strip_prefix('#').expect("an unknown entity");
                out.push(char::from_u32(number.parse().unwrap()).unwrap());
            }
        }
        out.push_str(after);
    }
    out
}
