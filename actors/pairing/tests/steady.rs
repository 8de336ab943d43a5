//! A steady tick allocates nothing: counted by an allocator of this test's own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unsafe_code,
    reason = "a test ends with a panic; counting allocations takes a global allocator, which is unsafe to implement"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use tiltyard_pairing::points::milli;
use tiltyard_pairing::random::Random;
use tiltyard_pairing::{FamilyNo, NewTicket, PlayerNo, Pool};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PLAYERS: u32 = 5_000;
const ARRIVALS: u32 = 200;

/// One second of life: arrivals, a tick, matches that are made.
fn second(pool: &mut Pool, random: &mut Random, held: &mut Vec<tiltyard_pairing::TicketNo>, now_ms: u64) {
    for _ in 0..ARRIVALS {
        let player = random.below(PLAYERS);
        pool.set_player(PlayerNo(player), FamilyNo(player), milli(random.normal(1_500.0, 300.0)));
        let spread = [1, 2, 5, 10, 50][random.below(5) as usize];
        let widen_to = (random.below(4) == 0).then_some(spread * 4);
        let ticket = NewTicket {
            player: PlayerNo(player),
            spread,
            widen_to,
            enqueued_ms: now_ms,
        };
        pool.insert(ticket, now_ms);
    }
    held.clear();
    held.extend(pool.tick(now_ms + 500).iter().flatten());
    for ticket in held.iter() {
        pool.remove(*ticket);
    }
}

#[test]
fn a_steady_tick_allocates_nothing() {
    let (mut pool, mut random, mut held) = (Pool::default(), Random::new(3), Vec::with_capacity(100_000));
    for now in 0..300 {
        second(&mut pool, &mut random, &mut held, now * 1_000);
    }
    let mut quiet = 0;
    for now in 300..400 {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        second(&mut pool, &mut random, &mut held, now * 1_000);
        quiet += usize::from(ALLOCATIONS.load(Ordering::Relaxed) == before);
    }
    // A buffer that doubles once in a while, as the pool reaches a new size, is not a steady tick's.
    assert!(
        quiet >= 95,
        "{quiet} of 100 seconds without an allocation, {} tickets wait",
        pool.len()
    );
}
