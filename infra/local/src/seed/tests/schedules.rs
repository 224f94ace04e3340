//! Schedules, and what can be wrong with one.

use super::{super::document::SeedFile, mistakes::check, *};

#[test]
fn a9_the_shipped_schedules_can_run_and_do_not_by_themselves() {
    let seed = load().unwrap();
    let names: Vec<&str> = seed.schedules.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "weekly-sales",
            "morning-alerts",
            "watch-stock",
            "new-alerts"
        ]
    );
    assert!(seed.schedules.iter().all(|schedule| !schedule.enabled));
}

#[test]
fn a9_a_wrong_schedule_is_named_with_file_and_field() {
    let wrong = |from: &str, to: &str, expect: &str| {
        let expect = format!("schedules.toml {expect}");
        check(SeedFile::Schedules, from, to, &[&expect]);
    };
    wrong(
        "weekly mon 08:00",
        "mondays",
        "line 5, schedule weekly: every: got \"mondays\", wants \"daily 08:00\", \"weekly mon 08:00\" \
         (mon, tue, wed, thu, fri, sat, sun) or \"every 6h\" (1 to 168)",
    );
    wrong(
        "\"weekly\"",
        "\"Weekly!\"",
        "line 2, schedule Weekly!: name: got \"Weekly!\", wants 1 to 40 of a-z, 0-9, - and _",
    );
    wrong(
        "enabled = true",
        "enabled = true\nagent = \"watchdog\"",
        "line 7, schedule weekly: agent: got \"watchdog\", wants inventory_monitor, alert_generator or report_generator",
    );
    wrong(
        "sales report for last week",
        "",
        "line 4, schedule weekly: task: got \"\", wants 1 to 2000 characters",
    );
}
