//! Events in: phrases, and the columns that say when they happen and to whom.

use std::collections::BTreeMap;

use tiltyard_protocol::generated::replay::{Aim, EventKind as WireKind, Replay, Segment};
use tiltyard_sim::EventKind;

use super::{Bounds, slot, take};
use crate::error::Meaning;
use crate::replay::column::Laced;
use crate::replay::{EVENTS_MAX, ReplayEvent};

/// An event of a phrase.
#[derive(Clone, Copy, Debug)]
struct Verb {
    kind: EventKind,
    aim: Aim,
    amount: Option<i32>,
}

/// What a source does with an ability.
#[derive(Clone, Copy, Debug)]
struct Deed {
    source: Option<u8>,
    ability: Option<u16>,
}

/// The end of a phrase's verbs, which begin where those of the phrase before it end.
#[derive(Clone, Copy, Debug)]
struct Phrase {
    deed: usize,
    end: usize,
}

/// The phrases of a replay, checked against the lists they refer to.
pub(super) struct Phrases {
    deeds: Vec<Deed>,
    phrases: Vec<Phrase>,
    /// All phrases' verbs.
    verbs: Vec<Verb>,
}

impl Phrases {
    /// Reads the columns of verbs, deeds and phrases.
    pub(super) fn read(root: Replay<'_>, bounds: Bounds) -> Result<Self, Meaning> {
        let listed = verbs(root)?;
        let deeds = deeds(root, bounds)?;
        let mut counts = Laced(root.deed_phrases().bytes());
        let mut column = Laced(root.phrase_verbs().bytes());
        let (mut phrases, mut verbs) = (Vec::new(), Vec::new());
        for deed in 0..deeds.len() {
            let count = counts.next().ok_or_else(|| Meaning::new("deed_phrases", "too few"))?;
            for _ in 0..count {
                phrase(&mut column, &listed, &mut verbs).map_err(|meaning| meaning.within("phrase_verbs"))?;
                phrases.push(Phrase { deed, end: verbs.len() });
            }
        }
        if !counts.0.is_empty() || !column.0.is_empty() {
            return Err(Meaning::new("phrase_verbs", "more than there are deeds and phrases"));
        }
        Ok(Self { deeds, phrases, verbs })
    }

    /// Returns a phrase's deed and verbs.
    fn get(&self, number: usize) -> Option<(usize, &[Verb])> {
        let phrase = self.phrases.get(number)?;
        let before = number.checked_sub(1).and_then(|before| self.phrases.get(before));
        let start = before.map_or(0, |before| before.end);
        Some((phrase.deed, self.verbs.get(start..phrase.end)?))
    }
}

fn verbs(root: Replay<'_>) -> Result<Vec<Verb>, Meaning> {
    let (kinds, aims) = (root.verb_kinds(), root.verb_aims());
    let mut amounts = Laced(root.verb_amounts().bytes());
    let verb = |(kind, aim): (WireKind, Aim)| {
        let amount = amounts.next().ok_or_else(|| Meaning::new("verb_amounts", "too few"))?;
        if aim.variant_name().is_none() {
            return Err(Meaning::new("verb_aims", "unknown aim"));
        }
        Ok(Verb {
            kind: *EventKind::ALL
                .get(usize::from(kind.0))
                .ok_or_else(|| Meaning::new("verb_kinds", "unknown kind"))?,
            aim,
            amount: own_amount(amount)?,
        })
    };
    let verbs = kinds.iter().zip(aims.iter()).map(verb).collect::<Result<_, _>>()?;
    if kinds.len() != aims.len() || !amounts.0.is_empty() {
        return Err(Meaning::new("verb_kinds", "columns of different length"));
    }
    Ok(verbs)
}

/// Returns a verb's amount; none for one whose amounts are listed.
fn own_amount(number: u32) -> Result<Option<i32>, Meaning> {
    let amount = number.checked_sub(1).map(i32::try_from).transpose();
    amount.map_err(|_too_large| Meaning::new("verb_amounts", "above any amount"))
}

fn deeds(root: Replay<'_>, bounds: Bounds) -> Result<Vec<Deed>, Meaning> {
    let mut abilities = Laced(root.deed_abilities().bytes());
    let deed = |&source: &u8| {
        let ability = abilities
            .next()
            .ok_or_else(|| Meaning::new("deed_abilities", "too few"))?;
        let index = ability.checked_sub(1).map(usize::try_from);
        let ability = match index {
            None => None,
            Some(Ok(index)) if index < bounds.abilities => u16::try_from(index).ok(),
            Some(_) => return Err(Meaning::new("deed_abilities", "an ability that is not listed")),
        };
        let source = slot(source, bounds.slots).map_err(|meaning| meaning.within("deed_sources"))?;
        Ok(Deed { source, ability })
    };
    let deeds = root.deed_sources().bytes().iter().map(deed).collect::<Result<_, _>>()?;
    if !abilities.0.is_empty() {
        return Err(Meaning::new("deed_abilities", "more than there are deeds"));
    }
    Ok(deeds)
}

/// Appends the verbs of the next phrase.
fn phrase(column: &mut Laced<'_>, listed: &[Verb], verbs: &mut Vec<Verb>) -> Result<(), Meaning> {
    let start = verbs.len();
    loop {
        let number = column.next().ok_or_else(|| Meaning::new("", "ends too early"))?;
        let Some(index) = number.checked_sub(1) else { break };
        let verb = usize::try_from(index).ok().and_then(|index| listed.get(index));
        verbs.push(*verb.ok_or_else(|| Meaning::new("", "a verb that is not listed"))?);
    }
    match verbs.get(start) {
        None => Err(Meaning::new("", "a phrase without verbs")),
        Some(first) if first.aim == Aim::Before => Err(Meaning::new("", "a first verb that follows another")),
        Some(_) => Ok(()),
    }
}

