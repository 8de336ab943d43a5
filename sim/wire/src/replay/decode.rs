//! Replay in: verified columns to typed segments. Everything that access relies on is checked here, once.

mod keyframe;

use tiltyard_protocol::generated::common;
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::limits::KEY_BYTES_MAX;
use tiltyard_sim::{EventKind, Side, TICKS_MAX};

use super::column::unlace;
use super::{KeyframeUnit, Replay, ReplayEvent, ReplaySegment, ReplayUnit, SEGMENTS_MAX, SHAPE, Waypoint};
use crate::error::{Meaning, WireError};
use crate::result::{Ending, decode_ending};
use crate::versions;

/// Stands for "nobody" in slot columns.
const NOBODY: u8 = u8::MAX;
/// Stands in the amount column for the next wide amount.
const WIDE: i16 = i16::MIN;

/// Reads an uncompressed replay.
pub(super) fn replay(bytes: &[u8]) -> Result<Replay, WireError> {
    let root = SHAPE.root::<fb::Replay<'_>>(bytes)?;
    SHAPE.check_format(root.format())?;
    let ending = decode_ending(root.outcome())?;
    let classes = keys(root.classes().iter(), "classes")?;
    let abilities = keys(root.abilities().iter(), "abilities")?;
    let seats: Vec<_> = root.seats().iter().collect();
    if seats.len() > usize::from(NOBODY) {
        return Err(Meaning::new("seats", "more than there are slots").into());
    }
    let units = seats
        .into_iter()
        .map(|seat| unit(seat, &classes))
        .collect::<Result<Vec<_>, _>>()?;
    let verbs = root
        .verbs()
        .iter()
        .map(|each| verb(each, units.len(), abilities.len()))
        .collect::<Result<Vec<_>, _>>()?;
    let reader = Reader {
        ending,
        root,
        verbs,
        bounds: Bounds {
            slots: units.len(),
            abilities: abilities.len(),
            classes: classes.len(),
        },
    };
    Ok(Replay {
        versions: versions::decode(root.versions())?,
        ending,
        segment_ticks: u32::from(root.segment_ticks()),
        segments: reader.segments()?,
        classes,
        abilities,
        units,
    })
}

fn keys<'a>(texts: impl Iterator<Item = &'a str>, place: &str) -> Result<Vec<String>, Meaning> {
    texts
        .map(|text| {
            if text.len() > KEY_BYTES_MAX {
                return Err(Meaning::new(place, "longer than any key"));
            }
            Ok(text.to_owned())
        })
        .collect()
}

fn unit(seat: &fb::Seat, classes: &[String]) -> Result<ReplayUnit, Meaning> {
    let side = match seat.side() {
        common::Side::Left => Side::Left,
        common::Side::Right => Side::Right,
        _ => return Err(Meaning::new("seats", "unknown side")),
    };
    let class = among(seat.class(), classes.len()).map_err(|meaning| meaning.within("seats"))?;
    Ok(ReplayUnit {
        side,
        class: class.and_then(|class| classes.get(usize::from(class)).cloned()),
        health_max: seat.health_max(),
        energy_max: seat.energy_max(),
    })
}

/// Checks an index into the list of classes; 255 is none.
fn among(class: u8, classes: usize) -> Result<Option<u8>, Meaning> {
    match class {
        NOBODY => Ok(None),
        _ if usize::from(class) < classes => Ok(Some(class)),
        _ => Err(Meaning::new("", "a class that is not listed")),
    }
}

/// A verb that was checked against the lists it refers to.
struct Verb {
    kind: EventKind,
    source: Option<u8>,
    ability: Option<u16>,
}

fn verb(verb: &fb::Verb, slots: usize, abilities: usize) -> Result<Verb, Meaning> {
    let kind = EventKind::ALL.get(usize::from(verb.kind().0)).copied();
    let ability = keyframe::ability(verb.ability(), abilities).map_err(|meaning| meaning.within("verbs"))?;
    Ok(Verb {
        kind: kind.ok_or_else(|| Meaning::new("verbs", "unknown kind"))?,
        source: slot(verb.source(), slots).map_err(|meaning| meaning.within("verbs"))?,
        ability,
    })
}

fn slot(slot: u8, slots: usize) -> Result<Option<u8>, Meaning> {
    match slot {
        NOBODY => Ok(None),
        _ if usize::from(slot) < slots => Ok(Some(slot)),
        _ => Err(Meaning::new("", "a slot that nobody has")),
    }
}

/// What numbers may refer to.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    slots: usize,
    abilities: usize,
    classes: usize,
}

/// What reading a segment needs of the head.
struct Reader<'a> {
    ending: Ending,
    root: fb::Replay<'a>,
    verbs: Vec<Verb>,
    bounds: Bounds,
}

