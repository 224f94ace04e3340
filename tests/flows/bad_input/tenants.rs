//! Two tenants on one stack, each with secrets of its own: neither reaches into the other.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_aws::{
    business::{Business, Entry},
    customers::Customers,
};
use countersign_core::{Secret, Tenant, approval::OutputStatus, token::ApprovalToken};
use countersign_local::{simulator::signed_form, stack::Functions};
use http::Response;
use it::CUSTOMER;
use lambda_http::Body;
use serde_json::{Value, json};

use super::{callbacks::sign, *};

const NUMBER: &str = "+14155230001";
const TOKEN: &str = "another-auth-token";

struct Other<'w> {
    world: &'w World,
    tenant: Tenant,
    secret: String,
    functions: Functions,
}

impl<'w> Other<'w> {
    /// A second company with a number and secrets of its own, served by the same functions.
    async fn beside(world: &'w World) -> Self {
        let tenant: Tenant = "other".parse().unwrap();
        let secret = format!("whsec_{}", STANDARD.encode("another-approval-secret-01"));
        let environment = &world.stack.environment;
        let endpoints = environment.get("ENDPOINTS").unwrap();
        let mut endpoints: Value = serde_json::from_str(&endpoints).unwrap();
        let mut other = endpoints[0].clone();
        for (name, value) in [
            ("endpoint", "other"),
            ("tenant", "other"),
            ("number", NUMBER),
            ("auth_token", TOKEN),
            ("approval_secret", &secret),
        ] {
            other[name] = value.into();
        }
        endpoints.as_array_mut().unwrap().push(other);
        let environment = environment
            .clone()
            .with("ENDPOINTS", &endpoints.to_string());
        let (clients, clock) = (&world.stack.direct, world.stack.clock.clone());

        let table = environment.get("BUSINESS_TABLE").unwrap();
        let business = Business::new(clients.dynamodb().clone(), table);
        let profile = business.profile(&world.tenant()).await.unwrap().unwrap();
        let profile = Entry::Profile(profile);
        business.put(&tenant, &profile).await.unwrap();
        Self {
            world,
            tenant,
            secret,
            functions: Functions::new(&environment, clients, clock).unwrap(),
        }
    }

    /// The customer writes to `number` at `endpoint`, signed with `token`.
    async fn receive(&self, endpoint: &str, number: &str, token: &str) -> StatusCode {
        let simulator = &self.world.stack.simulator;
        let text = "sales report for last week";
        let mut form = simulator.inbound_form(&CUSTOMER.parse().unwrap(), "Somebody", text);
        form.retain(|(field, _)| field != "To");
        form.push(("To".to_owned(), format!("whatsapp:{number}")));
        let path = format!("/webhooks/twilio/{endpoint}");
        let url = format!("{}{path}", self.world.stack.url());
        let (body, signature) = signed_form(&url, token, &form);
        let request = Request {
            method: Method::POST,
            path,
            headers: vec![
                (
                    "content-type",
                    "application/x-www-form-urlencoded".to_owned(),
                ),
                ("x-twilio-signature", signature),
            ],
            body: body.into_bytes(),
        };
        let answer = self.functions.ingress.handle(request.to_function()).await;
        assert!(answer.body().is_empty());
        answer.status()
    }

    /// The output their customer's thread waits for.
    async fn output(&self) -> OutputId {
        let stack = &self.world.stack;
        let table = stack.environment.get("BUSINESS_TABLE").unwrap();
        let customers = Customers::new(stack.direct.dynamodb().clone(), table);
        let (endpoint, sender) = ("other".parse().unwrap(), CUSTOMER.parse().unwrap());
        let alias = customers.find(&self.tenant, &endpoint, &sender).await;
        let threads = self.world.threads();
        let thread = alias.unwrap().thread.unwrap();
        let commits = threads.history(&self.tenant, thread).await.unwrap();
        let events = commits.iter().flat_map(|commit| commit.events().unwrap());
        events
            .filter_map(|event| match event.data {
                EventData::HumanRequest { act, .. } => Some(act.output),
                _ => None,
            })
            .next()
            .unwrap()
    }

    async fn approvals(&self, request: &Request) -> Response<Body> {
        self.functions.approvals.handle(request.to_function()).await
    }

