//! The body of a send, as Meta's documents describe it. Fields that the simulator has no use for
//! are not read.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct Payload {
    pub(super) messaging_product: Option<String>,
    pub(super) recipient_type: Option<String>,
    pub(super) to: Option<String>,
    /// A business-scoped user id, in place of `to`.
    pub(super) recipient: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) context: Option<Context>,
    pub(super) biz_opaque_callback_data: Option<String>,
    pub(super) status: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) typing_indicator: Option<TypingIndicator>,
    pub(super) text: Option<Text>,
    pub(super) image: Option<File>,
    pub(super) audio: Option<File>,
    pub(super) video: Option<File>,
    pub(super) document: Option<File>,
    pub(super) sticker: Option<File>,
    pub(super) location: Option<Location>,
    pub(super) contacts: Option<Vec<Contact>>,
    pub(super) interactive: Option<Interactive>,
    pub(super) template: Option<Template>,
    pub(super) reaction: Option<Reaction>,
}

#[derive(Deserialize)]
pub(super) struct Context {
    pub(super) message_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct TypingIndicator {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Text {
    pub(super) body: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub(super) id: Option<String>,
    pub(super) link: Option<String>,
    pub(super) caption: Option<String>,
    pub(super) filename: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Location {
    pub(super) latitude: Option<Value>,
    pub(super) longitude: Option<Value>,
    pub(super) name: Option<String>,
    pub(super) address: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Contact {
    pub(super) name: Option<ContactName>,
    #[serde(default)]
    pub(super) phones: Vec<ContactPhone>,
}

#[derive(Deserialize)]
pub(super) struct ContactName {
    pub(super) formatted_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ContactPhone {
    pub(super) phone: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Interactive {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) header: Option<Header>,
    pub(super) body: Option<Words>,
    pub(super) footer: Option<Words>,
    pub(super) action: Option<Action>,
}

#[derive(Deserialize)]
pub(super) struct Header {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Words {
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Action {
    #[serde(default)]
    pub(super) buttons: Vec<Button>,
    pub(super) button: Option<String>,
    #[serde(default)]
    pub(super) sections: Vec<Section>,
}

#[derive(Deserialize)]
pub(super) struct Button {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) reply: Option<Choice>,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Section {
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) rows: Vec<Choice>,
}

#[derive(Deserialize)]
pub(super) struct Template {
    pub(super) name: Option<String>,
    pub(super) language: Option<Language>,
    #[serde(default)]
    pub(super) components: Vec<Component>,
}

#[derive(Deserialize)]
pub(super) struct Language {
    pub(super) code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Component {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) sub_type: Option<String>,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
pub(super) struct Parameter {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) text: Option<String>,
    pub(super) payload: Option<String>,
    #[serde(flatten)]
    pub(super) rest: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
pub(super) struct Reaction {
    pub(super) message_id: Option<String>,
    pub(super) emoji: Option<String>,
}
