//! The ledger of what a company spends on models: one item per company and day (UTC). A call
//! costs one write before it, which reserves, and one after it, which settles; no read.
//!
//! The item holds `spent`, which is what is settled and what is reserved, and every reservation
//! that stands as an attribute of its own, so that the day's first needs no map to be there. A
//! settled reservation leaves nothing behind. One that nobody settles, because its function died,
//! ends two minutes after its call's deadline; whoever finds the limit reached releases those, and
//! each leaves a mark by which a late settlement is told from a repeated one. A write that arrives
//! after its sender has given it up holds no longer than that either.

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use countersign_core::{
    ReservationId, Tenant,
    money::MicroUsd,
    spend::{
        Held, Ledger, MOST_OPEN, OverLimit, Release, Reservation, Standing, day_of, held_until,
    },
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    error::Error,
    item::{Item, get_number, get_time, maybe_text, millis, number, text},
    keys,
    schema::EXPIRES_AT,
    sends::{Written, outcome},
};

/// What is settled and what is reserved, in millionths of a dollar.
const SPENT: &str = "spent";
/// How many reservations stand.
const OPEN: &str = "open";
/// The reservation that found the limit reached first.
const OVER: &str = "over";
/// An attribute with this before a reservation's id holds it.
const HELD: &str = "held#";
/// An attribute with this before a reservation's id tells that it was released, and its end.
const RELEASED: &str = "released#";
/// In what is held: how much.
const AMOUNT: &str = "amount";
/// In what is held: until when.
const UNTIL: &str = "until";

/// A day's item is kept for so many days.
const KEPT_DAYS: i64 = 40;
/// How many reservations one write releases.
const RELEASED_AT_ONCE: usize = 25;
/// How often a write that others got ahead of is tried.
const TRIES: usize = 40;

/// The ledgers in the business table.
#[derive(Debug, Clone)]
pub struct Spend {
    client: Client,
    table: String,
}

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserving {
    /// It may. Settle it, whatever comes of it; a call that was not made costs nothing.
    Reserved(Reservation),
    /// It may not, and somebody was told so before.
    OverLimit(OverLimit),
    /// It may not, and it is the first of the day: raise the alert. Whoever asks again with the
    /// same id hears this again.
    FirstOverLimit(OverLimit),
}

/// What a settlement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// The real cost is in the ledger now.
    Now {
        /// What is spent and reserved on that day.
        spent: MicroUsd,
    },
    /// It had been settled before, if only by a try whose answer was lost.
    Before,
}

/// Whether the write that reserves went through.
enum Asked {
    Reserved(Reservation),
    Refused(Ledger),
}

