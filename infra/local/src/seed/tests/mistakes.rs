//! What is wrong in a file is named, all of it, with its place.

use super::{super::document::SeedFile, *};

#[test]
fn mistakes_in_company_are_named_with_their_place() {
    company(
        "tenant = \"acme\"",
        "tenant = \"Acme\"",
        &["company.toml line 1: tenant: got \"Acme\", wants 1 to 40 of a-z, 0-9 and -"],
    );
    company(
        "name = \"Acme\"\n",
        "",
        &["company.toml line 1: name: got nothing, wants text in quotes, not blank"],
    );
    company(
        "\"RWF\"",
        "\"francs\"",
        &[
            "company.toml line 3: currency: got \"francs\", wants three capital letters, such as \"RWF\"",
        ],
    );
    company(
        "Africa/Kigali",
        "Africa/Atlantis",
        &[
            "company.toml line 4: time_zone: got \"Africa/Atlantis\", wants a name of the tz database, such as \"Africa/Kigali\"",
        ],
    );
    company(
        "number = \"+14155238886\"",
        "number = \"4155238886\"",
        &[
            "company.toml line 7: phone number: got \"4155238886\", wants + and 7 to 15 digits, such as +14155238886",
        ],
    );
    company(
        "role = \"approver\"",
        "role = \"boss\"",
        &[
            "company.toml line 14, person Ada: role: got \"boss\", wants staff, customer or approver",
        ],
    );
    company(
        "role = \"approver\"",
        "role = \"staff\"",
        &[
            "company.toml line 11: person: got nobody who decides, wants one with role = \"approver\"",
        ],
    );
    company(
        "[[person]]",
        "[[site]]\nid = \"goma-road\"\nname = \"Again\"\n[[person]]",
        &[
            "company.toml line 12, site goma-road: id: got \"goma-road\" a second time, wants each only once",
        ],
    );
    company(
        "endpoint = ",
        "end_point = ",
        &[
            "company.toml line 5: whatsapp.endpoint: got nothing, wants text in quotes",
            "company.toml line 6: whatsapp.end_point: got an unknown field, wants endpoint or number",
        ],
    );
    company(
        "name = \"Acme\"",
        "name = Acme",
        &["company.toml line 2: not TOML: "],
    );
}

#[test]
fn mistakes_in_products_are_named_with_their_place() {
    for (price, got) in [
        ("\"12,50\"", "\"12,50\""),
        ("\"-1\"", "\"-1\""),
        ("\"0\"", "\"0\""),
        ("\"1e3\"", "\"1e3\""),
        ("\"1.005\"", "\"1.005\""),
        ("12.50", "12.50"),
    ] {
        products(
            "price = \"12.50\"",
            &format!("price = {price}"),
            &[&format!(
                "products.toml line 5, product A-1: price: got {got}, wants a decimal above 0 in quotes, such as \"12500\" or \"12500.50\""
            )],
        );
    }
    products(
        "lead_time_days = 7",
        "lead_time_days = \"a week\"",
        &[
            "products.toml line 7, product A-1: lead_time_days: got \"a week\", wants a whole number from 0 to 365",
        ],
    );
    products(
        "goma-road = 5",
        "goma-road = -5",
        &[
            "products.toml line 9, product A-1: stock.goma-road: got -5, wants a whole number from 0 to 1000000",
        ],
    );
    products(
        "goma-road = 5",
        "gomaroad = 5",
        &[
            "products.toml line 9, product A-1: stock.gomaroad: got \"gomaroad\", wants a site of company.toml: goma-road",
        ],
    );
    products(
        "supplier = ",
        "provider = ",
        &[
            "products.toml line 1, product A-1: supplier: got nothing, wants text in quotes, not blank",
            "products.toml line 6, product A-1: provider: got an unknown field, wants sku, name, unit, price, supplier, lead_time_days, reorder_point, daily_use, safety_stock, reordered_days_ago or stock",
        ],
    );
    let twice = format!("{}{}", SMALL.products, SMALL.products);
    products(
        SMALL.products,
        &twice,
        &[
            "products.toml line 11, product A-1: sku: got \"A-1\" a second time, wants each only once",
        ],
    );
    products(
        SMALL.products,
        "",
        &[
            "products.toml line 1: product: got nothing, wants at least one [[product]]",
            "alerts.toml line 7, alert a1b: sku: got \"A-1\", wants a SKU of products.toml",
            "sales.toml line 11, product A-1: sku: got \"A-1\", wants a SKU of products.toml",
            "sales.toml line 17, event Fair: skus: got \"A-1\", wants a SKU of products.toml",
        ],
    );
}

