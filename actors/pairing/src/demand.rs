//! What arrives where: arrivals by rating band over the last minute or two, and from them the wait that a spread means.

use serde::{Deserialize, Serialize};

use crate::points::{MILLI, points};

/// Width of a band in points.
const BAND: f64 = 50.0;
/// The same in thousandths: each arrival is counted, so it is not divided as a float.
const BAND_MILLI: i32 = 50 * MILLI;
const BANDS: usize = 100;
/// Spreads by doubling: class c holds spreads under 2^c points.
const CLASSES: usize = 13;
/// Length of a counting window.
const WINDOW_MS: u64 = 60_000;
/// Longest wait that is told.
const WAIT_MAX_MS: u64 = 24 * 3_600_000;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "[Vec<u32>; 2]", into = "[Vec<u32>; 2]")]
struct Counts {
    bands: [u32; BANDS],
    classes: [u32; CLASSES],
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            bands: [0; BANDS],
            classes: [0; CLASSES],
        }
    }
}

impl From<Counts> for [Vec<u32>; 2] {
    fn from(counts: Counts) -> Self {
        [counts.bands.to_vec(), counts.classes.to_vec()]
    }
}

impl TryFrom<[Vec<u32>; 2]> for Counts {
    type Error = &'static str;

    fn try_from([bands, classes]: [Vec<u32>; 2]) -> Result<Self, Self::Error> {
        match (bands.try_into(), classes.try_into()) {
            (Ok(bands), Ok(classes)) => Ok(Self { bands, classes }),
            (Err(_), _) | (_, Err(_)) => Err("counts of another number of bands or classes"),
        }
    }
}

/// Counts arrivals in two windows of a minute; a rate is taken over the last minute, the older window in part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    now: Counts,
    before: Counts,
    began_ms: u64,
    /// Time from which on it counts.
    first_ms: Option<u64>,
}

impl Demand {
    /// Counts an arrival: rating in thousandths, spread in points.
    pub fn observe(&mut self, rating: i32, spread: u16, now_ms: u64) {
        self.turn(now_ms);
        self.first_ms.get_or_insert(now_ms);
        self.now.bands[band_of(rating)] += 1;
        self.now.classes[class_of(spread)] += 1;
    }

    /// Arrivals a second, all bands.
    #[must_use]
    pub fn per_second(&self, now_ms: u64) -> f64 {
        (0..BANDS).map(|band| self.band_rate(band, now_ms)).sum()
    }

    /// Arrivals a second that would fit a ticket of this rating (thousandths) and spread (points).
    #[must_use]
    pub fn fitting_per_second(&self, rating: i32, spread: u16, now_ms: u64) -> f64 {
        let (own, spread) = (points(rating.into()), f64::from(spread));
        let clamped = own.clamp(0.0, BAND * BANDS as f64);
        (0..BANDS)
            .map(|band| {
                let (low, high) = (band as f64 * BAND, (band + 1) as f64 * BAND);
                let (from, to) = (low.max(clamped - spread), high.min(clamped + spread));
                if from >= to {
                    return 0.0;
                }
                let distance = f64::midpoint(from, to) - clamped;
                let share = (to - from) / BAND * self.reaching(distance.abs(), now_ms);
                self.band_rate(band, now_ms) * share
            })
            .sum()
    }

