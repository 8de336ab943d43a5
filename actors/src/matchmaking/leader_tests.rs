//! The leader's state machine: exact effects for each turn of its life.

use tiltyard_db::durable::matches::{Entrant, Seat, Stamps};
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{BootId, BuildHash, ContentHash, Epoch, MatchId, QueueName};

use super::*;

fn leadership() -> Leadership {
    Leadership {
        queue: QueueName::ranked(),
        epoch: Epoch(7),
        boot: BootId::from_bytes([1; 16]),
    }
}

fn ticket(n: u8) -> QueuedTicket {
    QueuedTicket {
        player: PlayerId::from_bytes([n; 16]),
        id: TicketId::from_bytes([n; 16]),
        build: BuildHash::of(b"x"),
        spread: 400,
        rating: 1500.0,
        enqueued_at: Timestamp::from_micros(0),
    }
}

fn pending([left, right]: &Pair) -> PendingMatch {
    let seat = |ticket: &QueuedTicket| Seat {
        entrant: Entrant::Player {
            player: ticket.player,
            ticket: ticket.id,
        },
        build: ticket.build,
    };
    PendingMatch {
        id: MatchId::of_tickets(&[key(left), key(right)]),
        mode: Mode::Ranked,
        stamps: Stamps {
            engine: "0".into(),
            rules_version: 1,
            content: ContentHash::of(b""),
            rng: "r".into(),
            seed: [0; 16],
        },
        seats: [seat(left), seat(right)],
        created_at: Timestamp::from_micros(1),
    }
}

fn round(outcomes: Vec<Paired>, rest: Rest) -> Round {
    Round { outcomes, rest }
}

fn leading(tickets: &[u8]) -> Leader {
    let mut leader = Leader::default();
    assert_eq!(leader.on(Event::Elected), [Effect::Follow, Effect::Mint]);
    assert_eq!(
        leader.on(Event::Minted(Some(leadership()))),
        [Effect::Load { after: None }]
    );
    assert_eq!(
        leader.on(Event::Loaded(Some(tickets.iter().map(|n| ticket(*n)).collect()))),
        []
    );
    assert!(leader.is_leading());
    leader
}

