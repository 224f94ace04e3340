//! Whether a recording is listened to: written into its message as it is taken in, so that it is on
//! record whether anybody waited for its words, whatever the settings say later.

use std::borrow::Cow;

use countersign_core::message::{Beside, Cause, Inbound, InboundMessage, Listening};

use crate::Listens;

/// What came in, with the order to transcribe it if it is a recording and somebody can.
pub(crate) fn ordered(inbound: Cow<'_, Inbound>, listens: Listens) -> Cow<'_, Inbound> {
    let Cause::Message(message) = &inbound.cause else {
        return inbound;
    };
    let listening = match listens {
        Listens::No => Listening::No,
        Listens::ToRecordings => Listening::to(&message.content),
    };
    if listening == message.beside.listening {
        return inbound;
    }
    let beside = Beside {
        listening,
        ..message.beside.clone()
    };
    Cow::Owned(Inbound {
        cause: Cause::Message(InboundMessage {
            beside,
            ..message.clone()
        }),
        ..inbound.into_owned()
    })
}
