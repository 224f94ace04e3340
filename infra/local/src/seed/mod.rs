//! The demo company in `infra/seed`: TOML that a person edits, read into types.
//!
//! The files are part of the program, so that `cargo dev` works from any folder. Everything that is
//! wrong in them is named at once, with the file, the line, what is there and what is wanted.

use std::collections::BTreeSet;

use countersign_core::{
    agent::{AgentKind, AgentRow},
    money::PriceList,
    persona::PersonaRow,
    policy::Rule,
    remote::RemoteTool,
    window::MessageTemplate,
};
use jiff::civil::Date;

mod agents;
mod alerts;
mod company;
mod conversational;
pub(crate) mod document;
mod personas;
mod policy;
mod prices;
mod products;
pub(crate) mod reader;
mod sales;
mod schedules;
mod templates;
#[cfg(test)]
mod tests;
mod tools;

pub use agents::{AgentSeed, RuleKind};
pub use alerts::{Alert, AlertState, Severity};
pub use company::{Company, Person, Role, Site, WhatsappNumber};
pub use products::Product;
pub use sales::{FULL_SALES_DAYS, ProductSales, SaleLine, SalesEvent, SalesModel};
pub use schedules::ScheduleSeed;

use document::{Document, Problems, SeedFile};

/// The demo company with everything it starts with.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    /// Who it is, where it is and who works there.
    pub company: Company,
    /// What it sells, in the order of the file.
    pub products: Vec<Product>,
    /// What needs somebody's attention, in the order of the file.
    pub alerts: Vec<Alert>,
    /// How it sells; [`Seed::sales`] makes sales of it.
    pub sales_model: SalesModel,
    /// Its agents that work by rules: the one that carries out commands, and those in the
    /// background.
    pub agents: Vec<AgentSeed>,
    /// Its agents that talk with a model, in the order of [`AgentKind::ALL`].
    pub conversational: Vec<AgentRow>,
    /// What the models cost.
    pub prices: PriceList,
    /// Which calls are made, refused or decided by people: rules that can all be understood.
    pub policy: Vec<Rule>,
    /// Its tools that run elsewhere, in the order of the files.
    pub tools: Vec<RemoteTool>,
    /// What its agent does again and again, in the order of the file.
    pub schedules: Vec<ScheduleSeed>,
    /// How it speaks to people, where that differs from the built-in personas.
    pub personas: Vec<PersonaRow>,
    /// What it has registered with its providers, in the order of the file.
    pub templates: Vec<MessageTemplate>,
}

/// The text of the files of `infra/seed`.
#[derive(Debug, Clone, Copy)]
pub struct SeedFiles<'a> {
    /// `company.toml`
    pub company: &'a str,
    /// `products.toml`
    pub products: &'a str,
    /// `alerts.toml`
    pub alerts: &'a str,
    /// `sales.toml`
    pub sales: &'a str,
    /// `prices.toml`
    pub prices: &'a str,
    /// `policy.toml`
    pub policy: &'a str,
    /// `agents.toml`
    pub agents: &'a str,
    /// `schedules.toml`
    pub schedules: &'a str,
    /// `personas.toml`
    pub personas: &'a str,
    /// `templates.toml`
    pub templates: &'a str,
    /// `agents/KIND.toml`, in the order of [`AgentKind::ALL`]
    pub conversational: [&'a str; AgentKind::ALL.len()],
    /// Files of `tools/`: how each is called in `infra/seed`, and its text.
    pub tools: &'a [(&'static str, &'a str)],
}

impl SeedFiles<'static> {
    /// The files as they were when the program was built.
    pub const SHIPPED: Self = Self {
        company: include_str!("../../../seed/company.toml"),
        products: include_str!("../../../seed/products.toml"),
        alerts: include_str!("../../../seed/alerts.toml"),
        sales: include_str!("../../../seed/sales.toml"),
        prices: include_str!("../../../seed/prices.toml"),
        policy: include_str!("../../../seed/policy.toml"),
        agents: include_str!("../../../seed/agents.toml"),
        schedules: include_str!("../../../seed/schedules.toml"),
        personas: include_str!("../../../seed/personas.toml"),
        templates: include_str!("../../../seed/templates.toml"),
        conversational: [
            include_str!("../../../seed/agents/triage.toml"),
            include_str!("../../../seed/agents/booking.toml"),
            include_str!("../../../seed/agents/payment.toml"),
            include_str!("../../../seed/agents/support.toml"),
            include_str!("../../../seed/agents/property.toml"),
            include_str!("../../../seed/agents/driver.toml"),
            include_str!("../../../seed/agents/shop.toml"),
            include_str!("../../../seed/agents/general.toml"),
        ],
        // Such as ("tools/orders.toml", include_str!("../../../seed/tools/orders.toml")).
        tools: &[],
    };
}