impl Spend {
    /// Ledgers in this table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Holds `amount` of what `limit` leaves of the day, for a call that ends by `deadline`. `id`
    /// names this attempt: asked again while it stands, it holds what it holds. One write; where
    /// the limit is reached, one more for every 25 reservations that ended, one for the second
    /// try, and one for the day's first refusal.
    ///
    /// # Errors
    /// When a call fails, what is stored can't be read, or [`MOST_OPEN`] calls are under way.
    pub async fn reserve(
        &self,
        tenant: &Tenant,
        id: &ReservationId,
        amount: MicroUsd,
        limit: MicroUsd,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Result<Reserving, Error> {
        let reservation = Reservation {
            id: id.clone(),
            day: day_of(now),
            held: Held {
                amount,
                until: held_until(deadline),
            },
        };
        let mut ledger = match self.ask(tenant, &reservation, limit).await? {
            Asked::Reserved(reservation) => return Ok(Reserving::Reserved(reservation)),
            Asked::Refused(ledger) => ledger,
        };
        if ledger.release(now, RELEASED_AT_ONCE).is_some() {
            self.release(tenant, reservation.day, ledger, now).await?;
            ledger = match self.ask(tenant, &reservation, limit).await? {
                Asked::Reserved(reservation) => return Ok(Reserving::Reserved(reservation)),
                Asked::Refused(ledger) => ledger,
            };
        }
        if ledger.has_room(amount, limit) {
            return Err(Error::Transient {
                what: "reserving a model call's cost",
                why: format!("{MOST_OPEN} model calls are under way; try again when some are over"),
            });
        }
        let over = OverLimit {
            asked: amount,
            spent: ledger.spent,
            limit,
        };
        Ok(
            if self.is_first_over(tenant, &reservation, &ledger).await? {
                Reserving::FirstOverLimit(over)
            } else {
                Reserving::OverLimit(over)
            },
        )
    }

    /// Puts what a call really cost in the place of what was held for it, also when that is more,
    /// the limit is passed or the reservation was released meanwhile. Repeated, it changes nothing.
    /// One write, and one more after a release.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn settle(
        &self,
        tenant: &Tenant,
        reservation: &Reservation,
        actual: MicroUsd,
    ) -> Result<Settling, Error> {
        const WHAT: &str = "settling a model call's cost";
        let Reservation { id, day, held } = reservation;
        let mut standing = Standing::Open(*held);
        for _ in 0..TRIES {
            let update = match standing {
                Standing::Open(held) => self
                    .update(tenant, *day)
                    .update_expression("ADD #spent :change, #open :one_less REMOVE #held")
                    .condition_expression("#held.#amount = :amount")
                    .expression_attribute_names("#open", OPEN)
                    .expression_attribute_names("#held", format!("{HELD}{id}"))
                    .expression_attribute_names("#amount", AMOUNT)
                    .expression_attribute_values(":change", change(held.amount, actual))
                    .expression_attribute_values(":one_less", number(-1))
                    .expression_attribute_values(":amount", number(held.amount.0)),
                Standing::Released => self
                    .update(tenant, *day)
                    .update_expression("ADD #spent :change REMOVE #released")
                    .condition_expression("attribute_exists(#released)")
                    .expression_attribute_names("#released", format!("{RELEASED}{id}"))
                    .expression_attribute_values(":change", change(MicroUsd::ZERO, actual)),
                Standing::Settled => return Ok(Settling::Before),
            };
            // All of it: what costs as much as was held changes nothing, and an answer that names
            // only what changed would not have it.
            let update = update
                .expression_attribute_names("#spent", SPENT)
                .return_values(ReturnValue::AllNew);
            match outcome(WHAT, update.send().await)? {
                Written::New(item) => {
                    let spent = MicroUsd(get_number(WHAT, &item, SPENT)?);
                    return Ok(Settling::Now { spent });
                }
                Written::Refused(item) => standing = read(&item)?.standing(id),
            }
        }
        Err(Error::Conflict { what: WHAT })
    }

