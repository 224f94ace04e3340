//! What is decided, how, and what the decision binds.

mod colleague;

pub use self::colleague::AskColleagueArguments;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ContentHash, OutputId, SenderId, Tenant, message::Document, tool::RemoteCall};

/// How an approval, or a question to a colleague, ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Somebody said yes.
    Approved {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody said no.
    Rejected {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Why, as they put it; the customer is told.
        reason: Option<String>,
    },
    /// Nobody decided in time.
    Expired {
        /// When it was noticed, at or after the deadline.
        at: Timestamp,
    },
    /// Somebody answered what an agent asked. It approves nothing.
    Answered {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// What, as [`Question::read_answer`](crate::question::Question::read_answer) took it.
        answer: String,
    },
}

/// An act as approvers see it and as it is carried out: nothing else can run under a decision on
/// it. Its digest is the SHA-256 of its canonical JSON (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Whose.
    pub tenant: Tenant,
    /// The output it is about.
    pub output: OutputId,
    /// The output's version.
    pub version: u32,
    /// What is done.
    pub tool: ActTool,
    /// The version of what is done.
    pub tool_version: u32,
    /// The validated arguments.
    pub arguments: ActArguments,
    /// Who it is done to; for a call, in whose conversation.
    pub recipient: SenderId,
    /// SHA-256 of the content.
    pub content: ContentHash,
    /// Until when it may be decided.
    pub deadline: Timestamp,
}

/// The tools whose calls wait for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActTool {
    /// Sends a document to a person over WhatsApp.
    SendDocument,
    /// Calls a tool that runs elsewhere.
    CallTool,
    /// Asks a colleague something. Nothing is carried out after it.
    AskColleague,
}

impl ActTool {
    /// The word for it in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendDocument => "send_document",
            Self::CallTool => "call_tool",
            Self::AskColleague => "ask_colleague",
        }
    }
}

/// The arguments of an act, by its tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ActArguments {
    /// Of [`ActTool::SendDocument`].
    SendDocument(SendDocumentArguments),
    /// Of [`ActTool::CallTool`].
    CallTool(CallToolArguments),
    /// Of [`ActTool::AskColleague`].
    AskColleague(AskColleagueArguments),
}

/// The arguments of [`ActTool::CallTool`]. The content is their canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallToolArguments {
    /// The tool that is called.
    pub called: String,
    /// What it is called with.
    pub with: Value,
    /// The digest of the tool as it was configured then: where it is called, and how.
    pub definition: ContentHash,
    /// Size of the content in bytes.
    pub size: u64,
}

/// The MIME type of the content of an [`ActTool::CallTool`].
pub const CALL_MEDIA_TYPE: &str = "application/json";

/// The arguments of [`ActTool::SendDocument`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendDocumentArguments {
    /// What the recipient sees as its name.
    pub filename: String,
    /// MIME type.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// In words, what it is.
    pub title: String,
}

impl Act {
    /// The act "send this document to this person".
    pub fn send_document(
        tenant: Tenant,
        output: OutputId,
        version: u32,
        document: &Document,
        recipient: SenderId,
        deadline: Timestamp,
    ) -> Self {
        Self {
            tenant,
            output,
            version,
            tool: ActTool::SendDocument,
            tool_version: 1,
            arguments: ActArguments::SendDocument(SendDocumentArguments {
                filename: document.filename.clone(),
                media_type: document.media_type.clone(),
                size: document.size,
                title: document.title.clone(),
            }),
            recipient,
            content: document.content,
            deadline,
        }
    }

    /// The act "call this tool with these arguments". Nothing when `document` is not what
    /// [`call_document`] makes of them: an approver could be shown one call and another be made.
    pub fn call_tool(
        tenant: Tenant,
        output: OutputId,
        version: u32,
        call: &RemoteCall,
        document: &Document,
        recipient: SenderId,
        deadline: Timestamp,
    ) -> Option<Self> {
        let (called, with) = (&call.name, &call.arguments);
        let (written, bytes) = call_document(called, with).ok()?;
        (written == *document).then(|| Self {
            tenant,
            output,
            version,
            tool: ActTool::CallTool,
            tool_version: 1,
            arguments: ActArguments::CallTool(CallToolArguments {
                called: called.clone(),
                with: with.clone(),
                definition: call.definition,
                size: bytes.len() as u64,
            }),
            recipient,
            content: document.content,
            deadline,
        })
    }

