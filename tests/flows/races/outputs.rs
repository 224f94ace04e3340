//! Many outputs at little cost: threads that ask, written as a turn writes them.

use countersign_aws::{
    approvals::{NewOutput, Request},
    fresh_salt,
    threads::{Opens, Write},
};
use countersign_core::{
    ContentHash, CustomerId, OutputId, SenderId, ThreadId,
    approval::Act,
    event::EventData,
    message::{Correlation, Document, Group},
    step::Planned,
    thread::{Head, MOST_OPEN, Thread},
    turn::Turn,
};
use futures::{StreamExt, stream};
use it::World;
use jiff::Timestamp;

/// An output that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) output: OutputId,
    pub(super) digest: ContentHash,
    pub(super) deadline: Timestamp,
}

/// One output for each deadline, as many to a thread as one may wait for.
pub(super) async fn ask(world: &World, deadlines: &[Timestamp]) -> Vec<Asked> {
    let threads = deadlines.chunks(MOST_OPEN).enumerate();
    let asked = stream::iter(threads.map(|(index, some)| ask_in_one(world, index, some)));
    asked.buffered(8).concat().await
}

async fn ask_in_one(world: &World, index: usize, deadlines: &[Timestamp]) -> Vec<Asked> {
    let now = world.now();
    let company = &world.stack.seed.company;
    let sender: SenderId = format!("+2507886{index:05}").parse().unwrap();
    let thread = ThreadId::derived(&format!("outputs {index}"));
    let customer = CustomerId::derived(&sender.to_string());
    let endpoint = company.whatsapp.endpoint.clone();
    let number = company.whatsapp.number.clone();
    let group = Group::of(&number, &sender);
    let head = Head::new(
        world.tenant(),
        thread,
        customer,
        endpoint.clone(),
        number,
        sender.clone(),
        group.clone(),
        now,
    );
    let mut turn = Turn::on(Thread {
        head,
        events: Vec::new(),
    });
    let correlation = Correlation(format!("outputs {index}"));
    let mut asked = Vec::new();
    let mut outputs = Vec::new();
    for (n, deadline) in deadlines.iter().enumerate() {
        let document = document(n);
        let output = OutputId::derived(&format!("{thread}/{n}"));
        let recipient = sender.clone();
        let tenant = world.tenant();
        let act = Act::send_document(tenant, output, 1, &document, recipient, *deadline);
        let digest = act.digest().unwrap();
        let approver = "Grace Uwase".to_owned();
        let approver_address: SenderId = it::APPROVER.parse().unwrap();
        let planned = Planned {
            answers: Vec::new(),
            data: EventData::HumanRequest {
                act: Box::new(act.clone()),
                digest,
                document: document.clone(),
                approver: approver.clone(),
                approver_address: approver_address.clone(),
            },
            leaves: &[],
        };
        turn.record(planned, now);
        asked.push(Asked {
            output,
            digest,
            deadline: *deadline,
        });
        let request = Request {
            act,
            document,
            agent: "concierge".to_owned(),
            skill: "generate_report".to_owned(),
            automatable: true,
            thread,
            group: group.clone(),
            endpoint: endpoint.clone(),
            correlation: correlation.clone(),
            approver,
            approver_address,
            asked_at: now,
        };
        outputs.push(NewOutput {
            digest,
            request,
            permitted: None,
        });
    }
    let sealed = turn.seal(correlation, now, fresh_salt).unwrap();
    let write = Write {
        sealed: &sealed,
        opens: Some(Opens {
            endpoint,
            sender,
            customer,
            previous: None,
        }),
        outputs,
    };
    world.threads().write(&write).await.unwrap();
    asked
}

fn document(n: usize) -> Document {
    Document {
        filename: format!("sales-{n}.pdf"),
        media_type: "application/pdf".to_owned(),
        content: ContentHash::of(n.to_string().as_bytes()),
        size: 1,
        title: format!("Sales report {n}"),
    }
}
