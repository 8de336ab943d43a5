//! Replays as JSON, for people and for tools without a `FlatBuffers` reader: names where events have numbers, lists for keyframes.

use serde::{Serialize, Serializer};
use tiltyard_sim::EventKind;

use super::{
    Ending, KeyframeFlight, KeyframeUnit, KeyframeZone, Replay, ReplayEvent, ReplaySegment, ReplayUnit, Waypoint,
};
use crate::message::FORMAT;
use crate::result::hex;
use crate::versions::Versions;

#[derive(Serialize)]
struct ReplayView<'a> {
    format: u16,
    versions: &'a Versions,
    outcome: &'a Ending,
    classes: &'a [String],
    abilities: &'a [String],
    units: &'a [ReplayUnit],
    segments: Vec<SegmentView<'a>>,
}

#[derive(Serialize)]
struct SegmentView<'a> {
    start_tick: u32,
    ticks: u32,
    #[serde(serialize_with = "hex")]
    state_hash: u64,
    keyframe: &'a [KeyframeUnit],
    zones: &'a [KeyframeZone],
    flights: &'a [KeyframeFlight],
    paths: &'a [Vec<Waypoint>],
    events: Vec<EventView<'a>>,
}

#[derive(Serialize)]
struct EventView<'a> {
    tick: u32,
    kind: EventKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    ability: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<u8>,
    amount: i32,
}

impl Serialize for Replay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            versions,
            ending,
            segment_ticks: _,
            classes,
            abilities,
            units,
            segments,
        } = self;
        let segments = segments.iter().map(|segment| segment_view(self, segment)).collect();
        ReplayView {
            format: FORMAT,
            versions,
            outcome: ending,
            classes,
            abilities,
            units,
            segments,
        }
        .serialize(serializer)
    }
}

fn segment_view<'a>(replay: &'a Replay, segment: &'a ReplaySegment) -> SegmentView<'a> {
    let ReplaySegment {
        start_tick,
        ticks,
        state_hash,
        keyframe,
        zones,
        flights,
        paths,
        events,
    } = segment;
    SegmentView {
        start_tick: *start_tick,
        ticks: *ticks,
        state_hash: *state_hash,
        keyframe,
        zones,
        flights,
        paths,
        events: events.iter().map(|event| event_view(replay, event)).collect(),
    }
}

fn event_view<'a>(replay: &'a Replay, event: &ReplayEvent) -> EventView<'a> {
    let ReplayEvent {
        tick,
        kind,
        ability: _,
        source,
        target,
        amount,
    } = *event;
    EventView {
        tick,
        kind,
        ability: replay.ability_key(event),
        source,
        target,
        amount,
    }
}
