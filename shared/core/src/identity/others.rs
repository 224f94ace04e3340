//! A code where no words are: in a form, on a contact's card, in the name of a file.

use serde_json::Value;

use crate::message::Content;

/// The content with whatever others composed in it besides its words changed.
pub(super) fn map_others(mut content: Content, change: &dyn Fn(&str) -> String) -> Content {
    let each = |text: &mut String| *text = change(text);
    match &mut content {
        Content::Media(media) => media.filename.iter_mut().for_each(each),
        Content::Location(place) => {
            let texts = [&mut place.name, &mut place.address];
            texts.into_iter().flatten().for_each(each);
        }
        Content::Contacts { contacts } => {
            for card in contacts {
                let fields = card.phones.iter_mut().chain(&mut card.emails);
                fields.chain([&mut card.name]).for_each(each);
            }
        }
        Content::Form { values } => *values = form(values, change),
        Content::Order(order) => {
            for item in &mut order.items {
                each(&mut item.product);
                each(&mut item.price);
            }
        }
        Content::Reaction { emoji, .. } => emoji.iter_mut().for_each(each),
        Content::Text { .. }
        | Content::Choice { .. }
        | Content::Edited { .. }
        | Content::Revoked { .. }
        | Content::Renamed { .. }
        | Content::Unreadable { .. } => {}
    }
    content
}

/// A form is JSON and stays so, whichever way a text is escaped in it.
fn form(values: &str, change: &dyn Fn(&str) -> String) -> String {
    let Ok(before) = serde_json::from_str::<Value>(values) else {
        return change(values);
    };
    let after = changed(&before, change);
    match after == before {
        true => values.to_owned(),
        false => after.to_string(),
    }
}

fn changed(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Number(number) => {
            let text = number.to_string();
            let changed = change(&text);
            match changed == text {
                true => value.clone(),
                false => changed.into(),
            }
        }
        Value::Array(items) => items.iter().map(|item| changed(item, change)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (change(name), changed(value, change)))
            .collect(),
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ContactCard, Location, Media, MediaKind, Order, OrderItem};

    const CODE: &str = "123456";

    fn kinds() -> Vec<Content> {
        let text = || format!("is it {CODE}?");
        vec![
            Content::Media(Media {
                kind: MediaKind::Document,
                media_type: "application/pdf".into(),
                source: "https://api.twilio.com/x".into(),
                content: None,
                filename: Some(text()),
                caption: None,
            }),
            Content::Location(Location {
                latitude: 1.0,
                longitude: 2.0,
                name: Some(text()),
                address: Some(text()),
            }),
            Content::Contacts {
                contacts: vec![ContactCard {
                    name: text(),
                    phones: vec![text()],
                    emails: vec![text()],
                }],
            },
            Content::Form {
                values: format!(
                    r#"{{"{CODE}":[1,{CODE},{{"a":"\u0031{}","b":null}}]}}"#,
                    &CODE[1..]
                ),
            },
            Content::Order(Order {
                catalogue: "1".into(),
                items: vec![OrderItem {
                    product: text(),
                    quantity: 1,
                    price: CODE.into(),
                    currency: "RWF".into(),
                }],
                text: None,
            }),
            Content::Reaction {
                to: "SM1".parse().unwrap(),
                emoji: Some(CODE.into()),
            },
        ]
    }

    #[test]
    fn o10_a_code_is_in_no_kind_of_message() {
        for content in kinds() {
            let before = serde_json::to_string(&content).unwrap();
            assert!(before.contains(CODE));
            let masked = map_others(content, &|text| text.replace(CODE, "[the code]"));
            for text in masked.other_texts() {
                assert!(!text.contains("2345"), "{text}");
            }
            if let Content::Form { values } = &masked {
                let form: Value = serde_json::from_str(values).unwrap();
                assert_eq!(
                    form["[the code]"],
                    serde_json::json!([1, "[the code]", {"a": "[the code]", "b": null}])
                );
            }
        }
    }

    #[test]
    fn o10_what_holds_no_code_is_as_it_came() {
        for content in kinds() {
            assert_eq!(map_others(content.clone(), &str::to_owned), content);
        }
    }
}
