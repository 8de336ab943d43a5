//! Invariants that no statement can check: what must come out the same when it is computed again. Pure, so that the command and
//! the permanent auditor hold stored rows to the same.

use std::collections::{BTreeMap, BTreeSet};

use tiltyard_db::durable::audit::{Subjects, Told, Violation};
use tiltyard_db::durable::matches::{DoneMatch, MatchRecord, MatchState, Outcome};
use tiltyard_db::durable::ratings::RatingStep;
use tiltyard_db::durable::seasons::{Season, SeasonTerms};
use tiltyard_protocol::{MatchId, PlayerId};
use tiltyard_sim_wire::decode_result;
use tiltyard_sim_wire::replay::Ending;

use crate::{outcome_of, rating, seasons};

/// Returns everything that events and their causes are stored in: what a round of the permanent auditor checks.
#[must_use]
pub fn about(told: &[Told]) -> Vec<Subjects> {
    let unique = |players: Vec<PlayerId>| players.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let rated: Vec<_> = told
        .iter()
        .filter_map(|told| Some((told.place.player, told.change?)))
        .collect();
    let matches: BTreeSet<_> = told.iter().filter_map(|told| told.match_id).collect();
    vec![
        Subjects::Events(told.iter().map(|told| (told.place.player, told.place.seq)).collect()),
        Subjects::Logs(unique(told.iter().map(|told| told.place.player).collect())),
        Subjects::Tickets(told.iter().map(|told| (told.place.player, told.ticket)).collect()),
        Subjects::Matches(matches.into_iter().collect()),
        Subjects::Ratings(unique(rated.iter().map(|(player, _)| *player).collect())),
        Subjects::Changes(rated),
    ]
}

/// The terms of each season, by number.
pub type Terms = BTreeMap<i64, SeasonTerms>;

/// Puts the terms of seasons in order.
#[must_use]
pub fn terms(seasons: &[Season]) -> Terms {
    seasons.iter().map(|season| (season.number, season.terms)).collect()
}

/// Computes steps of rating histories again (I4).
#[must_use]
pub fn steps(steps: &[RatingStep], terms: &Terms) -> Vec<Violation> {
    steps.iter().filter_map(|step| step_violation(step, terms)).collect()
}

fn step_violation(step: &RatingStep, terms: &Terms) -> Option<Violation> {
    let verified = match step {
        RatingStep::Fought(change) => rating::verify(change),
        RatingStep::Reset(reset) => seasons::verify(reset, terms.get(&reset.season).copied()),
    };
    let difference = verified.err()?;
    let (player, number) = step.key();
    Some(Violation {
        invariant: "I4",
        detail: format!("change {number} of player {player}: {difference}"),
    })
}

/// Holds the stored result message of a match against the outcome that is stored beside it (I3); nothing is fought.
#[must_use]
pub fn result(record: &MatchRecord) -> Option<Violation> {
    let MatchState::Done(done) = &record.state else {
        return None;
    };
    let id = record.pending.id;
    let difference = message_difference(id, done)?;
    Some(Violation {
        invariant: "I3",
        detail: format!("match {id}: {difference}"),
    })
}

fn message_difference(id: MatchId, done: &DoneMatch) -> Option<String> {
    let message = match decode_result(&done.result) {
        Ok(message) => message,
        Err(error) => return Some(format!("the stored result cannot be read: {error}")),
    };
    let told: Outcome = outcome_of(Ending::from(&message.outcome));
    let stored = done.outcome;
    if message.match_id != id {
        Some(format!("the stored result is of match {}", message.match_id))
    } else if told != stored {
        Some(format!("the stored result says {told:?}, beside it stands {stored:?}"))
    } else {
        None
    }
}