fn tick(leader: &mut Leader) -> Option<Vec<Pair>> {
    match leader.on(Event::Tick { congested: false }).pop() {
        Some(Effect::Commit(by, pairs)) if by == leadership() => Some(pairs),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

#[test]
fn an_elected_leader_mints_loads_and_pairs() {
    let mut leader = leading(&[1, 2, 3]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(pairs.len(), 1);
    assert_eq!(tick(&mut leader), None, "one commit at a time");
    let made = pending(&pairs[0]);
    let outcome = round(vec![Paired::Done(Box::new(made.clone()))], Rest::Settled);
    assert_eq!(
        leader.on(Event::Committed(pairs, outcome)),
        [Effect::Dispatch(vec![made])]
    );
    assert_eq!(leader.len(), 1);
}

#[test]
fn a_refused_commit_ends_the_leadership_whole() {
    let mut leader = leading(&[1, 2]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(
        leader.on(Event::Committed(pairs, round(vec![], Rest::Fenced))),
        [Effect::StepDown]
    );
    assert!(!leader.is_leading());
    assert_eq!(leader.len(), 0);
}

#[test]
fn a_commit_of_unknown_outcome_is_sent_again_unchanged() {
    let mut leader = leading(&[1, 2, 3, 4]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(
        leader.on(Event::Committed(pairs.clone(), round(vec![], Rest::Unknown))),
        []
    );
    leader.on(Event::Hint(Wakeup::Queued(ticket(5))));
    assert_eq!(tick(&mut leader), Some(pairs));
}

#[test]
fn outcomes_decide_which_tickets_stay() {
    let mut leader = leading(&[1, 2]);
    let pairs = tick(&mut leader).unwrap();
    let [left, _] = &pairs[0];
    let stays = pairs[0][1].clone();
    let left = key(left);
    let gone = round(vec![Paired::Gone { gone: [true, false] }], Rest::Settled);
    assert_eq!(leader.on(Event::Committed(pairs, gone)), []);
    assert!(!leader.held.contains_key(&left) && leader.held.contains_key(&key(&stays)));

    leader.on(Event::Hint(Wakeup::Queued(ticket(9))));
    let pairs = tick(&mut leader).unwrap();
    let apart = round(
        vec![Paired::OutOfSpread {
            ratings: [1000.0, 2000.0],
        }],
        Rest::Settled,
    );
    leader.on(Event::Committed(pairs, apart));
    assert_eq!(tick(&mut leader), None, "the current ratings are known from here on");
}

#[test]
fn hints_count_while_loading_and_not_in_standby() {
    let mut leader = Leader::default();
    leader.on(Event::Hint(Wakeup::Queued(ticket(1))));
    assert_eq!(leader.len(), 0);
    leader.on(Event::Elected);
    leader.on(Event::Hint(Wakeup::Queued(ticket(1))));
    leader.on(Event::Minted(Some(leadership())));
    leader.on(Event::Loaded(Some(vec![ticket(1), ticket(2)])));
    assert_eq!(leader.len(), 2);
    leader.on(Event::Hint(Wakeup::Left {
        player: ticket(1).player,
        ticket: ticket(1).id,
    }));
    assert_eq!(leader.len(), 1);
}

#[test]
fn failures_on_the_way_to_lead_give_the_lease_back() {
    let mut leader = Leader::default();
    leader.on(Event::Elected);
    assert_eq!(leader.on(Event::Minted(None)), [Effect::StepDown]);
    leader.on(Event::Elected);
    leader.on(Event::Minted(Some(leadership())));
    assert_eq!(leader.on(Event::Loaded(None)), [Effect::StepDown]);
}

#[test]
fn congestion_stops_new_pairs_only() {
    let mut leader = leading(&[1, 2]);
    assert_eq!(leader.on(Event::Tick { congested: true }), []);
    let pairs = tick(&mut leader).unwrap();
    leader.on(Event::Committed(pairs, round(vec![], Rest::Unknown)));
    assert_eq!(
        leader.on(Event::Tick { congested: true }).len(),
        1,
        "doubt is resolved in any case"
    );
}

#[test]
fn a_deposed_leader_forgets_and_can_lead_again() {
    let mut leader = leading(&[1, 2]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(leader.on(Event::Deposed), []);
    assert_eq!(leader.on(Event::Committed(pairs, round(vec![], Rest::Unknown))), []);
    assert_eq!(leader.on(Event::Elected), [Effect::Follow, Effect::Mint]);
}

#[test]
fn comparing_mends_both_directions() {
    let mut leader = leading(&[1, 2]);
    let late = QueuedTicket {
        enqueued_at: Timestamp::from_micros(50),
        ..ticket(3)
    };
    leader.on(Event::Hint(Wakeup::Queued(late)));
    leader.on(Event::Compared(vec![ticket(2), ticket(4)], Timestamp::from_micros(40)));
    let held: Vec<_> = leader.held.keys().map(|(player, _)| player.as_bytes()[0]).collect();
    assert_eq!(held, [2, 3, 4]);
}

#[test]
fn what_was_made_before_a_refusal_or_a_doubt_is_dispatched() {
    for rest in [Rest::Fenced, Rest::Unknown] {
        let mut leader = leading(&[1, 2, 3, 4]);
        let pairs = tick(&mut leader).unwrap();
        let (made, open) = (pending(&pairs[0]), pairs[1].clone());
        let effects = leader.on(Event::Committed(
            pairs,
            round(vec![Paired::Done(Box::new(made.clone()))], rest),
        ));
        assert_eq!(effects[0], Effect::Dispatch(vec![made]));
        assert_eq!(effects.contains(&Effect::StepDown), rest == Rest::Fenced);
        assert_eq!(tick(&mut leader), (rest == Rest::Unknown).then(|| vec![open]));
    }
}

#[test]
fn a_newer_rating_reaches_all_tickets_of_a_player() {
    let mut leader = leading(&[1]);
    let newer = QueuedTicket {
        id: TicketId::from_bytes([9; 16]),
        rating: 1700.0,
        ..ticket(1)
    };
    leader.on(Event::Hint(Wakeup::Queued(newer)));
    assert!(
        leader
            .held
            .values()
            .all(|held| held.ticket.rating.to_bits() == 1700.0_f64.to_bits())
    );
}
