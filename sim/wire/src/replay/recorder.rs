//! The recorder: listens to a fight and appends what it hears to the replay's columns.

use tiltyard_protocol::generated::common;
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::{ClassId, Content, Event, EventKind, Frame, Outcome, Recorder, RosterUnit, Segment, Side};

use super::column::Names;
use super::encode::write_replay;
use super::keyframe::Keyframes;
use super::phrase::{Events, Lengths};
use super::track::Tracks;
use crate::error::WireError;
use crate::versions::Versions;

/// Records one fight.
#[derive(Debug, Default)]
pub struct ReplayRecorder {
    pub(super) names: Names,
    pub(super) seats: Vec<fb::Seat>,
    pub(super) segments: Vec<SegmentEnd>,
    pub(super) keyframes: Keyframes,
    pub(super) waypoints: Vec<u8>,
    pub(super) events: Events,
    tracks: Tracks,
}

/// How long the columns are when a segment is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct SegmentEnd {
    pub(super) state_hash: u64,
    pub(super) statuses: usize,
    pub(super) zones: usize,
    pub(super) flights: usize,
    pub(super) waypoints: usize,
    pub(super) events: Lengths,
}

impl ReplayRecorder {
    /// Starts with nothing recorded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the recording of a fight that was simulated from these versions with this content, and returns the
    /// compressed replay. Equal fights give equal bytes on one target; between targets, compare state hashes.
    ///
    /// # Errors
    /// When an event names an ability that the content does not have, there are more events than a replay may have, or
    /// compression fails.
    pub fn finish(self, versions: &Versions, outcome: &Outcome, content: &Content) -> Result<Vec<u8>, WireError> {
        write_replay(self, versions, outcome, content)
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
            self.keyframes.line_up(unit, class);
            self.tracks.add(unit.position);
        }
    }

    fn event(&mut self, event: &Event) {
        match event.kind {
            EventKind::Summon | EventKind::Transform => {
                let number = u8::try_from(event.amount).ok();
                let amount = i32::from(self.names.class(number.map(ClassId)));
                self.events.push(&Event { amount, ..*event });
            }
            _ => self.events.push(event),
        }
    }

    fn tick(&mut self, frame: &Frame<'_>) {
        self.tracks.push(frame.tick, frame.positions, frame.moved);
    }

    fn segment(&mut self, segment: &Segment<'_>) {
        let frame = &segment.frame;
        self.tracks.finish(frame.tick, frame.positions, &mut self.waypoints);
        self.segments.push(SegmentEnd {
            state_hash: segment.state_hash,
            statuses: self.keyframes.statuses.len(),
            zones: self.keyframes.zones.len(),
            flights: self.keyframes.flights.len(),
            waypoints: self.waypoints.len(),
            events: self.events.end_segment(frame.tick),
        });
        self.keyframes.show(segment, &mut self.names);
    }
}
