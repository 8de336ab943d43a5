//! Replay out: the columns of a recorder become one message and one zstd frame.

use flatbuffers::{FlatBufferBuilder, Push, Vector, WIPOffset};
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::{AbilityId, ClassId, Content, Outcome, SEGMENT_TICKS};

use super::phrase::Dictionary;
use super::recorder::{ReplayRecorder, SegmentEnd};
use super::{EVENTS_MAX, SHAPE, STEP_CM};
use crate::error::{Meaning, WireError};
use crate::message::FORMAT;
use crate::pack::pack;
use crate::result::{Ending, encode_ending};
use crate::versions::{self, Versions};

const _: () = assert!(SEGMENT_TICKS <= u16::MAX as u32);

/// Bytes that most replays fit in before compression, and bytes of an event with its share of all else in a large one: the
/// builder copies everything when it grows.
const BYTES_USUAL: usize = 32 * 1024;
const EVENT_BYTES_USUAL: usize = 5;

/// A message that is written from its end to its beginning.
struct Writer {
    builder: FlatBufferBuilder<'static>,
    /// Distances from the end at which columns of another nature begin.
    cuts: Vec<usize>,
}

impl Writer {
    fn vector<T: Push + Copy>(&mut self, items: &[T]) -> WIPOffset<Vector<'static, T::Output>> {
        self.builder.create_vector(items)
    }

    fn cut(&mut self) {
        self.cuts.push(self.builder.unfinished_data().len());
    }
}

/// Writes the message and compresses it. What stands side by side in it is alike, and each such part has a block of the
/// frame to itself, whose code suits it.
pub(super) fn write_replay(
    recorder: ReplayRecorder,
    versions: &Versions,
    outcome: &Outcome,
    content: &Content,
) -> Result<Vec<u8>, WireError> {
    if recorder.events.count() > EVENTS_MAX {
        return Err(Meaning::new("events", "more than a replay may have").into());
    }
    let bytes_usual = BYTES_USUAL.max(recorder.events.count() * EVENT_BYTES_USUAL);
    let mut writer = Writer {
        builder: FlatBufferBuilder::with_capacity(bytes_usual),
        cuts: Vec::new(),
    };
    let args = columns(&mut writer, recorder, content)?;
    let builder = &mut writer.builder;
    let args = fb::ReplayArgs {
        format: FORMAT,
        versions: Some(versions::encode(builder, versions)),
        outcome: Some(encode_ending(builder, Ending::from(outcome))),
        segment_ticks: u16::try_from(SEGMENT_TICKS).unwrap_or(u16::MAX),
        step_cm: u16::try_from(STEP_CM).unwrap_or(u16::MAX),
        ..args
    };
    let root = fb::Replay::create(builder, &args);
    builder.finish(root, Some(SHAPE.identifier));
    let bytes = builder.finished_data();
    let mut parts = Vec::with_capacity(writer.cuts.len() + 1);
    let mut rest = bytes;
    for &from_end in writer.cuts.iter().rev() {
        let (part, after) = rest.split_at(rest.len().saturating_sub(from_end));
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    pack(&parts)
}

/// Writes the columns, the last one first.
fn columns(
    writer: &mut Writer,
    mut recorder: ReplayRecorder,
    content: &Content,
) -> Result<fb::ReplayArgs<'static>, WireError> {
    let mut ends: Vec<_> = recorder.segments.iter().map(|end| end.events).collect();
    let dictionary = recorder.events.dictionary(&mut ends, &mut recorder.names);
    for (segment, end) in recorder.segments.iter_mut().zip(ends) {
        segment.events = end;
    }
    let Dictionary {
        verb_kinds,
        verb_aims,
        verb_amounts,
        deed_sources,
        deed_abilities,
        deed_phrases,
        phrase_verbs,
        event_phrases,
    } = dictionary;
    let mut args = fb::ReplayArgs {
        event_amounts: Some(writer.vector(&recorder.events.amounts)),
        ..Default::default()
    };
    writer.cut();
    args.event_targets = Some(writer.vector(&recorder.events.targets));
    args.event_ticks = Some(writer.vector(&recorder.events.ticks));
    writer.cut();
    args.event_phrases = Some(writer.vector(&event_phrases));
    writer.cut();
    args.waypoints = Some(writer.vector(&recorder.waypoints));
    writer.cut();
    args.phrase_verbs = Some(writer.vector(&phrase_verbs));
    args.deed_phrases = Some(writer.vector(&deed_phrases));
    args.deed_abilities = Some(writer.vector(&deed_abilities));
    args.deed_sources = Some(writer.vector(&deed_sources));
    args.verb_amounts = Some(writer.vector(&verb_amounts));
    args.verb_aims = Some(writer.vector(&verb_aims));
    args.verb_kinds = Some(writer.vector(&verb_kinds));
    writer.cut();
    write_keyframes(writer, &recorder, &mut args);
    writer.cut();
    let abilities = ability_keys(&recorder.names.abilities, content)?.join(" ");
    let classes = class_keys(&recorder.names.classes, content)?.join(" ");
    args.abilities = Some(writer.builder.create_string(&abilities));
    args.classes = Some(writer.builder.create_string(&classes));
    args.segments = Some(writer.vector(&segments(&recorder.segments)));
    args.seats = Some(writer.vector(&recorder.seats));
    Ok(args)
}

