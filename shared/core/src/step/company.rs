//! Who answers, for whom, and who may have what.

use std::collections::BTreeMap;

use jiff::{SignedDuration, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    SenderId,
    agent::{AgentKind, AgentRow},
    identity::Codes,
    limits::Limits,
    money::MicroUsd,
    opt_out::OptWords,
    persona::Personas,
    policy::Policy,
    remote::RemoteTool,
    tool::ToolCall,
};

use super::greeting::Greets;

/// Who answers and by which rules: settings of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// The company it speaks for.
    pub company: String,
    /// What "today" means there.
    pub time_zone: TimeZone,
    /// Who countersigns.
    pub approver: Approver,
    /// Everybody who may be asked by name.
    pub approvers: Vec<Approver>,
    /// How long there is to decide, unless a rule says otherwise.
    pub time_to_decide: SignedDuration,
    /// The agents that answer with models, by kind. Without any, commands alone are answered.
    pub agents: BTreeMap<AgentKind, AgentRow>,
    /// What models may cost in one conversation.
    pub conversation_limit: MicroUsd,
    /// The company's tools that run elsewhere, by name.
    pub remote: BTreeMap<String, RemoteTool>,
    /// What is allowed, denied or asked about.
    pub policy: Policy,
    /// Whether a customer can be sent a code to show who they are.
    pub codes: Codes,
    /// Whether it greets.
    pub greets: Greets,
    /// How much one person may write.
    pub limits: Limits,
    /// The words by which somebody asks to be sent nothing more.
    pub opt_words: OptWords,
    /// How people are spoken to.
    pub personas: Personas,
}

/// What models may cost in one conversation, unless a setting says otherwise.
pub const CONVERSATION_LIMIT: MicroUsd = MicroUsd(500_000);

impl Agent {
    /// A company's agent that answers commands alone.
    pub fn without_models(
        name: String,
        company: String,
        time_zone: TimeZone,
        approver: Approver,
        time_to_decide: SignedDuration,
    ) -> Self {
        Self {
            name,
            company,
            time_zone,
            approvers: vec![approver.clone()],
            approver,
            time_to_decide,
            agents: BTreeMap::new(),
            conversation_limit: CONVERSATION_LIMIT,
            remote: BTreeMap::new(),
            policy: Policy::default(),
            codes: Codes::default(),
            greets: Greets::default(),
            limits: Limits::default(),
            opt_words: OptWords::default(),
            personas: Personas::default(),
        }
    }
}

/// Who countersigns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// Their name, as records show it.
    pub name: String,
    /// Where they are asked over WhatsApp.
    pub address: SenderId,
}

/// What someone who writes may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Whoever is not known.
    #[default]
    Customer,
    /// Works for the company.
    Staff,
    /// Works for the company and countersigns.
    Approver,
}

impl Role {
    pub(crate) fn may(self, tool: &ToolCall) -> Permission {
        match (self, tool) {
            (Self::Staff | Self::Approver, _)
            | (
                Self::Customer,
                ToolCall::CheckInventory(_)
                | ToolCall::GenerateReport(_)
                | ToolCall::SendDocument(_)
                | ToolCall::CarryOut(_)
                // The registry has looked for whom it is.
                | ToolCall::Remote(_),
            ) => Permission::Granted,
            (Self::Customer, ToolCall::ViewAlerts(_) | ToolCall::AgentStatus) => Permission::Denied,
        }
    }
}

/// Whether someone may have what a tool gives.
pub(crate) enum Permission {
    Granted,
    Denied,
}
