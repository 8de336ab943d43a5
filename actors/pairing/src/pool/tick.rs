//! One tick: arrivals and their neighbourhoods make a line, the windowed programme pairs it, and who is left looks once more.

use std::ops::ControlFlow;

use super::book::State;
use super::{Entry, PlayerNo, Pool, Reason, Reverse, TicketNo};
use crate::entry::may_meet;
use crate::sort::Unsorted;
use crate::{pace, widening, window};

/// Passes of the windowed programme over what the pass before left.
const PASSES_MAX: usize = 3;
/// The whole order joins the line if the arrivals are at least this share of it: merging is cheaper then than looking around.
const WHOLE_SHARE: usize = 8;
/// Up to this many arrivals each brings as many neighbours on either side as the window is wide; with more, two.
const GENEROUS_MAX: usize = 2_048;

/// Buffers that are used again, so that a steady tick allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    line: Vec<Entry>,
    other: Vec<Entry>,
    candidates: Vec<Entry>,
    /// Candidates as they are found.
    near: Unsorted,
    choices: Vec<u32>,
    /// Who stayed alone in a pass, from the end of the line to its start.
    alone: Vec<Entry>,
    /// Pairs of players who met in this tick and have further tickets.
    met: Vec<[u32; 2]>,
}

impl Scratch {
    pub(super) const fn bytes(&self) -> usize {
        (self.line.capacity() + self.other.capacity() + self.candidates.capacity() + self.alone.capacity())
            * size_of::<Entry>()
            + self.near.bytes()
            + self.choices.capacity() * size_of::<u32>()
            + self.met.capacity() * size_of::<[u32; 2]>()
    }
}

impl Pool {
    /// Pairs what can be paired and sets it aside; each pair is then removed, or released if its match was not made.
    pub fn tick(&mut self, now_ms: u64) -> &[[TicketNo; 2]] {
        self.now_ms = now_ms;
        self.pairs.clear();
        self.widen();
        while !self.arrivals.is_empty() {
            self.round();
        }
        while let Some([a, b]) = self.scratch.met.pop() {
            self.allow(PlayerNo(a), PlayerNo(b), Reason::Met);
        }
        &self.pairs
    }

    /// Widens the spreads whose time has come.
    fn widen(&mut self) {
        while let Some(Reverse((at_ms, slot))) = self.due.peek().copied() {
            if at_ms > self.now_ms {
                return;
            }
            self.due.pop();
            if self.book.widens_at(slot) != Some(at_ms) {
                continue;
            }
            let known = self.book.slot(slot);
            if self.book.head(known.player) == Some(slot) {
                self.take_head_out(known.player);
            }
            let waited_ms = self.now_ms.saturating_sub(known.enqueued_ms);
            self.book.slot_mut(slot).spread = widening::widened(known.start, known.limit, waited_ms);
            self.schedule(slot);
            self.elect(known.player, self.now_ms);
        }
    }

    /// Pairs the arrivals among each other and with those who stand; who was behind a paired ticket arrives for the next round.
    fn round(&mut self) {
        self.line_up_arrivals();
        let whole = self.scratch.line.len() * WHOLE_SHARE >= self.order.len();
        if whole {
            self.scratch.candidates.clear();
            self.order.drain_into(&mut self.scratch.candidates);
        } else {
            self.look_around();
        }
        for entry in &mut self.scratch.candidates {
            let age_class = self.book.age_class(entry.slot, self.now_ms, self.rules.age_bonus);
            *entry = entry.with_age_class(age_class);
        }
        self.merge_candidates();
        self.pair_line();
        self.let_stand(whole);
        self.look_once_more();
    }

    /// Makes the sorted line of the arrivals that still wait. All are set aside at once: most will be paired, and to look each
    /// of them up again would cost more than all else of a pair.
    #[inline(never)]
    fn line_up_arrivals(&mut self) {
        let (book, scratch) = (&mut self.book, &mut self.scratch);
        if std::mem::take(&mut self.outdated) {
            scratch.other.clear();
            scratch.other.extend(self.arrivals.iter());
            self.arrivals.clear();
            for Entry { slot, .. } in &scratch.other {
                if book.state(*slot) == State::Arrived {
                    book.set_state(*slot, State::Aside);
                    self.arrivals.push(book.entry(*slot, self.now_ms, self.rules.age_bonus));
                }
            }
            self.arrivals.sort_into(&mut scratch.line);
        } else {
            self.arrivals.sort_into(&mut scratch.line);
            book.set_arrived_aside(&scratch.line);
        }
    }

