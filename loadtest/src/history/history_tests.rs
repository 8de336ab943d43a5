//! The checker must go red: a checker that was never red proves nothing.

use super::*;
use crate::sample::{id, rated, rating_view, ticket};
use tiltyard_protocol::event::ReturnReason;

/// A player that began at 1.0 with rating 1500 and sent tickets 1 to 5.
fn history() -> History {
    let mut history = History::default();
    history.hello(id("1.0"));
    history.begin(&rating_view(1500.0, 0));
    for n in 1..=5 {
        history.sent(ticket(n), Instant::now());
        history.accepted(ticket(n));
    }
    history
}

/// Three events of an honest log.
fn log() -> Vec<(EventId, PlayerEvent)> {
    vec![
        (id("1.1"), rated(1, 1, 1500.0, 1510.25)),
        (id("1.2"), rated(2, 2, 1510.25, 1520.5)),
        (id("1.3"), rated(3, 3, 1520.5, 1530.75)),
    ]
}

fn feed(history: &mut History, log: &[(EventId, PlayerEvent)]) -> Vec<Check> {
    for (id, event) in log {
        history.event(*id, event);
    }
    checks(history)
}

fn checks(history: &mut History) -> Vec<Check> {
    history.take_breaches().into_iter().map(|breach| breach.check).collect()
}

#[tokio::test(start_paused = true)]
async fn an_honest_log_is_green_however_often_it_is_told() {
    let mut history = history();
    assert_eq!(feed(&mut history, &log()), []);
    assert_eq!(feed(&mut history, &log()[1..]), []);
    assert_eq!(history.counts(), (3, 2));
    history.cancelled(ticket(4));
    history.cancelled(ticket(5));
    history.reread(&log());
    history.me(&rating_view(1530.75, 3));
    history.live(&[]);
    assert_eq!(checks(&mut history), []);
    assert_eq!(history.open_count(), 0);
    assert_eq!(history.cursor(), Some(id("1.3")));
}

#[tokio::test(start_paused = true)]
async fn the_time_of_sending_comes_with_the_first_telling_only() {
    let (mut history, now) = (history(), Instant::now());
    let (first, event) = log().remove(0);
    assert_eq!(history.event(first, &event), Received::Fresh { sent_at: Some(now) });
    assert_eq!(history.event(first, &event), Received::Repeated);
}

#[tokio::test(start_paused = true)]
async fn a_lost_event_is_red() {
    let (mut history, mut log) = (history(), log());
    log.remove(1);
    // The missing rating shows as well.
    assert_eq!(feed(&mut history, &log), [Check::EventLost, Check::RatingChain]);
}

#[tokio::test(start_paused = true)]
async fn events_out_of_order_are_red() {
    let (mut history, mut log) = (history(), log());
    log.swap(0, 1);
    assert!(feed(&mut history, &log).contains(&Check::EventLost));
}

#[tokio::test(start_paused = true)]
async fn a_doubled_result_is_red() {
    let mut history = history();
    let double = (id("1.2"), rated(1, 2, 1510.25, 1520.5));
    assert_eq!(
        feed(&mut history, &[log().remove(0), double]),
        [Check::TicketEndedTwice]
    );
}