    /// A day's ledger. One strongly consistent read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn ledger(&self, tenant: &Tenant, day: Date) -> Result<Ledger, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(keys::spend(tenant, day).into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::sdk("reading what was spent", error))?;
        read(&found.item.unwrap_or_default())
    }

    /// The one write that reserves.
    async fn ask(
        &self,
        tenant: &Tenant,
        reservation: &Reservation,
        limit: MicroUsd,
    ) -> Result<Asked, Error> {
        let Reservation { id, day, held } = reservation;
        if held.amount > limit {
            return Ok(Asked::Refused(self.ledger(tenant, *day).await?));
        }
        let update = self
            .update(tenant, *day)
            .update_expression(
                "SET #held = :held, #expires = :expires ADD #spent :amount, #open :one \
                 REMOVE #released",
            )
            .condition_expression(
                "attribute_not_exists(#held) \
                 AND (attribute_not_exists(#spent) OR #spent <= :room) \
                 AND (attribute_not_exists(#open) OR #open < :most)",
            )
            .expression_attribute_names("#held", format!("{HELD}{id}"))
            .expression_attribute_names("#released", format!("{RELEASED}{id}"))
            .expression_attribute_names("#spent", SPENT)
            .expression_attribute_names("#open", OPEN)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":held", stored(held))
            .expression_attribute_values(":expires", expires_at(*day))
            .expression_attribute_values(":amount", number(held.amount.0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":room", number(limit.less(held.amount).0))
            .expression_attribute_values(":most", number(MOST_OPEN));
        match outcome("reserving a model call's cost", update.send().await)? {
            Written::New(_) => Ok(Asked::Reserved(reservation.clone())),
            Written::Refused(item) => {
                let ledger = read(&item)?;
                // Our own, whose answer was lost: it holds what it held first.
                Ok(match ledger.open.get(id) {
                    Some(held) => Asked::Reserved(Reservation {
                        held: *held,
                        ..reservation.clone()
                    }),
                    None => Asked::Refused(ledger),
                })
            }
        }
    }

    /// Releases all that has ended by `now`. A write takes some out together if each of them still
    /// stands; if not, it is tried with what stands then.
    async fn release(
        &self,
        tenant: &Tenant,
        day: Date,
        mut ledger: Ledger,
        now: Timestamp,
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let Some(release) = ledger.release(now, RELEASED_AT_ONCE) else {
                return Ok(());
            };
            let update = self.releasing(tenant, day, &release);
            let update = update.return_values(ReturnValue::AllNew);
            let written = outcome("releasing reservations", update.send().await)?;
            let (Written::New(item) | Written::Refused(item)) = written;
            ledger = read(&item)?;
        }
        // What is left is released by whoever finds the limit reached next.
        Ok(())
    }

    fn releasing(&self, tenant: &Tenant, day: Date, release: &Release) -> UpdateItemFluentBuilder {
        let mut update = self
            .update(tenant, day)
            .expression_attribute_names("#spent", SPENT)
            .expression_attribute_names("#open", OPEN)
            .expression_attribute_names("#amount", AMOUNT)
            .expression_attribute_values(":freed", change(release.amount(), MicroUsd::ZERO))
            .expression_attribute_values(":fewer", number(-(release.open.len() as i64)));
        let (mut set, mut remove, mut condition) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (id, held)) in release.open.iter().enumerate() {
            set.push(format!("#r{index} = :r{index}"));
            remove.push(format!("#h{index}"));
            condition.push(format!("#h{index}.#amount = :a{index}"));
            update = update
                .expression_attribute_names(format!("#h{index}"), format!("{HELD}{id}"))
                .expression_attribute_names(format!("#r{index}"), format!("{RELEASED}{id}"))
                .expression_attribute_values(format!(":a{index}"), number(held.amount.0))
                .expression_attribute_values(format!(":r{index}"), millis(held.until));
        }
        for (index, id) in release.forgotten.keys().enumerate() {
            remove.push(format!("#f{index}"));
            update =
                update.expression_attribute_names(format!("#f{index}"), format!("{RELEASED}{id}"));
        }
        update
            .update_expression(format!(
                "SET {} ADD #spent :freed, #open :fewer REMOVE {}",
                set.join(", "),
                remove.join(", ")
            ))
            .condition_expression(condition.join(" AND "))
    }

    /// Whether this is the day's first refusal. No write when another's is known already.
    async fn is_first_over(
        &self,
        tenant: &Tenant,
        reservation: &Reservation,
        ledger: &Ledger,
    ) -> Result<bool, Error> {
        let Reservation { id, day, .. } = reservation;
        if let Some(first) = &ledger.over {
            return Ok(first == id);
        }
        let update = self
            .update(tenant, *day)
            .update_expression("SET #over = :id, #expires = :expires")
            .condition_expression("attribute_not_exists(#over)")
            .expression_attribute_names("#over", OVER)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":id", text(id.as_str()))
            .expression_attribute_values(":expires", expires_at(*day));
        Ok(match outcome("marking the limit", update.send().await)? {
            Written::New(_) => true,
            Written::Refused(item) => maybe_text(&item, OVER) == Some(id.as_str()),
        })
    }

    fn update(&self, tenant: &Tenant, day: Date) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::spend(tenant, day).into_item()))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// From one amount to another, which may be less.
fn change(from: MicroUsd, to: MicroUsd) -> AttributeValue {
    number(i128::from(to.0) - i128::from(from.0))
}

fn stored(held: &Held) -> AttributeValue {
    AttributeValue::M(Item::from([
        (AMOUNT.to_owned(), number(held.amount.0)),
        (UNTIL.to_owned(), millis(held.until)),
    ]))
}

/// In epoch seconds.
fn expires_at(day: Date) -> AttributeValue {
    let begins = TimeZone::UTC.to_timestamp(day.into());
    number(begins.map_or(0, Timestamp::as_second) + KEPT_DAYS * 24 * 3600)
}

fn read(item: &Item) -> Result<Ledger, Error> {
    const WHAT: &str = "reading what was spent";
    let mut ledger = Ledger::default();
    if item.contains_key(SPENT) {
        ledger.spent = MicroUsd(get_number(WHAT, item, SPENT)?);
    }
    if let Some(id) = maybe_text(item, OVER) {
        ledger.over = Some(id.parse().map_err(|why| Error::unreadable(WHAT, why))?);
    }
    for (name, value) in item {
        let id = |text: &str| text.parse().map_err(|why| Error::unreadable(WHAT, why));
        if let Some(rest) = name.strip_prefix(HELD) {
            let fields = value
                .as_m()
                .map_err(|_| Error::unreadable(WHAT, format!("{name} is no map")))?;
            let held = Held {
                amount: MicroUsd(get_number(WHAT, fields, AMOUNT)?),
                until: get_time(WHAT, fields, UNTIL)?,
            };
            ledger.open.insert(id(rest)?, held);
        } else if let Some(rest) = name.strip_prefix(RELEASED) {
            let until = get_time(WHAT, item, name)?;
            ledger.released.insert(id(rest)?, until);
        }
    }
    Ok(ledger)
}
