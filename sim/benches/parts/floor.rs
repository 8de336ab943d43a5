//! The floor: the least a fight can cost. Plain arrays, four abilities, one target, one status, no tactics, no events.
//!
//! It is what the machine makes of the same number of units and ticks when nothing is asked of it; the ratio to it says
//! how much of the engine's time the rules take.

const UNITS: usize = 10;
const TICKS: u32 = 3_000;

/// One field per array, as the engine's storages are.
struct Floor {
    x: [i32; UNITS],
    y: [i32; UNITS],
    health: [i32; UNITS],
    target: [usize; UNITS],
    ready: [[u32; 4]; UNITS],
    slowed_until: [u32; UNITS],
    dice: [u64; UNITS],
}

/// Fights a fixed number of ticks and returns (living unit-ticks, something that depends on everything).
pub(crate) fn fight(seed: u64) -> (u64, i64) {
    let mut floor = Floor {
        x: std::array::from_fn(|unit| if unit < UNITS / 2 { 1_000 } else { 5_000 }),
        y: std::array::from_fn(|unit| 400 * (unit % 5) as i32 + 1_000),
        health: [60_000; UNITS],
        target: [0; UNITS],
        ready: [[0; 4]; UNITS],
        slowed_until: [0; UNITS],
        dice: std::array::from_fn(|unit| seed ^ (unit as u64 + 1)),
    };
    let mut unit_ticks = 0;
    for tick in 1..=TICKS {
        for unit in 0..UNITS {
            if floor.health[unit] > 0 {
                unit_ticks += 1;
                floor.unit(unit, tick);
            }
        }
    }
    let sum = floor.health.iter().chain(&floor.x).map(|&each| i64::from(each)).sum();
    (unit_ticks, sum)
}

impl Floor {
    fn unit(&mut self, unit: usize, tick: u32) {
        if tick as usize % 5 == unit % 5 || self.health[self.target[unit]] <= 0 {
            self.target[unit] = self.nearest(unit);
        }
        let target = self.target[unit];
        if self.distance2(unit, target) > 200 * 200 {
            let stride = if self.slowed_until[unit] > tick { 12 } else { 22 };
            self.x[unit] += (self.x[target] - self.x[unit]).signum() * stride;
            self.y[unit] += (self.y[target] - self.y[unit]).signum() * stride;
            return;
        }
        let ready = self.ready[unit].iter().position(|&at| at <= tick);
        if let Some(ability) = ready {
            self.ready[unit][ability] = tick + 40 + 60 * ability as u32;
            self.strike(unit, target, ability, tick);
        }
    }

    fn strike(&mut self, unit: usize, target: usize, ability: usize, tick: u32) {
        let old = self.dice[unit];
        self.dice[unit] = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let roll = (old >> 33) as i32 % 200;
        let points = (60 + 20 * ability as i32) * (900 + roll) / 1_000 * 100 / 140;
        self.health[target] -= points;
        if ability == 3 {
            self.slowed_until[target] = tick + 60;
        }
    }

    fn nearest(&self, unit: usize) -> usize {
        let enemies = if unit < UNITS / 2 {
            UNITS / 2..UNITS
        } else {
            0..UNITS / 2
        };
        let standing = enemies.filter(|&enemy| self.health[enemy] > 0);
        standing
            .min_by_key(|&enemy| self.distance2(unit, enemy))
            .unwrap_or(unit)
    }

    fn distance2(&self, a: usize, b: usize) -> i32 {
        let (dx, dy) = (self.x[a] - self.x[b], self.y[a] - self.y[b]);
        dx * dx + dy * dy
    }
}
