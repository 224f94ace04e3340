//! What each event has to do.

use aws_lambda_events::sqs::SqsMessage;
use countersign_aws::{schema, sends::SendStatus};
use countersign_core::{
    ContentHash,
    approval::{Decision, OutputStatus},
    message::{
        Cause, Content, DeliveryStatus, Execution, ExecutionResult, Inbound, OutboundTask,
        Outgoing, OutgoingBody,
    },
    tool::ToolCall,
    webhook::{self, Headers},
};
use countersign_local::stack::WEBHOOK_SECRET;
use http::StatusCode;
use it::APPROVER;
use lambda_http::Body;
use serde_json::Value;

use super::{
    Stage, event,
    play::{request, sqs},
};

impl Stage {
    /// Gives the event to its function, read as the runtime reads it, and looks at what it did.
    pub(super) async fn play(&self, path: &str) {
        match path {
            "ingress/twilio-text.json" => self.is_queued(path, "stock ABC123").await,
            "ingress/twilio-report.json" => {
                self.is_queued(path, "sales report for last week").await;
            }
            "ingress/twilio-status.json" => self.status_is_queued(path).await,
            "ingress/twilio-forged.json" => self.is_refused(path).await,
            "ingress/meta-challenge.json" => self.is_answered_to_meta(path).await,
            "ingress/meta-text.json" => self.is_queued(path, "stock ABC123").await,
            "ingress/meta-many.json" => self.all_of_one_post_is_queued(path).await,
            "ingress/meta-forged.json" => self.is_refused(path).await,
            "agent/inbound-two-groups.json" => self.two_groups_are_answered(path).await,
            "agent/decision.json" => self.a_release_is_ordered(path).await,
            "executor/draft.json" => self.a_report_is_drafted(path).await,
            "executor/release.json" => self.an_act_is_released(path).await,
            "outbound/messages-two-groups.json" => self.two_groups_are_sent(path).await,
            "outbound/statuses.json" => self.statuses_are_recorded(path).await,
            "outbound/webhook.json" => self.the_approver_is_called(path).await,
            "approvals/page-show.json" => self.is_shown(path).await,
            "approvals/page-decide.json" => self.is_decided_on_the_page(path).await,
            "approvals/callback-approve.json" => self.is_approved(path).await,
            "approvals/callback-reject.json" => self.is_rejected(path).await,
            "clock/schedule.json" => self.what_is_overdue_expires(path).await,
            other => panic!("no test plays events/{other}"),
        }
    }

    async fn is_queued(&self, path: &str, text: &str) {
        let (status, queued) = self.webhook::<Inbound>(path, schema::INBOUND).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let [inbound] = queued.try_into().unwrap();
        let Cause::Message(message) = inbound.cause else {
            panic!("{path}: {inbound:?}");
        };
        let writer = &self.story.conversations[0].person;
        assert_eq!(message.phone.as_ref(), Some(&writer.number));
        assert_eq!(message.name.as_ref(), Some(&writer.name));
        let body = text.to_owned();
        assert_eq!(message.content, Content::Text { body });
    }

    async fn status_is_queued(&self, path: &str) {
        let (status, queued) = self.webhook::<OutboundTask>(path, schema::STATUSES).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let [OutboundTask::Status(update)] = &queued[..] else {
            panic!("{path}: {queued:?}");
        };
        assert_eq!(update.status, DeliveryStatus::Delivered);
        assert_eq!(update.reference, self.story.subjects.sent.reference);
        // It is of a message that was sent, under the provider's own name for it.
        assert_eq!(self.send(update.reference).await, SendStatus::Sent);
    }

    async fn is_refused(&self, path: &str) {
        let (status, queued) = self.webhook::<Inbound>(path, schema::INBOUND).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(queued, []);
    }

    /// Meta hears what it asked to hear, and nothing comes of it.
    async fn is_answered_to_meta(&self, path: &str) {
        let before = self.queued::<Inbound>(schema::INBOUND).len();
        let answer = self.functions.ingress.handle(request(path)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.body(), &Body::Text("1158201444".to_owned()));
        assert_eq!(self.queued::<Inbound>(schema::INBOUND).len(), before);
    }

    /// Two messages of two people, and two statuses.
    async fn all_of_one_post_is_queued(&self, path: &str) {
        let before = self.queued::<OutboundTask>(schema::STATUSES).len();
        let (status, queued) = self.webhook::<Inbound>(path, schema::INBOUND).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let [voice, tapped] = <[Inbound; 2]>::try_from(queued).unwrap();
        let (Cause::Message(voice), Cause::Message(tapped)) = (voice.cause, tapped.cause) else {
            panic!("{path}: not messages");
        };
        let writer = &self.story.conversations[0].person;
        assert_eq!(voice.phone.as_ref(), Some(&writer.number));
        assert_eq!(voice.content.kind(), "audio/ogg; codecs=opus");
        assert_eq!(tapped.phone, None);
        assert_eq!(tapped.content.words(), Some("Yes, please"));
        let statuses = self.queued::<OutboundTask>(schema::STATUSES);
        let found: Vec<_> = statuses[before..]
            .iter()
            .map(|task| match task {
                OutboundTask::Status(update) => update.status.clone(),
                other => panic!("{path}: {other:?}"),
            })
            .collect();
        let code = "131026".to_owned();
        assert_eq!(
            found,
            [DeliveryStatus::Read, DeliveryStatus::Failed { code }]
        );
    }

