//! What no single player can know: which matches there were, and whether both players were told the same.

use std::collections::{BTreeMap, BTreeSet};

use tiltyard_protocol::event::{Opponent, PlayerOutcome, ResultEvent};
use tiltyard_protocol::http::matches::MatchView;
use tiltyard_protocol::{MatchId, PlayerId};

use crate::breach::{Breach, Check};
use crate::record::view_differences;

/// Compares what the players report.
#[derive(Debug, Default)]
pub(crate) struct Referee {
    ours: BTreeSet<PlayerId>,
    matches: BTreeMap<MatchId, Sighting>,
}

/// What is known of one match. What both players agree on is forgotten at once: only the count remains.
#[derive(Debug, Default)]
struct Sighting {
    told: usize,
    first: Option<(PlayerId, Box<ResultEvent>)>,
    record: Option<Box<MatchView>>,
}

impl Referee {
    /// Knows a player whose reports will come.
    pub(crate) fn know(&mut self, player: PlayerId) {
        self.ours.insert(player);
    }

    /// Returns how many different matches were reported.
    pub(crate) fn matches(&self) -> usize {
        self.matches.len()
    }

    /// Takes a result that a player was told.
    pub(crate) fn result(&mut self, player: PlayerId, event: Box<ResultEvent>) -> Vec<Breach> {
        let id = event.match_id;
        let sighting = self.matches.entry(id).or_default();
        sighting.told += 1;
        let differences = match sighting.first.take() {
            None if sighting.told == 1 => {
                sighting.first = Some((player, event));
                return Vec::new();
            }
            None => vec!["it was told a third time"],
            Some((other, first)) => mirror_differences((other, &first), (player, &event)),
        };
        breaches(id, Check::MatchViews, differences)
    }

    /// Takes a match record that a player read.
    pub(crate) fn record(&mut self, view: Box<MatchView>) -> Vec<Breach> {
        let id = view.id;
        let sighting = self.matches.entry(id).or_default();
        match sighting.record.take() {
            None => {
                sighting.record = Some(view);
                Vec::new()
            }
            Some(first) => breaches(id, Check::MatchRecord, view_differences(&first, &view)),
        }
    }

    /// Returns, at the end, the matches of which one of our players was not told.
    pub(crate) fn close(&self) -> Vec<Breach> {
        let untold = |(id, sighting): (&MatchId, &Sighting)| {
            let (player, event) = sighting.first.as_ref()?;
            let Opponent::Player(opponent) = event.opponent else {
                return None;
            };
            let detail = format!("match {id}: {player} was told the result, {opponent} was not");
            self.ours
                .contains(&opponent)
                .then(|| Breach::new(Check::MatchViews, detail))
        };
        self.matches.iter().filter_map(untold).collect()
    }
}

fn breaches(id: MatchId, check: Check, differences: Vec<&'static str>) -> Vec<Breach> {
    let breach = |what| Breach::new(check, format!("match {id}: the two players' views differ in {what}"));
    differences.into_iter().map(breach).collect()
}

/// Returns the points in which two events are not two sides of one match.
fn mirror_differences(
    (one, first): (PlayerId, &ResultEvent),
    (other, second): (PlayerId, &ResultEvent),
) -> Vec<&'static str> {
    let mirrored = match first.outcome {
        PlayerOutcome::Win => PlayerOutcome::Loss,
        PlayerOutcome::Loss => PlayerOutcome::Win,
        PlayerOutcome::Draw => PlayerOutcome::Draw,
    };
    [
        ("player", one != other),
        ("opponent of the first", first.opponent == Opponent::Player(other)),
        ("opponent of the second", second.opponent == Opponent::Player(one)),
        ("outcome", second.outcome == mirrored),
        ("length", first.ticks == second.ticks),
        ("ticket", first.ticket != second.ticket),
        ("rated", first.rating.is_some() == second.rating.is_some()),
    ]
    .into_iter()
    .filter_map(|(what, agrees)| (!agrees).then_some(what))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{match_id, player, record, result};

    fn told(events: &[(u8, ResultEvent)]) -> (Referee, usize) {
        let mut referee = Referee::default();
        (1..=3).for_each(|n| referee.know(player(n)));
        let told = events
            .iter()
            .map(|(n, event)| referee.result(player(*n), Box::new(event.clone())).len());
        let found = told.sum();
        (referee, found)
    }

    #[test]
    fn two_sides_of_one_match_agree() {
        let (referee, found) = told(&[(1, result(1)), (2, result(2))]);
        assert_eq!((referee.matches(), found, referee.close()), (1, 0, vec![]));
    }

    #[test]
    fn differing_views_are_red() {
        let second = |change: fn(&mut ResultEvent)| {
            let mut event = result(2);
            change(&mut event);
            told(&[(1, result(1)), (2, event)]).1
        };
        assert_eq!(second(|event| event.outcome = PlayerOutcome::Win), 1);
        assert_eq!(second(|event| event.outcome = PlayerOutcome::Draw), 1);
        assert_eq!(second(|event| event.ticks = 1), 1);
        assert_eq!(second(|event| event.opponent = Opponent::Player(player(3))), 1);
        assert_eq!(second(|event| event.rating = None), 1);
        assert_eq!(told(&[(1, result(1)), (3, result(2))]).1, 1, "somebody else was told");
        assert!(
            told(&[(1, result(1)), (1, result(1))]).1 > 1,
            "one player on both sides"
        );
        assert_eq!(
            told(&[(1, result(1)), (2, result(2)), (3, result(2))]).1,
            1,
            "a third telling"
        );
    }

    #[test]
    fn a_result_that_only_one_was_told_is_red_if_both_are_ours() {
        assert_eq!(told(&[(1, result(1))]).0.close().len(), 1);
        let stranger = ResultEvent {
            opponent: Opponent::Player(player(9)),
            ..result(1)
        };
        assert_eq!(told(&[(1, stranger)]).0.close(), vec![]);
        let bot = ResultEvent {
            opponent: Opponent::Bot("b".to_owned()),
            ..result(1)
        };
        assert_eq!(told(&[(1, bot)]).0.close(), vec![]);
    }

    #[test]
    fn records_are_compared_whatever_comes_first() {
        let mut referee = Referee::default();
        assert_eq!(referee.record(Box::new(record(2))), vec![]);
        assert_eq!(referee.record(Box::new(record(1))), vec![]);
        assert_eq!(referee.record(Box::new(record(2))), vec![]);
        let mut other = record(1);
        other.stamps.rules_version += 1;
        let found = referee.record(Box::new(other));
        assert_eq!(found.len(), 1);
        assert!(found[0].detail.contains(&match_id().to_string()), "{found:?}");
    }
}
