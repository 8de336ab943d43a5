//! The recorder: listens to a fight and writes each segment into the message as soon as it is over.

use std::fmt;

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use tiltyard_protocol::generated::common;
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::{ClassId, Content, Event, EventKind, Frame, Outcome, Recorder, RosterUnit, Segment, Side};

use super::column::{Names, Verbs, lace};
use super::encode::{Recording, write_replay};
use super::keyframe::Keyframes;
use super::track::{Rows, Tracks};
use crate::error::WireError;
use crate::pack::pack;
use crate::versions::Versions;

/// Bytes that most replays fit in before compression, so that the builder seldom grows.
const BYTES_USUAL: usize = 64 * 1024;
/// Stands in the amount column for a value that does not fit it.
const WIDE: i16 = i16::MIN;

/// Records one fight.
pub struct ReplayRecorder {
    builder: FlatBufferBuilder<'static>,
    names: Names,
    seats: Vec<fb::Seat>,
    verbs: Verbs,
    segments: Vec<WIPOffset<fb::Segment<'static>>>,
    /// The tick whose end the keyframe shows.
    start_tick: u32,
    keyframe: Keyframes,
    tracks: Tracks,
    events: EventColumns,
}

/// The event columns of the segment that is being recorded.
#[derive(Debug, Default)]
struct EventColumns {
    last_tick: u32,
    ticks: Vec<u8>,
    verbs: Vec<u8>,
    targets: Vec<u8>,
    amounts: Vec<i16>,
    wide_amounts: Vec<i32>,
}

// By hand, because the builder's allocator has none; its bytes would say nothing to people anyway.
impl fmt::Debug for ReplayRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayRecorder")
            .field("units", &self.seats.len())
            .field("segments", &self.segments.len())
            .field("start_tick", &self.start_tick)
            .finish_non_exhaustive()
    }
}

impl Default for ReplayRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl ReplayRecorder {
    /// Starts with nothing recorded.
    #[must_use]
    pub fn new() -> Self {
        Self {
            builder: FlatBufferBuilder::with_capacity(BYTES_USUAL),
            names: Names::default(),
            seats: Vec::new(),
            verbs: Verbs::default(),
            segments: Vec::new(),
            start_tick: 0,
            keyframe: Keyframes::default(),
            tracks: Tracks::default(),
            events: EventColumns::default(),
        }
    }

    /// Ends the recording of a fight that was simulated from these versions with this content, and returns the
    /// compressed replay. Equal fights give equal bytes on one target; between targets, compare state hashes.
    ///
    /// # Errors
    /// When an event names an ability that the content does not have, or compression fails.
    pub fn finish(self, versions: &Versions, outcome: &Outcome, content: &Content) -> Result<Vec<u8>, WireError> {
        let recording = Recording {
            names: self.names,
            seats: self.seats,
            verbs: self.verbs,
            segments: self.segments,
        };
        pack(&write_replay(self.builder, recording, versions, outcome, content)?)
    }

    fn write_segment(&mut self, segment: &Segment<'_>) -> WIPOffset<fb::Segment<'static>> {
        let rows = self.tracks.finish(segment.frame.tick, segment.frame.positions);
        let counts: Vec<u16> = rows
            .iter()
            .map(|rows| u16::try_from(rows.ticks.len()).unwrap_or(u16::MAX))
            .collect();
        let (ticks, dx, dy) = concatenate(&rows);
        let builder = &mut self.builder;
        let args = fb::SegmentArgs {
            ticks: u16::try_from(segment.frame.tick - self.start_tick).unwrap_or(u16::MAX),
            state_hash: segment.state_hash,
            keyframe: Some(builder.create_vector(&self.keyframe.units)),
            statuses: Some(builder.create_vector(&self.keyframe.statuses)),
            zones: Some(builder.create_vector(&self.keyframe.zones)),
            flights: Some(builder.create_vector(&self.keyframe.flights)),
            waypoint_rows: Some(builder.create_vector(&counts)),
            waypoint_ticks: Some(builder.create_vector(&ticks)),
            waypoint_dx: Some(builder.create_vector(&dx)),
            waypoint_dy: Some(builder.create_vector(&dy)),
            event_ticks: Some(builder.create_vector(&self.events.ticks)),
            event_verbs: Some(builder.create_vector(&self.events.verbs)),
            event_targets: Some(builder.create_vector(&self.events.targets)),
            event_amounts: Some(builder.create_vector(&self.events.amounts)),
            event_wide_amounts: Some(builder.create_vector(&self.events.wide_amounts)),
        };
        fb::Segment::create(builder, &args)
    }
}

impl Recorder for ReplayRecorder {
    fn begin(&mut self, roster: &[RosterUnit]) {
        for unit in roster {
            let side = match unit.side {
                Side::Left => common::Side::Left,
                Side::Right => common::Side::Right,
            };
            let class = self.names.class(unit.class);
            self.seats
                .push(fb::Seat::new(side, class, unit.health_max, unit.energy_max));
            self.keyframe.line_up(unit, class);
            self.tracks.add(unit.position);
        }
    }

    fn event(&mut self, event: &Event) {
        let verb = self.verbs.number(event);
        let amount = match event.kind {
            EventKind::Summon | EventKind::Transform => {
                let number = u8::try_from(event.amount).ok();
                i32::from(self.names.class(number.map(ClassId)))
            }
            _ => event.amount,
        };
        self.events.push(&Event { amount, ..*event }, verb);
    }

    fn tick(&mut self, frame: &Frame<'_>) {
        self.tracks.push(frame.tick, frame.positions);
    }

    fn segment(&mut self, segment: &Segment<'_>) {
        let written = self.write_segment(segment);
        self.segments.push(written);
        let frame = &segment.frame;
        self.start_tick = frame.tick;
        self.keyframe.show(segment, &mut self.names);
        self.events.restart(frame.tick);
    }
}

impl EventColumns {
    fn push(&mut self, event: &Event, verb: u32) {
        lace(&mut self.ticks, event.tick - self.last_tick);
        self.last_tick = event.tick;
        lace(&mut self.verbs, verb);
        self.targets.push(event.target);
        match i16::try_from(event.amount) {
            Ok(amount) if amount != WIDE => self.amounts.push(amount),
            Ok(_) | Err(_) => {
                self.amounts.push(WIDE);
                self.wide_amounts.push(event.amount);
            }
        }
    }

    /// Empties the columns for a segment after this tick; their memory is kept.
    fn restart(&mut self, tick: u32) {
        self.last_tick = tick;
        self.ticks.clear();
        self.verbs.clear();
        self.targets.clear();
        self.amounts.clear();
        self.wide_amounts.clear();
    }
}

fn concatenate(rows: &[Rows]) -> (Vec<u8>, Vec<i8>, Vec<i8>) {
    let ticks = rows.iter().flat_map(|rows| &rows.ticks).copied().collect();
    let dx = rows.iter().flat_map(|rows| &rows.dx).copied().collect();
    let dy = rows.iter().flat_map(|rows| &rows.dy).copied().collect();
    (ticks, dx, dy)
}
