//! What happens on a yes, in words and to the last value.

use countersign_core::approval::{ActArguments, ActTool, AskColleagueArguments};
use maud::{Markup, html};
use serde_json::Value;

use super::{Standing, View, question, time};
use crate::words::{kind, left, shown, size};

/// What happens on a yes, from the act and nothing else.
pub(super) fn act(view: &View<'_>) -> Markup {
    let act = view.act;
    if let Some(asks) = act.question() {
        return question::act(view, asks);
    }
    let document = act.document();
    let file = html! {
        span.kind aria-hidden="true" { (label(&document.media_type)) }
        span {
            b { bdi { (shown(&document.filename)) } }
            small { (kind(&document.media_type)) " · " (size(document.size)) }
        }
    };
    html! {
        @match &act.arguments {
            ActArguments::SendDocument(arguments) => p {
                "Send “" bdi { (shown(&arguments.title)) } "” to "
                b { bdi { (shown(act.recipient.as_str())) } } " over WhatsApp."
            },
            ActArguments::CallTool(call) => {
                p {
                    "Call " b { bdi { (shown(&call.called)) } } " for "
                    b { bdi { (shown(act.recipient.as_str())) } } ", with exactly:"
                }
                dl.with {
                    @for (name, value) in with(&call.with) {
                        dt { bdi { (name) } }
                        dd { bdi { (value) } }
                    }
                }
            }
            ActArguments::AskColleague(_) => {}
        }
        @match view.link {
            Some(link) => a.file href=(link) target="_blank" rel="noopener noreferrer" {
                (file)
                span.open { "View" }
            },
            None => div.file { (file) },
        }
        dl {
            dt {
                @match act.tool {
                    ActTool::SendDocument => "Recipient",
                    ActTool::CallTool | ActTool::AskColleague => "Customer",
                }
            }
            dd { bdi { (shown(act.recipient.as_str())) } }
            dt { "Decide by" }
            dd {
                (time(act.deadline))
                @if view.standing == Standing::Waits {
                    small { (left(act.deadline.duration_since(view.now))) " left" }
                }
            }
            dt { "Asked" }
            dd { bdi { (shown(view.approver)) } }
            dt { "Content" }
            dd { code title=(act.content) { (act.content.short()) } }
        }
        (covered(view))
    }
}

/// All that a decision covers, for whoever wants to look.
pub(super) fn covered(view: &View<'_>) -> Markup {
    html! {
        details {
            summary { "Exactly what a decision covers" }
            dl {
                @for (name, value) in exactly(view) {
                    dt { (name) }
                    dd { code { (value) } }
                }
            }
        }
    }
}

/// What a tool is called with, a line for each argument.
fn with(arguments: &Value) -> Vec<(String, String)> {
    let Value::Object(fields) = arguments else {
        return vec![("arguments".to_owned(), shown(&arguments.to_string()))];
    };
    let value = |value: &Value| match value {
        Value::String(text) => format!("“{}”", shown(text)),
        other => shown(&other.to_string()),
    };
    let fields = fields.iter();
    fields.map(|(name, it)| (shown(name), value(it))).collect()
}

/// Every value the digest is over, and the digest.
fn exactly(view: &View<'_>) -> Vec<(&'static str, String)> {
    let act = view.act;
    let tool = format!("{}, version {}", act.tool.as_str(), act.tool_version);
    let mut exactly = vec![
        ("Tenant", act.tenant.to_string()),
        ("Output", act.output.to_string()),
        ("Version", act.version.to_string()),
        ("Tool", tool),
    ];
    match &act.arguments {
        ActArguments::SendDocument(arguments) => exactly.extend([
            ("File name", shown(&arguments.filename)),
            ("Media type", shown(&arguments.media_type)),
            ("Size", format!("{} bytes", arguments.size)),
            ("Title", shown(&arguments.title)),
        ]),
        ActArguments::CallTool(call) => exactly.extend([
            ("Called", shown(&call.called)),
            ("With", shown(&call.with.to_string())),
            ("Size", format!("{} bytes", call.size)),
            (
                "Digest of the tool's address and schema",
                call.definition.to_string(),
            ),
        ]),
        ActArguments::AskColleague(AskColleagueArguments { asks, size }) => {
            exactly.extend([
                ("Question", shown(&asks.question)),
                ("Urgency", asks.urgency.as_str().to_owned()),
                ("Answer", asks.format.as_str().to_owned()),
            ]);
            let options = asks.options.iter();
            exactly.extend(options.map(|option| ("To choose from", shown(option))));
            exactly.push(("Size", format!("{size} bytes")));
        }
    }
    exactly.extend([
        ("Recipient", shown(act.recipient.as_str())),
        ("SHA-256 of the content", act.content.to_string()),
        ("Deadline", act.deadline.to_string()),
        ("Digest of all this", view.digest.to_string()),
    ]);
    exactly
}

/// What stands on the picture of the file.
fn label(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => "PDF",
        "text/csv" => "CSV",
        "application/json" => "JSON",
        _ => "FILE",
    }
}
