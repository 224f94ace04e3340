//! One customer under several names, and several who would be one.

use countersign_aws::customers::{Alias, Customers};
use countersign_core::{ThreadId, step::Role};
use http::StatusCode;
use serde_json::{Value, json};

use super::{AtMeta, text, update};

const PHONE: &str = "14155550142";
const USER: &str = "US.13491208655302741918";

impl AtMeta {
    fn customers(&self) -> Customers {
        let stack = &self.world.stack;
        let table = stack.environment.get("BUSINESS_TABLE").unwrap();
        Customers::new(stack.direct.dynamodb().clone(), table)
    }

    async fn who(&self, name: &str) -> Alias {
        let (endpoint, name) = ("meta".parse().unwrap(), name.parse().unwrap());
        let (customers, tenant) = (self.customers(), self.world.tenant());
        let found = customers.find(&tenant, &endpoint, &name);
        found.await.unwrap()
    }

    pub(super) async fn thread_of(&self, name: &str) -> Option<ThreadId> {
        self.who(name).await.thread
    }

    /// How many commits the thread of a name has; its head is what its events make of it.
    pub(super) async fn commits(&self, name: &str) -> usize {
        let thread = self.thread_of(name).await.unwrap();
        let (threads, tenant) = (self.world.threads(), self.world.tenant());
        let commits = threads.history(&tenant, thread).await.unwrap();
        let head = threads
            .load(&tenant, thread)
            .await
            .unwrap()
            .unwrap()
            .thread
            .head;
        let rebuilt = countersign_core::replay::rebuild(head.before_first(), &commits).unwrap();
        assert_eq!(rebuilt.head, head);
        commits.len()
    }

    /// The company knows whoever has a name.
    async fn introduce(&self, name: &str, role: Role) {
        let (endpoint, name) = ("meta".parse().unwrap(), name.parse().unwrap());
        let (customers, tenant) = (self.customers(), self.world.tenant());
        let introduced = customers.introduce(&tenant, &endpoint, &name, "Grace", role, None);
        introduced.await.unwrap();
    }

    /// A text from somebody with these names.
    async fn writes(&self, id: &str, user: Option<&str>, phone: Option<&str>) {
        let mut message = text(id, PHONE);
        message["from"] = json!(phone);
        message["from_user_id"] = json!(user);
        self.tells(message).await;
    }

    /// Somebody's number changed.
    async fn renames(&self, id: &str, from: &str, phone: &str, user: Option<&str>) {
        let system = json!({"type": "user_changed_number", "wa_id": phone, "user_id": user});
        self.tells(json!({"from": from, "id": id, "type": "system", "system": system}))
            .await;
    }

    async fn tells(&self, message: Value) {
        let update = update(json!({"messages": [message]}));
        assert_eq!(self.post(&update).await, StatusCode::OK);
        self.take_in().await;
    }
}

#[tokio::test]
async fn w1_a_customer_under_any_of_their_names_is_the_same() {
    let at = AtMeta::new().await;
    at.writes("wamid.1", None, Some(PHONE)).await;
    let first = at.who("+14155550142").await;
    at.writes("wamid.2", Some(USER), Some(PHONE)).await;
    at.writes("wamid.3", Some(USER), None).await;
    at.writes("wamid.4", None, Some(PHONE)).await;
    for name in [USER, "+14155550142"] {
        let found = at.who(name).await;
        assert_eq!(
            (found.customer, found.thread),
            (first.customer, first.thread),
            "{name}"
        );
        assert_eq!(found.sender.as_str(), USER);
    }
    assert_eq!(at.commits(USER).await, 4);
}

#[tokio::test]
async fn w1_both_names_of_a_new_customer_are_known_from_the_first_message() {
    let at = AtMeta::new().await;
    at.writes("wamid.1", Some(USER), Some(PHONE)).await;
    at.writes("wamid.2", None, Some(PHONE)).await;
    assert_eq!(at.who("+14155550142").await, at.who(USER).await);
    assert_eq!(at.commits(USER).await, 2);
}

/// The company knows numbers; the provider says whose user id goes with one.
#[tokio::test]
async fn w1_a_role_given_to_a_number_is_that_of_its_user_id() {
    let at = AtMeta::new().await;
    at.introduce("+14155550142", Role::Staff).await;
    at.writes("wamid.1", Some(USER), Some(PHONE)).await;
    assert_eq!(at.who(USER).await.role, Role::Staff);
    at.introduce("+14155550142", Role::Approver).await;
    assert_eq!(at.who(USER).await.role, Role::Approver);
}

