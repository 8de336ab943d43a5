//! The components of a unit, and the world that holds them: one World a fight, slot = entity id, nothing is deleted.

use specs::{Builder, Component, DefaultVecStorage, World, WorldExt, WriteStorage};

use super::lineup::Lineup;
use super::status::Status;
use crate::content::Stats;
use crate::fight::UnitStats;
use crate::kinds::{ClassId, Position, School, Slot, Stat, StatusKind};
use crate::limits::{ABILITIES_MAX, STATUSES_MAX, THINK_TICKS};
use crate::record::Vitals;
use crate::rng::{Pcg32, Purpose};
use crate::team::Plan;

/// Kinds of crowd control, the first values of [`StatusKind`].
pub(crate) const CONTROLS: usize = StatusKind::Hex.index() + 1;

/// Stats: as the unit entered, and as statuses have changed them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    pub(crate) base: Stats,
    pub(crate) now: Stats,
    pub(crate) resist: [i32; School::ALL.len()],
}

/// Whom the unit is after, and when it thinks again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mind {
    pub(crate) focus: Option<Slot>,
    pub(crate) next_think: u32,
    /// Rule evaluations so far.
    pub(crate) evaluations: u32,
    /// Which rules led to the last intent; only told, never acted on.
    pub(crate) reason: Reason,
}

/// Places of rules in the unit's tactics; none where the stance or the basic attack decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) ability: Option<u8>,
    pub(crate) strategy: Option<u8>,
}

/// What the unit is, and since when it belongs here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guise {
    pub(crate) class: ClassId,
    /// Who summoned it.
    pub(crate) owner: Option<Slot>,
    /// The first tick without a summoned unit; 0 for everyone else.
    pub(crate) leaves_at: u32,
    /// How often it was brought back.
    pub(crate) returns: u32,
}

/// What a unit does this tick, decided on the state before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Starts using an ability.
    Begin(Aimed),
    /// Completes a cast. It carries the cast, so that an interrupt in the same tick comes too late.
    Finish(Aimed),
}

/// An ability (by its index in the plan) and a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Aimed {
    pub(crate) index: u8,
    pub(crate) target: Slot,
}

/// Cast and cooldowns.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hands {
    pub(crate) cast: Option<Cast>,
    /// The first tick at which anything can be used again.
    pub(crate) ready_at: u32,
    /// The first tick at which each ability of the plan can be used again.
    pub(crate) cooldowns: [u32; ABILITIES_MAX + 1],
}

/// A cast under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    pub(crate) aimed: Aimed,
    pub(crate) ends: u32,
    /// How long it takes in all; only told, never acted on.
    pub(crate) ticks: u32,
}

/// A straight walk: so many more steps of so many centimetres.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Legs {
    pub(crate) dx: i32,
    pub(crate) dy: i32,
    pub(crate) steps: u32,
}

/// Statuses, and what follows from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ails {
    pub(crate) list: Vec<Status>,
    /// The first tick free of each kind of crowd control.
    pub(crate) until: [u32; CONTROLS],
    pub(crate) taunter: Option<Slot>,
    /// Kinds on the list, as bits.
    pub(crate) kinds: u32,
    /// How many on the list help, and how many harm.
    pub(crate) counts: [u8; 2],
    /// What statuses add to each stat, in permille or points.
    pub(crate) changes: Stats,
    pub(crate) diminished: [Diminished; CONTROLS],
    /// Permille of blows that go back.
    pub(crate) reflect: i32,
    /// The form it is in, an index into the content's forms.
    pub(crate) form: Option<u8>,
    /// Whether it carries effects for its blows.
    pub(crate) hits_more: bool,
    /// The highest health in percent that sets something off.
    pub(crate) low_health: i32,
}

/// How often one kind of crowd control has met the unit of late.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Diminished {
    pub(crate) count: u32,
    pub(crate) forget_at: u32,
}

/// One stream per purpose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dice(pub(crate) [Pcg32; Purpose::COUNT]);

/// What the unit has done so far, and who struck it last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) stats: UnitStats,
    pub(crate) last_blow: Option<Slot>,
}

macro_rules! components {
    ($($name:ty),+) => {
        $(impl Component for $name { type Storage = DefaultVecStorage<Self>; })+

        fn register(world: &mut World) {
            $(world.register::<$name>();)+
        }
    };
}

components!(Position, Vitals, Gauges, Guise, Mind, Hands, Legs, Ails, Dice, Tally);

/// Every storage, fetched once a fight.
pub(crate) struct Guards<'w> {
    pub(crate) positions: WriteStorage<'w, Position>,
    pub(crate) vitals: WriteStorage<'w, Vitals>,
    pub(crate) gauges: WriteStorage<'w, Gauges>,
    pub(crate) guises: WriteStorage<'w, Guise>,
    pub(crate) minds: WriteStorage<'w, Mind>,
    pub(crate) hands: WriteStorage<'w, Hands>,
    pub(crate) legs: WriteStorage<'w, Legs>,
    pub(crate) ails: WriteStorage<'w, Ails>,
    pub(crate) dice: WriteStorage<'w, Dice>,
    pub(crate) tallies: WriteStorage<'w, Tally>,
}

impl<'w> Guards<'w> {
    pub(crate) fn fetch(world: &'w World) -> Self {
        Self {
            positions: world.write_storage(),
            vitals: world.write_storage(),
            gauges: world.write_storage(),
            guises: world.write_storage(),
            minds: world.write_storage(),
            hands: world.write_storage(),
            legs: world.write_storage(),
            ails: world.write_storage(),
            dice: world.write_storage(),
            tallies: world.write_storage(),
        }
    }
}

/// Makes a world with one entity per place of the lineup, ids in order.
pub(crate) fn world(lineup: &Lineup<'_>, seed: [u8; 16]) -> World {
    let mut world = World::new();
    register(&mut world);
    for slot in 0..lineup.count() {
        let unit = lineup.units.get(slot);
        let (plan, position) = unit.map_or((None, Position::default()), |unit| (Some(unit.0), unit.1));
        let number = if slot < lineup.split { slot } else { slot - lineup.split };
        let stats = plan.map_or(Stats::default(), |plan| plan.stats);
        let entity = world
            .create_entity()
            .with(position)
            .with(plan.map_or(Vitals::default(), vitals))
            .with(Gauges {
                base: stats,
                now: stats,
                resist: plan.map_or([0; School::ALL.len()], |plan| plan.resist),
            })
            .with(Guise {
                class: plan.map_or(ClassId::default(), |plan| plan.class),
                ..Guise::default()
            })
            .with(Mind {
                next_think: 1 + (number as u32) % THINK_TICKS,
                ..Mind::default()
            })
            .with(Hands::default())
            .with(Legs::default())
            .with(Ails::free())
            .with(Dice(Purpose::ALL.map(|purpose| Pcg32::for_unit(seed, slot, purpose))))
            .with(Tally::default())
            .build();
        debug_assert_eq!(entity.id() as usize, slot, "slot = entity id");
    }
    world
}

impl Ails {
    /// Returns the state of a unit that carries nothing.
    fn free() -> Self {
        Self {
            list: Vec::with_capacity(STATUSES_MAX),
            ..Self::default()
        }
    }
}

/// Returns the numbers of a unit that comes fresh into the fight.
pub(crate) fn vitals(plan: &Plan) -> Vitals {
    let health = plan.stats[Stat::Health.index()];
    Vitals {
        health,
        health_max: health,
        shield: 0,
        energy: plan.energy_max,
        energy_max: plan.energy_max,
        alive: true,
    }
}