impl Reader<'_> {
    fn segments(&self) -> Result<Vec<ReplaySegment>, Meaning> {
        let (ticks, full) = (self.ending.ticks, u32::from(self.root.segment_ticks()));
        if ticks > TICKS_MAX {
            return Err(Meaning::new("outcome.ticks", "longer than any fight"));
        }
        if full == 0 || !(1..=100).contains(&self.root.step_cm()) {
            return Err(Meaning::new("", "a segment without ticks, or steps without a length"));
        }
        let segments = self.root.segments();
        let expected = ticks.div_ceil(full);
        if segments.len() > SEGMENTS_MAX || u32::try_from(segments.len()) != Ok(expected) {
            return Err(Meaning::new("segments", "not as many as the fight is long"));
        }
        (0..)
            .step_by(usize::from(self.root.segment_ticks()))
            .zip(segments.iter())
            .map(|(start_tick, segment)| {
                self.segment(start_tick, full.min(ticks - start_tick), segment)
                    .map_err(|meaning| meaning.within(&format!("segments[tick {start_tick}]")))
            })
            .collect()
    }

    fn segment(&self, start_tick: u32, ticks: u32, segment: fb::Segment<'_>) -> Result<ReplaySegment, Meaning> {
        if u32::from(segment.ticks()) != ticks {
            return Err(Meaning::new("ticks", "not the rest of the fight"));
        }
        if segment.keyframe().len() != self.bounds.slots || segment.waypoint_rows().len() != self.bounds.slots {
            return Err(Meaning::new("keyframe", "not a row for each unit"));
        }
        let within = |place: &'static str| move |meaning: Meaning| meaning.within(place);
        let keyframe = keyframe::units(segment, self.bounds).map_err(within("keyframe"))?;
        Ok(ReplaySegment {
            start_tick,
            ticks,
            state_hash: segment.state_hash(),
            paths: self.paths(start_tick, &keyframe, segment)?,
            events: self.events(start_tick, segment)?,
            zones: keyframe::zones(segment, self.bounds).map_err(within("zones"))?,
            flights: keyframe::flights(segment, self.bounds).map_err(within("flights"))?,
            keyframe,
        })
    }

    fn paths(
        &self,
        start_tick: u32,
        keyframe: &[KeyframeUnit],
        segment: fb::Segment<'_>,
    ) -> Result<Vec<Vec<Waypoint>>, Meaning> {
        let rows: usize = segment.waypoint_rows().iter().map(usize::from).sum();
        let (ticks, dx, dy) = (segment.waypoint_ticks(), segment.waypoint_dx(), segment.waypoint_dy());
        if ticks.len() != rows || dx.len() != rows || dy.len() != rows {
            return Err(Meaning::new("waypoint_rows", "columns of another length"));
        }
        let mut rows = ticks.iter().zip(dx.iter().zip(dy.iter()));
        let end_tick = start_tick + u32::from(segment.ticks());
        let step = i32::from(self.root.step_cm());
        keyframe
            .iter()
            .zip(segment.waypoint_rows().iter())
            .map(|(unit, count)| {
                let start = Waypoint {
                    tick: start_tick,
                    x: unit.position.x,
                    y: unit.position.y,
                };
                path(start, rows.by_ref().take(usize::from(count)), step, end_tick)
            })
            .collect()
    }

    fn events(&self, start_tick: u32, segment: fb::Segment<'_>) -> Result<Vec<ReplayEvent>, Meaning> {
        let (targets, amounts) = (segment.event_targets(), segment.event_amounts());
        if targets.len() != amounts.len() {
            return Err(Meaning::new("event_targets", "columns of different length"));
        }
        let mut ticks = segment.event_ticks().iter();
        let mut verbs = segment.event_verbs().iter();
        let mut wide = segment.event_wide_amounts().iter();
        let end_tick = start_tick + u32::from(segment.ticks());
        let mut tick = start_tick;
        let mut events = Vec::new();
        for (target, amount) in targets.iter().zip(amounts.iter()) {
            let row = unlace(&mut ticks).zip(unlace(&mut verbs));
            let (later, verb) = row.ok_or_else(|| Meaning::new("event_ticks", "ends too early"))?;
            tick = tick.saturating_add(later);
            if tick > end_tick {
                return Err(Meaning::new("event_ticks", "after the segment"));
            }
            let verb = usize::try_from(verb).ok().and_then(|verb| self.verbs.get(verb));
            let verb = verb.ok_or_else(|| Meaning::new("event_verbs", "a verb not listed"))?;
            let amount = if amount == WIDE {
                wide.next()
            } else {
                Some(i32::from(amount))
            };
            let amount = amount.ok_or_else(|| Meaning::new("event_wide_amounts", "too few"))?;
            if matches!(verb.kind, EventKind::Summon | EventKind::Transform) {
                let is_listed = usize::try_from(amount).is_ok_and(|class| class < self.bounds.classes);
                if !is_listed {
                    return Err(Meaning::new("event_amounts", "a class that is not listed"));
                }
            }
            events.push(ReplayEvent {
                tick,
                kind: verb.kind,
                ability: verb.ability,
                source: verb.source,
                target: slot(target, self.bounds.slots).map_err(|error| error.within("event_targets"))?,
                amount,
            });
        }
        if ticks.next().is_some() || verbs.next().is_some() || wide.next().is_some() {
            return Err(Meaning::new("event_ticks", "more values than events"));
        }
        Ok(events)
    }
}

/// Sums one unit's rows to waypoints; a row of 0 ticks belongs to the row after it.
fn path(
    start: Waypoint,
    rows: impl Iterator<Item = (u8, (i8, i8))>,
    step: i32,
    end_tick: u32,
) -> Result<Vec<Waypoint>, Meaning> {
    let mut path = vec![start];
    let mut here = start;
    let mut open = false;
    for (ticks, (dx, dy)) in rows {
        here.tick += u32::from(ticks);
        here.x = here.x.saturating_add(step * i32::from(dx));
        here.y = here.y.saturating_add(step * i32::from(dy));
        open = ticks == 0;
        if here.tick > end_tick {
            return Err(Meaning::new("waypoint_ticks", "after the segment"));
        }
        if !open {
            path.push(here);
        }
    }
    if open {
        return Err(Meaning::new("waypoint_ticks", "ends within a leap"));
    }
    Ok(path)
}