#[tokio::test]
async fn w1_a_changed_number_takes_the_customer_along_and_not_what_they_may_do() {
    let at = AtMeta::new().await;
    at.introduce("+14155550142", Role::Approver).await;
    at.writes("wamid.1", Some(USER), Some(PHONE)).await;
    let before = at.who(USER).await;
    at.renames("wamid.2", PHONE, "14155550199", Some("US.2"))
        .await;
    for name in ["US.2", "+14155550199", USER] {
        let found = at.who(name).await;
        assert_eq!(
            (found.customer, found.thread),
            (before.customer, before.thread),
            "{name}"
        );
        assert_eq!(found.role, Role::Customer, "{name}");
    }
    assert_eq!(at.commits("US.2").await, 2);
    // It changes nothing when it comes again.
    at.world
        .clock
        .advance(std::time::Duration::from_secs(24 * 3600));
    at.renames("wamid.2", PHONE, "14155550199", Some("US.2"))
        .await;
    assert_eq!(at.commits("US.2").await, 2);

    // Who has the old number now is somebody else, whom nobody knows.
    at.writes("wamid.3", None, Some(PHONE)).await;
    let stranger = at.who("+14155550142").await;
    assert_ne!(stranger.customer, before.customer);
    assert_ne!(stranger.thread, before.thread);
    assert_eq!(stranger.role, Role::Customer);
    assert_eq!(at.commits("US.2").await, 2);
}

/// A number that has a user id already lends nothing to another user id that appears with it.
#[tokio::test]
async fn w1_a_numbers_next_owner_is_a_stranger() {
    let at = AtMeta::new().await;
    at.introduce("+14155550142", Role::Approver).await;
    at.writes("wamid.1", Some(USER), Some(PHONE)).await;
    at.writes("wamid.2", Some("US.9"), Some(PHONE)).await;
    let (owner, next) = (at.who(USER).await, at.who("US.9").await);
    assert_ne!(owner.customer, next.customer);
    assert_ne!(owner.thread, next.thread);
    assert_eq!((owner.role, next.role), (Role::Approver, Role::Customer));
}

#[tokio::test]
async fn w1_names_that_are_swapped_mix_nobody_up() {
    let at = AtMeta::new().await;
    let (a, b) = ("14155550142", "14155550143");
    at.writes("wamid.1", None, Some(a)).await;
    at.writes("wamid.2", None, Some(b)).await;
    let (first, second) = (at.who("+14155550142").await, at.who("+14155550143").await);
    at.renames("wamid.3", a, b, None).await;
    // The second is still who they were: nothing is taken from them on another's word.
    assert_eq!(at.who("+14155550143").await, second);
    assert_eq!(at.thread_of("+14155550142").await, None);
    at.renames("wamid.4", b, a, None).await;
    assert_eq!(at.who("+14155550142").await.customer, second.customer);
    at.writes("wamid.5", None, Some(b)).await;
    let found = at.who("+14155550143").await;
    assert_ne!(found.customer, second.customer);
    assert_ne!(found.thread, second.thread);
    assert_ne!(found.thread, first.thread);
}

/// Names lead on: to the user id they had, and from there to the one they have.
#[tokio::test]
async fn w1_a_customer_whose_user_id_changed_is_found_by_the_number_they_had() {
    let at = AtMeta::new().await;
    at.writes("wamid.1", Some(USER), Some(PHONE)).await;
    let before = at.who(USER).await;
    at.renames("wamid.2", PHONE, PHONE, Some("US.2")).await;
    at.renames("wamid.3", PHONE, PHONE, Some("US.3")).await;
    at.writes("wamid.4", None, Some(PHONE)).await;
    at.writes("wamid.5", Some(USER), None).await;
    for name in ["US.3", "US.2", USER, "+14155550142"] {
        let found = at.who(name).await;
        let (customer, thread) = (found.customer, found.thread);
        assert_eq!(
            (customer, thread),
            (before.customer, before.thread),
            "{name}"
        );
    }
    assert_eq!(at.commits(USER).await, 5);
    assert_eq!(at.world.dead_letters(), 0);
}

