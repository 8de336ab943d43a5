//! What a keyframe shows besides positions and health: casts, statuses, forms, what is in the air and on the ground.

use super::arena::{Arena, slot_number};
use crate::kinds::{NO_SLOT, StatusKind};
use crate::record::{CastView, Details, FlightView, StatusView, UnitDetails, ZoneView};

/// Looks at everything that is under way.
pub(super) fn details(arena: &Arena<'_>) -> Details {
    let zones = arena.zones.iter().map(|zone| ZoneView {
        ability: zone.deed.by.ability,
        source: slot_number(zone.deed.source),
        bearer: zone.bearer.map_or(NO_SLOT, slot_number),
        center: zone.center,
        radius: zone.radius,
        ticks_left: zone.until.saturating_sub(arena.tick),
    });
    let flights = arena.flights.iter().map(|flight| FlightView {
        ability: flight.deed.by.ability,
        source: slot_number(flight.deed.source),
        target: slot_number(flight.target),
        ticks_left: flight.arrives.saturating_sub(arena.tick),
    });
    Details {
        units: (0..arena.count()).map(|slot| unit(arena, slot)).collect(),
        zones: zones.collect(),
        flights: flights.collect(),
    }
}

fn unit(arena: &Arena<'_>, slot: usize) -> UnitDetails {
    let is_here = arena.heroes.contains(slot) || arena.vitals[slot].alive;
    let cast = arena.hands[slot].cast.map(|cast| CastView {
        ability: arena.ability_of(slot, cast.aimed.index).0,
        target: cast.aimed.target,
        ticks: cast.ticks,
        ticks_left: cast.ends.saturating_sub(arena.tick),
    });
    let statuses = arena.ails[slot].list.iter().map(|status| StatusView {
        kind: status.kind,
        ability: status.by.ability,
        source: status.by.source.unwrap_or(NO_SLOT),
        ticks_left: status.until.saturating_sub(arena.tick),
        amount: match status.kind {
            StatusKind::Shield | StatusKind::Stack => status.value,
            _ => 0,
        },
    });
    UnitDetails {
        class: is_here.then(|| arena.guises[slot].class),
        form: arena.form(slot).map(|form| form.id),
        cast,
        statuses: statuses.collect(),
    }
}