#[test]
fn mistakes_in_alerts_are_named_with_their_place() {
    alerts(
        "severity = \"high\"",
        "severity = \"urgent\"",
        &[
            "alerts.toml line 3, alert a1b: severity: got \"urgent\", wants critical, high, medium or low",
        ],
    );
    for id in ["7", "12345", "ack", "7F2", "a1-b"] {
        alerts(
            "id = \"a1b\"",
            &format!("id = \"{id}\""),
            &[&format!(
                "alerts.toml line 2, alert {id}: id: got \"{id}\", wants 3 to 8 of a-z and 0-9 with at least one of each, such as \"7f2\""
            )],
        );
    }
    alerts(
        "sku = \"A-1\"",
        "sku = \"A-2\"",
        &["alerts.toml line 7, alert a1b: sku: got \"A-2\", wants a SKU of products.toml"],
    );
    alerts(
        "site = \"goma-road\"",
        "site = \"moon\"",
        &[
            "alerts.toml line 8, alert a1b: site: got \"moon\", wants a site of company.toml: goma-road",
        ],
    );
    alerts(
        "raised_days_ago = 2",
        "raised_days_ago = 2\nraised_hours_ago = 3",
        &[
            "alerts.toml line 1, alert a1b: raised_days_ago, raised_hours_ago: got both, wants exactly one of them",
        ],
    );
    alerts(
        "raised_days_ago = 2\n",
        "",
        &[
            "alerts.toml line 1, alert a1b: raised_days_ago, raised_hours_ago: got neither, wants exactly one of them",
        ],
    );
    alerts(
        "state = \"open\"",
        "state = \"closed\"",
        &[
            "alerts.toml line 9, alert a1b: state: got \"closed\", wants open, acknowledged or resolved",
        ],
    );
}

#[test]
fn mistakes_in_sales_are_named_with_their_place() {
    sales(
        "today_percent = 40",
        "today_percent = 140",
        &["sales.toml line 1: today_percent: got 140, wants a whole number from 0 to 100"],
    );
    sales(
        "sunday = 100\n",
        "",
        &[
            "sales.toml line 2: weekday_percent.sunday: got nothing, wants a whole number from 0 to 300",
        ],
    );
    for daily in ["-1", "1.0005", "1001", "\"3\"", "1e2"] {
        sales(
            "goma-road = 100",
            &format!("goma-road = {daily}"),
            &[&format!(
                "sales.toml line 11, product A-1: daily.goma-road: got {daily}, wants units a day from 0 to 1000 with at most three decimals, such as 2.5"
            )],
        );
    }
    sales(
        "weekly_trend = 0",
        "weekly_trend = 11",
        &[
            "sales.toml line 11, product A-1: weekly_trend: got 11, wants a whole number from -10 to 10",
        ],
    );
    sales(
        "to_days_ago = 9",
        "to_days_ago = 11",
        &[
            "sales.toml line 15, event Fair: to_days_ago: got 11, wants at most 10, the days of from_days_ago",
        ],
    );
    sales(
        "skus = [\"A-1\"]",
        "skus = [\"A-1\", \"A-9\", 7]",
        &[
            "sales.toml line 17, event Fair: skus: got \"A-9\", wants a SKU of products.toml",
            "sales.toml line 17, event Fair: skus: got 7, wants text in quotes",
        ],
    );
}

#[test]
fn mistakes_in_agents_are_named_with_their_place() {
    agents(
        "kind = \"commands\"",
        "kind = \"private\"",
        &[
            "agents.toml line 3, agent concierge: kind: got \"private\", wants commands or background",
        ],
    );
    agents(
        "enabled = true",
        "enabled = \"yes\"",
        &["agents.toml line 6, agent concierge: enabled: got \"yes\", wants true or false"],
    );
    agents(
        "[\"help\"]",
        "[\"help\", \"dance\"]",
        &[
            "agents.toml line 7, agent concierge: commands: got \"dance\", wants check_inventory, view_alerts, agent_status, help or generate_report",
        ],
    );
    agents(
        "[\"help\"]",
        "[\"help\", \"help\"]",
        &[
            "agents.toml line 7, agent concierge: commands: got \"help\" a second time, wants each only once",
        ],
    );
}