/// With a user id, a number is not what a customer is kept under: who has it next gets nothing of theirs.
#[tokio::test]
async fn w1_a_changed_numbers_next_owner_is_a_stranger_too() {
    let at = AtMeta::new().await;
    at.writes("wamid.1", Some(USER), Some(PHONE)).await;
    let before = at.who(USER).await;
    at.renames("wamid.2", PHONE, "14155550199", None).await;
    assert_eq!(at.who("+14155550199").await.customer, before.customer);
    at.writes("wamid.3", Some("US.9"), Some("14155550199"))
        .await;
    let next = at.who("US.9").await;
    assert_ne!(next.customer, before.customer);
    assert_ne!(next.thread, before.thread);
    assert_eq!(at.who(USER).await.customer, before.customer);
}

/// What the provider says of somebody else's name moves no answer to them, however long it was quiet.
#[tokio::test]
async fn w1_a_name_that_is_somebody_elses_gets_nobodys_answers() {
    for quiet in [0, 8 * 24 * 3600] {
        let at = AtMeta::new().await;
        let (a, b) = ("14155550142", "14155550143");
        at.writes("wamid.1", None, Some(a)).await;
        at.writes("wamid.2", None, Some(b)).await;
        let (first, second) = (at.who("+14155550142").await, at.who("+14155550143").await);
        at.world
            .clock
            .advance(std::time::Duration::from_secs(quiet));
        at.renames("wamid.3", a, b, None).await;
        assert_eq!(at.who("+14155550143").await, second);
        assert_eq!(at.thread_of("+14155550142").await, None, "let go of");
        let (threads, tenant) = (at.world.threads(), at.world.tenant());
        let loaded = threads.load(&tenant, first.thread.unwrap()).await.unwrap();
        let sender = loaded.unwrap().thread.head.sender;
        assert_eq!(sender.as_str(), "+14155550142");
        assert_eq!(at.world.dead_letters(), 0);
    }
}

/// A number that was only introduced, and changed: the role is not its next owner's.
#[tokio::test]
async fn w1_the_role_of_a_number_that_never_wrote_ends_with_it() {
    let at = AtMeta::new().await;
    at.introduce("+14155550142", Role::Approver).await;
    at.renames("wamid.1", PHONE, "14155550199", None).await;
    at.writes("wamid.2", None, Some(PHONE)).await;
    assert_eq!(at.who("+14155550142").await.role, Role::Customer);
    assert_eq!(at.who("+14155550199").await.role, Role::Customer);
}

/// Two turns at once that would each bind a name: it is bound once, and both messages are taken in.
#[tokio::test]
async fn w1_two_turns_at_once_bind_a_name_once() {
    let at = AtMeta::new().await;
    at.writes("wamid.1", None, Some(PHONE)).await;
    let first = at.who("+14155550142").await;
    let mut under_user = text("wamid.2", PHONE);
    under_user["from_user_id"] = json!(USER);
    let under_phone = text("wamid.3", PHONE);
    for message in [under_user, under_phone] {
        let update = update(json!({"messages": [message]}));
        assert_eq!(at.post(&update).await, StatusCode::OK);
    }
    // Both groups are in one batch and run side by side.
    at.take_in().await;
    let found = at.who(USER).await;
    assert_eq!(
        (found.customer, found.thread),
        (first.customer, first.thread)
    );
    assert_eq!(at.who("+14155550142").await, found);
    let thread = found.thread.unwrap();
    let (threads, tenant) = (at.world.threads(), at.world.tenant());
    let commits = threads.history(&tenant, thread).await.unwrap();
    let causes: usize = commits.iter().map(|commit| commit.causes.len()).sum();
    assert_eq!(causes, 3);
}

/// Who is known costs one read, whatever names come with the message.
#[tokio::test]
async fn o9_a_known_customers_other_names_cost_nothing() {
    let at = AtMeta::new().await;
    at.writes("wamid.1", Some(USER), Some(PHONE)).await;
    at.world.stack.faults.reset();
    at.writes("wamid.2", Some(USER), Some(PHONE)).await;
    // The second read is the product's.
    let expect = [
        "SendMessage",
        "GetItem",
        "Query",
        "GetItem",
        "TransactWriteItems",
        "SendMessage",
    ];
    assert_eq!(at.calls(), expect);
}