/// What deeds did last in a segment. Maps, so that deeds that a hostile replay lists and never does cost nothing.
#[derive(Default)]
struct Last {
    targets: BTreeMap<usize, u8>,
    /// By deed and kind.
    amounts: BTreeMap<(usize, u8), i32>,
}

/// What segments have not taken yet of the event columns.
pub(super) struct EventColumns<'a> {
    phrases: &'a Phrases,
    bounds: Bounds,
    count: usize,
    ticks: &'a [u8],
    numbers: &'a [u8],
    targets: &'a [u8],
    amounts: &'a [u8],
    last: Last,
}

/// A segment's part of the columns.
struct Part<'a> {
    ticks: Laced<'a>,
    numbers: Laced<'a>,
    targets: Laced<'a>,
    amounts: Laced<'a>,
}

impl<'a> EventColumns<'a> {
    /// Takes all columns.
    pub(super) fn new(root: Replay<'a>, phrases: &'a Phrases, bounds: Bounds) -> Self {
        Self {
            phrases,
            bounds,
            count: 0,
            ticks: root.event_ticks().bytes(),
            numbers: root.event_phrases().bytes(),
            targets: root.event_targets().bytes(),
            amounts: root.event_amounts().bytes(),
            last: Last::default(),
        }
    }

    /// Says whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        [self.ticks, self.numbers, self.targets, self.amounts]
            .iter()
            .all(|column| column.is_empty())
    }

    /// Reads the events of the next segment, which covers the ticks after the first up to the second.
    pub(super) fn segment(
        &mut self,
        [start_tick, end_tick]: [u32; 2],
        segment: &Segment,
    ) -> Result<Vec<ReplayEvent>, Meaning> {
        let few = |place: &'static str| move || Meaning::new(place, "fewer than the segment has");
        let mut part = Part {
            ticks: Laced(take(&mut self.ticks, segment.event_ticks()).ok_or_else(few("event_ticks"))?),
            numbers: Laced(take(&mut self.numbers, segment.event_phrases()).ok_or_else(few("event_phrases"))?),
            targets: Laced(take(&mut self.targets, segment.event_targets()).ok_or_else(few("event_targets"))?),
            amounts: Laced(take(&mut self.amounts, segment.event_amounts()).ok_or_else(few("event_amounts"))?),
        };
        self.last = Last::default();
        let mut tick = start_tick;
        let mut events = Vec::new();
        while !part.ticks.0.is_empty() {
            let later = part.ticks.next().filter(|&later| later <= end_tick - tick);
            tick += later.ok_or_else(|| Meaning::new("event_ticks", "after the segment, or cut short"))?;
            self.phrase(tick, &mut part, &mut events)?;
        }
        let Part {
            ticks: _,
            numbers,
            targets,
            amounts,
        } = part;
        if !numbers.0.is_empty() || !targets.0.is_empty() || !amounts.0.is_empty() {
            return Err(Meaning::new("event_phrases", "more values than events"));
        }
        Ok(events)
    }

    /// Reads what a phrase says at a tick.
    fn phrase(&mut self, tick: u32, part: &mut Part<'_>, events: &mut Vec<ReplayEvent>) -> Result<(), Meaning> {
        let number = part.numbers.next().and_then(|number| usize::try_from(number).ok());
        let (deed, verbs) = number
            .and_then(|number| self.phrases.get(number))
            .ok_or_else(|| Meaning::new("event_phrases", "a phrase that is not listed"))?;
        self.count += verbs.len();
        if self.count > EVENTS_MAX {
            return Err(Meaning::new("event_phrases", "more events than a replay may have"));
        }
        let Deed { source, ability } = *self
            .phrases
            .deeds
            .get(deed)
            .ok_or_else(|| Meaning::new("event_phrases", "a deed that is not listed"))?;
        let mut before = None;
        for verb in verbs {
            let target = match verb.aim {
                Aim::Source => source,
                Aim::Before => before,
                Aim::Listed => {
                    let last = self.last.targets.get(&deed).copied();
                    let target = listed_target(part.targets.next(), last, self.bounds)?;
                    self.last.targets.insert(deed, target);
                    Some(target)
                }
                _ => None,
            };
            before = target;
            let amount = match verb.amount {
                Some(own) => own,
                None => {
                    let last = self.last.amounts.entry((deed, verb.kind as u8)).or_default();
                    *last = listed_amount(part.amounts.next_signed(), *last)?;
                    *last
                }
            };
            if matches!(verb.kind, EventKind::Summon | EventKind::Transform)
                && !usize::try_from(amount).is_ok_and(|class| class < self.bounds.classes)
            {
                return Err(Meaning::new("event_amounts", "a class that is not listed"));
            }
            events.push(ReplayEvent {
                tick,
                kind: verb.kind,
                ability,
                source,
                target,
                amount,
            });
        }
        Ok(())
    }
}

fn listed_target(number: Option<u32>, last: Option<u8>, bounds: Bounds) -> Result<u8, Meaning> {
    let target = match number.map(|number| number.checked_sub(1)) {
        None => None,
        Some(None) => last,
        Some(Some(slot)) => u8::try_from(slot).ok().filter(|&slot| usize::from(slot) < bounds.slots),
    };
    target.ok_or_else(|| Meaning::new("event_targets", "too few, or a slot that nobody has"))
}

fn listed_amount(change: Option<i32>, last: i32) -> Result<i32, Meaning> {
    let sum = change.and_then(|change| last.checked_add(change));
    sum.ok_or_else(|| Meaning::new("event_amounts", "too few, or above any amount"))
}
