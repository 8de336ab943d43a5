//! Exclusions between players: blocked, met lately, met in this tick. Symmetric, counted by reason, short lists in one arena.

use serde::Serialize;

/// Why two players may not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// One of them blocks the other.
    Blocked,
    /// They met a short time ago.
    Recent,
    /// Their ratings fit by thousandths, but not by the database's last bit.
    Edge,
    /// They meet in this tick with other tickets.
    Met,
}

/// End of a list.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link {
    other: u32,
    next: u32,
    reason: Reason,
}

/// Lists of exclusions; a list is named by its head, which its player keeps.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: Vec<Link>,
    unused: Vec<u32>,
}

/// A player's list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head(u32);

impl Default for Head {
    fn default() -> Self {
        Self(NONE)
    }
}

impl Links {
    /// Adds an exclusion unless it stands; says whether it was added.
    pub(crate) fn add(&mut self, head: &mut Head, other: u32, reason: Reason) -> bool {
        if self.iter(*head).any(|link| link == (other, reason)) {
            return false;
        }
        let link = Link {
            other,
            next: head.0,
            reason,
        };
        head.0 = match self.unused.pop() {
            Some(at) => {
                self.links[at as usize] = link;
                at
            }
            None => {
                self.links.push(link);
                u32::try_from(self.links.len() - 1).unwrap_or(NONE)
            }
        };
        true
    }

    /// Takes an exclusion back; says whether it stood.
    pub(crate) fn remove(&mut self, head: &mut Head, other: u32, reason: Reason) -> bool {
        let mut before = NONE;
        let mut at = head.0;
        while at != NONE {
            let link = self.links[at as usize];
            if (link.other, link.reason) == (other, reason) {
                if before == NONE {
                    head.0 = link.next;
                } else {
                    self.links[before as usize].next = link.next;
                }
                self.unused.push(at);
                return true;
            }
            (before, at) = (at, link.next);
        }
        false
    }

    /// The first exclusion of a list: whom, and why.
    pub(crate) fn first(&self, head: Head) -> Option<(u32, Reason)> {
        self.iter(head).next()
    }

    /// All exclusions of a list.
    pub(crate) fn iter(&self, head: Head) -> impl Iterator<Item = (u32, Reason)> {
        let mut at = head.0;
        std::iter::from_fn(move || {
            let link = self.links.get(at as usize)?;
            at = link.next;
            Some((link.other, link.reason))
        })
    }

    /// The gravest reason why a list excludes a player.
    pub(crate) fn reason(&self, head: Head, other: u32) -> Option<Reason> {
        self.iter(head)
            .filter(|(excluded, _)| *excluded == other)
            .map(|(_, reason)| reason)
            .min()
    }

    pub(crate) fn clear(&mut self) {
        self.links.clear();
        self.unused.clear();
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.links.capacity() * size_of::<Link>() + self.unused.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_shrink_and_use_their_places_again() {
        let mut links = Links::default();
        let mut head = Head::default();
        assert!(links.add(&mut head, 1, Reason::Recent));
        assert!(links.add(&mut head, 2, Reason::Recent));
        assert!(links.add(&mut head, 2, Reason::Blocked));
        assert!(!links.add(&mut head, 2, Reason::Blocked));
        assert_eq!(links.reason(head, 2), Some(Reason::Blocked));
        assert!(links.remove(&mut head, 2, Reason::Blocked));
        assert!(!links.remove(&mut head, 2, Reason::Blocked));
        assert_eq!(links.reason(head, 2), Some(Reason::Recent));
        assert!(links.add(&mut head, 3, Reason::Met));
        assert_eq!(links.links.len(), 3, "the freed place is used");
        assert!(links.remove(&mut head, 1, Reason::Recent));
        assert_eq!(
            links.iter(head).collect::<Vec<_>>(),
            [(3, Reason::Met), (2, Reason::Recent)]
        );
    }
}
