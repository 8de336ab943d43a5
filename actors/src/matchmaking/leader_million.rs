//! A large queue is loaded page by page and compared as a whole: nothing is lost or doubled. Release builds take a million, and
//! print what each step costs: `cargo test --release -p tiltyard-actors --lib million -- --nocapture`.

use std::collections::HashSet;

use tiltyard_protocol::{BuildHash, PlayerId, TicketId};
use tokio::time::Instant;

use super::tests::leadership;
use super::*;

const TICKETS: u64 = if cfg!(debug_assertions) { 25_000 } else { 1_000_000 };
const NOW: u64 = 10_000_000;

/// A ticket whose ids are spread as hashes are, too narrow to meet anybody.
fn ticket(n: u64) -> QueuedTicket {
    let id = |salt: u64| {
        let half = (n ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bytes = (u128::from(half) << 64) | u128::from(half.rotate_left(29) ^ n);
        bytes.to_be_bytes()
    };
    QueuedTicket {
        player: PlayerId::from_bytes(id(1)),
        id: TicketId::from_bytes(id(2)),
        build: BuildHash::of(b"x"),
        spread: 1,
        widen_to: None,
        rating: f64::from(u32::try_from(n).unwrap()) * 2.0,
        enqueued_at: Timestamp::from_micros(1),
    }
}

fn told<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    println!("{TICKETS} tickets, {what}: {:?}", began.elapsed());
    done
}

#[test]
fn a_million_tickets_are_loaded_and_compared() {
    let all: Vec<_> = (0..TICKETS).map(ticket).collect();
    let keys: HashSet<_> = all.iter().map(key).collect();
    assert_eq!(keys.len(), all.len());
    let mut leader = Leader::default();
    leader.on(NOW, Event::Elected);
    leader.on(NOW, Event::Minted(Some(leadership())));
    let mut pages: Vec<_> = all.chunks(PAGE).map(<[_]>::to_vec).collect();
    if pages.last().is_some_and(|page| page.len() == PAGE) {
        pages.push(Vec::new());
    }
    told("loaded", || {
        for page in pages {
            leader.on(NOW, Event::Loaded(Some(page)));
        }
    });
    assert!(leader.is_leading());
    assert_eq!(leader.len(), all.len());
    told("first tick", || leader.on(NOW, Event::Tick { open: true }));
    let began = Timestamp::from_micros(i64::try_from(NOW * 1_000).unwrap());
    let recent = all[..PAGE].to_vec();
    told("10,000 of the recent past", || {
        leader.on(NOW, Event::Recent(recent, began))
    });
    let without_last = all[..all.len() - 1].to_vec();
    told("compared", || leader.on(NOW, Event::Compared(without_last, began)));
    assert_eq!(leader.len(), all.len() - 1);
    told("second tick", || leader.on(NOW + 1, Event::Tick { open: true }));
}
