//! What many fights say about the content: win rates by side, class, pair and ability, lengths, draws.
//!
//! A report is a sum, so that threads count apart and add up. Rates are permille: this crate has no floats.

mod lints;

pub use self::lints::{Lint, Offence, Study};
use crate::content::Content;
use crate::fight::{EndReason, Fight, ForeignTeam, Outcome, run};
use crate::kinds::Side;
use crate::record::{Event, EventKind, Frame, Recorder};
use crate::team::Team;

/// Fights won, lost and drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Fights won.
    pub won: u64,
    /// Fights lost.
    pub lost: u64,
    /// Fights that nobody won.
    pub drawn: u64,
}

impl Record {
    /// Returns the share of fights won, in permille; a draw is half a win. 500 when there was no fight.
    #[must_use]
    pub const fn permille(&self) -> u64 {
        let all = self.won + self.lost + self.drawn;
        match ((2 * self.won + self.drawn) * 500).checked_div(all) {
            Some(permille) => permille,
            None => 500,
        }
    }

    fn add(&mut self, winner: Option<Side>, side: Side) {
        match winner {
            None => self.drawn += 1,
            Some(winner) if winner == side => self.won += 1,
            Some(_) => self.lost += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.won += other.won;
        self.lost += other.lost;
        self.drawn += other.drawn;
    }
}

/// How an ability did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbilityUse {
    /// Fights of teams that brought it, counted once a unit.
    pub record: Record,
    /// Times it took effect.
    pub casts: u64,
    /// Health and shield that it took or gave.
    pub health: u64,
}

/// The sum over all fights added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Fights added.
    pub fights: u64,
    /// The left side's record.
    pub left: Record,
    /// Fights in which the last units fell together.
    pub mutual_kills: u64,
    /// Fights that reached the last tick.
    pub forced_draws: u64,
    /// Living units, summed over all ticks.
    pub unit_ticks: u64,
    /// Lengths in ticks, as they came.
    pub ticks: Vec<u32>,
    /// By class number; a class counts once a unit.
    pub classes: Vec<Record>,
    /// By class number and the number of an enemy's class.
    pub pairs: Vec<Vec<Record>>,
    /// By ability number.
    pub abilities: Vec<AbilityUse>,
}

impl Balance {
    /// Starts with no fight.
    #[must_use]
    pub fn new(content: &Content) -> Self {
        let classes = content.classes().len();
        Self {
            fights: 0,
            left: Record::default(),
            mutual_kills: 0,
            forced_draws: 0,
            unit_ticks: 0,
            ticks: Vec::new(),
            classes: vec![Record::default(); classes],
            pairs: vec![vec![Record::default(); classes]; classes],
            abilities: vec![AbilityUse::default(); content.abilities().len()],
        }
    }

    /// Fights it out and counts it.
    ///
    /// # Errors
    /// When a team was validated against other content.
    pub fn add(
        &mut self,
        content: &Content,
        seed: [u8; 16],
        left: &Team,
        right: &Team,
    ) -> Result<Outcome, ForeignTeam> {
        let fight = Fight::new(content, seed, left, right)?;
        let outcome = run(&fight, &mut Counter(self));
        self.fights += 1;
        self.left.add(outcome.winner, Side::Left);
        self.mutual_kills += u64::from(outcome.reason == EndReason::MutualKill);
        self.forced_draws += u64::from(outcome.reason == EndReason::TimeLimit);
        self.ticks.push(outcome.ticks);
        for (side, own, other) in [(Side::Left, left, right), (Side::Right, right, left)] {
            self.side(outcome.winner, side, own, other);
        }
        Ok(outcome)
    }

    /// Returns how many fights ended within each span of so many ticks, the shortest first, up to the longest fight.
    #[must_use]
    pub fn lengths(&self, span: u32) -> Vec<u64> {
        let mut counts = Vec::new();
        for &ticks in &self.ticks {
            let at = usize::try_from(ticks.saturating_sub(1) / span.max(1)).unwrap_or(0);
            if counts.len() <= at {
                counts.resize(at + 1, 0);
            }
            counts[at] += 1;
        }
        counts
    }

    fn side(&mut self, winner: Option<Side>, side: Side, own: &Team, other: &Team) {
        for unit in &own.units {
            let class = usize::from(unit.class.0);
            self.classes[class].add(winner, side);
            for enemy in other.classes() {
                self.pairs[class][usize::from(enemy.0)].add(winner, side);
            }
            for ability in &unit.abilities {
                self.abilities[usize::from(ability.0)].record.add(winner, side);
            }
        }
    }

    /// Adds another sum over fights of the same content.
    pub fn merge(&mut self, other: &Self) {
        self.fights += other.fights;
        self.left.merge(&other.left);
        self.mutual_kills += other.mutual_kills;
        self.forced_draws += other.forced_draws;
        self.unit_ticks += other.unit_ticks;
        self.ticks.extend(&other.ticks);
        self.classes
            .iter_mut()
            .zip(&other.classes)
            .for_each(|(own, other)| own.merge(other));
        for (own, other) in self.pairs.iter_mut().zip(&other.pairs) {
            own.iter_mut().zip(other).for_each(|(own, other)| own.merge(other));
        }
        for (own, other) in self.abilities.iter_mut().zip(&other.abilities) {
            own.record.merge(&other.record);
            own.casts += other.casts;
            own.health += other.health;
        }
    }

    /// Returns the least length that at least so many permille of the fights do not exceed; 0 without fights.
    #[must_use]
    pub fn ticks_at(&self, permille: usize) -> u32 {
        let mut sorted = self.ticks.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * permille.min(1000)).div_ceil(1000);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    }
}

/// Counts casts, health and living units of one fight.
struct Counter<'a>(&'a mut Balance);

impl Recorder for Counter<'_> {
    fn event(&mut self, event: &Event) {
        let Some(ability) = self.0.abilities.get_mut(usize::from(event.ability.0)) else {
            return;
        };
        match event.kind {
            EventKind::Cast => ability.casts += 1,
            EventKind::Damage | EventKind::Critical | EventKind::Absorb | EventKind::Heal => {
                ability.health += u64::from(event.amount.unsigned_abs());
            }
            _ => {}
        }
    }

    fn tick(&mut self, frame: &Frame<'_>) {
        self.0.unit_ticks += frame.vitals.iter().filter(|unit| unit.alive).count() as u64;
    }
}
