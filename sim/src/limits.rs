//! Every bound on untrusted input and on one fight, in one file, so that the worst case can be read off.
//!
//! What a designer may change (attribute points, ranges of the formation) lives in the content instead.

/// Simulation ticks per second of fight time.
pub const TICKS_PER_SECOND: u32 = 20;
/// The tick at which an undecided fight is drawn: 500 seconds.
pub const TICKS_MAX: u32 = 10_000;
/// Ticks between two state hashes and keyframes: 30 seconds.
pub const SEGMENT_TICKS: u32 = 600;

/// Units a side, at most.
pub const UNITS_MAX: usize = 8;
/// Units a side unless a queue says otherwise.
pub const UNITS_DEFAULT: usize = 5;
/// Summoned units that a side can have at a time; further ones do not come.
pub const SUMMONS_MAX: usize = 4;
/// Slots in one fight: both sides full, and room for their summons.
pub const SLOTS_MAX: usize = 2 * (UNITS_MAX + SUMMONS_MAX);

/// Abilities a unit must bring.
pub const ABILITIES_MIN: usize = 4;
/// Abilities a unit may bring.
pub const ABILITIES_MAX: usize = 5;
/// Tactic rules a unit may have.
pub const RULES_MAX: usize = 12;
/// Nesting of a condition: a leaf is depth 1, `{"not": leaf}` is depth 2.
pub const CONDITION_DEPTH_MAX: usize = 4;
/// Conditions in the tree of one rule, combinators included.
pub const CONDITION_NODES_MAX: usize = 16;
/// Bytes of a class or ability key that are worth looking up.
pub const KEY_BYTES_MAX: usize = 48;
/// Problems that one validation reports before it stops counting.
pub const PROBLEMS_MAX: usize = 64;

/// Ticks between two thoughts of a unit that has nothing else to do.
pub const THINK_TICKS: u32 = 5;
/// Rule evaluations (conditions looked at) a unit may spend in one fight. A unit that thinks at each of its
/// 2,000 chances and looks at 100 conditions every time stays below; beyond it only attacks.
pub const EVALUATIONS_MAX: u32 = 200_000;

/// Statuses one unit can carry at a time; further ones have no effect.
pub const STATUSES_MAX: usize = 24;
/// Projectiles in the air at a time; further ones fizzle.
pub const FLIGHTS_MAX: usize = 64;
/// Zones on the ground at a time; further ones fizzle.
pub const ZONES_MAX: usize = 32;
/// Nesting of effects in the content (an area in a projectile in a zone is 4 with its damage).
pub const EFFECT_DEPTH_MAX: usize = 4;
/// Effects in one list of the content.
pub const EFFECTS_MAX: usize = 8;

const _: () = assert!(UNITS_DEFAULT <= UNITS_MAX && SLOTS_MAX < u8::MAX as usize);
const _: () = assert!(TICKS_MAX.is_multiple_of(TICKS_PER_SECOND) && SEGMENT_TICKS < TICKS_MAX);
const _: () = assert!(ABILITIES_MIN <= ABILITIES_MAX && CONDITION_DEPTH_MAX <= CONDITION_NODES_MAX);
