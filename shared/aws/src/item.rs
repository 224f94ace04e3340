//! Items as DynamoDB holds them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::Error,
    keys::Key,
    schema::{PK, SK},
};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The attribute that holds an item's JSON.
pub(crate) const BODY: &str = "body";

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn millis(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}

impl Key {
    pub(crate) fn into_item(self) -> Item {
        HashMap::from([
            (PK.to_owned(), text(self.pk)),
            (SK.to_owned(), text(self.sk)),
        ])
    }
}

/// An item whose body is `value`'s JSON.
pub(crate) fn with_body<T: Serialize>(
    key: Key,
    what: &'static str,
    value: &T,
) -> Result<Item, Error> {
    let mut item = key.into_item();
    let body = serde_json::to_string(value).map_err(|why| Error::unreadable(what, why))?;
    item.insert(BODY.to_owned(), text(body));
    Ok(item)
}

pub(crate) fn body<T: DeserializeOwned>(what: &'static str, item: &Item) -> Result<T, Error> {
    serde_json::from_str(get_text(what, item, BODY)?).map_err(|why| Error::unreadable(what, why))
}

pub(crate) fn get_text<'a>(
    what: &'static str,
    item: &'a Item,
    name: &str,
) -> Result<&'a str, Error> {
    maybe_text(item, name).ok_or_else(|| Error::unreadable(what, format!("{name} is missing")))
}

pub(crate) fn maybe_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map(String::as_str)
}

pub(crate) fn get_number<T: std::str::FromStr>(
    what: &'static str,
    item: &Item,
    name: &str,
) -> Result<T, Error> {
    item.get(name)
        .and_then(|value| value.as_n().ok())
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| Error::unreadable(what, format!("{name} is missing or not a number")))
}

pub(crate) fn get_time(what: &'static str, item: &Item, name: &str) -> Result<Timestamp, Error> {
    let millis = get_number(what, item, name)?;
    Timestamp::from_millisecond(millis).map_err(|why| Error::unreadable(what, why))
}

pub(crate) fn parse<T>(what: &'static str, item: &Item, name: &str) -> Result<T, Error>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    get_text(what, item, name)?
        .parse()
        .map_err(|why| Error::unreadable(what, why))
}
