//! The player's story, told to its core without a network: the exact effects of each step.

use super::stage::{Stage, accepted, breaches, enqueued, me, refusal, silence, totals};
use super::*;
use crate::sample::{id, player, record, result};
use tiltyard_protocol::ProblemCode;

#[tokio::test(start_paused = true)]
async fn getting_ready_goes_step_by_step() {
    let mut stage = Stage::new(false);
    assert_eq!(stage.on(Input::Begin), [Effect::Wake(Wake::Begin, Duration::ZERO)]);
    assert_eq!(stage.on(Input::Woken(Wake::Begin)), [Effect::SignIn]);
    assert_eq!(stage.on(Input::SignedIn(Ok(player(1)))), [Effect::WriteTeam]);
    assert_eq!(stage.on(Input::TeamWritten(Ok(()))), [Effect::OpenStream(None)]);
    let hello = Input::Frame(Frame::Hello { at: id("1.0") });
    assert_eq!(stage.on(hello), [Effect::ListTickets]);
    assert_eq!(stage.on(Input::Listed(Ok(Vec::new()))), [Effect::ReadMe]);
    assert_eq!(stage.on(me(1500.0, 0)), [Effect::Tell(Note::Ready(player(1)))]);
    let tickets = enqueued(&stage.on(Input::Go));
    assert_eq!(tickets.len(), 2);
    assert!(
        tickets
            .iter()
            .all(|ticket| ticket.unix_millis() == Some(1_700_000_000_000))
    );
}

#[tokio::test(start_paused = true)]
async fn a_whole_run_is_green() {
    let (mut stage, [first, second]) = Stage::playing(false);
    let effects = stage.told(first);
    let [
        Effect::Tell(Note::Result { latency: Some(_), .. }),
        Effect::ReadMatch(_),
        Effect::Enqueue(third),
    ] = effects[..]
    else {
        panic!("{effects:?}");
    };
    let (effects, after) = stage.checked(first);
    assert_eq!(after, []);
    assert!(
        matches!(effects[..], [Effect::Tell(Note::Record(_)), Effect::CheckReplay(_)]),
        "{effects:?}"
    );
    // The third ticket has no answer yet, so it cannot be cancelled yet.
    assert_eq!(stage.on(Input::Stop), [Effect::Cancel(second)]);
    assert_eq!(stage.on(accepted(third)), [Effect::Cancel(third)]);
    assert_eq!(stage.on(Input::Cancelled(second, Ok(()))), []);
    let effects = stage.on(Input::Cancelled(third, Ok(())));
    assert!(matches!(effects[..], [Effect::Wake(Wake::Quiet, _)]), "{effects:?}");
    let log = Effect::Reread(id("1.0"), EventSeq(1));
    assert_eq!(
        stage.on(Input::Woken(Wake::Quiet)),
        [Effect::ListTickets, Effect::ReadMe, log]
    );
    assert_eq!(stage.on(Input::Listed(Ok(Vec::new()))), []);
    assert_eq!(stage.on(me(1600.5, 1)), []);
    let event = PlayerEvent::Result(ResultEvent {
        ticket: first,
        ..result(1)
    });
    let effects = stage.on(Input::Reread(Ok(vec![(id("1.1"), event)])));
    assert_eq!(effects, [Effect::OpenStream(None)]);
    let effects = stage.on(Input::Frame(Frame::Hello { at: id("1.1") }));
    let expected = Totals {
        tickets: 3,
        cancelled: 2,
        events: 1,
        replays: 1,
        ..Totals::default()
    };
    let last = [Effect::CloseStream, Effect::Tell(Note::Final(expected)), Effect::Finish];
    assert_eq!(effects, last);
    assert_eq!(stage.on(Input::Quit), [], "a player that is through hears nothing more");
}

#[tokio::test(start_paused = true)]
async fn an_event_stored_behind_the_last_one_told_is_red() {
    let (mut stage, tickets) = Stage::playing(false);
    stage.on(Input::Stop);
    for ticket in tickets {
        stage.on(Input::Cancelled(ticket, Ok(())));
    }
    assert_eq!(
        stage.on(Input::Woken(Wake::Quiet)),
        [Effect::ListTickets, Effect::ReadMe]
    );
    stage.on(Input::Listed(Ok(Vec::new())));
    assert_eq!(stage.on(me(1500.0, 0)), [Effect::OpenStream(None)]);
    // A server that is killed meanwhile is asked again, and a stream with a cursor would not say.
    let why = StreamFailure::NotOpened(silence());
    let effects = stage.on(Input::StreamEnded { why, retry: None });
    assert!(matches!(effects[..], [Effect::Wake(Wake::Reopen, _)]), "{effects:?}");
    assert_eq!(stage.on(Input::Woken(Wake::Reopen)), [Effect::OpenStream(None)]);
    let effects = stage.on(Input::Frame(Frame::Hello { at: id("1.1") }));
    assert_eq!(breaches(&effects), [Check::EventLost]);
    assert_eq!(effects.last(), Some(&Effect::Finish));
}

