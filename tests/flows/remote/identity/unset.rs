//! Without the secret that codes are made of.

use std::sync::Arc;

use agent::Agent;
use countersign_aws::schema::OUTBOUND;
use countersign_core::identity::SETTING;
use outbound::Outbound;

use super::*;

/// The stack's settings with another value of the secret, or none.
fn with(world: &World, secret: Option<&str>) -> impl Fn(&str) -> Option<String> {
    let (environment, secret) = (&world.stack.environment, secret.map(str::to_owned));
    let environment = environment.clone();
    move |name| match name {
        SETTING => secret.clone(),
        name => environment.get(name),
    }
}

#[tokio::test]
async fn o10_f7_the_secret_is_long_enough_or_not_there() {
    let world = World::new().await;
    let too_short = "a setting is wrong: IDENTITY_SECRET: got \"one that is too short\", wants a \
                     secret of at least 32 characters";
    let settings = agent::Settings::read(&with(&world, None)).unwrap();
    assert!(settings.identity_secret.is_none());
    let settings = outbound::Settings::read(&with(&world, None)).unwrap();
    assert!(settings.identity_secret.is_none());
    for wrong in ["", "hunter2"] {
        let error = agent::Settings::read(&with(&world, Some(wrong))).unwrap_err();
        assert_eq!(error.to_string(), too_short);
        let error = outbound::Settings::read(&with(&world, Some(wrong))).unwrap_err();
        assert_eq!(error.to_string(), too_short);
    }
    let secret = "hunter2-hunter2-hunter2-hunter2-";
    let settings = agent::Settings::read(&with(&world, Some(secret))).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let settings = outbound::Settings::read(&with(&world, Some(secret))).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    // Both have the same, or no code would ever fit.
    let set = world.stack.environment.get(SETTING);
    assert!(set.is_some_and(|set| set.len() >= 32));
}

#[tokio::test]
async fn o10_an_agent_without_the_secret_calls_no_such_tool() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let settings = agent::Settings::read(&with(world, None)).unwrap();
    let clients = Clients::local(&world.stack.aws);
    let agent = Agent::new(&settings, &clients, Arc::new(world.clock.clone()));
    models.script([
        Canned::text("general"),
        status(),
        Canned::text("I can't look that up here."),
    ]);
    world.say(CUSTOMER, ASKS).await;
    let message = world.waiting(INBOUND).remove(0);
    let answer = agent.handle(message.event(2)).await;
    assert_eq!(answer.batch_item_failures.len(), 0);
    world.settle().await;
    assert_eq!(world.heard(CUSTOMER), ["I can't look that up here."]);
    let prompt = models.requests().pop().unwrap().user();
    assert!(prompt.contains("which can't be done here yet"), "{prompt}");
    assert!(!prompt.contains(SETTING), "{prompt}");
    assert_eq!(company.service.asked(), []);
    all_is_asked_well(models);
}

/// The customer does not wait for a code that will never come.
#[tokio::test]
async fn o10_where_outbound_alone_lacks_it_the_customer_is_told() {
    let company = Company::careful(&[]).await;
    let (world, models) = (&company.world, &company.models);
    let settings = outbound::Settings::read(&with(world, None)).unwrap();
    let clients = Clients::local(&world.stack.aws);
    let outbound = Outbound::new(settings, &clients, Arc::new(world.clock.clone())).unwrap();
    models.script([Canned::text("general"), status()]);
    world.say(CUSTOMER, ASKS).await;
    let message = world.waiting(INBOUND).remove(0);
    world.stack.functions().agent.handle(message.event(2)).await;
    let message = world.waiting(OUTBOUND).remove(0);
    let answer = outbound.handle(message.event(1)).await;
    assert_eq!(answer.batch_item_failures.len(), 0);
    world.settle().await;
    assert_eq!(
        world.heard(CUSTOMER),
        ["Sorry, that didn't work just now. Nothing was sent. Please try again in a few minutes."]
    );
    all_is_asked_well(models);
}
