//! Who enters a fight in which slot, and in which order slots take their turns.

use super::slots::Slots;
use crate::fight::Fight;
use crate::kinds::{Position, Side};
use crate::limits::SUMMONS_MAX;
use crate::team::{Plan, Team};

/// The units of both teams with their places on the field: left ones, right ones, then room for summons.
pub(crate) struct Lineup<'w> {
    pub(crate) units: Vec<(&'w Plan, Position)>,
    /// The first slot of the right side.
    pub(crate) split: usize,
    /// Slots kept free for each side's summons, after all units: the left side's first.
    reserved: [usize; 2],
}

impl<'w> Lineup<'w> {
    pub(crate) fn new(fight: &Fight<'w>) -> Self {
        let width = fight.content.rules().width;
        let left = fight.left.units.iter().map(|plan| (plan, plan.position));
        let right = fight.right.units.iter().map(|plan| {
            let Position { x, y } = plan.position;
            (plan, Position { x: width - x, y })
        });
        let room = |team: &Team| {
            let summons = team.units.iter().any(|plan| plan.summons);
            if summons { SUMMONS_MAX } else { 0 }
        };
        Self {
            units: left.chain(right).collect(),
            split: fight.left.size(),
            reserved: [room(fight.left), room(fight.right)],
        }
    }

    pub(crate) fn count(&self) -> usize {
        (self.units.len() + self.reserved[0] + self.reserved[1]).min(Slots::BITS)
    }

    pub(super) fn slots(&self, side: Side) -> Slots {
        let (units, split) = (self.units.len(), self.split);
        let middle = units + self.reserved[0];
        match side {
            Side::Left => Slots::of((0..split).chain(units..middle)),
            Side::Right => Slots::of((split..units).chain(middle..self.count())),
        }
    }
}

/// Returns the slots of both sides in turn, beginning with one side.
pub(super) fn interleaved(slots: [Slots; 2], first: Side) -> Vec<usize> {
    let [mut left, mut right] = slots;
    let count = left.len() + right.len();
    let mut order = Vec::with_capacity(count);
    while order.len() < count {
        let (a, b) = match first {
            Side::Left => (left.next(), right.next()),
            Side::Right => (right.next(), left.next()),
        };
        order.extend(a.into_iter().chain(b));
    }
    order
}

/// Returns the turn of each slot in an order.
pub(super) fn turns(order: &[usize]) -> Vec<usize> {
    let mut turns = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &slot)| turns[slot] = at);
    turns
}
