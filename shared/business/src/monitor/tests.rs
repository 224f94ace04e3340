use countersign_core::tool::SiteStock;
use jiff::SignedDuration;

use super::*;

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

fn product(units: &[u32]) -> Product {
    Product {
        sku: "ABC124".parse().unwrap(),
        name: "Red widget".to_owned(),
        unit: "piece".to_owned(),
        stock: (units.iter().enumerate())
            .map(|(index, units)| SiteStock {
                site: format!("Site {index}"),
                units: *units,
            })
            .collect(),
        reorder_point: 10,
        price: 1.into(),
        supplier: "Great Lakes".to_owned(),
        lead_time_days: 7,
        daily_use: None,
        safety_stock: None,
        last_reorder: None,
        updated_at: None,
    }
}

fn by_id(alerts: &[&Alert]) -> BTreeMap<String, Alert> {
    let named = |alert: &&Alert| (alert.id.clone(), (*alert).clone());
    alerts.iter().map(named).collect()
}

fn found(units: &[u32], alerts: &[&Alert]) -> Option<Alert> {
    change(&product(units), &by_id(alerts), now()).map(|(_, after)| after)
}

#[test]
fn o1_stock_that_runs_low_is_an_alert_once() {
    assert_eq!(found(&[6, 5], &[]), None);
    let low = found(&[6, 4], &[]).unwrap();
    assert_eq!(
        (low.severity, low.state),
        (Severity::High, AlertState::Open)
    );
    assert_eq!(
        low.detail,
        "10 left in all sites (Site 0 6, Site 1 4); the reorder point is 10. Great Lakes delivers in 7 days."
    );
    assert_eq!(found(&[5, 4], &[&low]), None, "nothing new");
    let out = found(&[0, 0], &[&low]).unwrap();
    assert_eq!(
        (out.id.as_str(), out.severity),
        (low.id.as_str(), Severity::Critical)
    );
    assert_eq!(found(&[3], &[&out]), None, "not yet over");
}

#[test]
fn o1_an_alert_ends_when_the_stock_is_back_and_may_come_again() {
    let low = found(&[1], &[]).unwrap();
    let over = found(&[11], &[&low]).unwrap();
    assert_eq!(over.state, AlertState::Resolved);
    assert_eq!(found(&[11], &[&over]), None);
    let again = change(
        &product(&[2]),
        &by_id(&[&over]),
        now() + SignedDuration::from_hours(1),
    );
    let (before, again) = again.unwrap();
    assert_eq!(before, Some(over), "in its place, if nobody changed it");
    assert_eq!(again.state, AlertState::Open);
    assert!(again.raised_at > now());
}

/// What was acknowledged is not raised anew by every look, and is resolved all the same.
#[test]
fn o1_an_alert_that_somebody_is_at_is_left_alone() {
    let low = found(&[1], &[]).unwrap();
    let seen = Alert {
        state: AlertState::Acknowledged,
        ..low
    };
    assert_eq!(found(&[1], &[&seen]), None);
    assert_eq!(found(&[99], &[&seen]).unwrap().state, AlertState::Resolved);
}

#[test]
fn o1_what_people_raised_is_theirs() {
    let low = found(&[1], &[]).unwrap();
    let theirs = Alert {
        raised_by: None,
        id: "7f2".to_owned(),
        ..low.clone()
    };
    for units in [0, 1, 99] {
        assert_eq!(found(&[units], &[&theirs]), None, "{units}");
    }
    // An id that is taken by something else is not taken over.
    let stranger = Alert {
        about: Some("XYZ999".parse().unwrap()),
        ..low.clone()
    };
    assert_ne!(found(&[1], &[&stranger]).unwrap().id, low.id);
}

#[test]
fn o1_an_id_can_be_typed() {
    for attempt in 0..MOST_IDS {
        let id = short_id(&"ABC124".parse().unwrap(), attempt);
        assert!((3..=8).contains(&id.len()));
        assert!(
            id.bytes().any(|b| b.is_ascii_digit()) && id.bytes().any(|b| b.is_ascii_lowercase())
        );
        assert!(
            id.bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
        );
    }
}
