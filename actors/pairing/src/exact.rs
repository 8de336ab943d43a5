//! The exact matcher that pairing is measured against: maximum cardinality in a general graph.
//!
//! Edmonds' blossom algorithm ("Paths, trees, and flowers", 1965) in its simplest form, O(n^3): search an augmenting path
//! from each unmatched vertex by breadth, contracting odd cycles on the way by their base.

use std::collections::VecDeque;

/// No vertex.
const NONE: usize = usize::MAX;

/// Returns for each vertex its partner in a matching with as many pairs as possible; `edges[v]` lists the neighbours of v.
#[must_use]
pub fn maximum_matching(edges: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut search = Search::new(edges);
    search.match_greedily();
    for root in 0..edges.len() {
        if search.mate[root] == NONE {
            search.augment_from(root);
        }
    }
    search
        .mate
        .iter()
        .map(|mate| (*mate != NONE).then_some(*mate))
        .collect()
}

struct Search<'a> {
    edges: &'a [Vec<usize>],
    mate: Vec<usize>,
    parent: Vec<usize>,
    base: Vec<usize>,
    /// Reached at even distance from the root.
    even: Vec<bool>,
    queue: VecDeque<usize>,
}

impl<'a> Search<'a> {
    fn new(edges: &'a [Vec<usize>]) -> Self {
        let n = edges.len();
        Self {
            edges,
            mate: vec![NONE; n],
            parent: vec![NONE; n],
            base: (0..n).collect(),
            even: vec![false; n],
            queue: VecDeque::new(),
        }
    }

    fn match_greedily(&mut self) {
        for v in 0..self.edges.len() {
            let free = self.edges[v].iter().copied().find(|w| self.mate[*w] == NONE);
            if let Some(w) = free.filter(|_| self.mate[v] == NONE) {
                (self.mate[v], self.mate[w]) = (w, v);
            }
        }
    }

    fn augment_from(&mut self, root: usize) {
        let mut end = self.search(root);
        while end != NONE {
            let before = self.parent[end];
            let next = self.mate[before];
            (self.mate[end], self.mate[before]) = (before, end);
            end = next;
        }
    }

    /// Returns the end of an augmenting path from the root, or nothing.
    fn search(&mut self, root: usize) -> usize {
        self.parent.fill(NONE);
        self.even.fill(false);
        self.base.iter_mut().enumerate().for_each(|(v, base)| *base = v);
        self.queue.clear();
        self.queue.push_back(root);
        self.even[root] = true;
        while let Some(v) = self.queue.pop_front() {
            for at in 0..self.edges[v].len() {
                let w = self.edges[v][at];
                if self.base[v] == self.base[w] || self.mate[v] == w {
                    continue;
                }
                if w == root || (self.mate[w] != NONE && self.parent[self.mate[w]] != NONE) {
                    self.contract(root, v, w);
                } else if self.parent[w] == NONE {
                    self.parent[w] = v;
                    if self.mate[w] == NONE {
                        return w;
                    }
                    self.even[self.mate[w]] = true;
                    self.queue.push_back(self.mate[w]);
                }
            }
        }
        NONE
    }

    fn contract(&mut self, root: usize, v: usize, w: usize) {
        let base = self.common_base(root, v, w);
        let mut in_blossom = vec![false; self.edges.len()];
        self.mark_path(v, base, w, &mut in_blossom);
        self.mark_path(w, base, v, &mut in_blossom);
        for u in 0..self.edges.len() {
            if in_blossom[self.base[u]] {
                self.base[u] = base;
                if !self.even[u] {
                    self.even[u] = true;
                    self.queue.push_back(u);
                }
            }
        }
    }

    fn common_base(&self, root: usize, mut v: usize, mut w: usize) -> usize {
        let mut seen = vec![false; self.edges.len()];
        loop {
            v = self.base[v];
            seen[v] = true;
            if v == root || self.mate[v] == NONE {
                break;
            }
            v = self.parent[self.mate[v]];
        }
        loop {
            w = self.base[w];
            if seen[w] {
                return w;
            }
            w = self.parent[self.mate[w]];
        }
    }

    fn mark_path(&mut self, mut v: usize, base: usize, mut child: usize, in_blossom: &mut [bool]) {
        while self.base[v] != base {
            in_blossom[self.base[v]] = true;
            in_blossom[self.base[self.mate[v]]] = true;
            self.parent[v] = child;
            child = self.mate[v];
            v = self.parent[self.mate[v]];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exhaustive(edges: &[Vec<usize>], used: u32) -> usize {
        let Some(v) = (0..edges.len()).find(|v| used & (1 << v) == 0) else {
            return 0;
        };
        let without = exhaustive(edges, used | (1 << v));
        let with = edges[v].iter().filter(|w| used & (1 << **w) == 0);
        with.map(|w| 1 + exhaustive(edges, used | (1 << v) | (1 << w)))
            .max()
            .unwrap_or(0)
            .max(without)
    }

    #[test]
    fn an_odd_cycle_with_a_tail_is_matched_whole() {
        let edges = [vec![1, 2], vec![0, 2], vec![0, 1, 3], vec![2]];
        let mates = maximum_matching(&edges);
        assert_eq!(mates, [Some(1), Some(0), Some(3), Some(2)]);
    }

    proptest! {
        #[test]
        fn as_many_pairs_as_exhaustive_search_finds(n in 1_usize..11, pairs in proptest::collection::vec((0_usize..11, 0_usize..11), 0..30)) {
            let mut edges = vec![Vec::new(); n];
            for (a, b) in pairs {
                if a < n && b < n && a != b && !edges[a].contains(&b) {
                    edges[a].push(b);
                    edges[b].push(a);
                }
            }
            let mates = maximum_matching(&edges);
            let mut matched = 0;
            for (v, mate) in mates.iter().enumerate() {
                if let Some(w) = mate {
                    prop_assert!(edges[v].contains(w) && mates[*w] == Some(v));
                    matched += 1;
                }
            }
            prop_assert_eq!(matched / 2, exhaustive(&edges, 0));
        }
    }
}