#[tokio::test(start_paused = true)]
async fn a_number_that_says_two_things_is_red() {
    let mut history = history();
    assert_eq!(feed(&mut history, &log()), []);
    let other = (id("1.2"), rated(2, 2, 1510.25, 1520.75));
    assert_eq!(feed(&mut history, &[other]), [Check::EventChanged]);
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_event_is_red() {
    let mut history = history();
    let foreign = (id("1.1"), PlayerEvent::TicketExpired { ticket: ticket(77) });
    assert_eq!(feed(&mut history, &[foreign]), [Check::EventForeign]);
}

#[tokio::test(start_paused = true)]
async fn an_event_of_a_refused_ticket_is_red() {
    let mut history = history();
    history.refused(ticket(1));
    assert_eq!(history.open_count(), 4);
    assert_eq!(feed(&mut history, &log()[..1]), [Check::EventForeign]);
}

#[tokio::test(start_paused = true)]
async fn a_result_for_a_cancelled_ticket_is_red_in_either_order() {
    let mut before = history();
    before.cancelled(ticket(1));
    assert_eq!(feed(&mut before, &log()[..1]), [Check::TicketEndedTwice]);
    let mut after = history();
    assert_eq!(feed(&mut after, &log()[..1]), []);
    after.cancelled(ticket(1));
    assert_eq!(checks(&mut after), [Check::TicketEndedTwice]);
}

#[tokio::test(start_paused = true)]
async fn a_returned_ticket_has_ended() {
    let mut history = history();
    let (reason, message) = (ReturnReason::BuildInvalid, "content changed".to_owned());
    let returned = PlayerEvent::TicketReturned {
        ticket: ticket(1),
        reason,
        message,
    };
    assert_eq!(feed(&mut history, &[(id("1.1"), returned)]), []);
    let result = (id("1.2"), rated(1, 1, 1500.0, 1510.25));
    assert_eq!(feed(&mut history, &[result]), [Check::TicketEndedTwice]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_rating_chain_is_red() {
    let broken = |delta: (i64, f64)| {
        let mut history = history();
        let next = (id("1.2"), rated(2, delta.0, delta.1, 1520.5));
        feed(&mut history, &[log().remove(0), next])
    };
    assert_eq!(broken((2, 1510.25)), []);
    assert_eq!(
        broken((2, 1510.25_f64.next_up())),
        [Check::RatingChain],
        "one bit is enough"
    );
    assert_eq!(broken((3, 1510.25)), [Check::RatingChain]);
    let mut history = history();
    let late = (id("1.1"), rated(1, 2, 1500.0, 1510.0));
    assert_eq!(
        feed(&mut history, &[late]),
        [Check::RatingChain],
        "the first one counts too"
    );
}

#[tokio::test(start_paused = true)]
async fn a_record_that_differs_from_the_last_rating_is_red() {
    let mut history = history();
    feed(&mut history, &log());
    history.me(&rating_view(1530.75, 4));
    history.me(&rating_view(1530.5, 3));
    assert_eq!(checks(&mut history), [Check::RatingChain, Check::RatingChain]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_reads_differently_the_second_time_is_red() {
    let reread = |change: fn(&mut Vec<(EventId, PlayerEvent)>)| {
        let (mut history, mut log) = (history(), log());
        feed(&mut history, &log);
        change(&mut log);
        history.reread(&log);
        checks(&mut history)
    };
    assert_eq!(reread(|_| ()), []);
    assert_eq!(reread(|log| drop(log.remove(0))), [Check::EventLost]);
    assert_eq!(reread(|log| drop(log.remove(1))), [Check::EventLost]);
    assert_eq!(reread(|log| drop(log.pop())), [Check::EventLost]);
    assert_eq!(
        reread(|log| log[1].1 = rated(2, 2, 1510.25, 0.0)),
        [Check::EventChanged]
    );
}

#[tokio::test(start_paused = true)]
async fn a_resync_or_another_generation_is_red() {
    let mut history = history();
    feed(&mut history, &log()[..1]);
    assert_eq!(
        feed(&mut history, &[(id("2.2"), rated(2, 2, 1510.25, 0.0))]),
        [Check::EventResync]
    );
    history.resync(id("2.9"), "generation");
    assert_eq!(checks(&mut history), [Check::EventResync]);
    assert_eq!(history.cursor(), Some(id("2.9")));
    assert_eq!(feed(&mut history, &[(id("2.10"), rated(2, 7, 1.0, 2.0))]), []);
}

#[tokio::test(start_paused = true)]
async fn an_ended_ticket_that_is_listed_as_live_is_red() {
    let mut history = history();
    feed(&mut history, &log()[..1]);
    history.live(&[ticket(2)]);
    assert_eq!(checks(&mut history), []);
    history.live(&[ticket(1)]);
    assert_eq!(checks(&mut history), [Check::TicketStillLive]);
}

#[tokio::test(start_paused = true)]
async fn tickets_of_an_earlier_run_are_known_until_the_player_begins() {
    let mut history = History::default();
    history.hello(id("1.40"));
    assert_eq!(feed(&mut history, &[(id("1.41"), rated(9, 8, 1.0, 2.0))]), []);
    history.adopt(ticket(8));
    history.begin(&rating_view(1500.0, 8));
    assert_eq!(feed(&mut history, &[(id("1.42"), rated(8, 9, 2.0, 3.0))]), []);
    assert_eq!(
        feed(&mut history, &[(id("1.43"), rated(7, 10, 3.0, 4.0))]),
        [Check::EventForeign]
    );
}

#[test]
fn an_event_before_the_hello_is_red() {
    let mut history = History::default();
    assert_eq!(feed(&mut history, &log()[..1]), [Check::EventMalformed]);
}
