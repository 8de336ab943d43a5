//! What abilities are made of: effect primitives and the combinators that place them.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::kinds::{School, Stat, vocabulary};

vocabulary! {
    /// Whose units an area or zone touches, seen from the caster.
    Reach {
        /// The caster's enemies.
        Enemies = "enemies",
        /// The caster's allies and the caster.
        Allies = "allies",
    }
}

/// One effect on one target. `power` is in percent of the caster's power, `permille` in thousandths, `ticks` are
/// twentieths of a second, `radius` and `distance` are centimetres.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields' units are given above, once")]
pub enum Effect {
    /// Takes health.
    Damage { school: School, power: i32 },
    /// Takes health, and `bonus` percent more from a target below `below` percent health.
    Execute {
        school: School,
        power: i32,
        below: i32,
        bonus: i32,
    },
    /// Takes health and gives `share` percent of it to the caster.
    Drain { school: School, power: i32, share: i32 },
    /// Gives health.
    Heal { power: i32 },
    /// Takes health every `period`.
    Dot {
        school: School,
        power: i32,
        period: u32,
        ticks: u32,
    },
    /// Gives health every `period`.
    Hot { power: i32, period: u32, ticks: u32 },
    /// Absorbs damage.
    Shield { power: i32, ticks: u32 },
    /// Keeps from acting and moving, and breaks off a cast.
    Stun { ticks: u32 },
    /// Lowers speed.
    Slow { permille: i32, ticks: u32 },
    /// Keeps from moving.
    Root { ticks: u32 },
    /// Keeps from using abilities that are not physical, and breaks off such a cast.
    Silence { ticks: u32 },
    /// Forces to attack the caster.
    Taunt { ticks: u32 },
    /// Changes a stat for the better: raises it, or lowers fragility.
    Buff { stat: Stat, permille: i32, ticks: u32 },
    /// Changes a stat for the worse: lowers it, or raises fragility.
    Debuff { stat: Stat, permille: i32, ticks: u32 },
    /// Takes off harmful statuses in the order of `cleanse_order`, among equals the longest first.
    Cleanse { count: u32 },
    /// Takes off helpful statuses in the order of `dispel_order`, among equals the longest first.
    Dispel { count: u32 },
    /// Pushes away from the caster, and breaks off a cast.
    Knockback { distance: i32 },
    /// Draws towards the caster, and breaks off a cast.
    Pull { distance: i32 },
    /// Brings the caster to the target.
    Dash { distance: i32 },
    /// Brings the caster away from its nearest enemy.
    Blink { distance: i32 },
    /// Gives (or, negative, takes) energy.
    Energy { amount: i32 },
    /// Brings a fallen unit back with so many percent of its health.
    Resurrect { health: i32 },
    /// Calls units of a summoned class to the caster's side for a while.
    Summon { class: String, count: u32, ticks: u32 },
    /// Turns into another form for a while; a harmful form is crowd control.
    Transform { form: String, ticks: u32 },
    /// Sends part of each blow back to whoever struck.
    Reflect { permille: i32, ticks: u32 },
    /// Counts one up; at `limit` the count is used up and the effects happen.
    Stack {
        limit: u32,
        ticks: u32,
        effects: Vec<Effect>,
    },
    /// Applies effects to whoever the bearer strikes, at most once in `pause` ticks.
    OnHit {
        ticks: u32,
        pause: u32,
        effects: Vec<Effect>,
    },
    /// Applies effects to the bearer when it falls (to others by an area around it).
    OnDeath { ticks: u32, effects: Vec<Effect> },
    /// Applies effects to the bearer as soon as its health is below `below` percent, once.
    OnLowHealth {
        below: i32,
        ticks: u32,
        effects: Vec<Effect>,
    },
    /// Applies effects to every unit around the target.
    Area {
        radius: i32,
        reach: Reach,
        effects: Vec<Effect>,
    },
    /// Applies effects to the target and then to up to `jumps` more near it, each time `falloff` permille weaker.
    Chain {
        jumps: u32,
        radius: i32,
        falloff: i32,
        effects: Vec<Effect>,
    },
    /// Applies effects when a projectile of this speed (centimetres a second) has arrived.
    Projectile { speed: i32, effects: Vec<Effect> },
    /// Applies effects every `period` to every unit on the ground around the target.
    Zone {
        radius: i32,
        ticks: u32,
        period: u32,
        reach: Reach,
        effects: Vec<Effect>,
    },
    /// Applies effects every `period` to every unit around the target, wherever it goes.
    Aura {
        radius: i32,
        ticks: u32,
        period: u32,
        reach: Reach,
        effects: Vec<Effect>,
    },
    /// Applies effects to the target when so many ticks have passed.
    Delay { ticks: u32, effects: Vec<Effect> },
    /// Applies one list or the other, as a condition of the caster and the target says.
    Condition {
        when: Condition,
        effects: Vec<Effect>,
        #[serde(default)]
        otherwise: Vec<Effect>,
    },
}

impl Effect {
    /// Returns the lists of effects that this one holds; both are empty for a primitive.
    #[must_use]
    pub fn children(&self) -> [&[Self]; 2] {
        match self {
            Self::Area { effects, .. }
            | Self::Chain { effects, .. }
            | Self::Projectile { effects, .. }
            | Self::Zone { effects, .. }
            | Self::Aura { effects, .. }
            | Self::Delay { effects, .. }
            | Self::Stack { effects, .. }
            | Self::OnHit { effects, .. }
            | Self::OnDeath { effects, .. }
            | Self::OnLowHealth { effects, .. } => [effects, &[]],
            Self::Condition { effects, otherwise, .. } => [effects, otherwise],
            _ => [&[], &[]],
        }
    }

    /// Says whether this effect or one that it holds is as asked.
    pub fn contains(&self, is_it: &impl Fn(&Self) -> bool) -> bool {
        let among = |list: &&[Self]| list.iter().any(|child| child.contains(is_it));
        is_it(self) || self.children().iter().any(among)
    }
}
