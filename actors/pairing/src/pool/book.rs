//! What the pool knows of its tickets and players: dense tables by number, without an order.

use super::{Entry, Head, Links, Reason, Traits, age_class, filter_bit, key, widening};

/// End of a list of tickets.
pub(super) const NONE: u32 = u32::MAX;

/// States of all tickets are looked at one after the other if at least this share of them changes: each is a byte.
const ALL_SHARE: usize = 64;

/// Where a ticket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Nowhere: its number is unused.
    #[default]
    Free,
    /// Among the arrivals.
    Arrived,
    /// In the order.
    Ordered,
    /// Behind another ticket of its player.
    Benched,
    /// Paired, and not yet removed nor released; or in the line of the round under way.
    Aside,
}

/// A ticket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) enqueued_ms: u64,
    pub(super) player: u32,
    /// The player's next ticket, or the next unused number.
    pub(super) next: u32,
    /// Spread in points at the start, at present, and at most.
    pub(super) start: u16,
    pub(super) spread: u16,
    pub(super) limit: u16,
}

/// A player.
#[derive(Clone, Copy, Debug)]
pub(super) struct Player {
    pub(super) rating: i32,
    pub(super) family: u32,
    first: u32,
    excluded: Head,
    filter: u16,
    tickets: u16,
}

/// Tables of tickets and players.
#[derive(Debug)]
pub(super) struct Book {
    slots: Vec<Slot>,
    states: Vec<State>,
    players: Vec<Player>,
    links: Links,
    unused: u32,
    len: usize,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            states: Vec::new(),
            players: Vec::new(),
            links: Links::default(),
            unused: NONE,
            len: 0,
        }
    }
}

