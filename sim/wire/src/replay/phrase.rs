//! Phrases out: the events of one tick that are parts of one deed, written as one number (`replay.fbs` says how they are read).
//!
//! The verbs of each deed's phrases form a tree in which a phrase is the path to a node, so that an event costs one step to a
//! child. Only the end of the fight tells which phrases there are, and that is when they are numbered, deed by deed.

use std::collections::BTreeMap;

use tiltyard_protocol::generated::replay::{Aim, EventKind as WireKind};
use tiltyard_sim::{AbilityId, Event, NO_SLOT, Slot};

use super::column::{Names, lace, lace_signed};
use super::verb::Verb;

/// Stands for "no node", "no cell".
const NONE: u32 = u32::MAX;

/// One verb of a phrase after those on the way to it.
#[derive(Debug)]
struct Node {
    verb: Verb,
    /// The verb's number.
    number: u32,
    deed: u32,
    parent: u32,
    child: u32,
    sibling: u32,
    /// Where the last amount of its deed and kind stands; none for a verb with an amount of its own.
    cell: u32,
    /// Whether a phrase ends here.
    is_phrase: bool,
}

/// What a source does with an ability.
#[derive(Debug)]
struct Deed {
    source: Slot,
    ability: AbilityId,
    /// The first node.
    child: u32,
    /// The last listed target in the segment; [`NO_SLOT`] before it.
    last_target: Slot,
    /// Kinds with listed amounts, and their cells.
    cells: Vec<(WireKind, u32)>,
}

/// The phrase that is being told.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// The tick in the upper half, source and ability in the lower one.
    key: u64,
    deed: u32,
    node: u32,
    target: Slot,
}

/// Elements that the columns have so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    pub(super) ticks: usize,
    pub(super) phrases: usize,
    pub(super) targets: usize,
    pub(super) amounts: usize,
}

/// The events of a fight.
#[derive(Debug, Default)]
pub(super) struct Events {
    deeds: Vec<Deed>,
    /// By source, then by ability (none is the first one), the deed.
    by_source: Vec<Vec<u32>>,
    verbs: Vec<Verb>,
    verb_numbers: BTreeMap<Verb, u32>,
    nodes: Vec<Node>,
    /// Last amounts in the segment.
    cells: Vec<i32>,
    open: Option<Open>,
    last_tick: u32,
    count: usize,
    /// The column of ticks.
    pub(super) ticks: Vec<u8>,
    /// The column of targets.
    pub(super) targets: Vec<u8>,
    /// The column of amounts.
    pub(super) amounts: Vec<u8>,
    /// Phrases that happened, by their last nodes.
    happened: Vec<u32>,
}

/// The dictionary's columns, and the column of phrases.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    pub(super) verb_kinds: Vec<WireKind>,
    pub(super) verb_aims: Vec<Aim>,
    pub(super) verb_amounts: Vec<u8>,
    pub(super) deed_sources: Vec<u8>,
    pub(super) deed_abilities: Vec<u8>,
    pub(super) deed_phrases: Vec<u8>,
    pub(super) phrase_verbs: Vec<u8>,
    pub(super) event_phrases: Vec<u8>,
}

impl Events {
    /// Returns how many events there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Appends an event.
    pub(super) fn push(&mut self, event: &Event) {
        self.count += 1;
        let key = u64::from(event.tick) << 32 | u64::from(event.source) << 16 | u64::from(event.ability.0);
        let (deed, node, target) = match self.open {
            Some(open) if open.key == key => (open.deed, open.node, Some(open.target)),
            _ => {
                self.close();
                (self.deed(event.source, event.ability), NONE, None)
            }
        };
        let verb = Verb::of(event, target);
        let node = self.step(deed, node, verb);
        if verb.aim() == Aim::Listed {
            let last = &mut self.deeds[deed as usize].last_target;
            let is_same = *last == event.target;
            *last = event.target;
            lace(&mut self.targets, if is_same { 0 } else { u32::from(event.target) + 1 });
        }
        if let Some(cell) = self.cells.get_mut(self.nodes[node as usize].cell as usize) {
            let last = std::mem::replace(cell, event.amount);
            lace_signed(&mut self.amounts, event.amount.wrapping_sub(last));
        }
        let target = event.target;
        self.open = Some(Open {
            key,
            deed,
            node,
            target,
        });
    }

    /// Ends a segment with a tick and returns how long the columns are.
    pub(super) fn end_segment(&mut self, tick: u32) -> Lengths {
        self.close();
        self.last_tick = tick;
        self.cells.fill(0);
        self.deeds.iter_mut().for_each(|deed| deed.last_target = NO_SLOT);
        Lengths {
            ticks: self.ticks.len(),
            phrases: self.happened.len(),
            targets: self.targets.len(),
            amounts: self.amounts.len(),
        }
    }

