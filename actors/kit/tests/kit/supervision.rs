//! Restarts, budgets, escalation and the order in which a tree stops.

use crate::puppet::{Do, Log, Puppet, act, fail, kind, number, say};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tiltyard_actor_kit::testing::settle;
use tiltyard_actor_kit::{AskError, Child, Handle, Intensity, Kind, Root, Supervisor};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

fn supervisor(name: &'static str, restarts: u32) -> Supervisor {
    Supervisor::new(
        name,
        Intensity {
            restarts,
            within: 60 * SECOND,
        },
        7,
    )
}

/// Makes a child whose number counts its lives.
fn child(name: &'static str, log: &Log) -> (Child, Handle<Do>) {
    let (handle, log, lives) = (Handle::new(), log.clone(), AtomicU32::new(0));
    let factory = move || {
        let mut puppet = Puppet::new(name, &log);
        puppet.number = lives.fetch_add(1, Ordering::Relaxed) + 1;
        puppet
    };
    (Child::new(Kind::new(name, 8), handle.clone(), factory), handle)
}

async fn one_child(restarts: u32) -> (Root, Handle<Do>, Log) {
    let log = Log::default();
    let (child, handle) = child("a", &log);
    (supervisor("root", restarts).child(child).start().await, handle, log)
}

/// Says whether the tree has reported a failure by this moment.
async fn report(root: &Root) -> Option<String> {
    tokio::time::timeout(Duration::from_millis(1), root.failed()).await.ok()
}