impl Book {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
            + self.states.capacity() * size_of::<State>()
            + self.players.capacity() * size_of::<Player>()
            + self.links.bytes()
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.states.clear();
        self.players.clear();
        self.links.clear();
        (self.unused, self.len) = (NONE, 0);
    }

    pub(super) fn player_or_new(&mut self, player: u32) -> &mut Player {
        let unknown = |family| Player {
            rating: 0,
            family,
            first: NONE,
            excluded: Head::default(),
            filter: 0,
            tickets: 0,
        };
        let known = u32::try_from(self.players.len()).unwrap_or(u32::MAX);
        self.players.extend((known..=player).map(unknown));
        &mut self.players[player as usize]
    }

    pub(super) fn state(&self, slot: u32) -> State {
        self.states.get(slot as usize).copied().unwrap_or_default()
    }

    pub(super) fn set_state(&mut self, slot: u32, state: State) {
        self.states[slot as usize] = state;
    }

    /// Sets aside all tickets that have arrived; these are their entries.
    pub(super) fn set_arrived_aside(&mut self, arrived: &[Entry]) {
        if arrived.len() * ALL_SHARE < self.states.len() {
            for entry in arrived {
                self.set_state(entry.slot, State::Aside);
            }
            return;
        }
        for state in &mut self.states {
            if *state == State::Arrived {
                *state = State::Aside;
            }
        }
    }

    pub(super) fn slot(&self, slot: u32) -> Slot {
        self.slots[slot as usize]
    }

    pub(super) fn slot_mut(&mut self, slot: u32) -> &mut Slot {
        &mut self.slots[slot as usize]
    }

    pub(super) fn player(&self, player: u32) -> Player {
        self.players[player as usize]
    }

    /// Adds a ticket to its player's and returns its number.
    pub(super) fn add(&mut self, slot: Slot) -> u32 {
        let number = self.unused;
        let player = &mut self.players[slot.player as usize];
        let slot = Slot {
            next: player.first,
            ..slot
        };
        player.tickets += 1;
        self.len += 1;
        let number = if number == NONE {
            self.slots.push(slot);
            self.states.push(State::Benched);
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
        } else {
            self.unused = self.slots[number as usize].next;
            self.slots[number as usize] = slot;
            self.states[number as usize] = State::Benched;
            number
        };
        player.first = number;
        number
    }

    /// Takes a ticket from its player and frees its number.
    pub(super) fn free(&mut self, slot: u32) {
        let Slot { player, next, .. } = self.slot(slot);
        let owner = &mut self.players[player as usize];
        owner.tickets -= 1;
        if owner.first == slot {
            owner.first = next;
        } else {
            let mut at = owner.first;
            while self.slots[at as usize].next != slot {
                at = self.slots[at as usize].next;
            }
            self.slots[at as usize].next = next;
        }
        self.slots[slot as usize].next = self.unused;
        self.states[slot as usize] = State::Free;
        self.unused = slot;
        self.len -= 1;
    }

    pub(super) fn key_of(&self, slot: u32) -> u64 {
        key(self.player(self.slot(slot).player).rating, slot)
    }

    pub(super) fn has_siblings(&self, player: u32) -> bool {
        self.player(player).tickets > 1
    }

    /// A player's tickets, in no order that matters.
    pub(super) fn tickets(&self, player: u32) -> impl Iterator<Item = u32> {
        let mut at = self.players.get(player as usize).map_or(NONE, |player| player.first);
        std::iter::from_fn(move || {
            let slot = self.slots.get(at as usize)?;
            Some(std::mem::replace(&mut at, slot.next))
        })
    }

    /// All tickets that wait, by number.
    pub(super) fn waiting(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(&self.states)
            .filter(|(_, state)| !matches!(state, State::Free | State::Aside))
            .map(|(slot, _)| slot)
    }

    /// The ticket that stands for its player.
    pub(super) fn head(&self, player: u32) -> Option<u32> {
        self.tickets(player)
            .find(|slot| matches!(self.state(*slot), State::Arrived | State::Ordered))
    }

    /// The ticket that should stand for its player: the widest, then the oldest.
    pub(super) fn best(&self, player: u32) -> Option<u32> {
        self.tickets(player)
            .filter(|slot| !matches!(self.state(*slot), State::Aside | State::Free))
            .max_by_key(|slot| {
                let known = self.slot(*slot);
                (known.spread, std::cmp::Reverse((known.enqueued_ms, *slot)))
            })
    }

    /// When a waiting ticket's spread widens next.
    pub(super) fn widens_at(&self, slot: u32) -> Option<u64> {
        if matches!(self.state(slot), State::Free | State::Aside) {
            return None;
        }
        let known = self.slot(slot);
        let (_, waited_ms) = widening::next_step(known.start, known.spread, known.limit)?;
        Some(known.enqueued_ms + waited_ms)
    }

    /// What pairing looks at.
    pub(super) fn entry(&self, slot: u32, now_ms: u64, age_bonus: bool) -> Entry {
        let known = self.slot(slot);
        let player = self.player(known.player);
        let traits = Traits {
            spread: known.spread,
            age_class: self.age_class(slot, now_ms, age_bonus),
            siblings: player.tickets > 1,
            filter: player.filter,
        };
        Entry::new(player.rating, player.family, slot, traits)
    }

    pub(super) fn age_class(&self, slot: u32, now_ms: u64, age_bonus: bool) -> u32 {
        if age_bonus {
            age_class(now_ms.saturating_sub(self.slot(slot).enqueued_ms))
        } else {
            0
        }
    }

    pub(super) fn filter(&self, player: u32) -> u16 {
        self.player(player).filter
    }

    /// Says whether the players of two tickets may not meet.
    pub(super) fn excluded(&self, a: u32, b: u32) -> bool {
        self.reason(self.slot(a).player, self.slot(b).player).is_some()
    }

    pub(super) fn reason(&self, a: u32, b: u32) -> Option<Reason> {
        self.links.reason(self.players.get(a as usize)?.excluded, b)
    }

    pub(super) fn first_exclusion(&self, player: u32) -> Option<(u32, Reason)> {
        self.links.first(self.players.get(player as usize)?.excluded)
    }

    /// Adds an exclusion to both players; says whether it is new.
    pub(super) fn exclude(&mut self, a: u32, b: u32, reason: Reason) -> bool {
        self.player_or_new(a.max(b));
        let mut added = false;
        for (one, other) in [(a, b), (b, a)] {
            let player = &mut self.players[one as usize];
            added |= self.links.add(&mut player.excluded, other, reason);
        }
        self.recompute_filter(a);
        self.recompute_filter(b);
        added
    }

    /// Takes an exclusion from both players; says whether it stood.
    pub(super) fn allow(&mut self, a: u32, b: u32, reason: Reason) -> bool {
        let mut removed = false;
        for (one, other) in [(a, b), (b, a)] {
            if let Some(player) = self.players.get_mut(one as usize) {
                removed |= self.links.remove(&mut player.excluded, other, reason);
            }
        }
        if removed {
            self.recompute_filter(a);
            self.recompute_filter(b);
        }
        removed
    }

    fn recompute_filter(&mut self, player: u32) {
        let excluded = self.links.iter(self.players[player as usize].excluded);
        let filter = excluded.fold(0, |filter, (other, _)| {
            filter | filter_bit(self.players[other as usize].family)
        });
        self.players[player as usize].filter = filter;
    }
}
