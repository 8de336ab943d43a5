//! Draining: the work at hand is finished, nothing more is taken, and an idle actor goes at once.

use crate::puppet::{Do, Log, Puppet, act, kind, say};
use std::time::Duration;
use tiltyard_actor_kit::testing::{Solo, settle, solo};
use tiltyard_actor_kit::{Exit, Refused};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

fn puppet() -> (Solo<Do>, Log) {
    let log = Log::default();
    (solo(&kind(), Puppet::new("a", &log)), log)
}

#[tokio::test(start_paused = true)]
async fn queued_messages_are_handled_before_the_end() {
    let (solo, log) = puppet();
    solo.addr().tell(say("one")).unwrap();
    solo.addr().tell(say("two")).unwrap();
    assert_eq!(solo.drain().await, Exit::Stopped);
    assert_eq!(log.take(), ["one", "two", "a draining", "a stopped", "a dropped"]);
}

#[tokio::test(start_paused = true)]
async fn an_actor_that_stops_itself_finishes_its_queue() {
    let (solo, log) = puppet();
    solo.addr().tell(act(|_, ctx| ctx.stop())).unwrap();
    solo.addr().tell(say("one")).unwrap();
    assert_eq!(solo.ended().await, Exit::Stopped);
    assert_eq!(log.take(), ["one", "a draining", "a stopped", "a dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_pipes_and_for_those_they_start() {
    let (solo, log) = puppet();
    let start = act(|_, ctx| {
        ctx.pipe(sleep(SECOND), |()| {
            act(|puppet, ctx| {
                puppet.log.add("first");
                ctx.pipe(sleep(SECOND), |()| say("second"));
            })
        });
    });
    solo.addr().tell(start).unwrap();
    let (addr, began) = (solo.addr(), Instant::now());
    settle().await;
    let drained = solo.drain();
    assert!(!addr.is_closed(), "a future does nothing until it is awaited");
    assert_eq!(drained.await, Exit::Stopped);
    assert_eq!(began.elapsed(), SECOND + SECOND);
    assert_eq!(log.take(), ["a draining", "first", "second", "a stopped", "a dropped"]);
    assert!(matches!(addr.tell(say("late")), Err(Refused::Closed(_))));
}

#[tokio::test(start_paused = true)]
async fn the_draining_hook_may_pipe_a_last_flush() {
    let log = Log::default();
    let flush = act(|_, ctx| ctx.pipe(sleep(SECOND), |()| say("flushed")));
    let solo = solo(&kind(), Puppet::new("a", &log).on_drain(flush));
    assert_eq!(solo.drain().await, Exit::Stopped);
    assert_eq!(log.take(), ["a draining", "flushed", "a stopped", "a dropped"]);
}

#[tokio::test(start_paused = true)]
async fn timers_do_not_hold_a_drain_up() {
    let (solo, log) = puppet();
    solo.addr()
        .tell(act(|puppet, ctx| puppet.timers.push(ctx.after(SECOND, say("fired")))))
        .unwrap();
    let began = Instant::now();
    assert_eq!(solo.drain().await, Exit::Stopped);
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(log.take(), ["a draining", "a stopped", "a dropped"]);
}

#[tokio::test(start_paused = true)]
async fn children_are_drained_before_their_parent() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        let flush = act(|_, ctx| ctx.pipe(sleep(SECOND), |()| say("kid flushed")));
        let kid = Puppet::new("kid", &puppet.log).on_drain(flush);
        puppet.spawn(kid, ctx);
    });
    solo.addr().tell(start).unwrap();
    assert_eq!(solo.drain().await, Exit::Stopped);
    let story = [
        "a draining",
        "kid draining",
        "kid flushed",
        "kid stopped",
        "kid dropped",
        "kid: Stopped",
        "a stopped",
        "a dropped",
    ];
    assert_eq!(log.take(), story);
}

#[tokio::test(start_paused = true)]
async fn a_child_started_during_a_drain_is_drained_at_once() {
    let (solo, log) = puppet();
    let spawn = || {
        act(|puppet, ctx| {
            let kid = Puppet::new("kid", &puppet.log);
            puppet.spawn(kid, ctx);
        })
    };
    solo.addr()
        .tell(act(move |_, ctx| ctx.pipe(sleep(SECOND), move |()| spawn())))
        .unwrap();
    assert_eq!(solo.drain().await, Exit::Stopped);
    assert!(log.take().contains(&"kid: Stopped".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_idle_actors_drain_at_once() {
    let log = Log::default();
    let crowd: Vec<Solo<Do>> = (0..10_000).map(|_| solo(&kind(), Puppet::new("a", &log))).collect();
    settle().await;
    let began = Instant::now();
    for one in crowd {
        assert_eq!(one.drain().await, Exit::Stopped);
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(log.take().len(), 30_000);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_children_drain_with_their_parent() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        for _ in 0..10_000 {
            let kid = Puppet::new("kid", &puppet.log);
            puppet.spawn(kid, ctx);
        }
    });
    solo.addr().tell(start).unwrap();
    assert_eq!(solo.drain().await, Exit::Stopped);
    assert_eq!(log.take().len(), 40_003);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_message_that_was_taken_is_lost_under_racing_senders() {
    for _ in 0..50 {
        let (solo, log) = puppet();
        let senders: Vec<_> = (0..4).map(|_| flood(solo.addr())).collect();
        assert_eq!(solo.drain().await, Exit::Stopped);
        let mut taken = 0;
        for sender in senders {
            taken += sender.join().unwrap();
        }
        let said = log.take().iter().filter(|line| *line == "x").count();
        assert_eq!(said, taken);
    }
}

/// Tells from a thread of its own until the address is closed; gives how many messages were taken.
fn flood(addr: tiltyard_actor_kit::Addr<Do>) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut taken = 0;
        loop {
            match addr.tell(say("x")) {
                Ok(()) => taken += 1,
                Err(Refused::Full(_)) => std::thread::yield_now(),
                Err(Refused::Closed(_)) => return taken,
            }
        }
    })
}
