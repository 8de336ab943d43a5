//! The queues: a table each in the file.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_actors::QueueSettings;
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{QueueName, limits};

use super::millis;

/// One queue. Every node of a deployment has the same ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Its name, in paths and tickets: 1 to 32 of a-z, 0-9, _ and -.
    pub name: QueueName,
    /// Kind of its matches.
    pub mode: QueueMode,
    /// Where its players are at home; shown to them, and otherwise without effect.
    pub region: String,
    /// Time between two pairings. Without one what arrives decides, within 50 ms and 1 s.
    pub tick_ms: Option<u64>,
    /// Spread of a ticket that names none, in rating points.
    pub spread: u16,
    /// Widest spread that a ticket may name or allow.
    pub spread_max: u16,
    /// A ticket that may be widened begins so wide that somebody who fits is expected within this time; 0 never.
    pub widen_for_ms: u64,
    /// Life of a ticket that finds nobody.
    pub expires_after_s: u64,
    /// Time in which two who met do not meet again; 0 lets them.
    pub repeat_after_s: u64,
}

/// Kind of a queue's matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueMode {
    /// Against a player, rated.
    Ranked,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            name: QueueName::ranked(),
            mode: QueueMode::Ranked,
            region: "local".to_owned(),
            tick_ms: None,
            spread: limits::SPREAD_DEFAULT,
            spread_max: limits::SPREAD_MAX,
            widen_for_ms: 10_000,
            expires_after_s: limits::TICKET_LIFE.as_secs(),
            repeat_after_s: 0,
        }
    }
}

impl Queue {
    /// Returns the mode as players are told.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        match self.mode {
            QueueMode::Ranked => Mode::Ranked,
        }
    }

    /// Returns the life of a ticket that finds nobody.
    #[must_use]
    pub const fn ticket_life(&self) -> Duration {
        Duration::from_secs(self.expires_after_s)
    }

    /// Returns the queue as its leader takes it; `leads` says whether this node may be it.
    pub(crate) fn settings(&self, leads: bool) -> QueueSettings {
        QueueSettings {
            name: self.name.clone(),
            leads,
            tick: self.tick_ms.map(Duration::from_millis),
            repeat_after: Duration::from_secs(self.repeat_after_s),
            widen_for: Duration::from_millis(self.widen_for_ms),
            ticket_life: self.ticket_life(),
        }
    }

    /// Returns everything that is wrong with the queue, each with its key under `path`.
    pub(super) fn problems(&self, path: &str) -> Vec<String> {
        let day = 24 * 3_600;
        let mut rules = vec![
            ("spread", self.spread.into(), 1, self.spread_max.into()),
            ("spread_max", self.spread_max.into(), 1, limits::SPREAD_MAX.into()),
            ("widen_for_ms", self.widen_for_ms, 0, 600_000),
            (
                "expires_after_s",
                self.expires_after_s,
                10,
                limits::TICKET_LIFE.as_secs(),
            ),
            (
                "repeat_after_s",
                self.repeat_after_s,
                0,
                limits::REPEAT_AFTER_MAX.as_secs().min(day),
            ),
        ];
        rules.extend(
            self.tick_ms
                .map(|tick_ms| ("tick_ms", tick_ms, 10, millis(Duration::from_secs(60)))),
        );
        let outside = rules
            .into_iter()
            .filter(|(_, value, least, most)| !(least..=most).contains(&value));
        let mut problems: Vec<_> = outside
            .map(|(key, value, least, most)| format!("{path}.{key}: {value} is not within {least} and {most}"))
            .collect();
        if !(1..=32).contains(&self.region.chars().count()) || self.region.chars().any(char::is_control) {
            problems.push(format!(
                "{path}.region: must have 1 to 32 characters, none of them a control character"
            ));
        }
        problems
    }
}

/// Returns everything that is wrong with the queues as a whole and with each, and with which of them a node leads.
pub(super) fn problems(queues: &[Queue], leads: Option<&[QueueName]>) -> Vec<String> {
    let mut problems = Vec::new();
    if !(1..=limits::QUEUES_MAX).contains(&queues.len()) {
        let found = queues.len();
        problems.push(format!(
            "queues: {found} of them, allowed are 1 to {}",
            limits::QUEUES_MAX
        ));
    }
    for (n, queue) in queues.iter().enumerate() {
        problems.extend(queue.problems(&format!("queues[{n}]")));
        if queues[..n].iter().any(|other| other.name == queue.name) {
            problems.push(format!(
                "queues[{n}].name: {} is the name of another queue; give each its own",
                queue.name
            ));
        }
    }
    let known = |name: &&QueueName| queues.iter().any(|queue| queue.name == **name);
    for name in leads.unwrap_or_default().iter().filter(|name| !known(name)) {
        let names: Vec<_> = queues.iter().map(|queue| queue.name.as_str()).collect();
        problems.push(format!(
            "matchmaking.leads: there is no queue {name}; there are {}",
            names.join(", ")
        ));
    }
    problems
}
