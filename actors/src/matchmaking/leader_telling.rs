//! What a leader tells on the side: answers to questions, slices for the audit, the journal of a recorder.

use tiltyard_pairing::trace::Why;

use super::tests::*;
use super::*;

#[test]
fn questions_are_answered_by_the_leader_and_so_many_in_a_time() {
    let ask = || {
        Event::Hint(Wakeup::Explain {
            player: ticket(1).player,
            ticket: ticket(1).id,
        })
    };
    assert_eq!(Leader::default().on(NOW, ask()), [], "who does not lead does not know");
    let mut leader = leading(&[1]);
    for _ in 0..ANSWERS_MAX {
        let effects = leader.on(NOW, ask());
        let [Effect::Explain(of, explanation)] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!((*of, explanation.waiting.unwrap().others), (key(&ticket(1)), 0));
    }
    assert_eq!(leader.on(NOW, ask()), []);
    assert_eq!(
        leader.on(NOW + ANSWERS_MS, ask()).len(),
        1,
        "however far away the next tick is"
    );
}

#[test]
fn a_slice_is_held_against_the_exact_matcher_once_in_a_while() {
    let mut leader = leading(&[1]);
    let audits = |effects: Vec<Effect>| {
        effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Audit(_)))
            .count()
    };
    let tick = |leader: &mut Leader, now_ms| audits(leader.on(now_ms, Event::Tick { open: true }));
    assert_eq!(tick(&mut leader, NOW), 1);
    queued(
        &mut leader,
        QueuedTicket {
            spread: 1,
            rating: 3_000.0,
            ..ticket(2)
        },
    );
    assert_eq!(tick(&mut leader, NOW + AUDIT_EVERY_MS - 1), 0);
    assert_eq!(
        tick(&mut leader, NOW + AUDIT_EVERY_MS),
        0,
        "nobody has arrived since the last tick"
    );
    queued(
        &mut leader,
        QueuedTicket {
            spread: 1,
            rating: 4_000.0,
            ..ticket(3)
        },
    );
    assert_eq!(tick(&mut leader, NOW + AUDIT_EVERY_MS + 1), 1);
}

#[test]
fn a_comparison_says_what_was_missing_and_what_was_stale() {
    let mut leader = leading(&[1, 2]);
    leader.on(NOW, Event::Compared(vec![ticket(2), ticket(3), ticket(4)], now()));
    assert_eq!(leader.differences(), Differences { missing: 2, stale: 1 });
    leader.on(NOW, Event::Compared(vec![ticket(2), ticket(3), ticket(4)], now()));
    assert_eq!(leader.differences(), Differences::default(), "it holds what is queued");
}

#[test]
fn what_came_and_went_is_in_the_journal_if_somebody_records() {
    let life = Duration::from_secs(10);
    let mut leader = Leader::new(Rules::default(), Duration::ZERO, Journal::of(life));
    leader = leading_with(leader, vec![ticket(1), ticket(2), ticket(3)]);
    let pairs = tick(&mut leader).unwrap();
    let outcome = all_made(&pairs);
    leader.on(NOW, Event::Committed(pairs, outcome));
    leader.on(NOW, Event::Compared(vec![], now()));
    queued(&mut leader, ticket(4));
    leader.on(10_000, left(4));
    leader.on(10_000, left(4));
    let journal = leader.take_journal();
    let whys: Vec<_> = journal
        .iter()
        .filter_map(|entry| match entry {
            Entry::Left { why, .. } => Some(*why),
            Entry::Arrived { .. } | Entry::Ended => None,
        })
        .collect();
    assert_eq!(whys, [Why::Matched, Why::Matched, Why::Cancelled, Why::Expired]);
    assert_eq!(journal.len(), 8);
    leader.on(NOW, Event::Deposed);
    assert_eq!(leader.take_journal(), [Entry::Ended]);
    let mut silent = leading(&[1]);
    assert_eq!(silent.take_journal(), []);
}