    /// A callback at `endpoint`, signed with `secret`, on `output` of `tenant`.
    async fn callback(
        &self,
        endpoint: &str,
        secret: &str,
        (tenant, output): (&Tenant, OutputId),
    ) -> StatusCode {
        let state = self.world.approvals().state(tenant, output).await;
        let body = json!({
            "output_id": output,
            "version": 1,
            "digest": state.unwrap().unwrap().digest,
            "decision": "approve",
            "by": "Grace Uwase",
        })
        .to_string();
        let now = self.world.now().as_second();
        let request = Request {
            method: Method::POST,
            path: format!("/webhooks/approval/{endpoint}"),
            headers: vec![
                ("webhook-id", "dec_1".to_owned()),
                ("webhook-timestamp", now.to_string()),
                (
                    "webhook-signature",
                    sign(secret, "dec_1", now, body.as_bytes()),
                ),
            ],
            body: body.into_bytes(),
        };
        self.approvals(&request).await.status()
    }
}

#[tokio::test]
async fn p7_a_tenant_reaches_no_output_of_another() {
    let (world, ours) = waiting(CUSTOMER).await;
    let other = Other::beside(&world).await;
    let own_number = world.stack.seed.company.whatsapp.number.as_str();
    let own_token = "local-auth-token";
    for (endpoint, number, token, expect) in [
        ("other", NUMBER, own_token, FORBIDDEN),
        ("demo", own_number, TOKEN, FORBIDDEN),
        ("other", own_number, TOKEN, NOT_FOUND),
        ("demo", NUMBER, own_token, NOT_FOUND),
        ("other", NUMBER, TOKEN, OK),
    ] {
        let status = other.receive(endpoint, number, token).await;
        assert_eq!(status, expect, "{number} at {endpoint} with {token}");
    }
    world.settle_with(&other.functions).await;
    let (demo, theirs) = (world.tenant(), other.output().await);
    assert_eq!(world.outputs(CUSTOMER).await, [ours]);
    let before = world.state(ours).await;

    for (endpoint, secret, tenant, output, expect) in [
        ("other", other.secret.as_str(), &demo, ours, NOT_FOUND),
        ("demo", WEBHOOK_SECRET, &other.tenant, theirs, NOT_FOUND),
        ("other", WEBHOOK_SECRET, &other.tenant, theirs, FORBIDDEN),
        ("demo", &other.secret, &demo, ours, FORBIDDEN),
    ] {
        let status = other.callback(endpoint, secret, (tenant, output)).await;
        assert_eq!(status, expect, "{output} at {endpoint}");
    }

    let secret = world
        .stack
        .environment
        .get("APPROVAL_TOKEN_SECRET")
        .unwrap();
    for (tenant, output, looks, decides) in [
        (&demo, theirs, NOT_FOUND, NOT_FOUND),
        (&other.tenant, ours, NOT_FOUND, NOT_FOUND),
        // Theirs indeed, but not with the digest of ours.
        (&other.tenant, theirs, OK, CONFLICT),
    ] {
        let token = ApprovalToken {
            tenant: tenant.clone(),
            output,
            version: 1,
            approver: "Grace Uwase".to_owned(),
            expires: before.deadline,
        };
        let path = format!("/approvals/{}", token.mint(&Secret::new(&secret)));
        let look = Request::get(&path);
        assert_eq!(other.approvals(&look).await.status(), looks, "{output}");
        let vote = Request {
            method: Method::POST,
            body: format!("decision=approve&digest={}", before.digest).into_bytes(),
            ..look
        };
        assert_eq!(other.approvals(&vote).await.status(), decides, "{output}");
    }

    assert_eq!(world.state(ours).await, before);
    let own = (&other.tenant, theirs);
    assert_eq!(other.callback("other", &other.secret, own).await, OK);
    world.settle_with(&other.functions).await;
    assert_eq!(world.state(ours).await, before);
    let state = world.approvals().state(&other.tenant, theirs).await;
    assert_eq!(state.unwrap().unwrap().status, OutputStatus::Executed);
    assert_eq!((files(&world, CUSTOMER), world.dead_letters()), (0, 0));
}
