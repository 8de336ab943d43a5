//! Telling and asking: what is let in, what is refused, and that every question ends.

use crate::puppet::{Do, Log, Puppet, act, fail, kind, number, say};
use std::time::Duration;
use tiltyard_actor_kit::testing::{Probe, Solo, settle, solo};
use tiltyard_actor_kit::{AskError, Exit, Handle, Kind, Refused};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn puppet(capacity: usize) -> (Solo<Do>, Log) {
    let log = Log::default();
    (solo(&Kind::new("puppet", capacity), Puppet::new("a", &log)), log)
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_hands_the_message_back() {
    let (solo, log) = puppet(2);
    let addr = solo.addr();
    addr.tell(say("one")).unwrap();
    addr.tell(say("two")).unwrap();
    let refused = addr.tell(say("three")).unwrap_err();
    assert!(matches!(refused, Refused::Full(_)));
    settle().await;
    addr.tell(refused.into_message()).unwrap();
    settle().await;
    assert_eq!(log.take(), ["one", "two", "three"]);
}

#[tokio::test(start_paused = true)]
async fn a_draining_actor_refuses_tells_and_questions() {
    let (solo, _log) = puppet(2);
    let addr = solo.addr();
    assert!(!addr.is_closed());
    assert_eq!(solo.drain().await, Exit::Stopped);
    assert!(addr.is_closed());
    assert!(matches!(addr.tell(say("late")), Err(Refused::Closed(_))));
    assert_eq!(addr.ask(number, SECOND).await, Err(AskError::Closed));
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_back() {
    let (solo, _log) = puppet(8);
    solo.addr().tell(act(|puppet, _| puppet.number = 42)).unwrap();
    assert_eq!(solo.addr().ask(number, SECOND).await, Ok(42));
}

#[tokio::test(start_paused = true)]
async fn a_question_times_out_and_a_late_answer_is_fine() {
    let (solo, _log) = puppet(8);
    let (addr, began) = (solo.addr(), Instant::now());
    let asked = addr.ask(|reply| act(|puppet, _| puppet.questions.push(reply)), SECOND);
    assert_eq!(asked.await, Err(AskError::TimedOut));
    assert_eq!(began.elapsed(), SECOND);
    let answer_late = act(|puppet, _| {
        let reply = puppet.questions.pop().unwrap();
        assert!(reply.is_abandoned());
        reply.send(1);
    });
    addr.tell(answer_late).unwrap();
    assert_eq!(solo.drain().await, Exit::Stopped);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_question_runs_from_the_call() {
    let (solo, _log) = puppet(8);
    let began = Instant::now();
    let asked = solo
        .addr()
        .ask(|reply| act(|puppet, _| puppet.questions.push(reply)), SECOND);
    tokio::time::sleep(SECOND / 2).await;
    assert_eq!(asked.await, Err(AskError::TimedOut));
    assert_eq!(began.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_question_is_known_at_once() {
    let (solo, _log) = puppet(8);
    let began = Instant::now();
    let asked = solo.addr().ask(
        |reply: tiltyard_actor_kit::Reply<u32>| act(move |_, _| drop(reply)),
        SECOND,
    );
    assert_eq!(asked.await, Err(AskError::Dropped));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn questions_behind_a_failure_are_dropped() {
    let (solo, _log) = puppet(8);
    solo.addr().tell(fail("first")).unwrap();
    assert_eq!(solo.addr().ask(number, SECOND).await, Err(AskError::Dropped));
    assert_eq!(solo.ended().await, Exit::Failed("first".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_question_to_a_full_mailbox_is_refused() {
    let (solo, _log) = puppet(1);
    solo.addr().tell(say("one")).unwrap();
    assert_eq!(solo.addr().ask(number, SECOND).await, Err(AskError::Full));
}

#[tokio::test(start_paused = true)]
async fn a_handle_without_an_actor_refuses() {
    let handle: Handle<Do> = Handle::new();
    assert!(handle.is_closed());
    assert!(matches!(handle.tell(say("early")), Err(Refused::Closed(_))));
    assert_eq!(handle.ask(number, SECOND).await, Err(AskError::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_probe_shows_what_an_actor_sends() {
    let (mut probe, log) = (Probe::start(), Log::default());
    let (addr, handle) = (probe.addr(), probe.handle());
    let solo = solo(&kind(), Puppet::new("a", &log));
    let send = act(move |_, _| {
        addr.tell(1).unwrap();
        handle.tell(2).unwrap();
    });
    solo.addr().tell(send).unwrap();
    assert_eq!(probe.next().await, Some(1));
    assert_eq!(probe.drain().await, [2]);
    assert_eq!(probe.next().await, None);
}
