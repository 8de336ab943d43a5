//! Replay out: the head of the message around segments that are already written.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::{AbilityId, ClassId, Content, Outcome, SEGMENT_TICKS};

use super::column::{Names, Verb, Verbs};
use super::{SHAPE, STEP_CM};
use crate::error::{Meaning, WireError};
use crate::message::FORMAT;
use crate::result::{Ending, encode_ending};
use crate::versions::{self, Versions};

const _: () = assert!(SEGMENT_TICKS <= u16::MAX as u32);

/// What a recorder has gathered when a fight is over.
pub(super) struct Recording {
    pub(super) names: Names,
    pub(super) seats: Vec<fb::Seat>,
    pub(super) verbs: Verbs,
    pub(super) segments: Vec<WIPOffset<fb::Segment<'static>>>,
}

/// Writes everything but the segments and returns the message.
pub(super) fn write_replay(
    mut builder: FlatBufferBuilder<'static>,
    mut recording: Recording,
    versions: &Versions,
    outcome: &Outcome,
    content: &Content,
) -> Result<Vec<u8>, WireError> {
    let names = &mut recording.names;
    let verbs: Vec<_> = recording.verbs.list().iter().map(|verb| local(verb, names)).collect();
    let abilities = ability_keys(&names.abilities, content)?;
    let classes = class_keys(&names.classes, content)?;
    let args = fb::ReplayArgs {
        format: FORMAT,
        segments: Some(builder.create_vector(&recording.segments)),
        verbs: Some(builder.create_vector(&verbs)),
        seats: Some(builder.create_vector(&recording.seats)),
        abilities: Some(strings(&mut builder, abilities.into_iter())),
        classes: Some(strings(&mut builder, classes.into_iter())),
        versions: Some(versions::encode(&mut builder, versions)),
        outcome: Some(encode_ending(&mut builder, Ending::from(outcome))),
        segment_ticks: u16::try_from(SEGMENT_TICKS).unwrap_or(u16::MAX),
        step_cm: u16::try_from(STEP_CM).unwrap_or(u16::MAX),
    };
    let root = fb::Replay::create(&mut builder, &args);
    Ok(SHAPE.finish(builder, root))
}

/// Returns the verb with the ability's number in the replay.
fn local(verb: &Verb, names: &mut Names) -> fb::Verb {
    fb::Verb::new(fb::EventKind(verb.kind as u8), verb.source, names.ability(verb.ability))
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

fn strings<'a, 's>(
    builder: &mut FlatBufferBuilder<'a>,
    texts: impl Iterator<Item = &'s str>,
) -> WIPOffset<flatbuffers::Vector<'a, flatbuffers::ForwardsUOffset<&'a str>>> {
    let texts: Vec<_> = texts.map(|text| builder.create_string(text)).collect();
    builder.create_vector(&texts)
}