    /// What a decision binds.
    ///
    /// # Errors
    /// When the act has a value JSON can't hold; none has.
    pub fn digest(&self) -> Result<ContentHash, serde_json::Error> {
        let canonical = serde_json_canonicalizer::to_vec(self)?;
        Ok(ContentHash::of(&canonical))
    }

    /// The document the act sends, or the call or the question as a file.
    pub fn document(&self) -> Document {
        match &self.arguments {
            ActArguments::SendDocument(arguments) => Document {
                filename: arguments.filename.clone(),
                media_type: arguments.media_type.clone(),
                content: self.content,
                size: arguments.size,
                title: arguments.title.clone(),
            },
            ActArguments::CallTool(CallToolArguments { called, size, .. }) => Document {
                filename: format!("{called}.json"),
                media_type: CALL_MEDIA_TYPE.to_owned(),
                content: self.content,
                size: *size,
                title: call_title(called),
            },
            ActArguments::AskColleague(AskColleagueArguments { asks, size }) => Document {
                filename: "question.json".to_owned(),
                media_type: CALL_MEDIA_TYPE.to_owned(),
                content: self.content,
                size: *size,
                title: asks.question.clone(),
            },
        }
    }
}

/// A call as it is stored: its arguments as canonical JSON (RFC 8785), and the file that holds them.
///
/// # Errors
/// When the arguments have a number that canonical JSON can't hold.
pub fn call_document(called: &str, with: &Value) -> Result<(Document, Vec<u8>), serde_json::Error> {
    let bytes = serde_json_canonicalizer::to_vec(with)?;
    let document = Document {
        filename: format!("{called}.json"),
        media_type: CALL_MEDIA_TYPE.to_owned(),
        content: ContentHash::of(&bytes),
        size: bytes.len() as u64,
        title: call_title(called),
    };
    Ok((document, bytes))
}

/// A tool's name in words: `refund_payment` is "Refund payment".
fn call_title(called: &str) -> String {
    let words = called.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Where an output stands. The moves are P5's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputStatus {
    /// Waits for a decision.
    Pending,
    /// Somebody said yes.
    Approved,
    /// The executor has claimed it.
    Executing,
    /// It was carried out.
    Executed,
    /// Carrying it out failed.
    Failed,
    /// Approved, and a person carries it out.
    Manual,
    /// The person has carried it out.
    Done,
    /// Somebody said no.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// A newer version stands in its place.
    Superseded,
    /// The thread no longer wants it.
    Withdrawn,
    /// Somebody answered the question it is.
    Answered,
}

impl OutputStatus {
    /// Whether an output may go from here to `next`.
    pub fn may_become(self, next: Self) -> bool {
        use OutputStatus::*;
        match self {
            Pending => matches!(
                next,
                Approved | Rejected | Expired | Superseded | Withdrawn | Answered
            ),
            Approved => matches!(next, Executing | Manual),
            Executing => matches!(next, Executed | Failed),
            Failed => matches!(next, Executing),
            Manual => matches!(next, Done),
            Executed | Done | Rejected | Expired | Superseded | Withdrawn | Answered => false,
        }
    }

    /// The word for it in storage and API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::Executed => "executed",
            Self::Failed => "failed",
            Self::Manual => "manual",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
            Self::Answered => "answered",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{policy::Asking, tool::Consent};

    fn act() -> Act {
        Act::send_document(
            "acme".parse().unwrap(),
            OutputId::derived("x"),
            1,
            &Document {
                filename: "sales.pdf".into(),
                media_type: "application/pdf".into(),
                content: ContentHash::of(b"x"),
                size: 1,
                title: "Sales report".into(),
            },
            "+250788000201".parse().unwrap(),
            "2026-11-21T10:00:00Z".parse().unwrap(),
        )
    }

    fn document(act: &mut Act) -> &mut SendDocumentArguments {
        match &mut act.arguments {
            ActArguments::SendDocument(arguments) => arguments,
            _ => panic!("it sends a document"),
        }
    }

