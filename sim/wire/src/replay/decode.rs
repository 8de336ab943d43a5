//! Replay in: verified columns to typed segments. Everything that access relies on is checked here, once.

mod event;
mod keyframe;

use tiltyard_protocol::generated::common;
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::limits::KEY_BYTES_MAX;
use tiltyard_sim::{Side, TICKS_MAX};

use self::event::{EventColumns, Phrases};
use self::keyframe::KeyframeColumns;
use super::column::Laced;
use super::{KeyframeUnit, Replay, ReplaySegment, ReplayUnit, SEGMENTS_MAX, SHAPE, Waypoint};
use crate::error::{Meaning, WireError};
use crate::result::decode_ending;
use crate::versions;

/// Stands for "nobody" in slot columns.
const NOBODY: u8 = u8::MAX;

/// Reads an uncompressed replay.
pub(super) fn replay(bytes: &[u8]) -> Result<Replay, WireError> {
    let root = SHAPE.root::<fb::Replay<'_>>(bytes)?;
    SHAPE.check_format(root.format())?;
    let ending = decode_ending(root.outcome())?;
    let classes = keys(root.classes(), "classes")?;
    let abilities = keys(root.abilities(), "abilities")?;
    let seats: Vec<_> = root.seats().iter().collect();
    if seats.len() > usize::from(NOBODY) {
        return Err(Meaning::new("seats", "more than there are slots").into());
    }
    let units = seats
        .into_iter()
        .map(|seat| unit(seat, &classes))
        .collect::<Result<Vec<_>, _>>()?;
    let bounds = Bounds {
        slots: units.len(),
        abilities: abilities.len(),
        classes: classes.len(),
    };
    let reader = Reader {
        ticks: ending.ticks,
        root,
        bounds,
        phrases: Phrases::read(root, bounds)?,
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

fn keys(text: &str, place: &str) -> Result<Vec<String>, Meaning> {
    let keys = text.split(' ').filter(|_| !text.is_empty());
    keys.map(|key| {
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(Meaning::new(place, "empty, or longer than any key"));
        }
        Ok(key.to_owned())
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

/// What reading the segments needs of the head.
struct Reader<'a> {
    ticks: u32,
    root: fb::Replay<'a>,
    bounds: Bounds,
    phrases: Phrases,
}

impl Reader<'_> {
    fn segments(&self) -> Result<Vec<ReplaySegment>, Meaning> {
        let (ticks, full) = (self.ticks, u32::from(self.root.segment_ticks()));
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
        let mut columns = Columns {
            keyframes: KeyframeColumns::new(self.root, self.bounds),
            waypoints: self.root.waypoints().bytes(),
            events: EventColumns::new(self.root, &self.phrases, self.bounds),
        };
        let starts = (0..).step_by(usize::from(self.root.segment_ticks()));
        let segments = starts.zip(segments.iter()).map(|(start_tick, segment)| {
            self.segment(start_tick, full.min(ticks - start_tick), segment, &mut columns)
                .map_err(|meaning| meaning.within(&format!("segments[tick {start_tick}]")))
        });
        let segments = segments.collect::<Result<_, _>>()?;
        if !columns.keyframes.is_empty() || !columns.waypoints.is_empty() || !columns.events.is_empty() {
            return Err(Meaning::new("segments", "columns go on after the last one"));
        }
        Ok(segments)
    }

    fn segment(
        &self,
        start_tick: u32,
        ticks: u32,
        segment: &fb::Segment,
        columns: &mut Columns<'_>,
    ) -> Result<ReplaySegment, Meaning> {
        let end_tick = start_tick + ticks;
        let within = |place: &'static str| move |meaning: Meaning| meaning.within(place);
        let keyframe = columns
            .keyframes
            .units(segment.statuses())
            .map_err(within("keyframes"))?;
        let waypoints = take(&mut columns.waypoints, segment.waypoints());
        let waypoints = waypoints.ok_or_else(|| Meaning::new("waypoints", "fewer than the segment has"))?;
        Ok(ReplaySegment {
            start_tick,
            ticks,
            state_hash: segment.state_hash(),
            paths: self
                .paths([start_tick, end_tick], &keyframe, Laced(waypoints))
                .map_err(within("waypoints"))?,
            events: columns.events.segment([start_tick, end_tick], segment)?,
            zones: columns.keyframes.zones(segment.zones()).map_err(within("zones"))?,
            flights: columns
                .keyframes
                .flights(segment.flights())
                .map_err(within("flights"))?,
            keyframe,
        })
    }

    fn paths(
        &self,
        [start_tick, end_tick]: [u32; 2],
        keyframe: &[KeyframeUnit],
        mut column: Laced<'_>,
    ) -> Result<Vec<Vec<Waypoint>>, Meaning> {
        let step = i32::from(self.root.step_cm());
        let paths = keyframe.iter().map(|unit| {
            let start = Waypoint {
                tick: start_tick,
                x: unit.position.x,
                y: unit.position.y,
            };
            path(start, &mut column, step, end_tick)
        });
        let paths = paths.collect::<Result<_, _>>()?;
        if !column.0.is_empty() {
            return Err(Meaning::new("", "more than the units have"));
        }
        Ok(paths)
    }
}

/// What segments have not taken yet.
struct Columns<'a> {
    keyframes: KeyframeColumns<'a>,
    waypoints: &'a [u8],
    events: EventColumns<'a>,
}

/// Takes the first elements of a column; `None` when there are fewer.
fn take<'a>(column: &mut &'a [u8], elements: u32) -> Option<&'a [u8]> {
    let (taken, rest) = column.split_at_checked(usize::try_from(elements).ok()?)?;
    *column = rest;
    Some(taken)
}

/// Sums one unit's distances to waypoints.
fn path(start: Waypoint, column: &mut Laced<'_>, step: i32, end_tick: u32) -> Result<Vec<Waypoint>, Meaning> {
    let short = || Meaning::new("", "ends too early");
    let mut path = vec![start];
    let mut here = start;
    for _ in 0..column.next().ok_or_else(short)? {
        let (wait, ticks) = column.next().zip(column.next()).ok_or_else(short)?;
        let (dx, dy) = column.next_signed().zip(column.next_signed()).ok_or_else(short)?;
        let left = end_tick - here.tick;
        if ticks == 0 || wait > left || ticks > left - wait {
            return Err(Meaning::new("", "one without ticks, or after the segment"));
        }
        here.tick += wait;
        if wait > 0 {
            path.push(here);
        }
        here.tick += ticks;
        here.x = here.x.saturating_add(step.saturating_mul(dx));
        here.y = here.y.saturating_add(step.saturating_mul(dy));
        path.push(here);
    }
    Ok(path)
}
