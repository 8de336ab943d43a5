//! What the cases share: small numbers as ids, one clock that stands where a case puts it, and the usual steps of a match.

mod ends;

use bytes::Bytes;
use tiltyard_protocol::{
    BootId, BuildHash, ContentHash, MatchId, NodeId, PlayerEvent, PlayerId, QueueName, TicketId, Timestamp,
};

pub use self::ends::*;
use crate::durable::Durable;
use crate::durable::audit::{self, Violation, Violations};
use crate::durable::leader::Leadership;
use crate::durable::matches::{Commit, Entrant, Paired, Pairing, PendingMatch, Stamps};
use crate::durable::tickets::{EndTicket, Enqueued, NewTicket, Purpose, TicketRecord};

/// Slots of a player in cases that are not about them.
pub const SLOTS: usize = 8;
/// The largest spread, for cases that are not about it.
pub const WIDE: u16 = u16::MAX;

/// A seat that is not yet in a match: whose, and which ticket.
pub type Key = (PlayerId, TicketId);

/// Returns the moment `second` seconds after the cases' beginning.
#[must_use]
pub const fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_763_800_000_000_000 + second * 1_000_000)
}

const fn bytes(kind: u8, n: u32) -> [u8; 16] {
    let n = n.to_be_bytes();
    [kind, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, n[0], n[1], n[2], n[3]]
}

/// Returns the `n`th player; players sort by number.
#[must_use]
pub const fn player(n: u32) -> PlayerId {
    PlayerId::from_bytes(bytes(1, n))
}

/// Returns the `n`th ticket id; ids sort by number.
#[must_use]
pub const fn ticket(n: u32) -> TicketId {
    TicketId::from_bytes(bytes(2, n))
}

/// Returns the key of the `n`th ticket of the `n`th player.
#[must_use]
pub const fn key(n: u32) -> Key {
    (player(n), ticket(n))
}

/// Returns the `n`th process.
#[must_use]
pub const fn boot(n: u32) -> BootId {
    BootId::from_bytes(bytes(3, n))
}

/// Returns the `n`th node.
#[must_use]
pub const fn node(n: u32) -> NodeId {
    NodeId::from_bytes(bytes(4, n))
}

/// Returns a queue by name.
///
/// # Panics
/// If it is no name of a queue.
#[must_use]
pub fn queue(name: &str) -> QueueName {
    name.parse().unwrap()
}