    #[test]
    fn x1_any_change_to_an_act_changes_its_digest() {
        let digest = |change: fn(&mut Act)| {
            let mut act = act();
            change(&mut act);
            act.digest().unwrap()
        };
        let mut seen = vec![act().digest().unwrap()];
        let changes: [fn(&mut Act); 10] = [
            |a| a.tenant = "other".parse().unwrap(),
            |a| a.output = OutputId::derived("y"),
            |a| a.version = 2,
            |a| a.tool_version = 2,
            |a| document(a).filename = "b.pdf".into(),
            |a| document(a).title = "B".into(),
            |a| document(a).size = 2,
            |a| a.recipient = "+250788000202".parse().unwrap(),
            |a| a.content = ContentHash::of(b"y"),
            |a| a.deadline = "2026-11-21T10:00:01Z".parse().unwrap(),
        ];
        for change in changes {
            let changed = digest(change);
            assert!(!seen.contains(&changed));
            seen.push(changed);
        }
    }

    fn call() -> RemoteCall {
        RemoteCall {
            name: "refund_payment".into(),
            arguments: json!({"order": "K1", "amount": 5000}),
            definition: ContentHash::of(b"the tool"),
            consent: Consent::Rule("small ones".into()),
        }
    }

    fn called(call: &RemoteCall, document: &Document) -> Option<Act> {
        Act::call_tool(
            "acme".parse().unwrap(),
            OutputId::derived("x"),
            1,
            call,
            document,
            "+250788000201".parse().unwrap(),
            "2026-11-21T10:00:00Z".parse().unwrap(),
        )
    }

    #[test]
    fn x1_any_change_to_a_call_changes_its_digest() {
        let digest = |call: &RemoteCall| {
            let (document, _) = call_document(&call.name, &call.arguments).unwrap();
            called(call, &document).unwrap().digest().unwrap()
        };
        let changes: [fn(&mut RemoteCall); 3] = [
            |call| call.name = "refund_payments".into(),
            |call| call.arguments = json!({"order": "K1", "amount": "5000"}),
            |call| call.definition = ContentHash::of(b"another tool"),
        ];
        let mut seen = vec![digest(&call())];
        for change in changes {
            let mut changed = call();
            change(&mut changed);
            let changed = digest(&changed);
            assert!(!seen.contains(&changed));
            seen.push(changed);
        }
        // By whosever leave, and in whichever order its arguments were written.
        let mut same = call();
        same.arguments = json!({"amount": 5000, "order": "K1"});
        same.consent = Consent::Person(Asking::default());
        assert_eq!(digest(&same), seen[0]);
    }

    #[test]
    fn x1_a_call_is_asked_about_as_it_was_written_down_or_not_at_all() {
        let call = call();
        let (document, bytes) = call_document(&call.name, &call.arguments).unwrap();
        assert_eq!(bytes, br#"{"amount":5000,"order":"K1"}"#);
        assert_eq!(document.title, "Refund payment");
        let act = called(&call, &document).unwrap();
        assert_eq!(act.document(), document);
        for change in [
            |document: &mut Document| document.content = ContentHash::of(b"{}"),
            |document: &mut Document| document.size = 1,
            |document: &mut Document| document.title = "Pay nothing".into(),
            |document: &mut Document| document.media_type = "text/plain".into(),
        ] {
            let mut other = document.clone();
            change(&mut other);
            assert_eq!(called(&call, &other), None);
        }
    }

    #[test]
    fn x1_the_digest_is_over_canonical_json() {
        let canonical = String::from_utf8(serde_json_canonicalizer::to_vec(&act()).unwrap());
        let canonical = canonical.unwrap();
        assert!(canonical.starts_with(r#"{"arguments":{"filename":"sales.pdf","media_type""#));
        assert_eq!(
            act().digest().unwrap(),
            ContentHash::of(canonical.as_bytes())
        );
    }

    #[test]
    fn p5_an_output_moves_only_as_it_may() {
        use OutputStatus::*;
        let all = [
            Pending, Approved, Executing, Executed, Failed, Manual, Done, Rejected, Expired,
            Superseded, Withdrawn, Answered,
        ];
        let legal: Vec<(OutputStatus, OutputStatus)> = all
            .iter()
            .flat_map(|from| all.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from.may_become(*to))
            .collect();
        assert_eq!(
            legal,
            [
                (Pending, Approved),
                (Pending, Rejected),
                (Pending, Expired),
                (Pending, Superseded),
                (Pending, Withdrawn),
                (Pending, Answered),
                (Approved, Executing),
                (Approved, Manual),
                (Executing, Executed),
                (Executing, Failed),
                (Failed, Executing),
                (Manual, Done),
            ]
        );
    }
}
