//! Properties of the code.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{ChallengeId, SenderId, Tenant, ThreadId};

/// What a code is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    secret: String,
    tenant: Tenant,
    thread: String,
    challenge: String,
    recipient: SenderId,
}

impl Made {
    fn code(&self) -> String {
        let code = Code::made(
            &Secret::new(self.secret.clone()),
            &Sealing {
                tenant: &self.tenant,
                thread: ThreadId::derived(&self.thread),
                challenge: ChallengeId::derived(&self.challenge),
                recipient: &self.recipient,
            },
        );
        code.digits().to_owned()
    }

    fn some() -> Self {
        Self {
            secret: "a-secret-of-thirty-two-characters".into(),
            tenant: "acme".parse().unwrap(),
            thread: "t".into(),
            challenge: "c".into(),
            recipient: "+250788000201".parse().unwrap(),
        }
    }
}

fn made() -> impl Strategy<Value = Made> {
    (
        "[ -~]{32,64}",
        "[a-z0-9-]{1,40}",
        ".{0,9}",
        ".{0,9}",
        "[!-\"$-~]{1,140}",
    )
        .prop_map(|(secret, tenant, thread, challenge, recipient)| Made {
            secret,
            tenant: tenant.parse().unwrap(),
            thread,
            challenge,
            recipient: recipient.parse().unwrap(),
        })
}

/// A change of it would make void what is on its way while a release goes out. The value is from
/// another implementation, Python's `hmac`.
#[test]
fn o10_a_code_stays_what_it_is_from_release_to_release() {
    assert_eq!(Made::some().code(), "779004");
}

/// Two codes are the same once in a million; what follows from one part only would be so always.
#[test]
fn o10_a_code_depends_on_everything_it_is_made_of() {
    let differing: [fn(&mut Made, usize); 5] = [
        |made, n| made.secret.push_str(&n.to_string()),
        |made, n| made.tenant = format!("acme-{n}").parse().unwrap(),
        |made, n| made.thread = n.to_string(),
        |made, n| made.challenge = n.to_string(),
        |made, n| made.recipient = format!("+25078800{n:04}").parse().unwrap(),
    ];
    for differ in differing {
        let codes = (0..200).map(|n| {
            let mut made = Made::some();
            differ(&mut made, n);
            made.code()
        });
        let codes: BTreeSet<String> = codes.collect();
        assert!(codes.len() >= 198, "{} of 200", codes.len());
    }
}

/// Twenty thousand codes in a hundred classes by their first digits, and by their last: χ² with 99
/// degrees of freedom is over 180 once in a million times.
#[test]
fn o10_codes_are_spread_evenly() {
    let (mut first, mut last) = ([0_u32; 100], [0_u32; 100]);
    for n in 0..20_000 {
        let made = Made {
            challenge: n.to_string(),
            ..Made::some()
        };
        let code = made.code();
        first[code[..2].parse::<usize>().unwrap()] += 1;
        last[code[4..].parse::<usize>().unwrap()] += 1;
    }
    for classes in [first, last] {
        let squares = classes
            .iter()
            .map(|n| (f64::from(*n) - 200.0).powi(2) / 200.0);
        let chi: f64 = squares.sum();
        assert!(chi < 180.0, "{chi}");
    }
}

proptest! {
    #[test]
    fn o10_a_code_is_six_digits_and_the_same_each_time(made in made()) {
        let code = made.code();
        prop_assert_eq!(code.len(), 6);
        prop_assert!(code.bytes().all(|b| b.is_ascii_digit()));
        prop_assert_eq!(made.code(), code);
    }

    #[test]
    fn o10_a_code_is_itself_alone(made in made(), other in "[0-9]{0,8}") {
        let sealing = Sealing {
            tenant: &made.tenant,
            thread: ThreadId::derived(&made.thread),
            challenge: ChallengeId::derived(&made.challenge),
            recipient: &made.recipient,
        };
        let code = Code::made(&Secret::new(made.secret.clone()), &sealing);
        prop_assert!(code.is(code.digits()));
        prop_assert_eq!(code.is(&other), other == code.digits());
        prop_assert_eq!(format!("{code:?}"), "Code(hidden)");
    }

    /// Whatever somebody writes, nothing falls over, and what has no six digits is as it was.
    #[test]
    fn o10_any_text_is_read_and_masked(made in made(), text in ".{0,100}") {
        let sealing = Sealing {
            tenant: &made.tenant,
            thread: ThreadId::derived(&made.thread),
            challenge: ChallengeId::derived(&made.challenge),
            recipient: &made.recipient,
        };
        let code = Code::made(&Secret::new(made.secret.clone()), &sealing);
        let _ = entered(&text);
        prop_assert_eq!(masked(&text, &code), text.clone());
        let with = format!("{text} {} {text}", code.digits());
        prop_assert!(!masked(&with, &code).contains(code.digits()));
    }
}