/// The seed that is part of the program.
///
/// # Errors
/// When somebody edited a file into something invalid; see [`Seed::parse`].
pub fn load() -> anyhow::Result<Seed> {
    Seed::parse(&SeedFiles::SHIPPED)
}

impl Seed {
    /// Reads and checks the files.
    ///
    /// # Errors
    /// One error that lists every problem of every file, in the order of the files and lines. What
    /// merely follows from another problem is not listed: an alert on a product whose price is
    /// wrong is fine, and nothing is checked against a file that isn't TOML.
    pub fn parse(files: &SeedFiles<'_>) -> anyhow::Result<Self> {
        let problems = Problems::default();
        let open = |file, text| Document::open(file, text, &problems);

        let personas = open(SeedFile::Personas, files.personas);
        let (personas, named) = personas.as_ref().map(personas::read).unzip();
        let templates = open(SeedFile::Templates, files.templates)
            .and_then(|document| templates::read(&document, named.as_ref()));
        let company = open(SeedFile::Company, files.company);
        let (company, sites) = company
            .as_ref()
            .map(|document| company::read(document, named.as_ref()))
            .unzip();
        // Somebody whose own row is wrong may well work there.
        let colleagues = company.as_ref().and_then(Option::as_ref);
        let colleagues = colleagues.filter(|_| problems.is_empty());
        let colleagues = colleagues.map(company::colleagues);
        let products = open(SeedFile::Products, files.products);
        let (products, skus) = products
            .as_ref()
            .map(|document| products::read(document, sites.as_ref()))
            .unzip();
        let alerts = open(SeedFile::Alerts, files.alerts)
            .map(|document| alerts::read(&document, skus.as_ref(), sites.as_ref()));
        let sales_model = open(SeedFile::Sales, files.sales)
            .and_then(|document| sales::read(&document, skus.as_ref(), sites.as_ref()));
        let prices = open(SeedFile::Prices, files.prices);
        let (prices, priced) = prices.as_ref().map(prices::read).unzip();
        let policy = open(SeedFile::Policy, files.policy)
            .and_then(|document| policy::read(&document, colleagues.as_ref()));
        let mut names = BTreeSet::new();
        let agents = open(SeedFile::Agents, files.agents)
            .map(|document| agents::read(&document, &mut names));
        let schedules =
            open(SeedFile::Schedules, files.schedules).map(|document| schedules::read(&document));
        let mut tool_names = BTreeSet::new();
        // All are read, whatever is wrong with one of them.
        let tools: Vec<_> = files
            .tools
            .iter()
            .map(|(name, text)| {
                let document = open(SeedFile::Tools(name), text);
                document.map(|document| tools::read(&document, &mut tool_names))
            })
            .collect();
        let elsewhere = tools.iter().all(Option::is_some).then_some(&tool_names);
        let conversational: Vec<_> = AgentKind::ALL
            .into_iter()
            .zip(files.conversational)
            .map(|(kind, text)| {
                let document = open(SeedFile::Agent(kind), text)?;
                conversational::read(&document, kind, &mut names, priced.as_ref(), elsewhere)
            })
            .collect();

        let seed = || {
            Some(Self {
                company: company??,
                products: products?,
                alerts: alerts?,
                sales_model: sales_model?,
                agents: agents?,
                conversational: conversational.into_iter().collect::<Option<_>>()?,
                prices: prices??,
                policy: policy?,
                schedules: schedules?,
                personas: personas??,
                templates: templates?,
                tools: tools
                    .into_iter()
                    .collect::<Option<Option<Vec<_>>>>()??
                    .concat(),
            })
        };
        problems.into_result("infra/seed", seed())
    }

    /// What was sold on the [`FULL_SALES_DAYS`] days before `today`, and so far `today`: oldest
    /// first, within a day in the order of the products and sites. The same `today` always gives
    /// the same sales. A product that sold nothing at a site on a day has no line for it.
    pub fn sales(&self, today: Date) -> Vec<SaleLine> {
        self.sales_model
            .expand(&self.products, &self.company.sites, today)
    }
}