    /// Numbers the phrases and writes them down; `ends` are the segments' ends, whose numbers of phrases become bytes.
    pub(super) fn dictionary(&self, ends: &mut [Lengths], names: &mut Names) -> Dictionary {
        let mut dictionary = Dictionary::default();
        let Dictionary {
            verb_kinds,
            verb_aims,
            verb_amounts,
            ..
        } = &mut dictionary;
        for verb in &self.verbs {
            verb_kinds.push(verb.kind());
            verb_aims.push(verb.aim());
            lace(verb_amounts, verb.amount());
        }
        let numbers = self.number_phrases(&mut dictionary, names);
        let mut from = 0;
        for end in ends {
            let phrases = self.happened.get(from..end.phrases).unwrap_or_default();
            from = end.phrases;
            phrases
                .iter()
                .for_each(|&node| lace(&mut dictionary.event_phrases, numbers[node as usize]));
            end.phrases = dictionary.event_phrases.len();
        }
        dictionary
    }

    /// Writes the deeds and their phrases; returns the phrases' numbers by node.
    fn number_phrases(&self, dictionary: &mut Dictionary, names: &mut Names) -> Vec<u32> {
        let mut phrases: Vec<Vec<u32>> = self.deeds.iter().map(|_| Vec::new()).collect();
        for (node, index) in self.nodes.iter().zip(0..) {
            if node.is_phrase {
                phrases[node.deed as usize].push(index);
            }
        }
        let mut numbers = vec![0; self.nodes.len()];
        let mut number = 0;
        let mut path = Vec::new();
        for (deed, phrases) in self.deeds.iter().zip(phrases) {
            dictionary.deed_sources.push(deed.source);
            let ability = (deed.ability != AbilityId::NONE).then(|| u32::from(names.ability(deed.ability)) + 1);
            lace(&mut dictionary.deed_abilities, ability.unwrap_or(0));
            lace(
                &mut dictionary.deed_phrases,
                u32::try_from(phrases.len()).unwrap_or(u32::MAX),
            );
            for phrase in phrases {
                numbers[phrase as usize] = number;
                number += 1;
                let mut at = phrase;
                while let Some(node) = self.nodes.get(at as usize) {
                    path.push(node.number);
                    at = node.parent;
                }
                path.drain(..)
                    .rev()
                    .for_each(|verb| lace(&mut dictionary.phrase_verbs, verb + 1));
                lace(&mut dictionary.phrase_verbs, 0);
            }
        }
        numbers
    }

    /// Ends the phrase that is being told.
    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.nodes[open.node as usize].is_phrase = true;
            self.happened.push(open.node);
            let tick = (open.key >> 32) as u32;
            lace(&mut self.ticks, tick - self.last_tick);
            self.last_tick = tick;
        }
    }

    fn deed(&mut self, source: Slot, ability: AbilityId) -> u32 {
        let index = usize::from(source);
        if self.by_source.len() <= index {
            self.by_source.resize_with(index + 1, Vec::new);
        }
        let known = &mut self.by_source[index];
        let at = usize::from(ability.0.wrapping_add(1));
        match known.get(at) {
            Some(&deed) if deed != NONE => return deed,
            Some(_) => {}
            None => known.resize(at + 1, NONE),
        }
        let deed = number_of(self.deeds.len());
        known[at] = deed;
        self.deeds.push(Deed {
            source,
            ability,
            child: NONE,
            last_target: NO_SLOT,
            cells: Vec::new(),
        });
        deed
    }

    /// Returns the child of a node, or of a deed, that stands for a verb. It comes first among its siblings, because what
    /// happened last mostly happens next.
    fn step(&mut self, deed: u32, parent: u32, verb: Verb) -> u32 {
        let first = *self.first_child(deed, parent);
        let (mut at, mut last) = (first, NONE);
        while let Some(node) = self.nodes.get(at as usize) {
            let sibling = node.sibling;
            if node.verb == verb {
                if let Some(last) = self.nodes.get_mut(last as usize) {
                    last.sibling = sibling;
                    self.nodes[at as usize].sibling = first;
                    *self.first_child(deed, parent) = at;
                }
                return at;
            }
            (last, at) = (at, sibling);
        }
        let new = number_of(self.nodes.len());
        *self.first_child(deed, parent) = new;
        let cell = if verb.has_amount() {
            NONE
        } else {
            self.cell(deed, verb.kind())
        };
        let number = self.verb(verb);
        self.nodes.push(Node {
            verb,
            number,
            deed,
            parent,
            child: NONE,
            sibling: first,
            cell,
            is_phrase: false,
        });
        new
    }

    fn first_child(&mut self, deed: u32, parent: u32) -> &mut u32 {
        match self.nodes.get_mut(parent as usize) {
            Some(parent) => &mut parent.child,
            None => &mut self.deeds[deed as usize].child,
        }
    }

    fn cell(&mut self, deed: u32, kind: WireKind) -> u32 {
        let cells = &mut self.deeds[deed as usize].cells;
        if let Some((_, cell)) = cells.iter().find(|(each, _)| *each == kind) {
            return *cell;
        }
        let cell = number_of(self.cells.len());
        cells.push((kind, cell));
        self.cells.push(0);
        cell
    }

    fn verb(&mut self, verb: Verb) -> u32 {
        let new = number_of(self.verbs.len());
        let number = *self.verb_numbers.entry(verb).or_insert(new);
        if number == new {
            self.verbs.push(verb);
        }
        number
    }
}

/// Not as many verbs, deeds or nodes as numbers: there are fewer of each than events.
fn number_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}
