//! The leader's state machine: exact effects for each turn of its life.

use tiltyard_db::durable::matches::{Entrant, Seat, Stamps};
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{BootId, BuildHash, ContentHash, Epoch, MatchId, PlayerId, QueueName, TicketId};

use super::*;

/// The time of what is about no time.
pub(super) const NOW: u64 = 1_000;

pub(super) fn now() -> Timestamp {
    Timestamp::from_micros((NOW * 1_000) as i64)
}

pub(super) fn leadership() -> Leadership {
    Leadership {
        queue: QueueName::ranked(),
        epoch: Epoch(7),
        boot: BootId::from_bytes([1; 16]),
    }
}

pub(super) fn ticket(n: u8) -> QueuedTicket {
    QueuedTicket {
        player: PlayerId::from_bytes([n; 16]),
        id: TicketId::from_bytes([n; 16]),
        build: BuildHash::of(b"x"),
        spread: 400,
        widen_to: None,
        rating: 1500.0,
        enqueued_at: Timestamp::from_micros(0),
    }
}

fn pending(pair: &Pair) -> PendingMatch {
    let seat = |(player, ticket): Key| Seat {
        entrant: Entrant::Player { player, ticket },
        build: BuildHash::of(b"x"),
    };
    PendingMatch {
        id: MatchId::of_tickets(pair),
        mode: Mode::Ranked,
        stamps: Stamps {
            engine: "0".into(),
            rules_version: 1,
            content: ContentHash::of(b""),
            rng: "r".into(),
            seed: [0; 16],
        },
        seats: pair.map(seat),
        created_at: Timestamp::from_micros(1),
    }
}

fn round(outcomes: Vec<Paired>, rest: Rest) -> Round {
    Round { outcomes, rest }
}

pub(super) fn queued(leader: &mut Leader, ticket: QueuedTicket) {
    assert_eq!(leader.on(NOW, Event::Hint(Wakeup::Queued(ticket))), []);
}

pub(super) fn left(n: u8) -> Event {
    Event::Hint(Wakeup::Left {
        player: ticket(n).player,
        ticket: ticket(n).id,
    })
}

pub(super) fn leading(tickets: &[u8]) -> Leader {
    leading_with(Leader::default(), tickets.iter().map(|n| ticket(*n)).collect())
}

pub(super) fn leading_with(mut leader: Leader, tickets: Vec<QueuedTicket>) -> Leader {
    let effects = leader.on(NOW, Event::Elected);
    assert_eq!(effects, [Effect::Follow, Effect::Load { after: None }, Effect::Mint]);
    assert_eq!(leader.on(NOW, Event::Minted(Some(leadership()))), []);
    assert_eq!(leader.on(NOW, Event::Loaded(Some(tickets))), []);
    assert!(leader.is_leading());
    leader
}

pub(super) fn tick(leader: &mut Leader) -> Option<Vec<Pair>> {
    tick_at(leader, NOW)
}

pub(super) fn tick_at(leader: &mut Leader, now_ms: u64) -> Option<Vec<Pair>> {
    committed_pairs(leader.on(now_ms, Event::Tick { open: true }))
}

