//! Pipes, timers and children: what an actor starts comes back as messages and ends with it.

use crate::puppet::{Do, Log, Puppet, act, fail, kind, say};
use std::future::pending;
use std::time::Duration;
use tiltyard_actor_kit::testing::{Solo, settle, solo};
use tiltyard_actor_kit::{Exit, Kind};
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

fn puppet() -> (Solo<Do>, Log) {
    let log = Log::default();
    (solo(&kind(), Puppet::new("a", &log)), log)
}

/// Writes a line when it is dropped.
struct Mark(Log, &'static str);

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pipe_brings_its_output_back_while_the_actor_works_on() {
    let (solo, log) = puppet();
    let start = act(|_, ctx| {
        ctx.pipe(async { sleep(SECOND).await }, |()| say("piped"));
        assert_eq!(ctx.in_flight(), 1);
    });
    solo.addr().tell(start).unwrap();
    solo.addr().tell(say("meanwhile")).unwrap();
    sleep(SECOND + SECOND).await;
    assert_eq!(log.take(), ["meanwhile", "piped"]);
    solo.addr().tell(act(|_, ctx| assert_eq!(ctx.in_flight(), 0))).unwrap();
    assert_eq!(solo.drain().await, Exit::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_piped_result_passes_the_bound() {
    let log = Log::default();
    let solo = solo(&Kind::new("puppet", 1), Puppet::new("a", &log));
    let start = act(|_, ctx| (0..50).for_each(|_| ctx.pipe(async {}, |()| say("piped"))));
    solo.addr().tell(start).unwrap();
    settle().await;
    assert_eq!(log.take().len(), 50);
}

#[tokio::test(start_paused = true)]
async fn an_ask_is_piped_without_borrowing() {
    let (solo, log) = puppet();
    let other = Puppet::new("b", &log);
    let other = tiltyard_actor_kit::testing::solo(&kind(), other).addr();
    let start = act(move |_, ctx| {
        ctx.pipe(other.ask(crate::puppet::number, SECOND), |answer| {
            act(move |puppet, _| puppet.log.add(format!("{answer:?}")))
        });
    });
    solo.addr().tell(start).unwrap();
    settle().await;
    assert_eq!(log.take(), ["Ok(0)"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_pipe_fails_the_actor() {
    let (solo, log) = puppet();
    solo.addr()
        .tell(act(|_, ctx| ctx.pipe(async { panic!("no disk") }, |()| say("piped"))))
        .unwrap();
    assert_eq!(solo.ended().await, Exit::Failed("panicked: no disk".to_owned()));
    assert_eq!(log.take(), ["a dropped"]);
}

#[tokio::test(start_paused = true)]
async fn pipes_and_timers_die_with_the_actor() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        let mark = Mark(puppet.log.clone(), "pipe aborted");
        ctx.pipe(
            async move {
                let _mark = mark;
                pending::<()>().await;
            },
            |()| say("piped"),
        );
        puppet.timers.push(ctx.after(SECOND, say("fired")));
    });
    solo.addr().tell(start).unwrap();
    settle().await;
    solo.addr().tell(fail("broken")).unwrap();
    assert_eq!(solo.ended().await, Exit::Failed("broken".to_owned()));
    sleep(SECOND + SECOND).await;
    assert_eq!(log.take(), ["a dropped", "pipe aborted"]);
}

#[tokio::test(start_paused = true)]
async fn a_timer_fires_once_at_its_time() {
    let (solo, log) = puppet();
    solo.addr()
        .tell(act(|puppet, ctx| puppet.timers.push(ctx.after(SECOND, say("fired")))))
        .unwrap();
    sleep(SECOND - Duration::from_millis(2)).await;
    assert!(log.take().is_empty());
    sleep(SECOND).await;
    assert_eq!(log.take(), ["fired"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_timer_never_fires() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        // Due at the same moment: the second is in the mailbox when the first calls it off.
        puppet
            .timers
            .push(ctx.after(SECOND, act(|puppet, _| puppet.timers.clear())));
        puppet.timers.push(ctx.after(SECOND, say("fired")));
        drop(ctx.after(SECOND / 2, say("fired")));
    });
    solo.addr().tell(start).unwrap();
    sleep(SECOND + SECOND).await;
    assert!(log.take().is_empty());
    assert_eq!(solo.drain().await, Exit::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_timer_lets_go_of_its_message_at_once() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        let mark = Mark(puppet.log.clone(), "message dropped");
        drop(ctx.after(60 * SECOND, act(move |_, _| drop(mark))));
    });
    solo.addr().tell(start).unwrap();
    settle().await;
    assert_eq!(log.take(), ["message dropped"]);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_panics_is_reported_and_harms_nobody() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        let kid = Puppet::new("kid", &puppet.log);
        puppet.spawn(kid, ctx);
        puppet.kids[0].tell(act(|_, _| panic!("bad card"))).unwrap();
        assert_eq!(ctx.children(), 1);
    });
    solo.addr().tell(start).unwrap();
    settle().await;
    assert_eq!(log.take(), ["kid dropped", "kid: Failed(\"panicked: bad card\")"]);
    solo.addr().tell(act(|_, ctx| assert_eq!(ctx.children(), 0))).unwrap();
    assert_eq!(solo.drain().await, Exit::Stopped);
}

#[tokio::test(start_paused = true)]
async fn an_exit_arrives_behind_what_the_child_told() {
    let (solo, log) = puppet();
    let parent = solo.addr();
    let start = act(|puppet, ctx| {
        let kid = Puppet::new("kid", &puppet.log);
        puppet.spawn(kid, ctx);
        let last_words = act(move |_, ctx| {
            parent.tell(say("last words")).unwrap();
            ctx.stop();
        });
        puppet.kids[0].tell(last_words).unwrap();
    });
    solo.addr().tell(start).unwrap();
    settle().await;
    assert_eq!(
        log.take(),
        [
            "kid draining",
            "kid stopped",
            "kid dropped",
            "last words",
            "kid: Stopped"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn one_child_can_be_drained() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        let (first, second) = (Puppet::new("first", &puppet.log), Puppet::new("second", &puppet.log));
        puppet.spawn(first, ctx);
        puppet.spawn(second, ctx);
        ctx.drain_child(&puppet.kids[0]);
    });
    solo.addr().tell(start).unwrap();
    settle().await;
    assert_eq!(
        log.take(),
        ["first draining", "first stopped", "first dropped", "first: Stopped"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_parent_takes_its_children_along() {
    let (solo, log) = puppet();
    let start = act(|puppet, ctx| {
        let kid = Puppet::new("kid", &puppet.log);
        puppet.spawn(kid, ctx);
    });
    solo.addr().tell(start).unwrap();
    settle().await;
    solo.addr().tell(fail("broken")).unwrap();
    assert_eq!(solo.ended().await, Exit::Failed("broken".to_owned()));
    settle().await;
    assert_eq!(log.take(), ["a dropped", "kid dropped"]);
}
