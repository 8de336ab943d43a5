//! The rules of the fight: content, validation of builds, and a deterministic simulation on specs.
//!
//! It knows seats and units only: no player, socket, clock, or float that decides an outcome.
//!
//! ```
//! use tiltyard_sim::{Content, Fight, run, validate};
//!
//! let content = Content::builtin()?;
//! let build = &content.bots()[0].build;
//! let team = validate(build, &content).map_err(|problems| format!("{problems:?}"))?;
//! let fight = Fight::new(&content, [7; 16], &team, &content.bots()[1].team)?;
//! let outcome = run(&fight, &mut ());
//! assert_eq!(outcome, run(&fight, &mut ()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(clippy::float_arithmetic)]

pub mod balance;
pub mod build;
mod condition;
pub mod content;
pub mod editor;
mod engine;
mod fight;
mod kinds;
pub mod limits;
mod problem;
pub mod record;
mod rng;
pub mod sample;
pub mod story;
mod team;
mod validate;

pub use crate::build::{Action, Attributes, Build, Condition, Rule, Selector, Stance, Strategy, UnitBuild};
pub use crate::content::{
    Ability, Aim, Bot, Class, Content, ContentError, ContentErrors, Effect, Form, Strength, Summon,
};
pub use crate::fight::{EndReason, Fight, ForeignTeam, Outcome, UnitStats, run};
pub use crate::kinds::{AbilityId, Attribute, ClassId, NO_SLOT, Position, Role, School, Side, Slot, Stat, StatusKind};
pub use crate::limits::{SEGMENT_TICKS, TICKS_MAX, TICKS_PER_SECOND};
pub use crate::problem::{Problem, ProblemCode};
pub use crate::record::{Decision, Details, Event, EventKind, Frame, Recorder, RosterUnit, Segment, Vitals};
pub use crate::rng::RNG_NAME;
pub use crate::team::Team;
pub use crate::validate::validate;

/// Version of this crate, as every match record carries it.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
/// Version of the rules; it rises whenever an outcome of a golden fight changes. Content has a hash instead.
pub const RULES_VERSION: u32 = 2;