pub(super) fn committed_pairs(mut effects: Vec<Effect>) -> Option<Vec<Pair>> {
    effects.retain(|effect| !matches!(effect, Effect::Audit(_)));
    match effects.pop() {
        Some(Effect::Commit(by, pairs)) if by == leadership() => Some(pairs),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

/// Says that all of these matches were made.
pub(super) fn all_made(pairs: &[Pair]) -> Round {
    let done = |pair| Paired::Done(Box::new(pending(pair)));
    round(pairs.iter().map(done).collect(), Rest::Settled)
}

/// Numbers of the tickets that wait or are in a commit.
fn held(leader: &Leader) -> Vec<u8> {
    let numbers = (0..=u8::MAX).map(|n| (n, key(&ticket(n))));
    let held = numbers
        .filter(|(_, key)| leader.roster.explain(*key, 0, NOW).waiting.is_some() || leader.roster.is_aside(*key));
    held.map(|(n, _)| n).collect()
}

#[test]
fn an_elected_leader_mints_loads_and_pairs() {
    let mut leader = leading(&[1, 2, 3]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(pairs.len(), 1);
    assert_eq!(tick(&mut leader), None, "one commit at a time");
    let made = pending(&pairs[0]);
    let outcome = all_made(&pairs);
    assert_eq!(
        leader.on(NOW, Event::Committed(pairs, outcome)),
        [Effect::Dispatch(vec![made])]
    );
    assert_eq!(leader.len(), 1);
}

#[test]
fn a_refused_commit_ends_the_leadership_whole() {
    let mut leader = leading(&[1, 2]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(
        leader.on(NOW, Event::Committed(pairs, round(vec![], Rest::Fenced))),
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
        leader.on(NOW, Event::Committed(pairs.clone(), round(vec![], Rest::Unknown))),
        []
    );
    queued(&mut leader, ticket(5));
    leader.on(NOW, left(1));
    assert_eq!(
        tick(&mut leader),
        Some(pairs),
        "even if it is known that a ticket has left"
    );
}

#[test]
fn outcomes_decide_which_tickets_stay() {
    let mut leader = leading(&[1, 2]);
    let pairs = tick(&mut leader).unwrap();
    let [_, (stays, _)] = pairs[0];
    let gone = round(vec![Paired::Gone { gone: [true, false] }], Rest::Settled);
    assert_eq!(leader.on(NOW, Event::Committed(pairs, gone)), []);
    assert_eq!(held(&leader), [stays.as_bytes()[0]]);

    queued(&mut leader, ticket(9));
    let pairs = tick(&mut leader).unwrap();
    let apart = round(
        vec![Paired::OutOfSpread {
            ratings: [1000.0, 2000.0],
        }],
        Rest::Settled,
    );
    leader.on(NOW, Event::Committed(pairs, apart));
    assert_eq!(leader.len(), 2);
    assert_eq!(tick(&mut leader), None, "the current ratings are known from here on");
}

#[test]
fn two_at_the_very_edge_of_a_spread_are_not_tried_at_each_tick() {
    let mut leader = leading(&[1, 2]);
    let pairs = tick(&mut leader).unwrap();
    let apart = round(
        vec![Paired::OutOfSpread {
            ratings: [1000.0, 1_400.000_1],
        }],
        Rest::Settled,
    );
    leader.on(NOW, Event::Committed(pairs, apart));
    assert_eq!(tick(&mut leader), None);
    queued(&mut leader, ticket(3));
    assert_eq!(
        tick_at(&mut leader, NOW + 1_000).unwrap().len(),
        1,
        "others may meet them"
    );
}

#[test]
fn a_ticket_that_left_while_it_waited_for_its_commit_frees_the_other() {
    let far = 2 * ROUND_PAIRS_MAX as u32 + 2;
    let tickets = (0..far).map(numbered).collect();
    let mut leader = leading_with(Leader::default(), tickets);
    let first = tick(&mut leader).unwrap();
    assert_eq!(first.len(), ROUND_PAIRS_MAX);
    let [left, right] = leader.chosen[0].pair;
    leader.on(
        NOW,
        Event::Hint(Wakeup::Left {
            player: left.0,
            ticket: left.1,
        }),
    );
    let outcome = all_made(&first);
    let effects = leader.on(NOW, Event::Committed(first, outcome));
    assert!(
        matches!(effects[..], [Effect::Dispatch(_)]),
        "nothing to commit is left"
    );
    assert!(!leader.roster.is_aside(right), "it waits again");
}

#[test]
fn the_next_round_follows_at_once_unless_the_queue_was_closed() {
    for open in [true, false] {
        let tickets = (0..2 * ROUND_PAIRS_MAX as u32 + 2).map(numbered).collect();
        let mut leader = leading_with(Leader::default(), tickets);
        let first = tick(&mut leader).unwrap();
        leader.on(NOW, Event::Tick { open });
        let outcome = all_made(&first);
        let mut effects = leader.on(NOW, Event::Committed(first, outcome));
        assert!(matches!(effects[0], Effect::Dispatch(_)));
        let second = committed_pairs(effects.split_off(1));
        assert_eq!(second.map(|pairs| pairs.len()), open.then_some(1));
    }
}

#[test]
fn the_oldest_are_committed_first_and_newcomers_are_paired_meanwhile() {
    let aged = |n: u32, at| QueuedTicket {
        enqueued_at: Timestamp::from_micros(at),
        rating: f64::from(n / 2 * 1_000),
        ..numbered(n)
    };
    // The highest waits longest but for the lowest.
    let tickets = [(0, 1), (1, 9), (2, 7), (3, 8), (4, 3), (5, 2)].map(|(n, at)| aged(n, at));
    let mut leader = leading_with(Leader::default(), tickets.to_vec());
    let pairs = tick(&mut leader).unwrap();
    let order = |pairs: &[Pair]| pairs.iter().map(|[a, _]| a.0.as_bytes()[3] / 2).collect::<Vec<_>>();
    assert_eq!(order(&pairs), [0, 2, 1]);

    for (n, at) in [(6, 20), (7, 21), (8, 10), (9, 30)] {
        queued(&mut leader, aged(n, at));
    }
    assert_eq!(tick(&mut leader), None, "one commit at a time");
    let outcome = all_made(&pairs);
    let mut effects = leader.on(NOW, Event::Committed(pairs, outcome));
    assert_eq!(order(&committed_pairs(effects.split_off(1)).unwrap()), [4, 3]);
}

#[test]
fn a_closed_queue_makes_no_new_pairs() {
    let mut leader = leading(&[1, 2]);
    assert_eq!(leader.on(NOW, Event::Tick { open: false }), []);
    let pairs = tick(&mut leader).unwrap();
    leader.on(NOW, Event::Committed(pairs, round(vec![], Rest::Unknown)));
    assert_eq!(
        leader.on(NOW, Event::Tick { open: false }).len(),
        1,
        "doubt is resolved in any case"
    );
}

#[test]
fn closing_a_queue_lets_those_wait_again_who_were_to_be_committed() {
    let tickets = (0..2 * ROUND_PAIRS_MAX as u32 + 2).map(numbered).collect();
    let mut leader = leading_with(Leader::default(), tickets);
    let first = tick(&mut leader).unwrap();
    leader.on(NOW, Event::Tick { open: false });
    let outcome = all_made(&first);
    leader.on(NOW, Event::Committed(first, outcome));
    let open = leader.chosen[0].pair;
    assert_eq!(leader.on(NOW, Event::Tick { open: false }), []);
    assert!(leader.chosen.is_empty() && !leader.roster.is_aside(open[0]));
    assert_eq!(tick(&mut leader).unwrap().len(), 1);
}

#[test]
fn a_deposed_leader_forgets_and_can_lead_again() {
    let mut leader = leading(&[1, 2]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(leader.on(NOW, Event::Deposed), []);
    assert_eq!(
        leader.on(NOW, Event::Committed(pairs, round(vec![], Rest::Unknown))),
        []
    );
    assert_eq!(
        leader.on(NOW, Event::Elected),
        [Effect::Follow, Effect::Load { after: None }, Effect::Mint]
    );
}

#[test]
fn of_an_earlier_leaderships_commit_only_what_was_made_counts() {
    let mut leader = leading(&[1, 2, 3, 4]);
    let early = tick(&mut leader).unwrap();
    leader.on(NOW, Event::Deposed);
    let mut leader = leading_with(leader, vec![ticket(1), ticket(2), ticket(3), ticket(4)]);
    let pairs = tick(&mut leader).unwrap();
    assert_eq!(pairs, early);
    let made = pending(&early[0]);
    let outcomes = vec![
        Paired::Done(Box::new(made.clone())),
        Paired::OutOfSpread {
            ratings: [0.0, 9_000.0],
        },
    ];
    assert_eq!(
        leader.on(NOW, Event::Overtaken(early, outcomes)),
        [Effect::Dispatch(vec![made])]
    );
    assert_eq!(leader.len(), 2);
    assert_eq!(
        tick(&mut leader),
        None,
        "this leadership's own commit is still under way"
    );
}

#[test]
fn comparing_mends_both_directions() {
    let mut leader = leading(&[1, 2]);
    let late = QueuedTicket {
        enqueued_at: now().after(Duration::from_micros(1)),
        ..ticket(3)
    };
    queued(&mut leader, late);
    leader.on(NOW, Event::Compared(vec![ticket(2), ticket(4)], now()));
    assert_eq!(held(&leader), [2, 3, 4]);
}

#[test]
fn comparing_leaves_alone_what_is_being_committed() {
    let mut leader = leading(&[1, 2, 3]);
    let pairs = tick(&mut leader).unwrap();
    leader.on(NOW, Event::Compared(vec![], now()));
    assert_eq!(leader.len(), 2);
    assert!(pairs[0].iter().all(|key| leader.roster.is_aside(*key)));
}

#[test]
fn a_reading_from_before_does_not_bring_back_what_left_since() {
    let second = |n: i64| Timestamp::from_micros(n * 1_000_000);
    let mut leader = leading(&[1, 2, 3]);
    let pairs = tick_at(&mut leader, 2_000).unwrap();
    let outcome = all_made(&pairs);
    leader.on(3_000, Event::Committed(pairs, outcome));
    let [stays] = held(&leader)[..] else {
        panic!("one waits")
    };
    let all = || vec![ticket(1), ticket(2), ticket(3)];
    leader.on(4_000, Event::Recent(all(), second(2)));
    leader.on(4_000, Event::Compared(all(), second(2)));
    assert_eq!(held(&leader), [stays]);
    leader.on(4_000, Event::Compared(vec![], second(0)));
    assert_eq!(
        held(&leader),
        [stays],
        "a reading from before the leadership counts for nothing"
    );

    leader.on(4_000, left(9));
    queued(&mut leader, ticket(9));
    assert_eq!(held(&leader), [stays], "one hint overtook the other");
    leader.on(6_000, Event::Recent(vec![ticket(9)], second(5)));
    assert_eq!(leader.len(), 2, "the database knows better");
}

#[test]
fn what_was_made_before_a_refusal_or_a_doubt_is_dispatched() {
    for rest in [Rest::Fenced, Rest::Unknown] {
        let mut leader = leading(&[1, 2, 3, 4]);
        let pairs = tick(&mut leader).unwrap();
        let (made, open) = (pending(&pairs[0]), pairs[1]);
        let effects = leader.on(
            NOW,
            Event::Committed(pairs, round(vec![Paired::Done(Box::new(made.clone()))], rest)),
        );
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
        rating: 2_000.0,
        ..ticket(1)
    };
    queued(&mut leader, newer);
    queued(&mut leader, ticket(2));
    assert_eq!(tick(&mut leader), None, "both are 500 points away");
    assert_eq!(
        leader
            .roster
            .explain(key(&ticket(2)), 0, NOW)
            .waiting
            .unwrap()
            .outside_own_spread,
        2
    );
}

#[test]
fn who_met_meets_others_first_and_again_after_the_window() {
    let mut leader = leading_with(
        Leader::new(Rules::default(), Duration::from_secs(60), Journal::default()),
        vec![ticket(1), ticket(2)],
    );
    let again = |n: u8| QueuedTicket {
        id: TicketId::from_bytes([n + 100; 16]),
        ..ticket(n)
    };
    let pairs = tick(&mut leader).unwrap();
    let outcome = all_made(&pairs);
    leader.on(NOW, Event::Committed(pairs, outcome));
    queued(&mut leader, again(1));
    queued(&mut leader, again(2));
    assert_eq!(tick_at(&mut leader, NOW + 59_999), None);
    assert_eq!(tick_at(&mut leader, NOW + 60_000).unwrap().len(), 1);
}

pub(super) fn numbered(n: u32) -> QueuedTicket {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    QueuedTicket {
        player: PlayerId::from_bytes(bytes),
        id: TicketId::from_bytes(bytes),
        ..ticket(0)
    }
}
