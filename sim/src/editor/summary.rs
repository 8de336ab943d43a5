//! What an ability does, in words, from its effects: text that nobody has to keep in step with the numbers.

use crate::content::{Ability, Content, Effect, Reach};
use crate::kinds::Stat;
use crate::limits::TICKS_PER_SECOND;

/// Describes an ability's effects in order.
pub(super) fn of(ability: &Ability, content: &Content) -> String {
    let text = list(&ability.effects, content);
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

fn list(effects: &[Effect], content: &Content) -> String {
    let parts: Vec<_> = effects.iter().map(|effect| one(effect, content)).collect();
    parts.join("; ")
}

#[expect(clippy::too_many_lines, reason = "a line or two for each of the effects there are")]
fn one(effect: &Effect, content: &Content) -> String {
    let inner = |effects: &[Effect]| list(effects, content);
    match effect {
        Effect::Damage { school, power } => format!("{power} % {} damage", school.key()),
        Effect::Execute {
            school,
            power,
            below,
            bonus,
        } => {
            format!(
                "{power} % {} damage, {bonus} % more below {below} % health",
                school.key()
            )
        }
        Effect::Drain { school, power, share } => {
            format!("{power} % {} damage, of which {share} % heals the caster", school.key())
        }
        Effect::Heal { power } => format!("heals {power} %"),
        Effect::Dot {
            school,
            power,
            period,
            ticks,
        } => {
            let (every, long) = (seconds(*period), seconds(*ticks));
            format!("{power} % {} damage every {every} for {long}", school.key())
        }
        Effect::Hot { power, period, ticks } => {
            format!("heals {power} % every {} for {}", seconds(*period), seconds(*ticks))
        }
        Effect::Shield { power, ticks } => format!("shield of {power} % for {}", seconds(*ticks)),
        Effect::Stun { ticks } => format!("stuns for {}", seconds(*ticks)),
        Effect::Slow { permille, ticks } => format!("slows by {} for {}", percent(*permille), seconds(*ticks)),
        Effect::Root { ticks } => format!("roots for {}", seconds(*ticks)),
        Effect::Silence { ticks } => format!("silences for {}", seconds(*ticks)),
        Effect::Taunt { ticks } => format!("taunts for {}", seconds(*ticks)),
        Effect::Buff { stat, permille, ticks } => {
            let what = if *stat == Stat::Fragility { "lowers" } else { "raises" };
            format!(
                "{what} {} by {} for {}",
                stat.key(),
                percent(*permille),
                seconds(*ticks)
            )
        }
        Effect::Debuff { stat, permille, ticks } => {
            let what = if *stat == Stat::Fragility { "raises" } else { "lowers" };
            format!(
                "{what} {} by {} for {}",
                stat.key(),
                percent(*permille),
                seconds(*ticks)
            )
        }
        Effect::Cleanse { count } => format!("takes off {count} harmful status{}", plural(*count)),
        Effect::Dispel { count } => format!("takes off {count} helpful status{}", plural(*count)),
        Effect::Knockback { distance } => format!("pushes {} away", metres(*distance)),
        Effect::Pull { distance } => format!("pulls {} near", metres(*distance)),
        Effect::Dash { distance } => format!("dashes up to {}", metres(*distance)),
        Effect::Blink { distance } => format!("gets {} away from the nearest enemy", metres(*distance)),
        Effect::Energy { amount } if *amount < 0 => format!("takes {} energy", -amount),
        Effect::Energy { amount } => format!("gives {amount} energy"),
        Effect::Resurrect { health } => format!("brings back with {health} % health"),
        Effect::Summon { class, count, ticks } => {
            let name = content
                .summon(class)
                .map_or(class.as_str(), |summon| &summon.class.name);
            format!("calls {count} {name} for {}", seconds(*ticks))
        }
        Effect::Transform { form, ticks } => {
            let name = content.form(form).map_or(form.as_str(), |(_, form)| &form.name);
            format!("turns into {name} for {}", seconds(*ticks))
        }
        Effect::Reflect { permille, ticks } => {
            format!("sends {} of each blow back for {}", percent(*permille), seconds(*ticks))
        }
        Effect::Stack { limit, ticks, effects } => {
            format!("counts up for {}; at {limit}: ({})", seconds(*ticks), inner(effects))
        }
        Effect::OnHit { ticks, pause, effects } => {
            let (long, pause) = (seconds(*ticks), seconds(*pause));
            format!("for {long}, at each blow, once in {pause}: ({})", inner(effects))
        }
        Effect::OnDeath { ticks, effects } => format!("on falling within {}: ({})", seconds(*ticks), inner(effects)),
        Effect::OnLowHealth { below, ticks, effects } => {
            format!(
                "below {below} % health within {}: ({})",
                seconds(*ticks),
                inner(effects)
            )
        }
        Effect::Area { radius, reach, effects } => {
            format!("on {} within {}: ({})", whom(*reach), metres(*radius), inner(effects))
        }
        Effect::Chain {
            jumps,
            radius,
            falloff,
            effects,
        } => {
            let (near, weaker) = (metres(*radius), percent(*falloff));
            format!(
                "jumping {jumps} times up to {near}, each {weaker} weaker: ({})",
                inner(effects)
            )
        }
        Effect::Projectile { speed: _, effects } => format!("by projectile: ({})", inner(effects)),
        Effect::Zone {
            radius,
            ticks,
            period,
            reach,
            effects,
        } => {
            let (wide, long, every) = (metres(*radius), seconds(*ticks), seconds(*period));
            format!(
                "zone of {wide} for {long}, on {} every {every}: ({})",
                whom(*reach),
                inner(effects)
            )
        }
        Effect::Aura {
            radius,
            ticks,
            period,
            reach,
            effects,
        } => {
            let (wide, long, every) = (metres(*radius), seconds(*ticks), seconds(*period));
            format!(
                "aura of {wide} for {long}, on {} every {every}: ({})",
                whom(*reach),
                inner(effects)
            )
        }
        Effect::Delay { ticks, effects } => format!("after {}: ({})", seconds(*ticks), inner(effects)),
        Effect::Condition {
            when: _,
            effects,
            otherwise,
        } if otherwise.is_empty() => {
            format!("if its condition holds: ({})", inner(effects))
        }
        Effect::Condition {
            when: _,
            effects,
            otherwise,
        } => {
            let (then, otherwise) = (inner(effects), inner(otherwise));
            format!("if its condition holds: ({then}), otherwise: ({otherwise})")
        }
    }
}

const fn whom(reach: Reach) -> &'static str {
    match reach {
        Reach::Enemies => "enemies",
        Reach::Allies => "allies",
    }
}

const fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "es" }
}

fn seconds(ticks: u32) -> String {
    let hundredths = u64::from(ticks) * 100 / u64::from(TICKS_PER_SECOND);
    format!("{} s", decimal(hundredths, 100))
}

fn metres(centimetres: i32) -> String {
    format!("{} m", decimal(u64::from(centimetres.unsigned_abs()), 100))
}

fn percent(permille: i32) -> String {
    format!("{} %", decimal(u64::from(permille.unsigned_abs()), 10))
}

/// Writes `value / scale` without zeros at its end; the scale is a power of ten.
fn decimal(value: u64, scale: u64) -> String {
    let (whole, mut rest, mut digits) = (value / scale, value % scale, scale.ilog10() as usize);
    if rest == 0 {
        return whole.to_string();
    }
    while rest.is_multiple_of(10) {
        rest /= 10;
        digits -= 1;
    }
    format!("{whole}.{rest:0digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::School;

    #[test]
    fn numbers_are_written_as_people_do() {
        assert_eq!(
            (seconds(30), seconds(5), seconds(20)),
            ("1.5 s".into(), "0.25 s".into(), "1 s".into())
        );
        assert_eq!((metres(1450), metres(605)), ("14.5 m".into(), "6.05 m".into()));
        assert_eq!((percent(250), percent(75)), ("25 %".into(), "7.5 %".into()));
    }

    #[test]
    fn effects_are_told_with_their_numbers() {
        let content = Content::builtin().unwrap();
        let blow = Effect::Damage {
            school: School::Fire,
            power: 215,
        };
        let burning = Effect::Dot {
            school: School::Fire,
            power: 12,
            period: 20,
            ticks: 80,
        };
        let effects = vec![blow, burning];
        let told = list(&[Effect::Projectile { speed: 2400, effects }], &content);
        assert_eq!(
            told,
            "by projectile: (215 % fire damage; 12 % fire damage every 1 s for 4 s)"
        );
    }

    #[test]
    fn every_ability_has_something_to_tell() {
        let content = Content::builtin().unwrap();
        for ability in content.abilities() {
            let text = of(ability, &content);
            assert!(
                text.len() > 5 && text.len() < 600 && text.ends_with('.'),
                "{}: {text}",
                ability.key
            );
        }
    }
}
