//! What Meta refuses in a send, and what the rest of it becomes on a phone. The limits are those
//! of https://developers.facebook.com/docs/whatsapp/cloud-api/messages, in characters.

use std::collections::HashSet;

use super::{
    error::MetaError,
    payload::{
        Action, Button, Choice, Contact, File, Interactive, Location, Payload, Reaction, Section,
        Template, Words,
    },
};
use crate::simulator::content::{
    MediaKind, SimChoice, SimContact, SimContent, SimMedia, SimSection,
};

const TEXT: usize = 4096;
const CAPTION: usize = 1024;
const INTERACTIVE_BODY: usize = 1024;
const HEADER: usize = 60;
const BUTTON_TITLE: usize = 20;
const BUTTON_ID: usize = 256;
const ROW_TITLE: usize = 24;
const ROW_DESCRIPTION: usize = 72;
const ROW_ID: usize = 200;
const MOST_BUTTONS: usize = 3;
const MOST_ROWS: usize = 10;
const TEMPLATE_NAME: usize = 512;
const REFERENCE: usize = 512;

/// A send's words and what is beside them.
#[derive(Debug, PartialEq)]
pub(super) struct Checked {
    pub(super) body: String,
    pub(super) content: SimContent,
    /// Where the file can be fetched that came with it.
    pub(super) link: Option<String>,
    /// What a template is filled with, in the order of its variables.
    pub(super) values: Vec<String>,
}

impl Checked {
    fn of(body: impl Into<String>, content: SimContent) -> Self {
        Self {
            body: body.into(),
            content,
            link: None,
            values: Vec::new(),
        }
    }
}

pub(super) fn check(payload: Payload) -> Result<Checked, MetaError> {
    if payload.messaging_product.as_deref() != Some("whatsapp") {
        return Err(MetaError::parameter(
            "messaging_product must be one of {WHATSAPP}",
        ));
    }
    if payload
        .recipient_type
        .is_some_and(|kind| kind != "individual")
    {
        return Err(MetaError::parameter(
            "recipient_type must be one of {INDIVIDUAL}",
        ));
    }
    if let Some(reference) = &payload.biz_opaque_callback_data {
        limited("biz_opaque_callback_data", reference, REFERENCE)?;
    }
    match payload.kind.as_deref().unwrap_or("text") {
        "text" => {
            let text = required("text", payload.text)?;
            let body = required("text['body']", text.body)?;
            Ok(Checked::of(
                filled("text['body']", body, TEXT)?,
                SimContent::Text,
            ))
        }
        "image" => file(MediaKind::Image, payload.image),
        "audio" => file(MediaKind::Audio, payload.audio),
        "video" => file(MediaKind::Video, payload.video),
        "document" => file(MediaKind::Document, payload.document),
        "sticker" => file(MediaKind::Sticker, payload.sticker),
        "location" => location(required("location", payload.location)?),
        "contacts" => contacts(required("contacts", payload.contacts)?),
        "interactive" => interactive(required("interactive", payload.interactive)?),
        "template" => template(required("template", payload.template)?),
        "reaction" => reaction(required("reaction", payload.reaction)?),
        other => Err(MetaError::parameter(format!(
            "Param type must be one of {{AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, \
             REACTION, STICKER, TEMPLATE, TEXT, VIDEO}} - got \"{other}\"."
        ))),
    }
}

fn file(kind: MediaKind, file: Option<File>) -> Result<Checked, MetaError> {
    let name = kind.as_str();
    let file = required(name, file)?;
    let web = |link: &String| link.starts_with("http://") || link.starts_with("https://");
    match (&file.id, &file.link) {
        (Some(_), None) => {}
        (None, Some(link)) if web(link) => {}
        (None, Some(_)) => {
            return Err(MetaError::parameter(format!(
                "Param {name}['link'] is not a valid URL."
            )));
        }
        _ => {
            return Err(MetaError::parameter(format!(
                "Param {name} must have exactly one of {{id, link}}."
            )));
        }
    }
    let has_caption = !matches!(
        kind,
        MediaKind::Audio | MediaKind::Voice | MediaKind::Sticker
    );
    if file.caption.is_some() && !has_caption {
        return Err(MetaError::parameter(format!(
            "Unexpected key \"caption\" on param \"{name}\"."
        )));
    }
    let caption = file.caption.unwrap_or_default();
    limited(&format!("{name}['caption']"), &caption, CAPTION)?;
    Ok(Checked {
        body: caption,
        content: SimContent::Media(SimMedia {
            kind,
            id: file.id,
            media_type: None,
            filename: file.filename.filter(|_| kind == MediaKind::Document),
        }),
        link: file.link,
        values: Vec::new(),
    })
}

