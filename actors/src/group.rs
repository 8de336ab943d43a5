//! Group commit as a pure structure: while one group is being committed, the next one gathers.
//!
//! No timer holds a lone item back, and under load a group grows to what arrived during the commit before it.

use std::collections::VecDeque;

/// Items that wait for their commit.
#[derive(Debug)]
pub(crate) struct Group<T> {
    waiting: VecDeque<T>,
    committing: bool,
    items_max: usize,
}

impl<T> Group<T> {
    pub(crate) const fn new(items_max: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            committing: false,
            items_max,
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        self.waiting.push_back(item);
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes the next group, unless one is being committed or nothing waits; [`Group::committed`] must follow.
    pub(crate) fn begin(&mut self) -> Option<Vec<T>> {
        self.begin_with(|_| true)
    }

    /// Takes the next group of the items that `fits` lets in; the others keep their places.
    pub(crate) fn begin_with(&mut self, mut fits: impl FnMut(&T) -> bool) -> Option<Vec<T>> {
        if self.committing || self.waiting.is_empty() {
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
    fn what_does_not_fit_keeps_its_place() {
        let mut group = Group::new(9);
        [1, 2, 3, 4].into_iter().for_each(|item| group.push(item));
        assert_eq!(group.begin_with(|item| item % 2 == 0), Some(vec![2, 4]));
        group.committed();
        assert_eq!(group.begin(), Some(vec![1, 3]));
    }
}
