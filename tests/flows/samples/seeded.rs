//! The seed that the events speak of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use countersign_aws::schema;
use countersign_core::commit::verify;
use countersign_local::samples::{self, RECIPE};

use super::{Stage, environment};

/// Items by table and key.
type Items = BTreeMap<(&'static str, String, String), HashMap<String, AttributeValue>>;

impl Stage {
    async fn items(&self) -> Items {
        let mut items = Items::new();
        for table in schema::TABLES {
            let dynamodb = self.world.stack.direct.dynamodb();
            let scan = dynamodb.scan().table_name(table.name).into_paginator();
            let found = scan.items().send().collect::<Result<Vec<_>, _>>().await;
            items.extend(found.unwrap().into_iter().map(|item| {
                let text = |name: &str| item[name].as_s().unwrap().clone();
                ((table.name, text(schema::PK), text(schema::SK)), item)
            }));
        }
        items
    }
}

/// Whoever tries the events again need not begin anew: only a decision on the page is too late.
#[tokio::test]
async fn f5_a_second_round_of_the_events_changes_nothing() {
    let stage = Stage::new().await;
    for path in RECIPE {
        stage.answer(path).await;
    }
    let before = stage.items().await;
    for path in RECIPE {
        let expect = match path {
            "ingress/twilio-forged.json" | "ingress/meta-forged.json" => "403",
            "approvals/page-decide.json" => "409",
            _ if path.starts_with("ingress/") || path.starts_with("approvals/") => "200",
            _ if path.starts_with("clock/") => "0 due",
            _ => "0 failed",
        };
        assert_eq!(stage.answer(path).await, expect, "{path}");
    }
    are_same(&before, &stage.items().await);
}

#[tokio::test]
async fn f5_seeding_twice_changes_nothing() {
    let stage = Stage::new().await;
    // Neither what was seeded nor what came of it since.
    for path in ["approvals/callback-approve.json", "executor/release.json"] {
        stage.play(path).await;
    }
    let before = stage.items().await;
    let world = &stage.world;
    let clients = &world.stack.direct;
    samples::seed(clients, &environment(world), &world.stack.seed)
        .await
        .unwrap();
    are_same(&before, &stage.items().await);
}

#[tokio::test]
async fn f5_the_seeded_threads_verify() {
    let stage = Stage::new().await;
    for conversation in &stage.story.conversations {
        let phone = conversation.person.number.as_str();
        assert_eq!(
            stage.world.thread_of(phone).await,
            Some(conversation.thread())
        );
        let commits = stage.world.history(phone).await;
        assert_eq!(commits.len(), conversation.turns.len());
        let turns = conversation
            .turns
            .iter()
            .map(|turn| turn.sealed.commit.clone());
        assert_eq!(commits, turns.collect::<Vec<_>>());
        assert!(verify(&commits).is_ok());
    }
}

fn are_same(before: &Items, after: &Items) {
    let keys = before.keys().chain(after.keys());
    let changed: BTreeSet<_> = keys
        .filter(|key| before.get(key) != after.get(key))
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
}