fn location(location: Location) -> Result<Checked, MetaError> {
    // Numbers and their texts are both taken.
    let degrees = |name: &str, value: Option<serde_json::Value>, most: f64| {
        let value = required(name, value)?;
        let number = value
            .as_f64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        number
            .filter(|degrees| degrees.abs() <= most)
            .ok_or_else(|| {
                MetaError::parameter(format!("Param {name} must be a number of degrees."))
            })
    };
    Ok(Checked::of(
        "",
        SimContent::Location {
            latitude: degrees("location['latitude']", location.latitude, 90.0)?,
            longitude: degrees("location['longitude']", location.longitude, 180.0)?,
            name: location.name,
            address: location.address,
        },
    ))
}

fn contacts(contacts: Vec<Contact>) -> Result<Checked, MetaError> {
    if contacts.is_empty() {
        return Err(MetaError::plain(131_008));
    }
    let contacts = contacts.into_iter().map(|contact| {
        let name = contact.name.and_then(|name| name.formatted_name);
        let name = required("contacts['name']['formatted_name']", name)?;
        let phones = contact.phones.into_iter().filter_map(|phone| phone.phone);
        Ok(SimContact {
            name,
            phones: phones.collect(),
        })
    });
    let contacts = contacts.collect::<Result<_, MetaError>>()?;
    Ok(Checked::of("", SimContent::Contacts { contacts }))
}

fn interactive(interactive: Interactive) -> Result<Checked, MetaError> {
    let words = |words: Option<Words>| words.and_then(|words| words.text);
    let body = required("interactive['body']['text']", words(interactive.body))?;
    let body = filled("interactive['body']['text']", body, INTERACTIVE_BODY)?;
    let footer = words(interactive.footer);
    limited(
        "interactive['footer']['text']",
        footer.as_deref().unwrap_or(""),
        HEADER,
    )?;
    let header = match interactive.header {
        None => None,
        Some(header) if header.kind.as_deref() == Some("text") => {
            let text = required("interactive['header']['text']", header.text)?;
            Some(filled("interactive['header']['text']", text, HEADER)?)
        }
        Some(_) => {
            return Err(MetaError::parameter(
                "The simulated provider shows headers of type text alone.",
            ));
        }
    };
    let action = required("interactive['action']", interactive.action)?;
    let content = match interactive.kind.as_deref() {
        Some("button") => SimContent::Buttons {
            header,
            footer,
            buttons: buttons(action.buttons)?,
        },
        Some("list") => list(header, footer, action)?,
        other => {
            return Err(MetaError::parameter(format!(
                "Param interactive['type'] must be one of {{button, list}} - got {other:?}."
            )));
        }
    };
    Ok(Checked::of(body, content))
}

fn buttons(buttons: Vec<Button>) -> Result<Vec<SimChoice>, MetaError> {
    if buttons.is_empty() || buttons.len() > MOST_BUTTONS {
        return Err(MetaError::new(
            131_009,
            "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3",
        ));
    }
    let choices = buttons.into_iter().map(|button| {
        if button.kind.as_deref() != Some("reply") {
            return Err(MetaError::parameter("A button's type must be reply."));
        }
        choice(
            required("reply", button.reply)?,
            "Button",
            BUTTON_ID,
            BUTTON_TITLE,
        )
    });
    distinct(choices.collect::<Result<_, _>>()?, "Button")
}

fn list(
    header: Option<String>,
    footer: Option<String>,
    action: Action,
) -> Result<SimContent, MetaError> {
    let button = required("interactive['action']['button']", action.button)?;
    let button = filled("interactive['action']['button']", button, BUTTON_TITLE)?;
    let sections = action.sections;
    if sections.is_empty() {
        return Err(MetaError::plain(131_008));
    }
    let rows: usize = sections.iter().map(|section| section.rows.len()).sum();
    if rows == 0 || rows > MOST_ROWS {
        return Err(MetaError::new(
            131_009,
            format!("Total row count exceed max allowed count: {MOST_ROWS}, or is 0"),
        ));
    }
    let alone = sections.len() == 1;
    let part = |section: Section| {
        let title = section.title.unwrap_or_default();
        if title.is_empty() && !alone {
            return Err(MetaError::new(131_009, "Section title is required"));
        }
        limited("section title", &title, ROW_TITLE)?;
        let rows = section
            .rows
            .into_iter()
            .map(|row| choice(row, "Row", ROW_ID, ROW_TITLE));
        Ok(SimSection {
            title,
            rows: rows.collect::<Result<_, _>>()?,
        })
    };
    let sections: Vec<SimSection> = sections.into_iter().map(part).collect::<Result<_, _>>()?;
    let all = sections.iter().flat_map(|part| part.rows.clone());
    distinct(all.collect(), "Row")?;
    Ok(SimContent::List {
        header,
        footer,
        button,
        sections,
    })
}

