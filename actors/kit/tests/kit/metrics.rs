//! What operators see: every metric moves when it should, and gauges return to zero.

use crate::puppet::{Log, Puppet, act, fail, say};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::time::Duration;
use tiltyard_actor_kit::testing::{settle, solo};
use tiltyard_actor_kit::{Child, Exit, Handle, Intensity, Kind, METRICS, Reply, Supervisor, describe_metrics};

const SECOND: Duration = Duration::from_secs(1);

fn metered(capacity: usize) -> (Kind, PrometheusHandle) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let kind = metrics::with_local_recorder(&recorder, || {
        describe_metrics();
        Kind::new("puppet", capacity)
    });
    (kind, recorder.handle())
}

fn assert_shows(page: &PrometheusHandle, lines: &[&str]) {
    let page = page.render();
    for line in lines {
        assert!(page.lines().any(|shown| shown == *line), "{line} is missing in\n{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_life_is_counted_from_spawn_to_stop() {
    let (kind, page) = metered(2);
    let solo = solo(&kind, Puppet::new("a", &Log::default()));
    let addr = solo.addr();
    addr.tell(say("one")).unwrap();
    let asked = addr.ask(
        |reply: Reply<u32>| act(|puppet, _| puppet.questions.push(reply)),
        SECOND,
    );
    assert!(addr.tell(say("three")).is_err());
    assert_shows(
        &page,
        &[
            "tiltyard_actor_live{kind=\"puppet\"} 1",
            "tiltyard_actor_mailbox_depth{kind=\"puppet\"} 2",
        ],
    );
    assert!(asked.await.is_err());
    assert_eq!(solo.drain().await, Exit::Stopped);
    assert!(addr.tell(say("late")).is_err());
    let lines = [
        "tiltyard_actor_live{kind=\"puppet\"} 0",
        "tiltyard_actor_spawned_total{kind=\"puppet\"} 1",
        "tiltyard_actor_stopped_total{kind=\"puppet\"} 1",
        "tiltyard_actor_messages_total{kind=\"puppet\"} 2",
        "tiltyard_actor_refused_total{kind=\"puppet\",reason=\"full\"} 1",
        "tiltyard_actor_refused_total{kind=\"puppet\",reason=\"closed\"} 1",
        "tiltyard_actor_ask_timeouts_total{kind=\"puppet\"} 1",
        "tiltyard_actor_mailbox_depth{kind=\"puppet\"} 0",
        "tiltyard_actor_handle_seconds_count{kind=\"puppet\"} 1",
        "tiltyard_actor_mailbox_wait_seconds_count{kind=\"puppet\"} 1",
    ];
    assert_shows(&page, &lines);
}

#[tokio::test(start_paused = true)]
async fn messages_left_by_a_failure_leave_the_depth() {
    let (kind, page) = metered(8);
    let solo = solo(&kind, Puppet::new("a", &Log::default()));
    solo.addr().tell(fail("broken")).unwrap();
    (0..5).for_each(|_| solo.addr().tell(say("never")).unwrap());
    assert_eq!(solo.ended().await, Exit::Failed("broken".to_owned()));
    let lines = [
        "tiltyard_actor_live{kind=\"puppet\"} 0",
        "tiltyard_actor_failed_total{kind=\"puppet\"} 1",
        "tiltyard_actor_mailbox_depth{kind=\"puppet\"} 0",
    ];
    assert_shows(&page, &lines);
}

#[tokio::test(start_paused = true)]
async fn restarts_are_counted() {
    let (kind, page) = metered(8);
    let (handle, log) = (Handle::new(), Log::default());
    let child = Child::new(kind, handle.clone(), move || Puppet::new("a", &log));
    let _root = Supervisor::new(
        "root",
        Intensity {
            restarts: 1,
            within: SECOND,
        },
        0,
    )
    .child(child)
    .start()
    .await;
    handle.tell(fail("broken")).unwrap();
    tokio::time::sleep(SECOND).await;
    settle().await;
    let lines = [
        "tiltyard_actor_restarts_total{kind=\"puppet\"} 1",
        "tiltyard_actor_live{kind=\"puppet\"} 1",
    ];
    assert_shows(&page, &lines);
}

#[test]
fn every_metric_has_a_help_text() {
    assert!(
        METRICS
            .iter()
            .all(|(name, help)| name.starts_with("tiltyard_actor_") && !help.is_empty())
    );
}