#[test]
fn o1_mistakes_in_an_agents_file_are_named_with_their_place() {
    shop(
        "kind = \"shop\"",
        "kind = \"driver\"",
        &["agents/shop.toml line 2: kind: got \"driver\", wants \"shop\", as the file is called"],
    );
    shop(
        "name = \"shop\"",
        "name = \"concierge\"",
        &["agents/shop.toml line 1: name: got \"concierge\" a second time, wants each only once"],
    );
    shop(
        "name = \"shop\"",
        "name = \"Our shop\"",
        &["agents/shop.toml line 1: name: got \"Our shop\", wants 1 to 40 of a-z, 0-9 and _"],
    );
    shop(
        "\"openai:gpt-4o\"",
        "\"gpt-4o\"",
        &[
            "agents/shop.toml line 5: model: got \"gpt-4o\", wants provider:model, such as \"openai:gpt-4o\", with openai, anthropic, gemini or compatible as the provider",
        ],
    );
    shop(
        "\"openai:gpt-4o\"",
        "\"openai:gpt-9\"",
        &[
            "agents/shop.toml line 5: model: got \"openai:gpt-9\", wants a model of prices.toml, or a compatible: one, which needs no price",
        ],
    );
    shop(
        "temperature = 0.7\nmax_tokens = 1000",
        "temperature = 2.5\nmax_tokens = 0\nfallback = \"gemini:gemini-9\"",
        &[
            "agents/shop.toml line 7: temperature: got 2.5, wants a number from 0 to 2",
            "agents/shop.toml line 8: max_tokens: got 0, wants a whole number from 1 to 16384",
            "agents/shop.toml line 9: fallback: got \"gemini:gemini-9\", wants a model of prices.toml, or a compatible: one, which needs no price",
        ],
    );
    shop(
        "tools = []",
        "tools = [\"send_document\"]\nskills = []",
        &[
            "agents/shop.toml line 9: tools: got \"send_document\", wants check_inventory, view_alerts, agent_status, generate_report, ask_colleague, offer_choices or react",
            "agents/shop.toml line 10: skills: got an unknown field, wants name, kind, description, instructions, model, small_model, fallback, temperature, max_tokens, tools, sight, enabled or metadata",
        ],
    );
    shop(
        "description = \"Talks.\"",
        "",
        &["agents/shop.toml line 1: description: got nothing, wants text in quotes, not blank"],
    );
}

#[test]
fn o9_mistakes_in_prices_are_named_with_their_place() {
    let amount = "wants US dollars in quotes with at most six decimals, such as \"0.075\"";
    for (got, shown) in [
        ("\"-1\"", "\"-1\""),
        ("\"0.0000001\"", "\"0.0000001\""),
        ("2.5", "2.5"),
        ("\"free\"", "\"free\""),
    ] {
        let expect =
            format!("prices.toml line 4, price openai:gpt-4o: input: got {shown}, {amount}");
        prices("\"2.50\"", got, &[&expect]);
    }
    prices(
        "as_of = \"2026-11-21\"",
        "as_of = \"today\"",
        &[
            "prices.toml line 1: as_of: got \"today\", wants a day in quotes, such as \"2026-11-21\"",
        ],
    );
}

#[test]
fn all_mistakes_of_all_files_are_in_one_error() {
    let files = SeedFiles {
        company: &SMALL.company.replace("RWF", "rwf"),
        products: &SMALL
            .products
            .replace("12.50", "free")
            .replace("reorder_point = 10", "reorder_point = 1.5"),
        alerts: &SMALL.alerts.replace("high", "urgent"),
        ..SMALL
    };
    let error = Seed::parse(&files).unwrap_err().to_string();
    assert_eq!(
        error,
        "infra/seed is not valid, please correct:\
         \n- company.toml line 3: currency: got \"rwf\", wants three capital letters, such as \"RWF\"\
         \n- products.toml line 5, product A-1: price: got \"free\", wants a decimal above 0 in quotes, such as \"12500\" or \"12500.50\"\
         \n- products.toml line 8, product A-1: reorder_point: got 1.5, wants a whole number from 0 to 1000000\
         \n- alerts.toml line 3, alert a1b: severity: got \"urgent\", wants critical, high, medium or low"
    );
}

fn company(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Company, from, to, expect);
}

fn products(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Products, from, to, expect);
}

fn alerts(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Alerts, from, to, expect);
}

fn sales(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Sales, from, to, expect);
}

fn agents(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Agents, from, to, expect);
}

fn shop(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Agent(AgentKind::Shop), from, to, expect);
}

fn prices(from: &str, to: &str, expect: &[&str]) {
    check(SeedFile::Prices, from, to, expect);
}

/// Replaces `from` by `to` in one of the small company's files and expects these problems. One that
/// ends with a blank is the beginning of a message that the TOML parser words.
pub(super) fn check(file: SeedFile, from: &str, to: &str, expect: &[&str]) {
    let mut files = SMALL;
    let text = match file {
        SeedFile::Company => &mut files.company,
        SeedFile::Products => &mut files.products,
        SeedFile::Alerts => &mut files.alerts,
        SeedFile::Sales => &mut files.sales,
        SeedFile::Prices => &mut files.prices,
        SeedFile::Policy => &mut files.policy,
        SeedFile::Agents => &mut files.agents,
        SeedFile::Schedules => &mut files.schedules,
        SeedFile::Templates => &mut files.templates,
        SeedFile::Personas => &mut files.personas,
        SeedFile::Agent(kind) => &mut files.conversational[kind as usize],
        SeedFile::Tools(name) => unreachable!("{name} is none of the small company's"),
    };
    assert!(text.contains(from), "{from} is not in the file");
    let edited = text.replacen(from, to, 1);
    *text = &edited;
    let error = Seed::parse(&files).unwrap_err().to_string();
    let got: Vec<&str> = error.split("\n- ").skip(1).collect();
    match expect {
        [beginning] if beginning.ends_with(' ') => {
            assert!(got.len() == 1 && got[0].starts_with(beginning), "{got:?}");
        }
        _ => assert_eq!(got, expect),
    }
}