/// Writes the keyframes of the segments; the last segment's end begins none.
fn write_keyframes(writer: &mut Writer, recorder: &ReplayRecorder, args: &mut fb::ReplayArgs<'static>) {
    let keyframes = &recorder.keyframes;
    let last = recorder.segments.last();
    let [statuses, zones, flights] = last.map_or([0; 3], |end| [end.statuses, end.zones, end.flights]);
    let units = recorder.segments.len() * recorder.seats.len();
    args.flights = Some(writer.vector(keyframes.flights.get(..flights).unwrap_or_default()));
    args.zones = Some(writer.vector(keyframes.zones.get(..zones).unwrap_or_default()));
    args.statuses = Some(writer.vector(keyframes.statuses.get(..statuses).unwrap_or_default()));
    args.keyframes = Some(writer.vector(keyframes.units.get(..units).unwrap_or_default()));
}

/// Turns ends into lengths.
fn segments(ends: &[SegmentEnd]) -> Vec<fb::Segment> {
    let mut last = [0; 8];
    ends.iter()
        .map(|end| {
            let ends = [
                end.statuses,
                end.zones,
                end.flights,
                end.waypoints,
                end.events.ticks,
                end.events.phrases,
                end.events.targets,
                end.events.amounts,
            ];
            let mut lengths = [0; 8];
            for ((length, end), last) in lengths.iter_mut().zip(ends).zip(&mut last) {
                // No column is as long as a message may be.
                *length = u32::try_from(end - *last).unwrap_or(u32::MAX);
                *last = end;
            }
            let [statuses, zones, flights, waypoints, ticks, phrases, targets, amounts] = lengths;
            fb::Segment::new(
                end.state_hash,
                statuses,
                zones,
                flights,
                waypoints,
                ticks,
                phrases,
                targets,
                amounts,
            )
        })
        .collect()
}

fn class_keys<'c>(classes: &[ClassId], content: &'c Content) -> Result<Vec<&'c str>, WireError> {
    classes
        .iter()
        .map(|&id| {
            content
                .look(id)
                .ok_or_else(|| Meaning::new("classes", "a unit has a class that is not in the content").into())
        })
        .collect()
}

fn ability_keys<'c>(abilities: &[AbilityId], content: &'c Content) -> Result<Vec<&'c str>, WireError> {
    abilities
        .iter()
        .map(|&id| {
            let ability = content.ability(id);
            ability
                .map(|ability| ability.key.as_str())
                .ok_or_else(|| Meaning::new("abilities", "an event names an ability that is not in the content").into())
        })
        .collect()
}
