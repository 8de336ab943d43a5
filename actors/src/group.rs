//! Group commit as a pure structure: while one group is being committed, the next one gathers.
//!
//! No timer holds a lone item back, and under load a group grows to what arrived during the commit before it; where groups are
//! paced, to what arrived until some time after it began, since a commit costs its database more than the items in it.

use std::collections::VecDeque;

/// Items that wait for their commit.
#[derive(Debug)]
pub(crate) struct Group<T> {
    waiting: VecDeque<T>,
    committing: bool,
    /// Whether a group is followed by a rest, and whether it is time for it.
    paced: bool,
    resting: bool,
    items_max: usize,
}

impl<T> Group<T> {
    pub(crate) const fn new(items_max: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            committing: false,
            paced: false,
            resting: false,
            items_max,
        }
    }

    /// As [`Group::new`], of groups that each begin a rest, in which no other begins; [`Group::rested`] ends it. A group that leaves
    /// items behind begins none: what it would gather is there.
    pub(crate) const fn paced(items_max: usize) -> Self {
        let mut group = Self::new(items_max);
        group.paced = true;
        group
    }

    pub(crate) fn push(&mut self, item: T) {
        self.waiting.push_back(item);
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes the next group, unless one is being committed, the last one's rest goes on or nothing waits; [`Group::committed`] must
    /// follow.
    pub(crate) fn begin(&mut self) -> Option<Vec<T>> {
        self.begin_with(|_| true)
    }

    /// Takes the next group of the items that `fits` lets in; the others keep their places.
    pub(crate) fn begin_with(&mut self, mut fits: impl FnMut(&T) -> bool) -> Option<Vec<T>> {
        if self.committing || self.resting || self.waiting.is_empty() {
            return None;
        }
        let mut taken = Vec::new();
        let mut kept = VecDeque::new();
        while taken.len() < self.items_max {
            let Some(item) = self.waiting.pop_front() else { break };
            if fits(&item) {
                taken.push(item)
            } else {
                kept.push_back(item)
            }
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
        self.committing = !taken.is_empty();
        self.resting = self.paced && self.committing && self.waiting.is_empty();
        self.committing.then_some(taken)
    }

    /// Lets go of the items that nobody waits for any more.
    pub(crate) fn retain(&mut self, wanted: impl FnMut(&T) -> bool) {
        self.waiting.retain(wanted);
    }

    /// Says that the group taken last has its outcome.
    pub(crate) const fn committed(&mut self) {
        self.committing = false;
    }

    /// Says that the rest is over.
    pub(crate) const fn rested(&mut self) {
        self.resting = false;
    }

    /// Ends the rest, and all to come.
    pub(crate) const fn hurry(&mut self) {
        self.paced = false;
        self.resting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_item_goes_at_once_and_the_rest_together() {
        let mut group = Group::new(3);
        group.push(1);
        assert_eq!(group.begin(), Some(vec![1]));
        for item in 2..=6 {
            group.push(item);
        }
        assert_eq!(group.begin(), None, "one commit at a time");
        group.committed();
        assert_eq!(group.begin(), Some(vec![2, 3, 4]));
        group.committed();
        assert_eq!(group.begin(), Some(vec![5, 6]));
        group.committed();
        assert_eq!(group.begin(), None);
    }

    #[test]
    fn a_paced_group_waits_for_its_commit_and_its_rest() {
        let mut group = Group::paced(3);
        group.push(1);
        assert_eq!(group.begin(), Some(vec![1]), "a lone item goes at once");
        group.push(2);
        group.committed();
        assert_eq!(group.begin(), None, "the rest goes on");
        group.push(3);
        group.rested();
        assert_eq!(group.begin(), Some(vec![2, 3]));
        group.push(4);
        group.rested();
        assert_eq!(group.begin(), None, "the commit goes on");
        group.committed();
        assert_eq!(group.begin(), Some(vec![4]));
        group.committed();
        group.rested();
        (5..=8).for_each(|item| group.push(item));
        assert_eq!(group.begin(), Some(vec![5, 6, 7]));
        group.committed();
        assert_eq!(group.begin(), Some(vec![8]), "what was left behind does not wait");
        group.committed();
        group.push(9);
        group.hurry();
        assert_eq!(group.begin(), Some(vec![9]), "whoever drains does not rest");
    }

    #[test]
    fn what_does_not_fit_keeps_its_place() {
        let mut group = Group::new(9);
        [1, 2, 3, 4].into_iter().for_each(|item| group.push(item));
        assert_eq!(group.begin_with(|item| item % 2 == 0), Some(vec![2, 4]));
        group.committed();
        assert_eq!(group.begin(), Some(vec![1, 3]));
    }
}
