//! Money that models cost.

use std::{collections::BTreeMap, fmt, iter::Sum, ops::Add, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::{ModelName, Provider, Usage};

/// US dollars in millionths.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// What is left when `other` is taken away; nothing when that is more.
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for MicroUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::ZERO, Add::add)
    }
}

/// Dollars with at least two and at most six decimals.
impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let part = format!("{part:06}");
        let shown = part.trim_end_matches('0').len().max(2);
        write!(f, "{whole}.{}", &part[..shown])
    }
}

/// What is no amount of US dollars.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no amount of US dollars: write one such as 10 or 0.50, with at most six decimals"
)]
pub struct NoAmount(String);

/// As [`MicroUsd`] is shown, with any number of decimals up to six.
impl FromStr for MicroUsd {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let wrong = || NoAmount(text.chars().take(40).collect());
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 6 {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let part: u64 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
        let micro = whole
            .checked_mul(1_000_000)
            .and_then(|it| it.checked_add(part));
        micro.map(Self).ok_or_else(wrong)
    }
}

/// What a model's tokens cost: millionths of a dollar per million tokens, so that 150,000 stands
/// for 0.15 USD per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Tokens read.
    pub input: u64,
    /// Tokens read from the provider's cache.
    pub cached: u64,
    /// Tokens read and written to the provider's cache.
    pub cache_written: u64,
    /// Tokens written.
    pub output: u64,
}

impl Price {
    /// Nothing, for models that run on a machine of one's own.
    pub const FREE: Self = Self {
        input: 0,
        cached: 0,
        cache_written: 0,
        output: 0,
    };

    /// What `usage` costs, rounded up.
    pub fn of(&self, usage: &Usage) -> MicroUsd {
        let part = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let sum = [
            part(usage.input, self.input),
            part(usage.cached, self.cached),
            part(usage.cache_written, self.cache_written),
            part(usage.output, self.output),
        ]
        .into_iter()
        .fold(0, u128::saturating_add);
        MicroUsd(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// The most that reading `read` tokens and writing `written` can cost, whatever the provider's
    /// cache makes of them: what is reserved before a call.
    pub fn at_most(&self, read: u64, written: u64) -> MicroUsd {
        let dearest = self.input.max(self.cached).max(self.cache_written);
        let dearest = Self {
            input: dearest,
            ..*self
        };
        dearest.of(&Usage {
            input: read,
            output: written,
            ..Usage::default()
        })
    }
}

/// What models cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    /// When the providers' pages said so.
    pub as_of: Date,
    /// By model.
    pub prices: BTreeMap<ModelName, Price>,
    /// What a minute of a recording costs, by the model that transcribes it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub minutes: BTreeMap<String, MinutePrice>,
}

/// What a minute of a recording costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MinutePrice(pub MicroUsd);

impl MinutePrice {
    /// What so many seconds cost, rounded up.
    pub fn for_seconds(self, seconds: u32) -> MicroUsd {
        let cost = (u128::from(self.0.0) * u128::from(seconds)).div_ceil(60);
        MicroUsd(u64::try_from(cost).unwrap_or(u64::MAX))
    }
}

impl PriceList {
    /// What a model costs. One of a server of one's own costs nothing unless the list says
    /// otherwise; any other that the list doesn't have can't be asked under a limit.
    pub fn of(&self, model: &ModelName) -> Option<Price> {
        let listed = self.prices.get(model).copied();
        let free = (model.provider == Provider::Compatible).then_some(Price::FREE);
        listed.or(free)
    }

