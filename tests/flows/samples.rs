//! The sample events of `events/`: each is what the code makes, and does what it would in
//! production, alone and after the others.

mod carried;
mod deeds;
mod play;
mod seeded;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use countersign_local::{
    samples::{self, RECIPE, Story},
    seed,
    simulator::Statuses,
    stack::{Environment, Functions},
};
use it::World;

/// A seeded stack whose functions believe that the events reached them.
struct Stage {
    world: World,
    functions: Functions,
    story: &'static Story,
}

/// Telling it draws all its reports, which takes a while.
static STORY: LazyLock<Story> = LazyLock::new(|| Story::tell(&seed::load().unwrap()).unwrap());

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        assert_eq!(world.now(), samples::AT);
        // Nobody listens where callbacks would go.
        world.stack.simulator.set_statuses(Statuses::Held);
        let environment = environment(&world);
        let clients = &world.stack.direct;
        let story = &*STORY;
        samples::keep(clients, &environment, &world.stack.seed, story)
            .await
            .unwrap();
        Self {
            functions: Functions::new(&environment, clients, world.stack.clock.clone()).unwrap(),
            story,
            world,
        }
    }
}

/// A stack's settings, at the address that the events were sent to.
fn environment(world: &World) -> Environment {
    let environment = world.stack.environment.clone();
    environment.with("PUBLIC_URL", samples::PUBLIC_URL)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// What is committed, by its path under `events/`.
fn committed() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for function in fs::read_dir(folder()).unwrap() {
        let function = function.unwrap().path();
        for file in fs::read_dir(&function).unwrap() {
            let file = file.unwrap().path();
            let path = file.strip_prefix(folder()).unwrap();
            let path = path.to_str().unwrap().replace('\\', "/");
            files.insert(path, fs::read_to_string(file).unwrap());
        }
    }
    files
}

fn event(path: &str) -> String {
    fs::read_to_string(folder().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// `UPDATE_EXPECT=1` writes them anew.
#[tokio::test]
async fn f5_the_events_are_what_the_code_makes() {
    let world = World::new().await;
    let made = samples::files(&world.stack.seed, &environment(&world)).unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        for (path, text) in &made {
            let file = folder().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
    }
    let committed = committed();
    for (path, text) in &made {
        let there = committed.get(path).map(String::as_str);
        assert_eq!(
            there,
            Some(text.as_str()),
            "events/{path}: UPDATE_EXPECT=1 cargo test f5_the_events_are writes it anew"
        );
    }
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&made));
}

#[test]
fn f5_every_event_is_in_the_recipe_once() {
    let covered = BTreeSet::from(RECIPE.map(str::to_owned));
    assert_eq!(covered.len(), RECIPE.len());
    assert_eq!(covered, committed().into_keys().collect());
}

#[tokio::test]
async fn f5_every_event_does_alone_what_it_would_in_production() {
    for path in RECIPE {
        Stage::new().await.play(path).await;
    }
}

#[tokio::test]
async fn f5_the_events_work_one_after_the_other() {
    let stage = Stage::new().await;
    for path in RECIPE {
        stage.play(path).await;
    }
}
