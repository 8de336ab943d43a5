//! Replay out: the head of the message around segments that are already written.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::{AbilityId, Content, Outcome, SEGMENT_TICKS};

use super::column::{Verb, Verbs};
use super::{SHAPE, STEP_CM};
use crate::error::{Meaning, WireError};
use crate::message::FORMAT;
use crate::result::{Ending, encode_ending};
use crate::versions::{self, Versions};

const _: () = assert!(SEGMENT_TICKS <= u16::MAX as u32);

/// What a recorder has gathered when a fight is over.
pub(super) struct Recording {
    pub(super) classes: Vec<String>,
    pub(super) seats: Vec<fb::Seat>,
    pub(super) verbs: Verbs,
    pub(super) segments: Vec<WIPOffset<fb::Segment<'static>>>,
}

/// Writes everything but the segments and returns the message.
pub(super) fn write_replay(
    mut builder: FlatBufferBuilder<'static>,
    recording: &Recording,
    versions: &Versions,
    outcome: &Outcome,
    content: &Content,
) -> Result<Vec<u8>, WireError> {
    let mut abilities = Vec::new();
    let verbs: Vec<_> = recording
        .verbs
        .list()
        .iter()
        .map(|verb| local(verb, &mut abilities))
        .collect();
    let keys = ability_keys(&abilities, content)?;
    let args = fb::ReplayArgs {
        format: FORMAT,
        segments: Some(builder.create_vector(&recording.segments)),
        verbs: Some(builder.create_vector(&verbs)),
        seats: Some(builder.create_vector(&recording.seats)),
        abilities: Some(strings(&mut builder, keys.iter().copied())),
        classes: Some(strings(&mut builder, recording.classes.iter().map(String::as_str))),
        versions: Some(versions::encode(&mut builder, versions)),
        outcome: Some(encode_ending(&mut builder, Ending::from(outcome))),
        segment_ticks: u16::try_from(SEGMENT_TICKS).unwrap_or(u16::MAX),
        step_cm: u16::try_from(STEP_CM).unwrap_or(u16::MAX),
    };
    let root = fb::Replay::create(&mut builder, &args);
    Ok(SHAPE.finish(builder, root))
}

/// Returns the verb with the ability's index in the replay's own list, which grows as abilities are met.
fn local(verb: &Verb, abilities: &mut Vec<AbilityId>) -> fb::Verb {
    let ability = if verb.ability == AbilityId::NONE {
        AbilityId::NONE.0
    } else {
        let index = abilities
            .iter()
            .position(|&each| each == verb.ability)
            .unwrap_or_else(|| {
                abilities.push(verb.ability);
                abilities.len() - 1
            });
        // Not more abilities than the numbers of abilities.
        u16::try_from(index).unwrap_or(u16::MAX)
    };
    fb::Verb::new(fb::EventKind(verb.kind as u8), verb.source, ability)
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
