//! What the content is held to over many sampled fights.
//!
//! Bounds are those of the design; shares are permille. The bounds of the sides are meant for 10,000 fights: with fewer they
//! are as many standard deviations wide, so that a small sample accuses nobody by chance.

use super::Balance;
use crate::content::Content;
use crate::kinds::vocabulary;

/// Permille of the fights that a class may win.
const CLASS_PERMILLE: std::ops::RangeInclusive<u64> = 400..=600;
/// Ticks that 99 % of the fights may last: 4 minutes.
const TICKS_P99_MAX: u32 = 4_800;
/// Permille of forced draws that are too many.
const FORCED_PERMILLE: u64 = 1;
/// Permille by which equal teams may differ from even, and by which a change of sides may move a team.
const SIDE_PERMILLE: u64 = 10;
/// The fights for which [`SIDE_PERMILLE`] is meant: two standard deviations of a fair coin.
const SIDE_FIGHTS: u64 = 10_000;

/// The fights that the lints look at, by kind.
#[derive(Clone, Debug)]
pub struct Study {
    /// Random pairs of teams.
    pub random: Balance,
    /// The same pairs with the same seeds, on each other's side.
    pub swapped: Balance,
    /// Random teams against themselves.
    pub mirror: Balance,
    /// Pairs of teams that only heal.
    pub heal_only: Balance,
}

vocabulary! {
    /// What content is held to.
    Lint {
        /// Every class wins 40 to 60 % of its fights.
        ClassWins = "class_wins",
        /// Every ability takes effect in some fight.
        AbilityUnused = "ability_unused",
        /// Fewer than 0.1 % of the fights reach the last tick.
        ForcedDraws = "forced_draws",
        /// 99 % of the fights end within 4,800 ticks.
        Length = "length",
        /// The left of two equal teams wins 49 to 51 %.
        LeftSide = "left_side",
        /// A change of sides moves a team's share of wins by at most one point.
        SwapSides = "swap_sides",
    }
}

/// A lint that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// Which.
    pub lint: Lint,
    /// What was found, and what was allowed.
    pub what: String,
}

impl Study {
    /// Starts with no fight.
    #[must_use]
    pub fn new(content: &Content) -> Self {
        let none = Balance::new(content);
        Self {
            random: none.clone(),
            swapped: none.clone(),
            mirror: none.clone(),
            heal_only: none,
        }
    }

    /// Returns the share of its fights that the first team of a random pair wins: on the left, and on the right.
    #[must_use]
    pub const fn first_team_permille(&self) -> [u64; 2] {
        [
            self.random.left.permille(),
            1000_u64.saturating_sub(self.swapped.left.permille()),
        ]
    }

    /// Returns every lint that does not hold, in the order of [`Lint`].
    #[must_use]
    pub fn offences(&self, content: &Content) -> Vec<Offence> {
        let mut offences = Vec::new();
        let mut offend = |lint, what| offences.push(Offence { lint, what });
        for (class, record) in content.classes().iter().zip(&self.random.classes) {
            if !CLASS_PERMILLE.contains(&record.permille()) {
                let won = percent(record.permille());
                offend(
                    Lint::ClassWins,
                    format!("class {} wins {won} %, 40 to 60 allowed", class.key),
                );
            }
        }
        for (ability, uses) in content.abilities().iter().zip(&self.random.abilities) {
            if uses.casts == 0 {
                let what = format!(
                    "ability {} took effect in none of {} fights",
                    ability.key, self.random.fights
                );
                offend(Lint::AbilityUnused, what);
            }
        }
        for (name, part) in [("random", &self.random), ("heal-only", &self.heal_only)] {
            if part.forced_draws > 0 && part.forced_draws * 1000 >= part.fights * FORCED_PERMILLE {
                let what = format!(
                    "{} of {} {name} fights reach the last tick, fewer than 0.1 % allowed",
                    part.forced_draws, part.fights
                );
                offend(Lint::ForcedDraws, what);
            }
        }
        let p99 = self.random.ticks_at(990);
        if p99 > TICKS_P99_MAX {
            let what = format!("99 % of the fights end within {p99} ticks, {TICKS_P99_MAX} allowed");
            offend(Lint::Length, what);
        }
        let (left, fights) = (self.mirror.left.permille(), self.mirror.fights);
        let allowed = side_permille(fights);
        if left.abs_diff(500) > allowed {
            let (left, allowed) = (percent(left), percent(allowed));
            let what = format!("the left of two equal teams wins {left} % of {fights} fights, 50 +- {allowed} allowed");
            offend(Lint::LeftSide, what);
        }
        let [on_left, on_right] = self.first_team_permille();
        let allowed = side_permille(self.swapped.fights);
        if on_left.abs_diff(on_right) > allowed {
            let [on_left, on_right, allowed] = [on_left, on_right, allowed].map(percent);
            let what = format!(
                "the same teams win {on_left} % on the left and {on_right} % on the right, {allowed} apart allowed"
            );
            offend(Lint::SwapSides, what);
        }
        offences
    }
}

/// Returns the bound of the sides for a number of fights: the deviation of a share falls with the root of their number.
fn side_permille(fights: u64) -> u64 {
    let factor = SIDE_FIGHTS.checked_div(fights).unwrap_or(SIDE_FIGHTS).max(1);
    (SIDE_PERMILLE * SIDE_PERMILLE * factor).isqrt()
}

fn percent(permille: u64) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balance::Record;

    fn study() -> (Content, Study) {
        let content = Content::builtin().unwrap();
        let mut study = Study::new(&content);
        for part in [
            &mut study.random,
            &mut study.swapped,
            &mut study.mirror,
            &mut study.heal_only,
        ] {
            part.fights = SIDE_FIGHTS;
            part.ticks = vec![4_000; 100];
            part.abilities.iter_mut().for_each(|uses| uses.casts = 1);
        }
        (content, study)
    }

    fn record(won: u64) -> Record {
        Record {
            won,
            lost: 1000 - won,
            drawn: 0,
        }
    }

    fn lints(content: &Content, study: &Study) -> Vec<Lint> {
        study.offences(content).iter().map(|offence| offence.lint).collect()
    }

    #[test]
    fn good_content_offends_nothing_up_to_the_very_bounds() {
        let (content, mut study) = study();
        assert_eq!(study.offences(&content), []);
        study.random.classes[0] = record(400);
        study.random.classes[1] = record(600);
        study.random.ticks[0] = 10_000;
        study.mirror.left = record(510);
        study.random.forced_draws = 9;
        assert_eq!(study.offences(&content), []);
    }

    #[test]
    fn every_lint_can_be_broken() {
        let (content, mut study) = study();
        study.random.classes[3] = record(601);
        study.random.abilities[5].casts = 0;
        study.heal_only.forced_draws = 10;
        study.random.ticks = vec![4_801; 10];
        study.mirror.left = record(489);
        study.random.left = record(506);
        study.swapped.left = record(505);
        assert_eq!(lints(&content, &study), Lint::ALL);
        assert!(study.offences(&content)[0].what.contains("wins 60.1 %"));
    }

    #[test]
    fn the_bound_of_the_sides_widens_for_fewer_fights_only() {
        assert_eq!(
            [100_000, 10_000, 2_500, 100, 0].map(side_permille),
            [10, 10, 20, 100, 1000]
        );
    }
}