fn choice(choice: Choice, what: &str, id: usize, title: usize) -> Result<SimChoice, MetaError> {
    let description = choice.description.filter(|text| !text.is_empty());
    let text = description.as_deref().unwrap_or("");
    limited(&format!("{what} description"), text, ROW_DESCRIPTION)?;
    Ok(SimChoice {
        id: filled(&format!("{what} id"), choice.id.unwrap_or_default(), id)?,
        title: filled(
            &format!("{what} title"),
            choice.title.unwrap_or_default(),
            title,
        )?,
        description,
    })
}

/// No two have one id, and no two buttons one title.
fn distinct(choices: Vec<SimChoice>, what: &str) -> Result<Vec<SimChoice>, MetaError> {
    let ids: HashSet<_> = choices.iter().map(|choice| &choice.id).collect();
    let titles: HashSet<_> = choices.iter().map(|choice| &choice.title).collect();
    if ids.len() < choices.len() || (what == "Button" && titles.len() < choices.len()) {
        return Err(MetaError::new(
            131_009,
            format!("{what} ids and titles must be unique"),
        ));
    }
    Ok(choices)
}

/// Of a template that the simulator does not know it shows which one was filled with what.
fn template(template: Template) -> Result<Checked, MetaError> {
    let name = required("template['name']", template.name)?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > TEMPLATE_NAME || !name.chars().all(is_name) {
        return Err(MetaError::new(
            132_001,
            format!("template name ({name}) does not exist in the translation"),
        ));
    }
    let language = template.language.and_then(|language| language.code);
    let language = required("template['language']['code']", language)?;
    let mut words = Vec::new();
    let mut buttons = Vec::new();
    for component in template.components {
        let kind = required("component type", component.kind)?.to_ascii_lowercase();
        for parameter in component.parameters {
            let is_reply = component.sub_type.as_deref() == Some("quick_reply");
            match (kind.as_str(), parameter.text, parameter.payload) {
                ("button", _, Some(payload)) if is_reply => buttons.push(SimChoice {
                    title: format!("Button {}", buttons.len() + 1),
                    id: payload,
                    description: None,
                }),
                ("button", ..) => {}
                (_, Some(text), _) => words.push(text),
                _ => {
                    let kind = required("parameter type", parameter.kind)?;
                    let value = parameter.rest.get(&kind).map(ToString::to_string);
                    words.push(required(&format!("parameter {kind}"), value)?);
                }
            }
        }
    }
    let body = format!("[{name}] {}", words.join(" · "));
    let content = SimContent::Template {
        name,
        language,
        buttons,
    };
    Ok(Checked {
        values: words,
        ..Checked::of(body.trim_end(), content)
    })
}

fn reaction(reaction: Reaction) -> Result<Checked, MetaError> {
    let to = required("reaction['message_id']", reaction.message_id)?;
    let emoji = reaction.emoji.unwrap_or_default();
    if emoji.chars().any(|c| c.is_ascii_alphabetic()) || emoji.chars().count() > 12 {
        return Err(MetaError::new(
            131_009,
            "reaction['emoji'] must be one emoji",
        ));
    }
    Ok(Checked::of(emoji, SimContent::Reaction { to }))
}

fn required<T>(name: &str, value: Option<T>) -> Result<T, MetaError> {
    value.ok_or_else(|| MetaError::parameter(format!("The parameter {name} is required.")))
}

fn filled(name: &str, text: String, most: usize) -> Result<String, MetaError> {
    if text.trim().is_empty() {
        return Err(MetaError::parameter(format!(
            "The parameter {name} is required."
        )));
    }
    limited(name, &text, most)?;
    Ok(text)
}

fn limited(name: &str, text: &str, most: usize) -> Result<(), MetaError> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(MetaError::parameter(format!(
        "Param {name} must be at most {most} characters long."
    )))
}