    /// Expected wait in ms of a ticket with this rating and spread, if arrivals go on as they were and ticks are `tick_ms`
    /// long; `None` if nobody who fits came lately.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and bounded by a day"
    )]
    pub fn wait_ms(&self, rating: i32, spread: u16, tick_ms: u64, now_ms: u64) -> Option<u64> {
        let rate = self.fitting_per_second(rating, spread, now_ms);
        (rate > 0.0).then(|| {
            let arrival = (1_000.0 / rate).min(WAIT_MAX_MS as f64) as u64;
            (tick_ms / 2 + arrival).min(WAIT_MAX_MS)
        })
    }

    /// The least spread from `spread` to `limit` at which somebody who fits comes within `wanted_ms`; the limit if none does.
    /// Before it has counted for a minute it knows nothing of who does not come, and answers `spread`.
    #[must_use]
    pub fn spread_for(&self, rating: i32, spread: u16, limit: u16, wanted_ms: u64, now_ms: u64) -> u16 {
        let is_known = self
            .first_ms
            .is_some_and(|first| now_ms.saturating_sub(first) >= WINDOW_MS);
        if !is_known {
            return spread;
        }
        let enough = |spread| self.fitting_per_second(rating, spread, now_ms) * wanted_ms as f64 >= 1_000.0;
        let (mut low, mut high) = (spread, limit.max(spread));
        while low < high {
            let middle = low.midpoint(high);
            if enough(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    fn turn(&mut self, now_ms: u64) {
        let passed = now_ms.saturating_sub(self.began_ms) / WINDOW_MS;
        if passed == 0 {
            return;
        }
        self.before = std::mem::take(&mut self.now);
        if passed > 1 {
            self.before = Counts::default();
        }
        self.began_ms += passed * WINDOW_MS;
    }

    /// Weights of both windows, and over how many seconds they count.
    fn weights(&self, now_ms: u64) -> (f64, f64, f64) {
        let into = now_ms.saturating_sub(self.began_ms);
        let (now, before) = match into / WINDOW_MS {
            0 => (1.0, (WINDOW_MS - into) as f64 / WINDOW_MS as f64),
            1 => ((2 * WINDOW_MS - into) as f64 / WINDOW_MS as f64, 0.0),
            _ => (0.0, 0.0),
        };
        let known = self.first_ms.map_or(0, |first| now_ms.saturating_sub(first));
        (now, before, known.clamp(1_000, WINDOW_MS) as f64 / 1_000.0)
    }

    fn band_rate(&self, band: usize, now_ms: u64) -> f64 {
        let (now, before, seconds) = self.weights(now_ms);
        f64::from(self.now.bands[band]).mul_add(now, f64::from(self.before.bands[band]) * before) / seconds
    }

    /// Share of arrivals whose spread reaches this far.
    fn reaching(&self, distance: f64, now_ms: u64) -> f64 {
        let (now, before, _) = self.weights(now_ms);
        let count = |class: usize| {
            f64::from(self.now.classes[class]).mul_add(now, f64::from(self.before.classes[class]) * before)
        };
        let total: f64 = (0..CLASSES).map(count).sum();
        if total <= 0.0 {
            return 0.0;
        }
        let reaching: f64 = (0..CLASSES)
            .map(|class| {
                let (low, high) = class_bounds(class);
                count(class) * ((high - distance) / (high - low)).clamp(0.0, 1.0)
            })
            .sum();
        reaching / total
    }
}

fn band_of(rating: i32) -> usize {
    usize::try_from(rating / BAND_MILLI).map_or(0, |band| band.min(BANDS - 1))
}

fn class_of(spread: u16) -> usize {
    ((u16::BITS - spread.leading_zeros()) as usize).min(CLASSES - 1)
}

fn class_bounds(class: usize) -> (f64, f64) {
    match class {
        0 => (0.0, 1.0),
        _ => ((1_u32 << (class - 1)).into(), (1_u32 << class).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::milli;

    fn steady(per_second: u32, rating: f64, spread: u16) -> Demand {
        let mut demand = Demand::default();
        for second in 0..120 {
            for _ in 0..per_second {
                demand.observe(milli(rating), spread, second * 1_000);
            }
        }
        demand
    }

    #[test]
    fn rates_follow_what_arrives_and_are_forgotten() {
        let demand = steady(5, 1_510.0, 200);
        assert!((demand.per_second(120_000) - 5.0).abs() < 0.3);
        assert!(demand.per_second(300_000).abs() < 1e-9);
    }

    #[test]
    fn waits_depend_on_both_spreads() {
        let demand = steady(5, 1_510.0, 200);
        let wait = |rating, spread| demand.wait_ms(milli(rating), spread, 1_000, 120_000);
        assert!(wait(1_525.0, 100).unwrap() < 1_000);
        assert!(wait(1_525.0, 10).unwrap() > wait(1_525.0, 100).unwrap());
        assert_eq!(wait(2_500.0, 100), None, "nobody near");
        assert_eq!(wait(2_500.0, 4_000), None, "their spreads do not reach");
    }

    #[test]
    fn where_few_arrive_a_wider_spread_is_taken_at_once() {
        let demand = steady(1, 1_510.0, 400);
        let start = |rating, limit| demand.spread_for(milli(rating), 20, limit, 10_000, 120_000);
        assert_eq!(start(1_525.0, 400), 20);
        assert!((100..=300).contains(&start(1_700.0, 400)));
        assert_eq!(start(1_700.0, 60), 60, "never past the limit");
    }

    #[test]
    fn before_a_minute_has_passed_nothing_is_known_of_who_does_not_come() {
        let mut demand = Demand::default();
        assert_eq!(demand.spread_for(milli(1_500.0), 20, 400, 10_000, 500_000), 20);
        demand.observe(milli(1_500.0), 20, 500_000);
        assert_eq!(demand.spread_for(milli(2_500.0), 20, 400, 10_000, 559_999), 20);
        assert_eq!(demand.spread_for(milli(2_500.0), 20, 400, 10_000, 560_000), 400);
    }

    #[test]
    fn classes_and_bands_cover_everything() {
        assert_eq!((class_of(0), class_of(1), class_of(255), class_of(256)), (0, 1, 8, 9));
        assert_eq!((class_of(4_095), class_of(u16::MAX)), (12, 12));
        assert_eq!((band_of(i32::MIN), band_of(0), band_of(i32::MAX)), (0, 0, BANDS - 1));
    }
}