/// Returns the bytes of the build that every ticket of [`ranked`] and [`practice`] has.
#[must_use]
pub const fn build_bytes() -> Bytes {
    Bytes::from_static(br#"{"units":[]}"#)
}

/// Returns the hash of [`build_bytes`].
#[must_use]
pub fn build() -> BuildHash {
    BuildHash::of(&build_bytes())
}

/// Stores the build that tickets name, as writing a team would.
///
/// # Panics
/// If it cannot be stored.
pub async fn store_build(store: &Durable) {
    let builds = vec![(build(), build_bytes())];
    store.teams.put_builds(builds).await.unwrap();
}

/// Returns what matches are fought with.
#[must_use]
pub fn stamps() -> Stamps {
    Stamps {
        engine: "0.1.0".to_owned(),
        rules_version: 3,
        content: ContentHash::of(b"content"),
        rng: "pcg64".to_owned(),
        seed: [9; 16],
    }
}

/// Returns a ticket for the ranked queue, accepted at [`at`]`(0)`.
#[must_use]
pub fn ranked((player, id): Key) -> NewTicket {
    ranked_within((player, id), WIDE)
}

/// Returns a ticket for the ranked queue with a spread.
#[must_use]
pub fn ranked_within((player, id): Key, spread: u16) -> NewTicket {
    NewTicket {
        player,
        id,
        request: [1; 32],
        build: build(),
        purpose: Purpose::Ranked {
            queue: QueueName::ranked(),
            spread,
            widen_to: None,
        },
        enqueued_at: at(0),
        expires_at: at(1_000),
    }
}

/// Returns a ticket for the ranked queue with a spread that may be widened.
#[must_use]
pub fn widening(key: Key, spread: u16, widen_to: u16) -> NewTicket {
    NewTicket {
        purpose: Purpose::Ranked {
            queue: QueueName::ranked(),
            spread,
            widen_to: Some(widen_to),
        },
        ..ranked(key)
    }
}

/// Returns a ticket against a bot.
#[must_use]
pub fn practice((player, id): Key) -> NewTicket {
    NewTicket {
        purpose: Purpose::Practice {
            bot: "dummy".to_owned(),
            bot_build: build(),
            match_id: MatchId::of_tickets(&[(player, id)]),
            stamps: stamps(),
        },
        ..ranked((player, id))
    }
}

/// Has one ticket accepted.
///
/// # Panics
/// If it is not.
pub async fn accept(store: &Durable, ticket: NewTicket) -> TicketRecord {
    match enqueue(store, ticket).await {
        Enqueued::Accepted(record) => record,
        other => panic!("not accepted: {other:?}"),
    }
}

/// Sends one ticket.
///
/// # Panics
/// If the store does not answer with one outcome.
pub async fn enqueue(store: &Durable, ticket: NewTicket) -> Enqueued {
    let outcomes = store.tickets.enqueue(vec![ticket], SLOTS).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.into_iter().next().unwrap()
}

/// Mints the next epoch of the ranked queue.
///
/// # Panics
/// If the store does not answer.
pub async fn lead(store: &Durable) -> Leadership {
    let minted = store.leaders.mint(&QueueName::ranked(), boot(1), at(0)).await;
    minted.unwrap()
}

/// Returns the pairing of two tickets.
#[must_use]
pub fn pairing(left: Key, right: Key) -> Pairing {
    Pairing {
        match_id: MatchId::of_tickets(&[left, right]),
        seats: [left, right],
        stamps: stamps(),
    }
}

/// Commits pairings at [`at`]`(1)` and returns their outcomes.
///
/// # Panics
/// If the leadership is fenced.
pub async fn commit(store: &Durable, leadership: &Leadership, pairings: Vec<Pairing>) -> Vec<Paired> {
    match store.matches.commit(leadership, pairings, at(1)).await.unwrap() {
        Commit::Outcomes(outcomes) => outcomes,
        Commit::Fenced => panic!("{leadership:?} is fenced"),
    }
}

/// Has two new tickets of the ranked queue matched.
///
/// # Panics
/// If they are not.
pub async fn meet(store: &Durable, leadership: &Leadership, left: Key, right: Key) -> PendingMatch {
    store_build(store).await;
    accept(store, ranked(left)).await;
    accept(store, ranked(right)).await;
    let outcomes = commit(store, leadership, vec![pairing(left, right)]).await;
    match outcomes.into_iter().next() {
        Some(Paired::Done(made)) => *made,
        other => panic!("not matched: {other:?}"),
    }
}

/// Has a new practice ticket accepted and returns its match.
///
/// # Panics
/// If it is not.
pub async fn spar(store: &Durable, key: Key) -> PendingMatch {
    store_build(store).await;
    let record = accept(store, practice(key)).await;
    let pending = store.matches.pending_match(record.match_id.unwrap()).await;
    pending.unwrap().unwrap()
}

/// Returns the order to let a ticket expire.
#[must_use]
pub const fn expire((player, id): Key) -> EndTicket {
    let event = PlayerEvent::TicketExpired { ticket: id };
    EndTicket { player, id, event }
}

/// Returns a seat's entrant of a ticket.
#[must_use]
pub const fn entrant((player, ticket): Key) -> Entrant {
    Entrant::Player { player, ticket }
}

/// Checks every row of the store, in pages so small that each walk has many.
///
/// # Panics
/// If it does not answer.
pub async fn violations(store: &Durable) -> Vec<Violation> {
    let mut found = Violations::keeping(10);
    audit::survey(store.audit.as_ref(), at(99), 2, &mut found)
        .await
        .unwrap();
    found.kept().to_vec()
}

/// Holds the store against its own invariants.
///
/// # Panics
/// If one is broken.
pub async fn assert_sound(store: &Durable) {
    assert_eq!(violations(store).await, []);
}