    /// Gathers the nearest who fit each arrival, on either side.
    #[inline(never)]
    fn look_around(&mut self) {
        let line = &self.scratch.line;
        let wanted = if line.len() <= GENEROUS_MAX { window::K_MAX } else { 2 };
        let near = &mut self.scratch.near;
        let book = &self.book;
        for entry in line {
            for up in [false, true] {
                let mut found = 0;
                let visit = |other: &Entry| {
                    if may_meet(entry, other, |a, b| book.excluded(a, b)) {
                        near.push(*other);
                        found += 1;
                    }
                    if found < wanted {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                };
                if up {
                    self.order.above(entry, visit);
                } else {
                    self.order.below(entry, visit);
                }
            }
        }
        let candidates = &mut self.scratch.candidates;
        near.sort_into(candidates);
        candidates.dedup_by_key(|entry| entry.slot);
    }

    /// Merges the candidates into the line.
    fn merge_candidates(&mut self) {
        let Self { scratch, .. } = self;
        if scratch.candidates.is_empty() {
            return;
        }
        scratch.other.clear();
        let mut standing = scratch.candidates.iter().peekable();
        for arrival in &scratch.line {
            while let Some(entry) = standing.next_if(|entry| entry.key() < arrival.key()) {
                scratch.other.push(*entry);
            }
            scratch.other.push(*arrival);
        }
        scratch.other.extend(standing);
        std::mem::swap(&mut scratch.line, &mut scratch.other);
    }

    /// Pairs the line pass by pass; what is paired leaves it.
    #[inline(never)]
    fn pair_line(&mut self) {
        let mut line = std::mem::take(&mut self.scratch.line);
        let mut alone = std::mem::take(&mut self.scratch.alone);
        let mut choices = std::mem::take(&mut self.scratch.choices);
        let all_arrived = self.scratch.candidates.is_empty();
        for _ in 0..PASSES_MAX {
            let k = self.rules.window.unwrap_or_else(|| pace::window_for(line.len()));
            let book = &self.book;
            let plan = window::choose(k, &line, |a, b| book.excluded(a, b), &mut choices);
            let paired_before = self.pairs.len();
            alone.clear();
            plan.tell(&choices, |low, high| {
                let high = line[high as usize];
                let Some(low) = low else {
                    alone.push(high);
                    return;
                };
                let low = line[low as usize];
                if !all_arrived {
                    self.take_from_order(&low);
                    self.take_from_order(&high);
                }
                self.settle(low, high);
            });
            line.clear();
            line.extend(alone.iter().rev());
            if self.pairs.len() == paired_before {
                break;
            }
        }
        (self.scratch.line, self.scratch.alone, self.scratch.choices) = (line, alone, choices);
    }

    /// Sets aside whoever stands.
    fn take_from_order(&mut self, entry: &Entry) {
        if self.book.state(entry.slot) == State::Ordered {
            self.order.remove(entry.key());
            self.book.set_state(entry.slot, State::Aside);
        }
    }

    /// Makes a pair of two who are aside; who was behind one of them arrives.
    fn settle(&mut self, low: Entry, high: Entry) {
        self.pairs.push([TicketNo(low.slot), TicketNo(high.slot)]);
        if low.has_siblings() || high.has_siblings() {
            let players = [low, high].map(|entry| self.book.slot(entry.slot).player);
            if low.has_siblings() && high.has_siblings() && self.book.exclude(players[0], players[1], Reason::Met) {
                self.scratch.met.push(players);
            }
            for player in players {
                self.elect(player, self.now_ms);
            }
        }
    }

    /// Lets those of the line stand who were not paired, and keeps the arrivals among them as candidates.
    #[inline(never)]
    fn let_stand(&mut self, whole: bool) {
        if whole {
            self.order.load(self.scratch.line.iter());
        }
        self.scratch.candidates.clear();
        for entry in &self.scratch.line {
            if self.book.state(entry.slot) == State::Ordered {
                continue;
            }
            if !whole {
                self.order.insert(*entry);
            }
            self.book.set_state(entry.slot, State::Ordered);
            self.scratch.candidates.push(*entry);
        }
    }

    /// Lets each arrival that was not paired look for the nearest who fits, however many ranks away.
    #[inline(never)]
    fn look_once_more(&mut self) {
        let arrivals = std::mem::take(&mut self.scratch.candidates);
        for entry in &arrivals {
            if self.book.state(entry.slot) != State::Ordered {
                continue;
            }
            let (below, above) = (self.nearest(entry, false), self.nearest(entry, true));
            let nearest = [below, above]
                .into_iter()
                .flatten()
                .min_by_key(|other| other.rating.abs_diff(entry.rating));
            if let Some(other) = nearest {
                let (low, high) = if other.key() < entry.key() {
                    (other, *entry)
                } else {
                    (*entry, other)
                };
                self.take_from_order(&low);
                self.take_from_order(&high);
                self.settle(low, high);
            }
        }
        self.scratch.candidates = arrivals;
    }

    fn nearest(&self, entry: &Entry, up: bool) -> Option<Entry> {
        let mut nearest = None;
        let visit = |other: &Entry| {
            if may_meet(entry, other, |a, b| self.book.excluded(a, b)) {
                nearest = Some(*other);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        if up {
            self.order.above(entry, visit);
        } else {
            self.order.below(entry, visit);
        }
        nearest
    }
}