#[tokio::test(start_paused = true)]
async fn silence_is_answered_by_asking_again_and_fails_no_check() {
    let mut stage = Stage::new(false);
    stage.ready();
    let tickets = enqueued(&stage.on(Input::Go));
    let again = [Effect::Wake(Wake::Again, AGAIN_DELAY)];
    assert_eq!(stage.on(Input::Enqueued(tickets[0], Err(silence()))), again);
    assert_eq!(stage.on(Input::Woken(Wake::Again)), [Effect::Enqueue(tickets[0])]);
    let busy = refusal(ProblemCode::Unavailable);
    assert_eq!(stage.on(Input::Enqueued(tickets[1], Err(busy))), again);
    // The result may come before any answer does.
    assert_eq!(breaches(&stage.told(tickets[0])), []);
    assert_eq!(breaches(&stage.on(accepted(tickets[0]))), []);
    assert_eq!(stage.on(Input::Match(result(1).match_id, Err(silence()))), again);
    let effects = stage.on(Input::Woken(Wake::Again));
    assert_eq!(
        effects,
        [Effect::Enqueue(tickets[1]), Effect::ReadMatch(result(1).match_id)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_opened_behind_the_last_event() {
    let (mut stage, [first, _]) = Stage::playing(false);
    stage.told(first);
    let retry = Some(Duration::from_secs(2));
    let why = StreamFailure::Ended(StreamEnd::Closed);
    let effects = stage.on(Input::StreamEnded { why, retry });
    assert_eq!(effects, [Effect::Wake(Wake::Reopen, Duration::from_secs(2))]);
    assert_eq!(
        stage.on(Input::Woken(Wake::Reopen)),
        [Effect::OpenStream(Some(id("1.1")))]
    );
    let broken = StreamFailure::Ended(StreamEnd::Broken("reset".to_owned()));
    for why in [broken, StreamFailure::NotOpened(silence())] {
        let effects = stage.on(Input::StreamEnded { why, retry });
        let soon = |delay: &Duration| *delay < Duration::from_secs(1);
        assert!(
            matches!(&effects[..], [Effect::Wake(Wake::Reopen, delay)] if soon(delay)),
            "{effects:?}"
        );
    }
    assert_eq!(breaches(&stage.told(first)), [], "told again is not told twice");
}

#[tokio::test(start_paused = true)]
async fn what_a_stream_may_not_do_is_red() {
    let (mut stage, _) = Stage::playing(false);
    let why = StreamFailure::Ended(StreamEnd::Malformed("x".to_owned()));
    assert_eq!(
        breaches(&stage.on(Input::StreamEnded { why, retry: None })),
        [Check::EventMalformed]
    );
    let why = StreamFailure::NotOpened(refusal(ProblemCode::Unauthorized));
    assert_eq!(
        breaches(&stage.on(Input::StreamEnded { why, retry: None })),
        [Check::Refused]
    );
    let resync = Frame::Resync {
        at: id("1.0"),
        reason: String::new(),
    };
    assert_eq!(breaches(&stage.on(Input::Frame(resync))), [Check::EventResync]);
}

#[tokio::test(start_paused = true)]
async fn a_restless_player_drops_its_stream_and_is_not_measured() {
    let (mut stage, _) = Stage::playing(true);
    let mut resumed = Vec::new();
    for seq in 1..=200 {
        let ticket = stage.core.history.open().next().unwrap();
        let event = PlayerEvent::TicketExpired { ticket };
        let id = EventId {
            seq: EventSeq(seq),
            ..id("1.0")
        };
        let effects = stage.on(Input::Frame(Frame::Event { id, event }));
        assert_eq!(breaches(&effects), []);
        if effects.contains(&Effect::CloseStream) {
            assert!(
                effects
                    .iter()
                    .any(|effect| matches!(effect, Effect::Wake(Wake::Reopen, _)))
            );
            resumed.push((id, stage.on(Input::Woken(Wake::Reopen))));
        }
        for ticket in enqueued(&stage.on(Input::Woken(Wake::Refill))) {
            stage.on(accepted(ticket));
        }
    }
    let older = |(last, effects): &&(EventId, Vec<Effect>)| effects[..] != [Effect::OpenStream(Some(*last))];
    let older = resumed.iter().filter(older).count();
    assert!(
        (10..50).contains(&resumed.len()) && older > 0 && older < resumed.len(),
        "{resumed:?}"
    );
    let ticket = stage.core.history.open().next().unwrap();
    let event = PlayerEvent::Result(ResultEvent { ticket, ..result(1) });
    let effects = stage.on(Input::Frame(Frame::Event { id: id("1.201"), event }));
    assert!(
        matches!(effects[0], Effect::Tell(Note::Result { latency: None, .. })),
        "{effects:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_ticket_is_red_and_not_asked_for_at_full_speed() {
    let mut stage = Stage::new(false);
    stage.ready();
    let mut tickets = enqueued(&stage.on(Input::Go));
    let mut refusals = 0;
    while let Some(ticket) = tickets.pop() {
        let error = refusal(ProblemCode::TicketConflict);
        let effects = stage.on(Input::Enqueued(ticket, Err(error)));
        assert_eq!(breaches(&effects), [Check::Refused]);
        assert_eq!(enqueued(&effects), []);
        tickets.extend(enqueued(&stage.on(Input::Woken(Wake::Refill))));
        refusals += 1;
    }
    assert!(refusals < 10, "{refusals}");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_comes_too_late_waits_for_the_result() {
    let (mut stage, [first, second]) = Stage::playing(false);
    assert_eq!(stage.on(Input::Stop), [Effect::Cancel(first), Effect::Cancel(second)]);
    let late = refusal(ProblemCode::TicketMatched);
    assert_eq!(stage.on(Input::Cancelled(first, Err(late))), []);
    assert_eq!(stage.on(Input::Cancelled(second, Ok(()))), []);
    assert_eq!(enqueued(&stage.told(first)), [], "no new tickets at the end");
    stage.checked(first);
    assert!(matches!(
        stage.on(Input::Woken(Wake::Quiet))[..],
        [Effect::ListTickets, ..]
    ));
    // A result of the cancelled ticket, however late, is a broken promise.
    let event = PlayerEvent::Result(ResultEvent {
        ticket: second,
        rating: None,
        ..result(1)
    });
    let effects = stage.on(Input::Frame(Frame::Event { id: id("1.2"), event }));
    assert_eq!(breaches(&effects), [Check::TicketEndedTwice]);
}

#[tokio::test(start_paused = true)]
async fn records_and_replays_that_do_not_fit_are_red() {
    let (mut stage, [first, _]) = Stage::playing(false);
    stage.told(first);
    let view = Box::new(MatchView {
        ticket: first,
        outcome: None,
        ..record(1)
    });
    let effects = stage.on(Input::Match(view.id, Ok(view.clone())));
    assert_eq!(breaches(&effects), [Check::MatchRecord]);
    let error = ReplayError::Malformed("x".to_owned());
    assert_eq!(
        breaches(&stage.on(Input::Replay(view, Ok(Err(error))))),
        [Check::Replay]
    );
}

#[tokio::test(start_paused = true)]
async fn the_right_player_leaves_the_replay_to_the_left_one() {
    let (mut stage, [first, _]) = Stage::playing(false);
    stage.told(first);
    let view = Box::new(MatchView {
        side: tiltyard_protocol::Side::Right,
        ..record(1)
    });
    let effects = stage.on(Input::Match(view.id, Ok(view)));
    assert!(
        !effects.iter().any(|effect| matches!(effect, Effect::CheckReplay(_))),
        "{effects:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_unfinished_when_the_time_is_up_is_red() {
    let (mut stage, _) = Stage::playing(false);
    let effects = stage.on(Input::Quit);
    assert_eq!(breaches(&effects), [Check::Unfinished]);
    assert_eq!(totals(&effects).unwrap().tickets, 2);
    assert_eq!(effects.last(), Some(&Effect::Finish));
}

#[tokio::test(start_paused = true)]
async fn a_player_that_cannot_get_ready_gives_up_in_words() {
    let mut stage = Stage::new(false);
    stage.on(Input::Woken(Wake::Begin));
    let effects = stage.on(Input::SignedIn(Err(refusal(ProblemCode::NotFound))));
    assert_eq!(breaches(&effects), [Check::Refused]);
    assert!(totals(&effects).is_some());
}