    async fn two_groups_are_answered(&self, path: &str) {
        let batch = sqs(path);
        let groups: Vec<&str> = batch
            .records
            .iter()
            .map(|r| attribute(r, "MessageGroupId"))
            .collect();
        assert_eq!(groups.len(), 4);
        assert!(groups[0] == groups[2] && groups[1] == groups[3] && groups[0] != groups[1]);

        let before = self.queued::<OutboundTask>(schema::OUTBOUND).len();
        let answer = self.functions.agent.handle(batch).await;
        assert_eq!(answer.batch_item_failures, []);
        let sent = self
            .queued::<OutboundTask>(schema::OUTBOUND)
            .split_off(before);
        let to = |phone: &str| -> Vec<String> {
            let messages = sent.iter().map(outgoing);
            let theirs = messages.filter(|message| message.to.as_str() == phone);
            theirs.map(words).collect()
        };
        let known = self.story.conversations[0].person.number.as_str();
        let known = to(known);
        assert!(known[0].contains("ABC123"), "{known:?}");
        let released = &self.story.released[1].output.request.document;
        assert_eq!(known[1], released.title);
        let newcomer = to("+250788555010");
        assert!(newcomer[1].contains("ABC123"), "{newcomer:?}");
        assert_eq!((known.len(), newcomer.len(), sent.len()), (2, 2, 4));
        for phone in [
            self.story.conversations[0].person.number.as_str(),
            "+250788555010",
        ] {
            self.world.history(phone).await;
        }
    }

    async fn a_release_is_ordered(&self, path: &str) {
        let before = self.queued::<Execution>(schema::EXPRESS).len();
        let answer = self.functions.agent.handle(sqs(path)).await;
        assert_eq!(answer.batch_item_failures, []);
        let orders = self.queued::<Execution>(schema::EXPRESS).split_off(before);
        let [order] = orders.try_into().unwrap();
        let ToolCall::SendDocument(call) = order.tool else {
            panic!("{path}: {order:?}");
        };
        let Cause::Decision(notice) = &self.story.subjects.decision.cause else {
            panic!("the story's decision is none");
        };
        assert_eq!(call.output, notice.output);
        let state = self.world.state(call.output).await;
        assert_eq!(
            (state.status, state.digest),
            (OutputStatus::Approved, call.digest)
        );
    }

    async fn a_report_is_drafted(&self, path: &str) {
        let reported = self.execute(path).await;
        let ExecutionResult::Drafted { document, rows, .. } = reported else {
            panic!("{path}: {reported:?}");
        };
        for file in [&document, &rows] {
            let stored = self.stored(file.content).await;
            assert_eq!(stored.map(|bytes| bytes.len() as u64), Some(file.size));
        }
        assert_eq!(document.media_type, "application/pdf");
    }

    async fn an_act_is_released(&self, path: &str) {
        let reported = self.execute(path).await;
        let ExecutionResult::Released { output, digest, .. } = reported else {
            panic!("{path}: {reported:?}");
        };
        let state = self.world.state(output).await;
        assert_eq!(
            (state.status, state.digest),
            (OutputStatus::Executed, digest)
        );
    }

    async fn two_groups_are_sent(&self, path: &str) {
        let batch = sqs(path);
        let groups: Vec<&str> = batch
            .records
            .iter()
            .map(|r| attribute(r, "MessageGroupId"))
            .collect();
        assert!(groups.len() == 2 && groups[0] != groups[1]);
        let answer = self.functions.outbound.handle(batch).await;
        assert_eq!(answer.batch_item_failures, []);

        let subjects = &self.story.subjects;
        let asker = self.world.sent_to(subjects.document.to.as_str());
        let [document] = &asker[..] else {
            panic!("{path}: {asker:?}");
        };
        let fetched = self
            .world
            .fetch(document.media_url.as_ref().unwrap())
            .await
            .unwrap();
        let OutgoingBody::Document { document, .. } = &subjects.document.body else {
            panic!("the story's document is none");
        };
        assert_eq!(ContentHash::of(&fetched), document.content);
        let approver = self.world.heard(APPROVER);
        let [question] = &approver[..] else {
            panic!("{path}: {approver:?}");
        };
        let page: Value = serde_json::from_str(&event("approvals/page-show.json")).unwrap();
        assert!(
            question.ends_with(page["rawPath"].as_str().unwrap()),
            "{question}"
        );
        for message in [&subjects.document, &subjects.question] {
            assert_eq!(self.send(message.reference).await, SendStatus::Sent);
        }
    }

