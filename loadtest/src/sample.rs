//! Values that tests share: two players, 1 and 2, and one ranked match of them that player 1 won on the left.

use tiltyard_protocol::event::{Opponent, PlayerOutcome, RatingDelta, ResultEvent};
use tiltyard_protocol::http::matches::{MatchView, OutcomeView, SeatView, StampsView};
use tiltyard_protocol::http::players::RatingView;
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{
    ContentHash, EndReason, EventId, MatchId, PlayerEvent, PlayerId, Side, StateHash, TicketId, Timestamp,
};

pub(crate) fn player(n: u8) -> PlayerId {
    PlayerId::from_bytes([n; 16])
}

pub(crate) fn ticket(n: u8) -> TicketId {
    TicketId::from_bytes([n; 16])
}

pub(crate) fn id(text: &str) -> EventId {
    text.parse().unwrap()
}

pub(crate) fn match_id() -> MatchId {
    MatchId::from_bytes([100; 16])
}

fn rating(player: u8) -> RatingDelta {
    let after = if player == 1 { 1600.5 } else { 1399.5 };
    RatingDelta {
        before: 1500.0,
        after,
        number: 1,
    }
}

/// The event of player 1 or 2; the ticket's number is the player's.
pub(crate) fn result(n: u8) -> ResultEvent {
    ResultEvent {
        ticket: ticket(n),
        match_id: match_id(),
        outcome: if n == 1 {
            PlayerOutcome::Win
        } else {
            PlayerOutcome::Loss
        },
        opponent: Opponent::Player(player(3 - n)),
        ticks: 70,
        rating: Some(rating(n)),
    }
}

/// The match as player 1 or 2 sees it.
pub(crate) fn record(n: u8) -> MatchView {
    let seat = |n: u8| SeatView {
        player: Some(player(n)),
        name: format!("player {n}"),
        rating: Some(rating(n)),
    };
    MatchView {
        id: match_id(),
        mode: Mode::Ranked,
        created_at: Timestamp::from_micros(5),
        side: if n == 1 { Side::Left } else { Side::Right },
        ticket: ticket(n),
        seats: [seat(1), seat(2)],
        stamps: StampsView {
            engine: "0.1.0".to_owned(),
            rules_version: 1,
            content: ContentHash::of(b"content"),
        },
        outcome: Some(OutcomeView {
            winner: Some(Side::Left),
            reason: EndReason::Elimination,
            ticks: 70,
            state_hash: StateHash(7),
            finished_at: Timestamp::from_micros(6),
        }),
        replay: None,
    }
}

/// An event that ends ticket `n` in match `n` with the given rating change.
pub(crate) fn rated(n: u8, number: i64, before: f64, after: f64) -> PlayerEvent {
    PlayerEvent::Result(ResultEvent {
        ticket: ticket(n),
        match_id: MatchId::from_bytes([n; 16]),
        rating: Some(RatingDelta { before, after, number }),
        ..result(1)
    })
}

/// The record of a player who has won every rated match.
pub(crate) fn rating_view(rating: f64, won: i64) -> RatingView {
    RatingView {
        rating,
        deviation: 350.0,
        provisional: true,
        number: won,
        won,
        lost: 0,
        drawn: 0,
    }
}
