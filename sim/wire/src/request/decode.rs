//! Match request in: verified tables to builds, counts and numbers checked.

use flatbuffers::{ForwardsUOffset, Vector};
use tiltyard_protocol::MatchId;
use tiltyard_protocol::generated::match_request as fb;
use tiltyard_sim::limits::{ABILITIES_MAX, KEY_BYTES_MAX, RULES_MAX, UNITS_MAX};
use tiltyard_sim::{Action, Attributes, Build, Position, Role, Rule, Selector, Stance, Strategy, UnitBuild};

use super::{MatchRequest, SHAPE, condition};
use crate::error::{Meaning, WireError};
use crate::versions;

/// A vector of tables or strings.
type Offsets<'a, T> = Vector<'a, ForwardsUOffset<T>>;

/// Reads a request. Its builds are plausible in size, not yet valid.
///
/// # Errors
/// When the bytes are too many, malformed, of another format, or say what cannot be.
pub fn decode_request(bytes: &[u8]) -> Result<MatchRequest, WireError> {
    let root = SHAPE.root::<fb::MatchRequest<'_>>(bytes)?;
    SHAPE.check_format(root.format())?;
    Ok(MatchRequest {
        match_id: MatchId::from_bytes(root.match_id().bytes().into()),
        versions: versions::decode(root.versions())?,
        left: build(root.left()).map_err(|meaning| meaning.within("left"))?,
        right: build(root.right()).map_err(|meaning| meaning.within("right"))?,
    })
}

fn build(build: fb::Build<'_>) -> Result<Build, Meaning> {
    if build.units().len() > UNITS_MAX {
        return Err(Meaning::new("units", "more than a team may have"));
    }
    let units = each("units", build.units(), unit)?;
    Ok(Build { units })
}

fn unit(unit: fb::Unit<'_>) -> Result<UnitBuild, Meaning> {
    if unit.abilities().len() > ABILITIES_MAX {
        return Err(Meaning::new("abilities", "more than a unit may bring"));
    }
    if unit.rules().len() > RULES_MAX {
        return Err(Meaning::new("rules", "more than a unit may have"));
    }
    Ok(UnitBuild {
        class: key(unit.class()).map_err(|meaning| meaning.within("class"))?,
        abilities: each("abilities", unit.abilities(), key)?,
        attributes: points(unit.attributes()),
        position: Position {
            x: unit.position().x(),
            y: unit.position().y(),
        },
        stance: manner(unit.stance()).map_err(|meaning| meaning.within("stance"))?,
        rules: each("rules", unit.rules(), rule)?,
    })
}

/// Reads every item of a vector; an error says which one it was.
fn each<'a, T, U>(
    place: &str,
    items: Offsets<'a, T>,
    read: impl Fn(T::Inner) -> Result<U, Meaning>,
) -> Result<Vec<U>, Meaning>
where
    T: flatbuffers::Follow<'a> + 'a,
{
    items
        .iter()
        .enumerate()
        .map(|(index, item)| read(item).map_err(|meaning| meaning.within(&format!("{place}[{index}]"))))
        .collect()
}

fn key(text: &str) -> Result<String, Meaning> {
    if text.len() > KEY_BYTES_MAX {
        return Err(Meaning::new("", "longer than any key"));
    }
    Ok(text.to_owned())
}

fn points(attributes: &fb::Attributes) -> Attributes {
    Attributes {
        might: attributes.might(),
        vigor: attributes.vigor(),
        guard: attributes.guard(),
        ward: attributes.ward(),
        agility: attributes.agility(),
        precision: attributes.precision(),
        tempo: attributes.tempo(),
    }
}

fn manner(stance: &fb::Stance) -> Result<Stance, Meaning> {
    let value = stance.value();
    let stance = match stance.kind() {
        fb::StanceKind::MaintainRange => return Ok(Stance::MaintainRange(value)),
        fb::StanceKind::Protect => return Ok(Stance::Protect(value)),
        fb::StanceKind::Focus => return numbered(Role::ALL, value).map(Stance::Focus),
        fb::StanceKind::Aggressive => Stance::Aggressive,
        fb::StanceKind::Hold => Stance::Hold,
        fb::StanceKind::Kite => Stance::Kite,
        _ => return Err(Meaning::new("", "unknown number")),
    };
    if value != 0 {
        return Err(Meaning::new("", "value where the stance has none"));
    }
    Ok(stance)
}

fn rule(rule: fb::Rule<'_>) -> Result<Rule, Meaning> {
    let action = match (rule.ability(), rule.strategy()) {
        (Some(ability), None) => Action::Ability(key(ability).map_err(|meaning| meaning.within("ability"))?),
        (None, Some(strategy)) => Action::Strategy(
            numbered(Strategy::ALL, i32::from(strategy.0)).map_err(|meaning| meaning.within("strategy"))?,
        ),
        _ => return Err(Meaning::new("", "neither ability nor strategy, or both")),
    };
    Ok(Rule {
        action,
        target: numbered(Selector::ALL, i32::from(rule.target().0)).map_err(|meaning| meaning.within("target"))?,
        when: condition::decode(rule.when()).map_err(|meaning| meaning.within("when"))?,
    })
}

/// Returns the value with this number from a vocabulary, whose numbers are the schema's (a test compares the names).
pub(super) fn numbered<T: Copy>(all: &[T], number: i32) -> Result<T, Meaning> {
    usize::try_from(number)
        .ok()
        .and_then(|index| all.get(index))
        .copied()
        .ok_or_else(|| Meaning::new("", "unknown number"))
}
