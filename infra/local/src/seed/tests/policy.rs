//! The rules about calls: those shipped, what is wrong in a file, and how they are stored.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use countersign_aws::business::{Business, PolicyError};
use countersign_core::{
    Tenant,
    money::MicroUsd,
    policy::{Asking, CustomerFacts, Facts, Policy, Rule, SpendFacts, Then},
    registry::Effect,
    step,
};
use serde_json::{Value, json};

use super::{
    super::{document::SeedFile, load},
    mistakes::check,
};
use crate::embedded::testing::{dynamo_client, dynamo_in_memory};

/// Which shipped rule decides about a customer's call, and what.
fn decide(tool: &str, arguments: Value, edit: impl FnOnce(&mut Facts<'_>)) -> (String, Then) {
    let policy = Policy::parse(&load().unwrap().policy).unwrap();
    let mut facts = Facts {
        tool,
        effect: Effect::Some,
        arguments: &arguments,
        customer: CustomerFacts {
            id: "c-1",
            role: step::Role::Customer,
            verified: false,
        },
        agent: None,
        spend: SpendFacts::default(),
        at: "2026-11-20T10:00:00[Africa/Kigali]".parse().unwrap(),
    };
    edit(&mut facts);
    let decided = policy.decide(&facts);
    (decided.rule.unwrap_or_default(), decided.verdict)
}

fn ask(whom: &[&str], how_many: u8, hours: Option<u16>) -> Then {
    Then::Ask(Asking {
        whom: whom.iter().map(|name| (*name).to_owned()).collect(),
        how_many,
        hours,
    })
}

#[test]
fn x5_the_shipped_rules_decide_as_they_say() {
    let report = |to: &str| json!({"kind": "sales", "from": "2025-11-19", "to": to});
    let both = ["Grace Uwase", "Jean Bosco Habimana"];
    let (name, verdict) = decide("generate_report", report("2026-11-20"), |_| ());
    assert_eq!(name, "reports");
    assert_eq!(verdict, Then::Allow);
    let (name, verdict) = decide("generate_report", report("2026-11-21"), |_| ());
    assert_eq!(name, "no reports of more than a year");
    assert!(matches!(verdict, Then::Deny { .. }));
    for (at, expect) in [
        ("2026-11-20T21:59:59[Africa/Kigali]", "reports"),
        (
            "2026-11-20T22:00:00[Africa/Kigali]",
            "customers' reports at night",
        ),
        (
            "2026-11-21T05:59:59[Africa/Kigali]",
            "customers' reports at night",
        ),
        ("2026-11-21T06:00:00[Africa/Kigali]", "reports"),
    ] {
        let at = || at.parse().unwrap();
        let (name, _) = decide("generate_report", report("2026-11-01"), |it| it.at = at());
        assert_eq!(name, expect);
        let (name, _) = decide("generate_report", report("2026-11-01"), |it| {
            it.at = at();
            it.customer.role = step::Role::Staff;
        });
        assert_eq!(name, "reports");
    }
    let (name, _) = decide("refund_payment", json!({"amount": 1}), |_| ());
    assert_eq!(name, "no refunds to who might be somebody else");
    for (arguments, expect) in [
        (
            json!({"amount": 50000.0}),
            ("refunds", ask(&both, 1, Some(8))),
        ),
        (
            json!({"amount": 50001}),
            ("large refunds", ask(&both, 2, Some(24))),
        ),
        (json!({}), ("large refunds", ask(&both, 2, Some(24)))),
        (
            json!({"amount": "1"}),
            ("large refunds", ask(&both, 2, Some(24))),
        ),
    ] {
        let (name, verdict) = decide("refund_payment", arguments, |it| {
            it.customer.verified = true
        });
        assert_eq!((name.as_str(), verdict), expect);
    }
    let (name, verdict) = decide("order_goods", json!({}), |_| ());
    assert_eq!(name, "whatever changes something");
    assert_eq!(verdict, ask(&[], 1, None));
    let spent = |it: &mut Facts<'_>| it.spend.conversation = MicroUsd(400_000);
    assert_eq!(
        decide("order_goods", json!({}), spent).0,
        "long conversations"
    );
    let reads = |it: &mut Facts<'_>| it.effect = Effect::None;
    let (name, verdict) = decide("check_inventory", json!({"sku": "ABC123"}), reads);
    assert_eq!((name.as_str(), verdict), ("", Then::Allow));
}

#[test]
fn x5_mistakes_in_rules_are_named_with_their_place() {
    let policy = |from: &str, to: &str, expect: &[&str]| check(SeedFile::Policy, from, to, expect);
    let when = "when = \"tool == 'order_goods'\"";
    policy(
        when,
        "when = \"tool = 'order_goods'\"",
        &[
            "policy.toml line 3, rule orders: when: column 6 of the expression's line: one = means nothing here: write == to compare",
        ],
    );
    policy(
        when,
        "when = '''\ntool == \"order_goods\"\n  && time.day == 1\n'''",
        &[
            "policy.toml line 5, rule orders: when: column 6 of the expression's line: there is no time.day: write time.hour, time.minute, time.weekday or time.date",
        ],
    );
    policy(
        when,
        "when = '''true\n  && tool = 1'''",
        &[
            "policy.toml line 4, rule orders: when: column 11 of the expression's line: one = means nothing here: write == to compare",
        ],
    );
    policy(
        "\"Ada\"",
        "\"Bob\"",
        &[
            "policy.toml line 5, rule orders: whom: got \"Bob\", wants who works there, as in company.toml: Ada",
        ],
    );
    policy(
        "hours = 4",
        "hours = 721\nhow_many = 2",
        &[
            "policy.toml line 6, rule orders: hours: write a number from 1 to 720",
            "policy.toml line 7, rule orders: how_many: 2 can't agree: 1 asked, so write a number from 1 to 1",
        ],
    );
    policy(
        "\"ask\"",
        "\"maybe\"",
        &[
            "policy.toml line 4, rule orders: then: got \"maybe\", wants allow, deny or ask",
            "policy.toml line 5, rule orders: whom: got an unknown field, wants name, when or then",
            "policy.toml line 6, rule orders: hours: got an unknown field, wants name, when or then",
        ],
    );
    policy(
        "hours = 4\n",
        "hours = 4\n[[rule]]\nname = \"orders\"\nwhen = \"true\"\nthen = \"deny\"\n",
        &["policy.toml line 7, rule orders: because: got nothing, wants text in quotes, not blank"],
    );
    policy(
        "hours = 4\n",
        "hours = 4\n[[rule]]\nname = \"orders\"\nwhen = \"true\"\nthen = \"allow\"\n",
        &["policy.toml line 8, rule orders: name: another rule has this name: give each its own"],
    );
}

#[tokio::test]
async fn x5_rules_are_stored_whole_or_refused_with_their_place() {
    let server = dynamo_in_memory().await;
    let client = dynamo_client(server.address());
    let text = ScalarAttributeType::S;
    let mut table = client
        .create_table()
        .table_name("business")
        .billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let key = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind);
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(text.clone());
        table = table
            .key_schema(key.build().unwrap())
            .attribute_definitions(attribute.build().unwrap());
    }
    table.send().await.unwrap();

    let seed = load().unwrap();
    let tenant = &seed.company.tenant;
    let business = Business::new(client.clone(), "business".to_owned());
    assert_eq!(business.policy(tenant).await.unwrap(), None);

    let now = "2026-11-21T08:00:00Z".parse().unwrap();
    crate::stack::seed(&client, "business", &seed, now)
        .await
        .unwrap();
    let stored = business.policy(tenant).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&seed.policy));
    let another: Tenant = "another".parse().unwrap();
    assert_eq!(business.policy(&another).await.unwrap(), None);

    let wrong = Rule {
        name: "typo".to_owned(),
        when: "true &&\n  cusomer.verified".to_owned(),
        then: Then::Allow,
    };
    let refused = business
        .put_policy(tenant, &[seed.policy[0].clone(), wrong])
        .await;
    let Err(PolicyError::Wrong(all)) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(all[0].index, 1);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the rules were not stored, please correct:\nrule \"typo\", when, line 2 column 3: there \
         is no cusomer: write tool, effect, args, customer, agent, spend or time, and \
         args.cusomer for an argument"
    );
    assert_eq!(business.policy(tenant).await.unwrap(), stored);

    let fewer = &seed.policy[..1];
    let policy = business.put_policy(tenant, fewer).await.unwrap();
    assert_eq!(policy.rules(), fewer);
    let stored = business.policy(tenant).await.unwrap();
    assert_eq!(stored.as_deref(), Some(fewer));
}
