//! Keyframes in: what is under way at the start of a segment.

use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::{Position, StatusKind};

use super::{Bounds, among, slot};
use crate::error::Meaning;
use crate::replay::model::{KeyframeCast, KeyframeFlight, KeyframeStatus, KeyframeUnit, KeyframeZone};

/// Stands for "none" where an ability is expected.
const NO_ABILITY: u16 = u16::MAX;

/// Checks an index into the list of abilities.
pub(super) fn ability(ability: u16, abilities: usize) -> Result<Option<u16>, Meaning> {
    match ability {
        NO_ABILITY => Ok(None),
        _ if usize::from(ability) < abilities => Ok(Some(ability)),
        _ => Err(Meaning::new("", "an ability that is not listed")),
    }
}

/// Reads the units, with their statuses.
pub(super) fn units(segment: fb::Segment<'_>, bounds: Bounds) -> Result<Vec<KeyframeUnit>, Meaning> {
    let mut units = segment
        .keyframe()
        .iter()
        .map(|row| unit(row, bounds))
        .collect::<Result<Vec<_>, _>>()?;
    for row in segment.statuses().iter() {
        let status = status(row, bounds).map_err(|meaning| meaning.within("statuses"))?;
        let unit = units.get_mut(usize::from(row.unit()));
        let unit = unit.ok_or_else(|| Meaning::new("statuses", "a slot that nobody has"))?;
        unit.statuses.push(status);
    }
    Ok(units)
}

fn unit(row: &fb::Keyframe, bounds: Bounds) -> Result<KeyframeUnit, Meaning> {
    let cast = ability(row.cast_ability(), bounds.abilities)?;
    let target = slot(row.cast_target(), bounds.slots)?;
    Ok(KeyframeUnit {
        class: among(row.class(), bounds.classes)?,
        form: among(row.form(), bounds.classes)?,
        position: Position {
            x: row.position().x(),
            y: row.position().y(),
        },
        health: row.health(),
        health_max: row.health_max(),
        shield: row.shield(),
        energy: row.energy(),
        energy_max: row.energy_max(),
        cast: cast.map(|ability| KeyframeCast {
            ability,
            target,
            ticks: row.cast_ticks(),
            ticks_left: row.cast_left(),
        }),
        statuses: Vec::new(),
    })
}

fn status(row: &fb::KeyStatus, bounds: Bounds) -> Result<KeyframeStatus, Meaning> {
    let kind = StatusKind::ALL.get(usize::from(row.kind().0)).copied();
    Ok(KeyframeStatus {
        kind: kind.ok_or_else(|| Meaning::new("", "unknown kind"))?,
        ability: ability(row.ability(), bounds.abilities)?,
        source: slot(row.source(), bounds.slots)?,
        ticks_left: row.ticks_left(),
        amount: row.amount(),
    })
}

/// Reads zones and auras.
pub(super) fn zones(segment: fb::Segment<'_>, bounds: Bounds) -> Result<Vec<KeyframeZone>, Meaning> {
    let zone = |row: &fb::KeyZone| {
        Ok(KeyframeZone {
            center: Position {
                x: row.center().x(),
                y: row.center().y(),
            },
            radius: row.radius(),
            ability: ability(row.ability(), bounds.abilities)?,
            source: slot(row.source(), bounds.slots)?,
            bearer: slot(row.bearer(), bounds.slots)?,
            ticks_left: row.ticks_left(),
        })
    };
    segment.zones().iter().map(zone).collect()
}

/// Reads projectiles and delayed effects.
pub(super) fn flights(segment: fb::Segment<'_>, bounds: Bounds) -> Result<Vec<KeyframeFlight>, Meaning> {
    let flight = |row: &fb::KeyFlight| {
        Ok(KeyframeFlight {
            ability: ability(row.ability(), bounds.abilities)?,
            source: slot(row.source(), bounds.slots)?,
            target: slot(row.target(), bounds.slots)?,
            ticks_left: row.ticks_left(),
        })
    };
    segment.flights().iter().map(flight).collect()
}