    async fn statuses_are_recorded(&self, path: &str) {
        let (failures, queued) = self.outbound::<Inbound>(path, schema::INBOUND).await;
        assert_eq!(failures, 0);
        let subjects = &self.story.subjects;
        assert_eq!(
            self.send(subjects.arrived.reference).await,
            SendStatus::Delivered
        );
        assert_eq!(self.send(subjects.lost.reference).await, SendStatus::Failed);
        let [
            Inbound {
                cause: Cause::Undelivered(told),
                ..
            },
        ] = &queued[..]
        else {
            panic!("{path}: {queued:?}");
        };
        assert_eq!(
            (told.reference, told.code.as_str()),
            (subjects.lost.reference, "63024")
        );
    }

    async fn the_approver_is_called(&self, path: &str) {
        let (failures, queued) = self.outbound::<Inbound>(path, schema::INBOUND).await;
        assert_eq!((failures, queued), (0, vec![]));
        let received = self.world.stack.inbox.received();
        let [request] = &received[..] else {
            panic!("{path}: {received:?}");
        };
        let header = |name| request.headers.get(name).map(String::as_str);
        let headers = Headers {
            id: header(webhook::ID),
            timestamp: header(webhook::TIMESTAMP),
            signature: header(webhook::SIGNATURE),
        };
        let secret = countersign_core::Secret::new(WEBHOOK_SECRET);
        let now = self.world.now();
        webhook::verify(&[&secret], headers, request.body.as_bytes(), now).unwrap();
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let output = &self.story.subjects.to_approve;
        assert_eq!(body["digest"], output.digest.to_string());
    }

    async fn is_shown(&self, path: &str) {
        let output = &self.story.subjects.on_page;
        let (status, body) = self.approvals(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(body.contains(&output.request.document.filename), "{body}");
        let state = self.world.state(output.request.act.output).await;
        assert_eq!(state.status, OutputStatus::Pending);
    }

    async fn is_decided_on_the_page(&self, path: &str) {
        let output = self.story.subjects.on_page.request.act.output;
        let (_, decision) = self.decide(path, output, OutputStatus::Approved).await;
        assert!(matches!(decision, Decision::Approved { .. }));
    }

    async fn is_approved(&self, path: &str) {
        let output = self.story.subjects.to_approve.request.act.output;
        let (body, decision) = self.decide(path, output, OutputStatus::Approved).await;
        let by = self.story.subjects.to_approve.request.approver.clone();
        let at = self.world.now();
        assert_eq!(decision, Decision::Approved { by, at });
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["status"], "approved");
    }

    async fn is_rejected(&self, path: &str) {
        let output = self.story.subjects.to_reject.request.act.output;
        let (body, decision) = self.decide(path, output, OutputStatus::Rejected).await;
        assert!(matches!(
            decision,
            Decision::Rejected {
                reason: Some(_),
                ..
            }
        ));
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["status"], "rejected");
    }

    async fn what_is_overdue_expires(&self, path: &str) {
        let tick: Value = serde_json::from_str(&event(path)).unwrap();
        assert_eq!(tick["detail-type"], "Scheduled Event");
        let before = self.queued::<Inbound>(schema::INBOUND).len();
        let ticked = self.functions.clock.tick().await;
        assert_eq!((ticked.due, ticked.failed), (1, 0));
        let output = self.story.subjects.overdue.request.act.output;
        let state = self.world.state(output).await;
        assert_eq!(state.status, OutputStatus::Expired);
        let told = self.decided_since(before, path);
        let at = self.world.now();
        assert_eq!(
            (told.output, told.decision),
            (output, Decision::Expired { at })
        );
    }
}

fn attribute<'a>(record: &'a SqsMessage, name: &str) -> &'a str {
    &record.attributes[name]
}

fn outgoing(task: &OutboundTask) -> &Outgoing {
    match task {
        OutboundTask::Message(message) => message,
        other => panic!("not a message: {other:?}"),
    }
}

fn words(message: &Outgoing) -> String {
    match &message.body {
        OutgoingBody::Text { body } | OutgoingBody::Choices { body, .. } => body.clone(),
        OutgoingBody::Reaction { .. } => panic!("nobody reacts"),
        OutgoingBody::Document { document, .. } => document.title.clone(),
        OutgoingBody::Code { .. } => panic!("nobody is to show who they are"),
        OutgoingBody::Notice { .. } => panic!("nothing waits for anybody"),
        OutgoingBody::ApprovalRequest { .. } => panic!("nobody is to be asked"),
    }
}
