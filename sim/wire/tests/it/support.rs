//! Seeded random builds and requests that pass validation.

use tiltyard_protocol::MatchId;
use tiltyard_sim::limits::{ABILITIES_MIN, UNITS_DEFAULT};
use tiltyard_sim::{
    Action, Aim, Attributes, Build, Condition, Content, Position, Role, Rule, Selector, Stance, StatusKind, Strategy,
    UnitBuild,
};
use tiltyard_sim_wire::{MatchRequest, Versions, encode_request};

/// `SplitMix64` (Steele et al., 2014): any seed gives a good stream.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, sides: usize) -> usize {
        (self.next() % sides as u64) as usize
    }

    fn upto(&mut self, most: i32) -> i32 {
        self.below(most as usize + 1) as i32
    }

    fn one<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// A request between two random teams of the default size.
pub(crate) fn request(content: &Content, seed: u64) -> MatchRequest {
    let mut dice = Dice::new(seed);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    MatchRequest {
        match_id: MatchId::from_bytes(bytes),
        versions: Versions::current(content, bytes),
        left: build(content, &mut dice, UNITS_DEFAULT),
        right: build(content, &mut dice, UNITS_DEFAULT),
    }
}

pub(crate) fn request_bytes(content: &Content, seed: u64) -> Vec<u8> {
    encode_request(&request(content, seed))
}

fn build(content: &Content, dice: &mut Dice, units: usize) -> Build {
    let units = (0..units).map(|index| unit(content, dice, index)).collect();
    Build { units }
}

fn unit(content: &Content, dice: &mut Dice, index: usize) -> UnitBuild {
    let class = &content.classes()[dice.below(content.classes().len())];
    let mut pool = class.abilities.clone();
    let mut chosen = Vec::new();
    while chosen.len() < ABILITIES_MIN + dice.below(2) && !pool.is_empty() {
        chosen.push(pool.swap_remove(dice.below(pool.len())));
    }
    let rules = content.rules();
    let abilities = chosen.iter().map(|&id| content.ability(id).unwrap());
    let retreat = strategy(dice);
    UnitBuild {
        class: class.key.clone(),
        abilities: abilities.clone().map(|ability| ability.key.clone()).collect(),
        attributes: Attributes {
            might: dice.below(3) as u8,
            vigor: 2,
            ..Attributes::default()
        },
        // One strip across the field for each unit, so that no two start on one spot.
        position: Position {
            x: dice.upto(rules.formation_depth),
            y: index as i32 * (rules.height / 8) + dice.upto(rules.height / 8 - 1),
        },
        stance: stance(dice),
        rules: abilities
            .map(|ability| rule(dice, ability.aim, &ability.key))
            .chain([retreat])
            .collect(),
    }
}

fn stance(dice: &mut Dice) -> Stance {
    match dice.below(5) {
        0 | 1 => Stance::Aggressive,
        2 => Stance::MaintainRange(500),
        3 => Stance::Kite,
        _ => Stance::Focus(dice.one(Role::ALL)),
    }
}

fn rule(dice: &mut Dice, aim: Aim, key: &str) -> Rule {
    let target = match aim {
        Aim::Enemy => dice.one(&[Selector::Current, Selector::NearestEnemy, Selector::WeakestEnemy]),
        Aim::Ally => dice.one(&[Selector::WeakestAlly, Selector::AfflictedAlly]),
        Aim::Caster => Selector::Caster,
        Aim::Fallen => Selector::FallenAlly,
    };
    Rule {
        action: Action::Ability(key.to_owned()),
        target,
        when: condition(dice, 2),
    }
}

fn strategy(dice: &mut Dice) -> Rule {
    let when = Condition::SelfHealthBelow(dice.upto(40));
    Rule {
        action: Action::Strategy(Strategy::FallBack),
        target: Selector::Current,
        when,
    }
}

fn condition(dice: &mut Dice, depth: usize) -> Condition {
    match dice.below(if depth == 0 { 6 } else { 8 }) {
        0..=2 => Condition::Always,
        3 => Condition::SelfHealthBelow(dice.upto(90)),
        4 => Condition::EnemiesWithin { range: 800, count: 1 },
        5 => Condition::TargetHas(dice.one(StatusKind::ALL)),
        6 => Condition::Not(Box::new(condition(dice, depth - 1))),
        _ => Condition::Any(vec![condition(dice, depth - 1), condition(dice, depth - 1)]),
    }
}
