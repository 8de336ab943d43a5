//! A fight as lines that people read: what happened, to whom, and which rule of which unit was the reason.

use std::fmt::Write as _;

use crate::build::{Action, Build, Rule, UnitBuild};
use crate::content::Content;
use crate::fight::{Outcome, UnitStats};
use crate::kinds::{AbilityId, ClassId, Side, Slot, StatusKind};
use crate::limits::TICKS_PER_SECOND;
use crate::record::{Decision, Event, EventKind, Recorder, RosterUnit};

/// Listens to a fight and tells it.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    content: &'a Content,
    left: &'a Build,
    right: &'a Build,
    units: Vec<Teller>,
    lines: Vec<String>,
}

/// What is known of a slot.
#[derive(Clone, Debug)]
struct Teller {
    name: String,
    side: Side,
    health: i32,
}

impl<'a> Story<'a> {
    /// Gets ready to tell a fight between these two builds.
    #[must_use]
    pub const fn new(content: &'a Content, left: &'a Build, right: &'a Build) -> Self {
        Self {
            content,
            left,
            right,
            units: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Returns the lines told so far: time in seconds, who, what, and for choices why.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    fn say(&mut self, tick: u32, what: &str) {
        let (seconds, hundredths) = (
            tick / TICKS_PER_SECOND,
            tick % TICKS_PER_SECOND * 100 / TICKS_PER_SECOND,
        );
        self.lines.push(format!("{seconds:4}.{hundredths:02}  {what}"));
    }

    fn name(&self, slot: Slot) -> &str {
        self.units.get(usize::from(slot)).map_or("nobody", |unit| &unit.name)
    }

    fn ability(&self, id: AbilityId) -> &str {
        self.content.ability(id).map_or("", |ability| &ability.name)
    }

    /// Returns the name of a class, summoned class or form by its number.
    fn look(&self, number: i32) -> &str {
        let id = u8::try_from(number).ok().map(ClassId);
        let class = |id| self.content.class(id).map(|class| &*class.name);
        let form = |id| {
            self.content
                .forms()
                .iter()
                .find(|form| form.id == id)
                .map(|form| &*form.name)
        };
        id.and_then(|id| class(id).or_else(|| form(id))).unwrap_or("something")
    }

    /// Returns the unit as a build brought it; summons are in none.
    fn unit(&self, slot: Slot) -> Option<&'a UnitBuild> {
        let slot = usize::from(slot);
        match slot.checked_sub(self.left.units.len()) {
            None => self.left.units.get(slot),
            Some(index) => self.right.units.get(index),
        }
    }

    /// Says why: the rule as its player wrote it, or what decides without one.
    fn reason(&self, decision: &Decision) -> String {
        let rules = self.unit(decision.slot).map_or(&[][..], |unit| &unit.rules);
        let rule = |number: u8| {
            let text = rules.get(usize::from(number)).map(rule_text);
            let text = text.unwrap_or_else(|| "its own tactic".to_owned());
            format!("rule {}: {text}", number + 1)
        };
        let mut reason = decision.rule.map_or_else(|| "no rule: basic attack".to_owned(), rule);
        if let Some(strategy) = decision.strategy {
            // Writing to a text cannot fail.
            let _written = write!(reason, "; {}", rule(strategy));
        }
        reason
    }

    fn follow(&mut self, event: &Event) {
        if let Some(unit) = self.units.get_mut(usize::from(event.target)) {
            unit.health += event.health_change();
        }
        if event.kind == EventKind::Summon {
            let name = self.look(event.amount).to_owned();
            let side = self.units.get(usize::from(event.source)).map(|unit| unit.side);
            if let Some(unit) = self.units.get_mut(usize::from(event.target)) {
                unit.side = side.unwrap_or(unit.side);
                unit.name = named(unit.side, event.target, &name);
            }
        }
    }

    /// Returns what an event says, or nothing where another event or the decision has said it.
    fn event_text(&self, event: &Event) -> Option<String> {
        let (source, target) = (self.name(event.source), self.name(event.target));
        let (ability, amount) = (self.ability(event.ability), event.amount);
        let whose = match ability {
            "" => "exhaustion".to_owned(),
            ability => format!("{source}'s {ability}"),
        };
        let left = self.units.get(usize::from(event.target)).map_or(0, |unit| unit.health);
        let status = |number: i32| {
            let kind = usize::try_from(number)
                .ok()
                .and_then(|number| StatusKind::ALL.get(number));
            kind.map_or("something", |kind| kind.key())
        };
        Some(match event.kind {
            EventKind::CastStart | EventKind::Cast | EventKind::Enter | EventKind::Radius => return None,
            EventKind::Damage => format!("    {whose} takes {amount} from {target}, {left} left"),
            EventKind::Critical => format!("    {whose} takes {amount} (critical) from {target}, {left} left"),
            EventKind::Heal => format!("    {whose} gives {target} {amount}, has {left}"),
            EventKind::Absorb => format!("    {target}'s shield takes {amount} of {whose}"),
            EventKind::ShieldGain => format!("    {whose} shields {target} against {amount}"),
            EventKind::ShieldLoss => format!("    {target}'s shield loses {amount}"),
            EventKind::Evade => format!("    {target} evades {whose}"),
            EventKind::Energy => format!("    {whose} changes the energy of {target} by {amount}"),
            EventKind::Displace => format!("    {whose} moves {target} by {amount} cm"),
            EventKind::Projectile => format!("    {whose} flies at {target} for {}", seconds(amount)),
            EventKind::Delay => format!("    {whose} will reach {target} in {}", seconds(amount)),
            EventKind::Zone => format!("    {whose} lies where {target} stands for {}", seconds(amount)),
            EventKind::Aura => format!("    {whose} surrounds {target} for {}", seconds(amount)),
            EventKind::Immune => format!("    {target} is immune to {} by {source}", status(amount)),
            EventKind::StatusEnd => format!("    {target} loses {}", status(amount)),
            EventKind::Trigger => format!("    {ability} is set off on {target} ({})", status(amount)),
            EventKind::StackCount => format!("    {whose} on {target}: {amount}"),
            EventKind::Transform => format!("    {target} turns into a {}", self.look(amount)),
            EventKind::Interrupt => format!("    {target}'s {ability} is interrupted by {source}"),
            EventKind::Death => format!("{target} falls to {source}"),
            EventKind::Resurrect => format!("{target} rises again with {amount}"),
            EventKind::Summon => format!("    {source} calls {target}"),
            EventKind::Vanish => format!("{target} is gone"),
            EventKind::Fatigue => format!("fatigue rises to step {amount}"),
            kind => format!("    {whose}: {} on {target} for {}", kind.key(), seconds(amount)),
        })
    }

    /// Tells who enters and by which tactics.
    fn introduce(&mut self, unit: &RosterUnit) {
        let Some(build) = self.unit(unit.slot) else {
            return;
        };
        let stance = ron::to_string(&build.stance).unwrap_or_default();
        let (name, health) = (self.name(unit.slot), unit.health_max);
        let text = format!("{name} enters with {health} health, stance {stance}");
        self.say(0, &text);
    }

    /// Tells what each unit did.
    fn sum_up(&mut self, outcome: &Outcome) {
        for (slot, stats) in (0..).zip(&outcome.units) {
            let UnitStats {
                kills,
                deaths,
                damage,
                healing,
                casts,
            } = *stats;
            if *stats == UnitStats::default() {
                continue;
            }
            let name = self.name(slot);
            let text = format!(
                "    {name}: {damage} damage, {healing} healing, {casts} abilities, {kills} kills, {deaths} deaths"
            );
            self.say(outcome.ticks, &text);
        }
    }
}

/// Says how long so many ticks are.
fn seconds(ticks: i32) -> String {
    let ticks = ticks.unsigned_abs();
    let hundredths = ticks % TICKS_PER_SECOND * 100 / TICKS_PER_SECOND;
    format!("{}.{hundredths:02} s", ticks / TICKS_PER_SECOND)
}

fn rule_text(rule: &Rule) -> String {
    let what = match &rule.action {
        Action::Ability(key) => key.as_str(),
        Action::Strategy(strategy) => strategy.key(),
    };
    let when = ron::to_string(&rule.when).unwrap_or_default();
    format!("{what} on {} when {when}", rule.target.key())
}

fn named(side: Side, slot: Slot, class: &str) -> String {
    format!("{} {class} #{slot}", side.key())
}

impl Recorder for Story<'_> {
    const EXPLAINS: bool = true;

    fn begin(&mut self, roster: &[RosterUnit]) {
        for unit in roster {
            let class = unit.class.and_then(|id| self.content.class(id));
            let class = class.map_or("nobody", |class| &class.name);
            self.units.push(Teller {
                name: named(unit.side, unit.slot, class),
                side: unit.side,
                health: unit.health_max,
            });
            self.introduce(unit);
        }
    }

    fn decision(&mut self, decision: &Decision) {
        let (who, target) = (self.name(decision.slot), self.name(decision.target));
        let (ability, reason) = (self.ability(decision.ability), self.reason(decision));
        let text = format!("{who} uses {ability} on {target} [{reason}]");
        self.say(decision.tick, &text);
    }

    fn event(&mut self, event: &Event) {
        self.follow(event);
        if let Some(text) = self.event_text(event) {
            self.say(event.tick, &text);
        }
    }

    fn end(&mut self, outcome: &Outcome) {
        let winner = outcome.winner.map_or("nobody", Side::key);
        self.say(outcome.ticks, &format!("{winner} wins by {}", outcome.reason.key()));
        self.sum_up(outcome);
    }
}
