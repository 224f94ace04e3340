//! The company, its sites and its people.

use std::collections::BTreeSet;

use countersign_core::{E164, EndpointId, PersonaName, Tenant, opt_out};
use jiff::tz::TimeZone;

use super::{
    document::Document,
    reader::{Entry, Known, one_of},
};

/// A company that runs agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id: every stored key begins with it.
    pub tenant: Tenant,
    /// What people call it.
    pub name: String,
    /// The ISO 4217 code of the currency of every price, three capital letters.
    pub currency: String,
    /// Where its days begin and end.
    pub time_zone: TimeZone,
    /// Where customers and staff reach its agents.
    pub whatsapp: WhatsappNumber,
    /// A number of theirs at Meta, beside the one at Twilio.
    pub meta: Option<WhatsappNumber>,
    /// Whether it greets whoever writes for the first time.
    pub greet: bool,
    /// The words by which customers ask to be sent nothing more, where they are not the usual ones.
    pub opt_out_words: Vec<String>,
    /// The same for being written to again.
    pub opt_in_words: Vec<String>,
    /// Its shops, in the order in which they are shown.
    pub sites: Vec<Site>,
    /// The people it knows by number; whoever else writes is a customer.
    pub people: Vec<Person>,
}

/// A WhatsApp number and the webhook behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatsappNumber {
    /// The last part of the webhook's path.
    pub endpoint: EndpointId,
    /// The number people write to.
    pub number: E164,
}

/// A shop with stock of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id, as `stock` and `daily` name it.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A person known by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// First and last name.
    pub name: String,
    /// The number they write from.
    pub number: E164,
    /// What they may do.
    pub role: Role,
    /// How they are spoken to; none is the default.
    pub persona: Option<PersonaName>,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Works for the company.
    Staff,
    /// Buys from it.
    Customer,
    /// Decides on what agents want to send.
    Approver,
}

impl Role {
    /// Every role, as listed to a person.
    pub const ALL: [Self; 3] = [Self::Staff, Self::Customer, Self::Approver];

    /// The role as the file names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
            Self::Approver => "approver",
        }
    }
}

/// The company, and its sites for other files to refer to. `personas` are those of personas.toml.
pub(super) fn read(document: &Document<'_>, personas: Option<&Known>) -> (Option<Company>, Known) {
    let mut top = document.top();
    let tenant = top.id("tenant");
    let name = top.text("name");
    let currency = top.text_as(
        "currency",
        r#"three capital letters, such as "RWF""#,
        |code| {
            let valid = code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
            valid.then(|| code.to_owned())
        },
    );
    let time_zone = top.text_as(
        "time_zone",
        r#"a name of the tz database, such as "Africa/Kigali""#,
        |name| TimeZone::get(name).ok(),
    );
    let greet = match top.has("greet") {
        true => top.flag("greet"),
        false => Some(true),
    };
    let at_meta = match top.has("meta") {
        true => top.table("meta").and_then(whatsapp),
        false => None,
    };
    let mut words = |field| match top.has(field) {
        true => top.list(field, |word| match opt_out::is_word(word) {
            true => Ok(()),
            false => Err("a word or a few, at most 40 characters".to_owned()),
        }),
        false => Some(vec![]),
    };
    let opt_out_words = words("opt_out_words");
    let opt_in_words = words("opt_in_words");
    let whatsapp = top.table("whatsapp").and_then(whatsapp);
    let (sites, known) = sites(top.tables("site", "id"));
    let people = people(&mut top, personas);
    top.finish();

    let company = || {
        Some(Company {
            tenant: tenant?,
            name: name?,
            currency: currency?,
            time_zone: time_zone?,
            whatsapp: whatsapp?,
            meta: at_meta,
            greet: greet?,
            opt_out_words: opt_out_words?,
            opt_in_words: opt_in_words?,
            sites,
            people,
        })
    };
    (company(), known)
}

/// The people who work for the company, for other files to refer to.
pub(super) fn colleagues(company: &Company) -> Known {
    let works_here = |person: &&Person| person.role != Role::Customer;
    let people = company.people.iter().filter(works_here);
    let ids: BTreeSet<_> = people.map(|person| person.name.clone()).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let wants = format!("who works there, as in company.toml: {}", one_of(&names));
    Known { wants, ids }
}

fn whatsapp(mut entry: Entry<'_>) -> Option<WhatsappNumber> {
    let endpoint = entry.id("endpoint");
    let number = entry.id("number");
    entry.finish();
    Some(WhatsappNumber {
        endpoint: endpoint?,
        number: number?,
    })
}

fn sites(entries: Vec<Entry<'_>>) -> (Vec<Site>, Known) {
    let mut sites = Vec::new();
    let mut ids = BTreeSet::new();
    for mut entry in entries {
        if let Some(raw) = entry.raw("id") {
            entry.once("id", raw, &mut ids);
        }
        let id = entry.text_as("id", "1 to 40 of a-z, 0-9 and -", |id| {
            let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            ((1..=40).contains(&id.len()) && id.bytes().all(valid)).then(|| id.to_owned())
        });
        let name = entry.text("name");
        entry.finish();
        if let (Some(id), Some(name)) = (id, name) {
            sites.push(Site { id, name });
        }
    }
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let wants = format!("a site of company.toml: {}", one_of(&names));
    (sites, Known { wants, ids })
}

fn people(top: &mut Entry<'_>, personas: Option<&Known>) -> Vec<Person> {
    let mut people = Vec::new();
    let mut numbers = BTreeSet::new();
    let mut roles = Vec::new();
    let entries = top.tables("person", "name");
    let some = !entries.is_empty();
    for mut entry in entries {
        if let Some(raw) = entry.raw("number") {
            entry.once("number", raw, &mut numbers);
        }
        let name = entry.text("name");
        let number = entry.id("number");
        let role = entry.choice("role", &Role::ALL, Role::as_str);
        let persona = match entry.has("persona") {
            true => persona(&mut entry, personas).map(Some),
            false => Some(None),
        };
        entry.finish();
        // A role that can't be read may have been the approver's.
        roles.push(role.unwrap_or(Role::Approver));
        if let (Some(name), Some(number), Some(role), Some(persona)) = (name, number, role, persona)
        {
            people.push(Person {
                name,
                number,
                role,
                persona,
            });
        }
    }
    if some && !roles.contains(&Role::Approver) {
        top.reject(
            "person",
            "nobody who decides",
            r#"one with role = "approver""#,
        );
    }
    people
}

fn persona(entry: &mut Entry<'_>, known: Option<&Known>) -> Option<PersonaName> {
    let name: PersonaName = entry.id("persona")?;
    entry
        .refers("persona", name.as_str(), known)
        .then_some(name)
}
