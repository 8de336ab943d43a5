//! Whether a match record says what the event said.

use tiltyard_protocol::event::{Opponent, PlayerOutcome, RatingDelta, ResultEvent};
use tiltyard_protocol::http::matches::{MatchView, SeatView};
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{PlayerId, Side};

/// Returns every point in which the record differs from the event that the player was told.
#[must_use]
pub fn disagreements(event: &ResultEvent, player: PlayerId, record: &MatchView) -> Vec<String> {
    let mut found = Vec::new();
    let mut expect = |what: &str, agrees: bool| {
        if !agrees {
            found.push(format!("match {}: {what} of record and event differ", event.match_id));
        }
    };
    let own = &record.seats[record.side.index()];
    let other = &record.seats[record.side.other().index()];
    expect("id", record.id == event.match_id);
    expect("ticket", record.ticket == event.ticket);
    expect("player", own.player == Some(player));
    expect("opponent", is_opponent(other, &event.opponent));
    expect("mode", (record.mode == Mode::Ranked) == event.rating.is_some());
    expect("rating", same_rating(own.rating, event.rating));
    match &record.outcome {
        Some(outcome) => {
            expect("outcome", outcome_of(outcome.winner, record.side) == event.outcome);
            expect("length", outcome.ticks == event.ticks);
        }
        None => expect("end", false),
    }
    found
}

/// Returns every point in which the two players' views of one match differ.
#[must_use]
pub fn view_differences(one: &MatchView, other: &MatchView) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut expect = |what, agrees: bool| {
        if !agrees {
            found.push(what);
        }
    };
    expect("side", one.side == other.side.other());
    expect("ticket", one.ticket != other.ticket);
    expect("mode", one.mode == other.mode);
    expect("time", one.created_at == other.created_at);
    expect("stamps", one.stamps == other.stamps);
    expect("outcome", one.outcome == other.outcome);
    for side in Side::BOTH {
        let (one, other) = (&one.seats[side.index()], &other.seats[side.index()]);
        expect("seats", (one.player, &one.name) == (other.player, &other.name));
        expect("ratings", same_rating(one.rating, other.rating));
    }
    found
}

fn is_opponent(seat: &SeatView, opponent: &Opponent) -> bool {
    match opponent {
        Opponent::Player(player) => seat.player == Some(*player),
        Opponent::Bot(_) => seat.player.is_none(),
    }
}

/// Compares bit for bit: a rating is copied, never computed again.
pub(crate) fn same_rating(one: Option<RatingDelta>, other: Option<RatingDelta>) -> bool {
    let bits = |delta: RatingDelta| (delta.before.to_bits(), delta.after.to_bits(), delta.number);
    one.map(bits) == other.map(bits)
}

/// Returns how a fight with this winner ended for a side.
pub(crate) fn outcome_of(winner: Option<Side>, side: Side) -> PlayerOutcome {
    match winner {
        None => PlayerOutcome::Draw,
        Some(winner) if winner == side => PlayerOutcome::Win,
        Some(_) => PlayerOutcome::Loss,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn record_and_event_of_one_match_agree() {
        let (event, record) = (sample::result(1), sample::record(1));
        assert_eq!(disagreements(&event, sample::player(1), &record), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_named() {
        let named = |change: fn(&mut ResultEvent)| {
            let mut event = sample::result(1);
            change(&mut event);
            disagreements(&event, sample::player(1), &sample::record(1)).len()
        };
        assert_eq!(named(|event| event.ticket = sample::ticket(9)), 1);
        assert_eq!(named(|event| event.outcome = PlayerOutcome::Draw), 1);
        assert_eq!(named(|event| event.opponent = Opponent::Player(sample::player(9))), 1);
        assert_eq!(named(|event| event.opponent = Opponent::Bot("b".to_owned())), 1);
        assert_eq!(named(|event| event.ticks += 1), 1);
        assert_eq!(named(|event| event.rating = None), 2);
        let nudge = |event: &mut ResultEvent| {
            if let Some(rating) = &mut event.rating {
                rating.after = rating.after.next_up();
            }
        };
        assert_eq!(named(nudge), 1, "one bit is enough");
        assert_eq!(
            named(|event| event.match_id = tiltyard_protocol::MatchId::from_bytes([9; 16])),
            1
        );
        let unfinished = MatchView {
            outcome: None,
            ..sample::record(1)
        };
        assert_eq!(
            disagreements(&sample::result(1), sample::player(1), &unfinished).len(),
            1
        );
        assert_eq!(
            disagreements(&sample::result(1), sample::player(3), &sample::record(1)).len(),
            1
        );
    }

    #[test]
    fn two_views_differ_in_side_and_ticket_only() {
        let (one, other) = (sample::record(1), sample::record(2));
        assert_eq!(view_differences(&one, &other), Vec::<&str>::new());
        assert_eq!(view_differences(&one, &one), ["side", "ticket"]);
        let renamed = {
            let mut view = other.clone();
            view.seats[0].name.push('!');
            view
        };
        assert_eq!(view_differences(&one, &renamed), ["seats"]);
    }
}
