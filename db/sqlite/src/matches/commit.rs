//! Makes matches of queued tickets, each pairing decided against what the one before it left.

use rusqlite::{Connection, params};
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Commit, Entrant, Paired, Pairing, PendingMatch, Seat};
use tiltyard_db::durable::ratings::Rating;
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{BuildHash, PlayerId, QueueName, TicketId, Timestamp};

use crate::fault::Work;
use crate::sql::{first, limit, run};
use crate::{leaders, queries};

/// Commits the pairings of one leader.
pub(super) fn commit(on: &Connection, leadership: &Leadership, pairings: &[Pairing], at: Timestamp) -> Work<Commit> {
    if !leaders::is_current(on, leadership)? {
        return Ok(Commit::Fenced);
    }
    let outcomes = pairings
        .iter()
        .map(|pairing| pair(on, leadership, pairing, at))
        .collect::<Work<Vec<_>>>()?;
    let made = outcomes.iter().filter(|o| matches!(o, Paired::Done(_)));
    leaders::count_made(on, leadership, limit(made.count()))?;
    Ok(Commit::Outcomes(outcomes))
}

fn pair(on: &Connection, leadership: &Leadership, pairing: &Pairing, at: Timestamp) -> Work<Paired> {
    if super::exists(on, pairing.match_id)? {
        return Ok(Paired::Already);
    }
    let [left, right] = pairing.seats;
    let candidates = [
        candidate(on, &leadership.queue, left)?,
        candidate(on, &leadership.queue, right)?,
    ];
    let gone = candidates.each_ref().map(Option::is_none);
    let [Some(l), Some(r)] = candidates else {
        return Ok(Paired::Gone { gone });
    };
    if left.0 == right.0 {
        return Ok(Paired::Gone { gone });
    }
    if (l.rating - r.rating).abs() > f64::from(l.spread.min(r.spread)) {
        return Ok(Paired::OutOfSpread {
            ratings: [l.rating, r.rating],
        });
    }
    let made = PendingMatch {
        id: pairing.match_id,
        mode: Mode::Ranked,
        stamps: pairing.stamps.clone(),
        seats: [seat(left, l.build), seat(right, r.build)],
        created_at: at,
    };
    super::insert(on, &made, Some(leadership))?;
    for (player, ticket) in pairing.seats {
        let row = params![player.as_bytes(), ticket.as_bytes(), made.id.as_bytes()];
        run(on, queries::TICKET_MATCH, row)?;
    }
    Ok(Paired::Done(Box::new(made)))
}

const fn seat((player, ticket): (PlayerId, TicketId), build: BuildHash) -> Seat {
    Seat {
        entrant: Entrant::Player { player, ticket },
        build,
    }
}

/// A ticket of the leader's queue that is still queued.
struct Candidate {
    build: BuildHash,
    /// The widest that its owner allows.
    spread: u16,
    rating: f64,
}

fn candidate(on: &Connection, queue: &QueueName, (player, ticket): (PlayerId, TicketId)) -> Work<Option<Candidate>> {
    let key = params![player.as_bytes(), ticket.as_bytes(), queue.as_str()];
    let found = first(on, queries::TICKET_FOR_PAIRING, key, |row| {
        if !row.get::<_, bool>(0)? {
            return Ok(None);
        }
        let rating = row.get::<_, Option<f64>>(3)?;
        Ok(Some(Candidate {
            build: BuildHash::from_bytes(row.get(1)?),
            spread: row.get(2)?,
            rating: rating.unwrap_or(Rating::START.rating),
        }))
    })?;
    Ok(found.flatten())
}
