//! How many tokens a text takes, roughly, and what providers' counts teach about that.

use std::{
    iter::Sum,
    ops::{Add, Sub},
};

use serde::{Deserialize, Serialize};

use crate::model::Prompt;

/// Twelfths of a token, so that the weights of texts add up to the weight of all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight(u64);

/// What a character weighs, by the bytes of it. Tokenizers keep about four letters of English in
/// a token, two of other alphabets, and one of the scripts that have many letters; digits and
/// signs stand in smaller groups.
fn of_character(c: char) -> u64 {
    match c {
        'a'..='z' | 'A'..='Z' | ' ' => 3,
        '0'..='9' => 5,
        c => match c.len_utf8() {
            1 | 2 => 6,
            3 => 12,
            _ => 24,
        },
    }
}

impl Weight {
    /// The weight of a text.
    pub fn of(text: &str) -> Self {
        Self(text.chars().map(of_character).sum())
    }

    fn tokens(self) -> u64 {
        self.0.div_ceil(12)
    }
}

impl Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Weight {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Weight {
    fn sum<I: Iterator<Item = Self>>(weights: I) -> Self {
        Self(weights.map(|weight| weight.0).sum())
    }
}

/// How many tokens a text takes with a model that nothing is known about.
pub fn tokens(text: &str) -> u64 {
    Weight::of(text).tokens()
}

/// How many tokens a whole prompt takes with a model that nothing is known about: instructions,
/// thread and tools. It is what [`Correction::learn`] compares with what the provider counted.
pub fn prompt_tokens(prompt: &Prompt) -> u64 {
    let tools = prompt.tools.iter().map(|tool| {
        Weight::of(&tool.name)
            + Weight::of(&tool.description)
            + Weight::of(&tool.schema.to_string())
    });
    let texts = [&prompt.system, &prompt.settled, &prompt.recent];
    let texts = texts.into_iter().map(|text| Weight::of(text));
    tools.chain(texts).sum::<Weight>().tokens()
}

/// By how much the estimates for a model are off, learned from the usage its provider reports.
/// One per model, to be stored wherever the caller likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Correction {
    /// Thousandths: 1,000 when the estimates are right.
    factor: u32,
}

/// As it is read: a factor from elsewhere is brought within the bounds.
#[derive(Deserialize)]
struct Stored {
    factor: u32,
}

impl From<Stored> for Correction {
    fn from(stored: Stored) -> Self {
        Self {
            factor: stored.factor.clamp(Self::LEAST, Self::MOST),
        }
    }
}

impl Default for Correction {
    fn default() -> Self {
        Self { factor: 1000 }
    }
}

impl Correction {
    /// No model's tokens are twice as long as estimated,
    const LEAST: u32 = 500;
    /// and none's a third. What says so is an error in what was reported.
    const MOST: u32 = 3000;
    /// Below so many tokens the provider's own frame outweighs the text.
    const TELLING: u64 = 200;

    /// What is known after a prompt that was estimated, by [`prompt_tokens`], at `estimated` and
    /// that the provider counted as `reported`, which is [`Usage::read`](crate::model::Usage::read).
    /// Each prompt counts for an eighth. Short prompts teach nothing.
    #[must_use]
    pub fn learn(self, estimated: u64, reported: u64) -> Self {
        if estimated < Self::TELLING || reported == 0 {
            return self;
        }
        let seen = u128::from(reported) * 1000 / u128::from(estimated);
        let seen = seen.clamp(u128::from(Self::LEAST), u128::from(Self::MOST)) as u32;
        // The difference is divided away from zero, so that a steady error is learned in full.
        let factor = if seen >= self.factor {
            self.factor + (seen - self.factor).div_ceil(8)
        } else {
            self.factor - (self.factor - seen).div_ceil(8)
        };
        Self { factor }
    }

    /// An estimate, corrected.
    pub fn apply(self, estimated: u64) -> u64 {
        let corrected = u128::from(estimated) * u128::from(self.factor);
        corrected.div_ceil(1000).try_into().unwrap_or(u64::MAX)
    }

    /// What a weight comes to for this model.
    pub(super) fn tokens(self, weight: Weight) -> u64 {
        self.apply(weight.tokens())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a4_tokens_are_estimated_by_script() {
        let check = |text: &str, expect: u64| assert_eq!(tokens(text), expect, "{text}");
        check("", 0);
        check("How many boxes of tea are left", 8);
        check("+250788000201", 6);
        check("Сколько коробок чая осталось", 14);
        check("还剩多少盒茶", 6);
        check("🍵", 2);
    }

    #[test]
    fn a4_a_correction_nears_what_the_provider_counts_and_stays_within_bounds() {
        let check = |reported: u64, expect: u64| {
            let learned = (0..60).fold(Correction::default(), |c, _| c.learn(1000, reported));
            assert_eq!(learned.apply(1000), expect, "{reported}");
        };
        check(1000, 1000);
        check(1300, 1300);
        check(800, 800);
        check(0, 1000);
        check(1, 500);
        check(u64::MAX, 3000);
        let once = Correction::default().learn(1000, 1800);
        assert_eq!(once.apply(1000), 1100, "one prompt counts for an eighth");
        let short = Correction::default().learn(199, 900);
        assert_eq!(short, Correction::default());
    }

    #[test]
    fn a4_a_stored_correction_is_read_back_and_a_wrong_one_is_bounded() {
        let learned = Correction::default().learn(1000, 1400);
        let stored = serde_json::to_value(learned).unwrap();
        assert_eq!(stored, json!({"factor": 1050}));
        assert_eq!(
            serde_json::from_value::<Correction>(stored).unwrap(),
            learned
        );
        let wrong: Correction = serde_json::from_value(json!({"factor": 0})).unwrap();
        assert_eq!(wrong.apply(1000), 500);
    }
}
