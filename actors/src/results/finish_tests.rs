//! What is stored of a match: ratings and events mirror each other, practice is unrated, a bot is told nothing.

use tiltyard_db::durable::matches::{Seat, Stamps};
use tiltyard_protocol::{BuildHash, ContentHash, TicketId};

use super::*;

fn player(n: u8) -> Entrant {
    Entrant::Player {
        player: PlayerId::from_bytes([n; 16]),
        ticket: TicketId::from_bytes([n; 16]),
    }
}

fn ready(mode: Mode, right: Entrant, winner: Option<Side>) -> Ready {
    let seat = |entrant| Seat {
        entrant,
        build: BuildHash::of(b"build"),
    };
    Ready {
        pending: PendingMatch {
            id: MatchId::from_bytes([9; 16]),
            mode,
            stamps: Stamps {
                engine: "0".into(),
                rules_version: 1,
                content: ContentHash::of(b""),
                rng: "r".into(),
                seed: [0; 16],
            },
            seats: [seat(player(1)), seat(right)],
            created_at: Timestamp::default(),
        },
        outcome: Outcome {
            winner,
            reason: EndReason::Elimination,
            ticks: 7,
            state_hash: StateHash(1),
        },
        result: Bytes::new(),
        replay: ReplayRecord {
            key: "k".into(),
            size: 0,
            checksum: [0; 32],
        },
        spool: None,
    }
}

fn results(finish: &Finish) -> Vec<&ResultEvent> {
    let result = |(_, event): &'_ (PlayerId, PlayerEvent)| matches!(event, PlayerEvent::Result(_));
    assert!(finish.events.iter().all(result));
    finish
        .events
        .iter()
        .filter_map(|(_, event)| {
            if let PlayerEvent::Result(result) = event {
                Some(result)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn a_ranked_match_changes_both_ratings_and_tells_both() {
    let ready = ready(Mode::Ranked, player(2), Some(Side::Right));
    let finish = finish(ready, &BTreeMap::new(), Timestamp::from_micros(3));
    let results = results(&finish);
    assert_eq!(
        (results[0].outcome, results[1].outcome),
        (PlayerOutcome::Loss, PlayerOutcome::Win)
    );
    assert_eq!(results[0].opponent, Opponent::Player(PlayerId::from_bytes([2; 16])));
    let after = results[1].rating.unwrap().after;
    assert!(after > 1500.0 && after.to_bits() == finish.ratings[1].after.rating.to_bits());
}

#[test]
fn practice_is_unrated_and_a_bot_is_told_nothing() {
    let ready = ready(Mode::Practice, Entrant::Bot { bot: "recruits".into() }, None);
    let finish = finish(ready, &BTreeMap::new(), Timestamp::from_micros(3));
    assert!(finish.ratings.is_empty());
    let results = results(&finish);
    assert_eq!(results.len(), 1);
    assert_eq!((results[0].outcome, results[0].rating), (PlayerOutcome::Draw, None));
    assert_eq!(results[0].opponent, Opponent::Bot("recruits".into()));
}

#[test]
fn giving_up_returns_each_players_ticket() {
    let ready = ready(Mode::Ranked, player(2), None);
    let hopeless = NotFought::Failed("hopeless".to_owned());
    let given_up = give_up(&ready.pending, &hopeless, Timestamp::default());
    let tickets: Vec<_> = given_up
        .events
        .iter()
        .map(|(player, event)| (*player, event.ticket()))
        .collect();
    assert_eq!(tickets.len(), 2);
    assert!(
        tickets
            .iter()
            .all(|(player, ticket)| player.as_bytes() == ticket.as_bytes())
    );
}

#[test]
fn only_the_owner_of_an_unfit_build_is_told_to_change_it() {
    let ready = ready(Mode::Ranked, player(2), None);
    let unfit = NotFought::Unfit {
        side: tiltyard_sim::Side::Right,
        told: "no class is called wizard".to_owned(),
    };
    let given_up = give_up(&ready.pending, &unfit, Timestamp::default());
    let told: Vec<_> = given_up.events.iter().map(|(_, event)| event).collect();
    let PlayerEvent::TicketReturned { reason, message, .. } = told[0] else {
        panic!("{told:?}")
    };
    assert_eq!(*reason, ReturnReason::MatchFailed);
    assert!(!message.contains("wizard"), "{message}");
    let PlayerEvent::TicketReturned { reason, message, .. } = told[1] else {
        panic!("{told:?}")
    };
    assert_eq!(
        (*reason, message.as_str()),
        (ReturnReason::BuildInvalid, "no class is called wizard")
    );
    assert!(given_up.why.contains("right"), "{}", given_up.why);
}
