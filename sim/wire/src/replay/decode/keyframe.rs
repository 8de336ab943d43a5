//! Keyframes in: what is under way at the start of a segment.

use flatbuffers::{Follow, VectorIter};
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::{Position, StatusKind};

use super::{Bounds, among, slot};
use crate::error::Meaning;
use crate::replay::model::{KeyframeCast, KeyframeFlight, KeyframeStatus, KeyframeUnit, KeyframeZone};

/// Stands for "none" where an ability is expected.
const NO_ABILITY: u16 = u16::MAX;

/// Checks an index into the list of abilities.
fn ability(ability: u16, abilities: usize) -> Result<Option<u16>, Meaning> {
    match ability {
        NO_ABILITY => Ok(None),
        _ if usize::from(ability) < abilities => Ok(Some(ability)),
        _ => Err(Meaning::new("", "an ability that is not listed")),
    }
}

/// What segments have not taken yet of the keyframes.
pub(super) struct KeyframeColumns<'a> {
    bounds: Bounds,
    units: VectorIter<'a, fb::Keyframe>,
    statuses: VectorIter<'a, fb::KeyStatus>,
    zones: VectorIter<'a, fb::KeyZone>,
    flights: VectorIter<'a, fb::KeyFlight>,
}

impl<'a> KeyframeColumns<'a> {
    /// Takes all columns.
    pub(super) fn new(root: fb::Replay<'a>, bounds: Bounds) -> Self {
        Self {
            bounds,
            units: root.keyframes().iter(),
            statuses: root.statuses().iter(),
            zones: root.zones().iter(),
            flights: root.flights().iter(),
        }
    }

    /// Says whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.units.len() + self.statuses.len() + self.zones.len() + self.flights.len() == 0
    }

    /// Reads the units of the next segment, with so many statuses.
    pub(super) fn units(&mut self, statuses: u32) -> Result<Vec<KeyframeUnit>, Meaning> {
        let bounds = self.bounds;
        // Not more slots than a byte has values.
        let slots = u32::try_from(bounds.slots).unwrap_or(u32::MAX);
        let mut units = rows(&mut self.units, slots, |row| unit(row, bounds))?;
        let mut place = |row: &fb::KeyStatus| {
            let status = status(row, bounds)?;
            let unit = units.get_mut(usize::from(row.unit()));
            let unit = unit.ok_or_else(|| Meaning::new("", "a slot that nobody has"))?;
            unit.statuses.push(status);
            Ok(())
        };
        rows(&mut self.statuses, statuses, &mut place).map_err(|meaning| meaning.within("statuses"))?;
        Ok(units)
    }

    /// Reads so many zones and auras of the next segment.
    pub(super) fn zones(&mut self, count: u32) -> Result<Vec<KeyframeZone>, Meaning> {
        rows(&mut self.zones, count, |row| zone(row, self.bounds))
    }

    /// Reads so many projectiles and delayed effects of the next segment.
    pub(super) fn flights(&mut self, count: u32) -> Result<Vec<KeyframeFlight>, Meaning> {
        rows(&mut self.flights, count, |row| flight(row, self.bounds))
    }
}

/// Reads the next rows of a column.
fn rows<'a, T: Follow<'a> + 'a, R>(
    column: &mut VectorIter<'a, T>,
    count: u32,
    read: impl FnMut(T::Inner) -> Result<R, Meaning>,
) -> Result<Vec<R>, Meaning> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if column.len() < count {
        return Err(Meaning::new("", "fewer than the segment has"));
    }
    column.take(count).map(read).collect()
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

fn zone(row: &fb::KeyZone, bounds: Bounds) -> Result<KeyframeZone, Meaning> {
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
}

fn flight(row: &fb::KeyFlight, bounds: Bounds) -> Result<KeyframeFlight, Meaning> {
    Ok(KeyframeFlight {
        ability: ability(row.ability(), bounds.abilities)?,
        source: slot(row.source(), bounds.slots)?,
        target: slot(row.target(), bounds.slots)?,
        ticks_left: row.ticks_left(),
    })
}
