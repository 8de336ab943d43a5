//! Keyframes out: everything that is under way at the end of a segment, for whoever begins to look there.
//!
//! The columns hold the keyframes of all segments, one after the other.

use tiltyard_protocol::generated::common;
use tiltyard_protocol::generated::replay as fb;
use tiltyard_sim::record::{CastView, FlightView, StatusView, UnitDetails, ZoneView};
use tiltyard_sim::{AbilityId, NO_SLOT, Position, RosterUnit, Segment, Vitals};

use super::column::Names;

/// The keyframes so far; the last one is of the segment that is being recorded.
#[derive(Debug, Default)]
pub(super) struct Keyframes {
    pub(super) units: Vec<fb::Keyframe>,
    pub(super) statuses: Vec<fb::KeyStatus>,
    pub(super) zones: Vec<fb::KeyZone>,
    pub(super) flights: Vec<fb::KeyFlight>,
}

impl Keyframes {
    /// Adds a unit as it enters, with nothing under way.
    pub(super) fn line_up(&mut self, unit: &RosterUnit, class: u8) {
        let vitals = Vitals {
            health: unit.health_max,
            health_max: unit.health_max,
            shield: 0,
            energy: unit.energy_max,
            energy_max: unit.energy_max,
            alive: unit.class.is_some(),
        };
        self.units
            .push(keyframe(unit.position, &vitals, NO_CAST, [class, u8::MAX]));
    }

    /// Adds the end of a segment, which is the beginning of the next one.
    pub(super) fn show(&mut self, segment: &Segment<'_>, names: &mut Names) {
        let (frame, details) = (&segment.frame, segment.details);
        let units = frame.positions.iter().zip(frame.vitals).zip(&details.units);
        for (slot, ((&position, vitals), unit)) in (0..).zip(units) {
            let UnitDetails {
                class,
                form,
                cast,
                statuses,
            } = unit;
            let looks = [names.class(*class), names.class(*form)];
            let cast = cast.map_or(NO_CAST, |cast| self::cast(&cast, names));
            self.units.push(keyframe(position, vitals, cast, looks));
            self.statuses
                .extend(statuses.iter().map(|each| status(slot, each, names)));
        }
        self.zones.extend(details.zones.iter().map(|each| zone(each, names)));
        self.flights
            .extend(details.flights.iter().map(|each| flight(each, names)));
    }
}

/// A cast as the message has it.
struct Cast {
    ability: u16,
    ticks: u16,
    left: u16,
    target: u8,
}

const NO_CAST: Cast = Cast {
    ability: AbilityId::NONE.0,
    ticks: 0,
    left: 0,
    target: NO_SLOT,
};

/// Ticks of a fight fit 16 bits.
fn short(ticks: u32) -> u16 {
    u16::try_from(ticks).unwrap_or(u16::MAX)
}

fn cast(view: &CastView, names: &mut Names) -> Cast {
    let CastView {
        ability,
        target,
        ticks,
        ticks_left,
    } = *view;
    Cast {
        ability: names.ability(ability),
        ticks: short(ticks),
        left: short(ticks_left),
        target,
    }
}

fn keyframe(position: Position, vitals: &Vitals, cast: Cast, [class, form]: [u8; 2]) -> fb::Keyframe {
    // `alive` is left out: it says that health is above 0, which a reader sees.
    let Vitals {
        health,
        health_max,
        shield,
        energy,
        energy_max,
        alive: _,
    } = *vitals;
    let mut unit = fb::Keyframe::default();
    unit.set_position(&common::Point::new(position.x, position.y));
    unit.set_health(health);
    unit.set_health_max(health_max);
    unit.set_shield(shield);
    unit.set_energy(energy);
    unit.set_energy_max(energy_max);
    unit.set_cast_ability(cast.ability);
    unit.set_cast_ticks(cast.ticks);
    unit.set_cast_left(cast.left);
    unit.set_cast_target(cast.target);
    unit.set_class(class);
    unit.set_form(form);
    unit
}

fn status(unit: u8, view: &StatusView, names: &mut Names) -> fb::KeyStatus {
    let StatusView {
        kind,
        ability,
        source,
        ticks_left,
        amount,
    } = *view;
    let kind = common::StatusKind(kind as u8);
    fb::KeyStatus::new(amount, names.ability(ability), short(ticks_left), unit, kind, source)
}

fn zone(view: &ZoneView, names: &mut Names) -> fb::KeyZone {
    let ZoneView {
        ability,
        source,
        bearer,
        center,
        radius,
        ticks_left,
    } = *view;
    let center = common::Point::new(center.x, center.y);
    fb::KeyZone::new(
        &center,
        radius,
        names.ability(ability),
        short(ticks_left),
        source,
        bearer,
    )
}

fn flight(view: &FlightView, names: &mut Names) -> fb::KeyFlight {
    let FlightView {
        ability,
        source,
        target,
        ticks_left,
    } = *view;
    fb::KeyFlight::new(names.ability(ability), short(ticks_left), source, target)
}
