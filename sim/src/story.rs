//! A fight as lines that people read: what happened, to whom, and which rule of which unit was the reason.

use std::fmt::Write as _;

use crate::build::{Action, Build, Rule};
use crate::content::Content;
use crate::fight::Outcome;
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

    /// Returns the rules of a unit, if a build brought it.
    fn rules(&self, slot: Slot) -> &'a [Rule] {
        let (slot, split) = (usize::from(slot), self.left.units.len());
        let unit = match slot.checked_sub(split) {
            None => self.left.units.get(slot),
            Some(index) => self.right.units.get(index),
        };
        unit.map_or(&[], |unit| &unit.rules)
    }

    /// Says why: the rule as its player wrote it, or what decides without one.
    fn reason(&self, decision: &Decision) -> String {
        let rules = self.rules(decision.slot);
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
        let left = self.units.get(usize::from(event.target)).map_or(0, |unit| unit.health);
        let status = |number: i32| {
            let kind = usize::try_from(number)
                .ok()
                .and_then(|number| StatusKind::ALL.get(number));
            kind.map_or("something", |kind| kind.key())
        };
        Some(match event.kind {
            EventKind::CastStart | EventKind::Cast | EventKind::Enter | EventKind::Radius => return None,
            EventKind::Damage => format!("    {ability} takes {amount} from {target}, {left} left"),
            EventKind::Critical => format!("    {ability} takes {amount} (critical) from {target}, {left} left"),
            EventKind::Heal => format!("    {ability} gives {target} {amount}, has {left}"),
            EventKind::Absorb => format!("    {target}'s shield takes {amount} of {ability}"),
            EventKind::Immune => format!("    {target} is immune to {} by {source}", status(amount)),
            EventKind::StatusEnd => format!("    {target} loses {}", status(amount)),
            EventKind::Trigger => format!("    {ability} is set off on {target} ({})", status(amount)),
            EventKind::StackCount => format!("    {ability} on {target}: {amount}"),
            EventKind::Transform => format!("    {target} turns into a {}", self.look(amount)),
            EventKind::Interrupt => format!("    {target}'s {ability} is interrupted by {source}"),
            EventKind::Death => format!("{target} falls to {source}"),
            EventKind::Resurrect => format!("{target} rises again with {amount}"),
            EventKind::Summon => format!("    {source} calls {target}"),
            EventKind::Vanish => format!("{target} is gone"),
            EventKind::Fatigue => format!("fatigue rises to step {amount}"),
            kind if is_status(kind) => format!("    {target}: {} by {source} for {amount} ticks", kind.key()),
            kind => format!("    {target}: {} {amount} ({ability})", kind.key()),
        })
    }
}

/// Statuses begin with events of the same keys.
fn is_status(kind: EventKind) -> bool {
    StatusKind::ALL.iter().any(|status| status.key() == kind.key())
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
    }
}
