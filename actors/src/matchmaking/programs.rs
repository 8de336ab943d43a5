//! Which programs take jobs, as a leader knows it: what new matches are stamped with, and whose matches are stranded.
//!
//! A leader stamps with its own rules while somebody fights under them: its queue was reviewed against its own content. Else
//! with the newest that are fought under, so that in a rolling change no match waits for a node that comes last. Matches of
//! a version are stranded when nobody has spoken of it for [`GONE_AFTER`] while the live store was read all the time: after a
//! flush or an outage everybody gets the time to speak again.

use std::collections::BTreeMap;
use std::time::Duration;

use tiltyard_db::live::jobs::Program;
use tokio::time::Instant;

/// Silence after which nobody runs a version any more; an announcement is made each second and lives for three.
const GONE_AFTER: Duration = Duration::from_secs(10);
/// Longest pause between two readings after which they still tell who was silent; in standby nobody reads.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Time between two looks for stranded matches.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a leader has heard of the programs that take jobs.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    /// Those of the last reading.
    listed: Vec<Program>,
    /// When each version was heard of last.
    heard: BTreeMap<u32, Instant>,
    /// Since when every reading has succeeded, and when the last was.
    since: Option<Instant>,
    last: Option<Instant>,
    looked: Option<Instant>,
}

impl Programs {
    /// Takes a reading; `None` if it failed.
    pub(crate) fn read(&mut self, now: Instant, listed: Option<Vec<Program>>) {
        let Some(listed) = listed else {
            self.since = None;
            self.listed.clear();
            return;
        };
        let last = self.last.replace(now);
        if self.since.is_none() || last.is_none_or(|last| now > last + PAUSE_MAX) {
            self.since = Some(now);
        }
        self.heard
            .extend(listed.iter().map(|program| (program.rules_version, now)));
        self.listed = listed;
    }

    /// Returns the program to stamp for if that is not `own`.
    pub(crate) fn other(&self, own: u32, now: Instant) -> Option<&Program> {
        if self.is_heard(own, now) {
            return None;
        }
        let others = self.listed.iter().filter(|program| program.rules_version != own);
        others.max_by_key(|program| program.rules_version)
    }

    /// Returns the versions whose matches are not stranded if it is time to look for those that are, and somebody fights
    /// under `target`.
    pub(crate) fn kept(&mut self, target: u32, now: Instant) -> Option<Vec<u32>> {
        let known = self.since.is_some_and(|since| now >= since + GONE_AFTER);
        let due = self.looked.is_none_or(|looked| now >= looked + LOOK_EVERY);
        let fought = self.listed.iter().any(|program| program.rules_version == target);
        if !(known && due && fought) {
            return None;
        }
        self.looked = Some(now);
        self.heard.retain(|_, heard| now < *heard + GONE_AFTER);
        Some(self.heard.keys().copied().collect())
    }

    fn is_heard(&self, version: u32, now: Instant) -> bool {
        self.heard.get(&version).is_some_and(|heard| now < *heard + GONE_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: u32 = 5;

    fn program(rules_version: u32) -> Program {
        Program {
            rules_version,
            engine: "0".into(),
            rng: "r".into(),
        }
    }

    /// Reads these versions each second, for so many seconds; returns the time of the last reading.
    fn read(programs: &mut Programs, from: Instant, seconds: u64, versions: &[u32]) -> Instant {
        let mut now = from;
        for second in 0..=seconds {
            now = from + Duration::from_secs(second);
            programs.read(now, Some(versions.iter().copied().map(program).collect()));
        }
        now
    }

    fn other(programs: &Programs, now: Instant) -> Option<u32> {
        programs.other(OWN, now).map(|program| program.rules_version)
    }

    #[test]
    fn own_rules_come_first_and_then_the_newest_that_are_fought() {
        let mut programs = Programs::default();
        let start = Instant::now();
        assert_eq!(other(&programs, start), None, "nothing is known");
        let now = read(&mut programs, start, 0, &[4, OWN, 6]);
        assert_eq!(other(&programs, now), None);
        let mut leader_first = Programs::default();
        let now = read(&mut leader_first, start, 0, &[3, 4]);
        assert_eq!(other(&leader_first, now), Some(4), "a new leader among old nodes");
        let now = read(&mut programs, now, 9, &[4, 6, 7]);
        assert_eq!(other(&programs, now), None, "its nodes may only have been flushed away");
        let now = read(&mut programs, now, 1, &[4, 6, 7]);
        assert_eq!(other(&programs, now), Some(7), "an old leader among new nodes");
        let now = read(&mut programs, now, 1, &[]);
        assert_eq!(other(&programs, now), None, "nobody fights: its own are as good as any");
    }

    #[test]
    fn a_version_is_gone_after_its_silence() {
        let mut programs = Programs::default();
        let now = read(&mut programs, Instant::now(), 9, &[4, OWN]);
        assert_eq!(programs.kept(OWN, now), None, "others may not have spoken yet");
        let now = read(&mut programs, now, 1, &[4, OWN]);
        assert_eq!(programs.kept(OWN, now), Some(vec![4, OWN]));
        assert_eq!(programs.kept(OWN, now), None, "just looked");
        let now = read(&mut programs, now, 9, &[OWN]);
        assert_eq!(programs.kept(OWN, now), Some(vec![4, OWN]));
        let now = read(&mut programs, now, 2, &[OWN]);
        assert_eq!(programs.kept(4, now), None, "nobody fights under that");
        assert_eq!(programs.kept(OWN, now), Some(vec![OWN]));
    }

    #[test]
    fn after_a_flush_or_an_outage_everybody_has_the_time_to_speak_again() {
        let mut programs = Programs::default();
        let now = read(&mut programs, Instant::now(), 20, &[4, OWN]);
        let flushed = read(&mut programs, now, 1, &[]);
        assert_eq!(programs.kept(OWN, flushed), None);
        let now = read(&mut programs, flushed, 1, &[OWN]);
        assert_eq!(programs.kept(OWN, now), Some(vec![4, OWN]));
        let down = now + Duration::from_secs(60);
        programs.read(down, None);
        assert_eq!(programs.kept(OWN, down), None);
        let up = read(&mut programs, down, 9, &[OWN]);
        assert_eq!(
            programs.kept(OWN, up),
            None,
            "the other's nodes may be about to connect"
        );
        let now = read(&mut programs, up, 1, &[4, OWN]);
        assert_eq!(programs.kept(OWN, now), Some(vec![4, OWN]));
        let elected = now + Duration::from_secs(60);
        programs.read(elected, Some(vec![program(OWN)]));
        assert_eq!(programs.kept(OWN, elected), None, "in standby nobody listened");
    }
}
