use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, SendMessageBatchRequestEntry};

use super::{Server, client, handle};

const RECEIVERS: usize = 16;

/// Sends `groups` × `each` messages while 16 receivers take, and returns what each receiver saw in
/// the order it was seen, with the group it belongs to.
async fn race(name: &str, groups: usize, each: usize) -> Vec<(String, usize)> {
    let server = Arc::new(Server::start().await);
    let url = server.queue(name, &[]).await;
    let fifo = name.ends_with(".fifo");
    let seen: Arc<Mutex<Vec<(String, usize)>>> = Arc::default();
    let left = Arc::new(AtomicUsize::new(groups * each));

    let mut tasks = Vec::new();
    for _ in 0..RECEIVERS {
        let (client, url) = (client(&server.address).await, url.clone());
        let (seen, left) = (seen.clone(), left.clone());
        tasks.push(tokio::spawn(async move {
            while left.load(Ordering::SeqCst) > 0 {
                let request = client
                    .receive_message()
                    .queue_url(&url)
                    .max_number_of_messages(10);
                let messages = request.wait_time_seconds(1).send().await.unwrap();
                let messages = messages.messages.unwrap_or_default();
                if messages.is_empty() {
                    continue;
                }
                let entry = |message: &Message| {
                    let (group, number) = message.body().unwrap().split_once('-').unwrap();
                    (group.to_owned(), number.parse().unwrap())
                };
                seen.lock().unwrap().extend(messages.iter().map(entry));
                let delete = client.delete_message_batch().queue_url(&url);
                let entries = messages.iter().enumerate().map(|(number, message)| {
                    let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
                    entry.receipt_handle(handle(message)).build().unwrap()
                });
                let answer = delete
                    .set_entries(Some(entries.collect()))
                    .send()
                    .await
                    .unwrap();
                assert_eq!(answer.failed(), []);
                left.fetch_sub(messages.len(), Ordering::SeqCst);
            }
        }));
    }
    for number in 0..each {
        for ten in (0..groups).collect::<Vec<_>>().chunks(10) {
            let entry = |group: &usize| {
                let body = format!("{group}-{number}");
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(&body)
                    .message_body(&body);
                let entry = match fifo {
                    true => entry
                        .message_group_id(format!("g{group}"))
                        .message_deduplication_id(body),
                    false => entry,
                };
                entry.build().unwrap()
            };
            let batch = server.client.send_message_batch().queue_url(&url);
            let batch = batch.set_entries(Some(ten.iter().map(entry).collect()));
            assert_eq!(batch.send().await.unwrap().failed(), []);
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(server.sqs.pending().unwrap(), 0);
    seen.lock().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_receivers_share_a_standard_queue() {
    let mut seen = race("webhooks", 20, 30).await;
    seen.sort();
    let expect = (0..20).flat_map(|group| (0..30).map(move |number| (group.to_string(), number)));
    let mut expect: Vec<(String, usize)> = expect.collect();
    expect.sort();
    assert_eq!(
        seen, expect,
        "each message once: the clock stands still, so no timeout is over"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_receivers_keep_the_order_of_every_group() {
    let seen = race("inbound.fifo", 20, 30).await;
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (group, number) in seen {
        groups.entry(group).or_default().push(number);
    }
    assert_eq!(groups.len(), 20);
    for (group, numbers) in groups {
        assert_eq!(numbers, (0..30).collect::<Vec<_>>(), "group {group}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_receivers_get_one_group_in_turn() {
    let server = Server::start().await;
    let url = server.queue("inbound.fifo", &[]).await;
    for body in ["a1", "a2", "a3"] {
        server.send_to(&url, "ada", body).await;
    }
    let receive = |_| {
        let request = server.client.receive_message().queue_url(&url);
        tokio::spawn(async move { request.send().await.unwrap().messages.unwrap_or_default() })
    };
    let mut received = Vec::new();
    for task in (0..RECEIVERS).map(receive).collect::<Vec<_>>() {
        received.extend(task.await.unwrap());
    }
    assert_eq!(super::bodies(&received), ["a1"]);
    assert_eq!(received[0].attributes(), None);
    let peeked = server.sqs.peek("inbound.fifo").unwrap();
    let counts: Vec<u32> = peeked.iter().map(|message| message.receive_count).collect();
    assert_eq!(counts, [1, 0, 0]);
}