    /// What a minute costs with a model that transcribes; one that the list doesn't have can't be
    /// asked under a limit.
    pub fn of_a_minute(&self, model: &str) -> Option<MinutePrice> {
        self.minutes.get(model).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o3_only_a_model_of_ones_own_is_free_without_a_price() {
        let price = Price {
            input: 1,
            ..Price::FREE
        };
        let list = PriceList {
            as_of: "2026-11-21".parse().unwrap(),
            prices: ["openai:gpt-4o", "compatible:big"]
                .map(|name| (name.parse().unwrap(), price))
                .into(),
            minutes: [("whisper-1".to_owned(), MinutePrice(MicroUsd(6_000)))].into(),
        };
        let of = |name: &str| list.of(&name.parse().unwrap());
        assert_eq!(of("openai:gpt-4o"), Some(price));
        assert_eq!(of("compatible:big"), Some(price));
        assert_eq!(of("compatible:llama3.1:8b"), Some(Price::FREE));
        assert_eq!(of("openai:gpt-9"), None);
        let minute = list.of_a_minute("whisper-1").unwrap();
        assert_eq!(minute.for_seconds(61), MicroUsd(6_100));
        assert_eq!(minute.for_seconds(0), MicroUsd::ZERO);
        assert_eq!(MinutePrice(MicroUsd(1)).for_seconds(1), MicroUsd(1));
        assert_eq!(
            MinutePrice(MicroUsd(u64::MAX)).for_seconds(u32::MAX),
            MicroUsd(u64::MAX)
        );
        assert_eq!(list.of_a_minute("whisper-9"), None);
        let text = serde_json::to_string(&list).unwrap();
        assert_eq!(serde_json::from_str::<PriceList>(&text).unwrap(), list);
    }

    #[test]
    fn o3_tokens_cost_what_the_table_says_rounded_up() {
        let price = Price {
            input: 150_000,
            cached: 75_000,
            cache_written: 0,
            output: 600_000,
        };
        let check = |input, cached, output, expect| {
            let usage = Usage {
                input,
                cached,
                cache_written: 0,
                output,
            };
            assert_eq!(price.of(&usage), MicroUsd(expect));
        };
        check(1_000_000, 0, 0, 150_000);
        check(1_000, 2_000, 500, 150 + 150 + 300);
        check(1, 0, 0, 1);
        check(0, 0, 0, 0);
    }

    #[test]
    fn o9_no_use_of_the_cache_costs_more_than_the_most() {
        let price = Price {
            input: 3_000_000,
            cached: 300_000,
            cache_written: 3_750_000,
            output: 15_000_000,
        };
        let most = price.at_most(1_000, 200);
        assert_eq!(most, MicroUsd(3_750 + 3_000));
        for (input, cached, cache_written) in [(1_000, 0, 0), (0, 1_000, 0), (0, 0, 1_000)] {
            let usage = Usage {
                input,
                cached,
                cache_written,
                output: 200,
            };
            assert!(price.of(&usage) <= most);
        }
    }

    #[test]
    fn o3_more_than_can_be_counted_is_the_most_that_can() {
        let price = Price {
            input: u64::MAX,
            cached: 0,
            cache_written: 0,
            output: u64::MAX,
        };
        let usage = Usage {
            input: u64::MAX,
            output: u64::MAX,
            ..Usage::default()
        };
        assert_eq!(price.of(&usage), MicroUsd(u64::MAX));
        assert_eq!(MicroUsd(u64::MAX) + MicroUsd(1), MicroUsd(u64::MAX));
    }

    #[test]
    fn o3_money_is_shown_in_dollars() {
        for (micro, expect) in [
            (0, "0.00"),
            (10_000_000, "10.00"),
            (1_500_000, "1.50"),
            (1, "0.000001"),
            (29_940, "0.02994"),
        ] {
            assert_eq!(MicroUsd(micro).to_string(), expect);
            assert_eq!(expect.parse(), Ok(MicroUsd(micro)));
        }
        assert_eq!("10".parse(), Ok(MicroUsd(10_000_000)));
        for text in [
            "",
            "-1",
            "1.",
            ".5",
            "1,5",
            "0.0000001",
            "20000000000000",
            "1e3",
        ] {
            let error = text.parse::<MicroUsd>().unwrap_err().to_string();
            assert!(error.contains("write one such as 10"), "{error}");
        }
    }
}