#[tokio::test(start_paused = true)]
async fn handles_work_as_soon_as_the_tree_is_started() {
    let log = Log::default();
    let (deep, deep_handle) = child("deep", &log);
    let nested = supervisor("middle", 1).child(supervisor("inner", 1).child(deep));
    let root = supervisor("root", 1).child(nested).start().await;
    assert!(deep_handle.tell(say("hello")).is_ok());
    assert_eq!(root.drain(SECOND).await, Ok(()));
    assert_eq!(log.take(), ["hello", "deep draining", "deep stopped", "deep dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_child_is_restarted_after_a_delay_and_its_handle_follows() {
    let (root, handle, log) = one_child(3).await;
    assert_eq!(handle.ask(number, SECOND).await, Ok(1));
    handle.tell(fail("broken")).unwrap();
    sleep(Duration::from_millis(24)).await;
    assert_eq!(handle.ask(number, SECOND).await, Err(AskError::Closed));
    assert!(handle.is_closed());
    sleep(Duration::from_millis(30)).await;
    assert_eq!(handle.ask(number, SECOND).await, Ok(2));
    assert_eq!(report(&root).await, None);
    assert_eq!(log.take(), ["a dropped"]);
}

#[tokio::test(start_paused = true)]
async fn the_delay_grows_with_each_failure() {
    let (_root, handle, _log) = one_child(100).await;
    for n in 0..9 {
        let began = Instant::now();
        handle.tell(act(|_, _| panic!("again"))).unwrap();
        settle().await;
        while handle.is_closed() {
            settle().await;
        }
        let full = Duration::from_millis(50 * 2_u64.pow(n.min(7)));
        let delay = began.elapsed();
        assert!(
            delay >= full / 2 && delay <= full + Duration::from_millis(5),
            "{n}: {delay:?} of {full:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_is_reported_and_the_siblings_stay_up() {
    let log = Log::default();
    let ((bad, bad_handle), (good, good_handle)) = (child("bad", &log), child("good", &log));
    let root = supervisor("root", 1).child(bad).child(good).start().await;
    bad_handle.tell(fail("one")).unwrap();
    sleep(SECOND).await;
    assert_eq!(report(&root).await, None);
    bad_handle.tell(fail("two")).unwrap();
    assert_eq!(root.failed().await, "root/bad: two");
    assert_eq!(
        report(&root).await.as_deref(),
        Some("root/bad: two"),
        "later askers hear it as well"
    );
    assert_eq!(good_handle.ask(number, SECOND).await, Ok(1));
    assert_eq!(root.drain(SECOND).await, Ok(()));
    assert!(log.take().contains(&"good stopped".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_nested_supervisor_escalates_and_is_restarted_whole() {
    let log = Log::default();
    let ((first, first_handle), (second, second_handle)) = (child("first", &log), child("second", &log));
    let nested = supervisor("nested", 0).child(first).child(second);
    let root = supervisor("root", 1).child(nested).start().await;
    first_handle.tell(fail("one")).unwrap();
    sleep(SECOND).await;
    assert_eq!(first_handle.ask(number, SECOND).await, Ok(2));
    assert_eq!(
        second_handle.ask(number, SECOND).await,
        Ok(2),
        "the sibling went with its supervisor"
    );
    first_handle.tell(fail("two")).unwrap();
    assert_eq!(root.failed().await, "root/nested: root/nested/first: two");
    assert_eq!(root.drain(SECOND).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_child_that_stops_by_itself_has_finished() {
    let (root, handle, log) = one_child(3).await;
    handle.tell(act(|_, ctx| ctx.stop())).unwrap();
    sleep(60 * SECOND).await;
    assert!(handle.is_closed());
    assert_eq!(log.take(), ["a draining", "a stopped", "a dropped"]);
    assert_eq!(root.drain(SECOND).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_factory_that_panics_is_a_failed_start() {
    let tries = Arc::new(AtomicU32::new(0));
    let (counted, handle, log) = (Arc::clone(&tries), Handle::new(), Log::default());
    let factory = move || {
        assert!(counted.fetch_add(1, Ordering::Relaxed) > 1, "not yet");
        Puppet::new("a", &log)
    };
    let root = supervisor("root", 5)
        .child(Child::new(kind(), handle.clone(), factory))
        .start()
        .await;
    sleep(SECOND).await;
    assert_eq!(tries.load(Ordering::Relaxed), 3);
    assert_eq!(handle.ask(number, SECOND).await, Ok(0));
    assert_eq!(root.drain(SECOND).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_tree_stops_in_reverse_order_one_by_one() {
    let log = Log::default();
    let flushing = |name, log: &Log| {
        let log = log.clone();
        let factory =
            move || Puppet::new(name, &log).on_drain(act(|_, ctx| ctx.pipe(sleep(SECOND), |()| say("flushed"))));
        Child::new(Kind::new(name, 8), Handle::new(), factory)
    };
    let nested = supervisor("nested", 1)
        .child(flushing("b", &log))
        .child(flushing("c", &log));
    let root = supervisor("root", 1)
        .child(flushing("a", &log))
        .child(nested)
        .child(flushing("d", &log))
        .start()
        .await;
    let began = Instant::now();
    assert_eq!(root.drain(60 * SECOND).await, Ok(()));
    assert_eq!(began.elapsed(), 4 * SECOND);
    let story = ["d", "c", "b", "a"].into_iter().flat_map(|name| {
        [
            format!("{name} draining"),
            "flushed".to_owned(),
            format!("{name} stopped"),
            format!("{name} dropped"),
        ]
    });
    assert_eq!(log.take(), story.collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_child_that_waits_for_its_restart_does_not_hold_a_drain_up() {
    let (root, handle, _log) = one_child(3).await;
    handle.tell(fail("broken")).unwrap();
    settle().await;
    let began = Instant::now();
    assert_eq!(root.drain(SECOND).await, Ok(()));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn stragglers_are_named_and_killed() {
    let log = Log::default();
    let ((quick, _), (stuck, stuck_handle)) = (child("quick", &log), child("stuck", &log));
    let root = supervisor("root", 1)
        .child(supervisor("nested", 1).child(stuck))
        .child(quick)
        .start()
        .await;
    stuck_handle
        .tell(act(|_, ctx| ctx.pipe(pending::<()>(), |()| say("never"))))
        .unwrap();
    let began = Instant::now();
    let stragglers = root.drain(SECOND).await.unwrap_err();
    assert_eq!(began.elapsed(), SECOND);
    assert_eq!(stragglers.names, ["root/nested/stuck"]);
    assert_eq!(stragglers.to_string(), "not stopped in time: root/nested/stuck");
    settle().await;
    assert_eq!(
        log.take(),
        [
            "quick draining",
            "quick stopped",
            "quick dropped",
            "stuck draining",
            "stuck dropped"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_child_that_fails_during_the_drain_is_not_restarted() {
    let log = Log::default();
    let factory = {
        let log = log.clone();
        move || Puppet::new("a", &log).on_drain(act(|_, _| panic!("at the end")))
    };
    let root = supervisor("root", 3)
        .child(Child::new(kind(), Handle::new(), factory))
        .start()
        .await;
    assert_eq!(root.drain(SECOND).await, Ok(()));
    sleep(SECOND).await;
    assert_eq!(log.take(), ["a draining", "a dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_drained_tree_never_reports_a_failure() {
    let (root, _handle, _log) = one_child(0).await;
    let failed = root.failed();
    assert_eq!(root.drain(SECOND).await, Ok(()));
    assert!(tokio::time::timeout(60 * SECOND, failed).await.is_err());
}
