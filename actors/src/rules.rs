//! The rules a match is made with: content, engine version, and the secret behind the seeds. Content may change at any time;
//! who decides several things that belong together takes one [`InForce`] for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use tiltyard_db::durable::matches::Stamps;
use tiltyard_db::live::jobs::Program;
use tiltyard_protocol::{BuildHash, ContentHash, MatchId, Timestamp};
use tiltyard_sim::{Build, Content};
use tokio::time::Instant;

/// Time for which pairs wait for the review of what was queued under other content. Then they are made all the same: what is
/// unfit is refused at the simulation's door, which costs less than a queue that stands.
const REVIEW_MAX: Duration = Duration::from_secs(60);

/// The content in force, exchanged as a whole, and the server's match secret. Clones share it.
#[derive(Clone)]
pub struct Rules {
    in_force: Arc<ArcSwap<InForce>>,
    secret: [u8; 32],
}

/// Under what a match is fought, for whichever program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The program.
    pub(crate) program: Program,
    /// What is in force for its rules.
    pub(crate) content: ContentHash,
}

/// The rules of one moment.
#[derive(Debug)]
pub struct InForce {
    content: Arc<Content>,
    hash: ContentHash,
    bots: BTreeMap<String, BuildHash>,
    /// When this node learned of it; `None` if it began with it.
    learned_at: Option<Timestamp>,
    since: Instant,
    is_reviewed: AtomicBool,
}

impl Rules {
    /// Puts content and secret together.
    #[must_use]
    pub fn new(content: Arc<Content>, secret: [u8; 32]) -> Self {
        Self {
            in_force: Arc::new(ArcSwap::from_pointee(InForce::new(content, None))),
            secret,
        }
    }

    /// Returns the rules of this moment.
    #[must_use]
    pub fn in_force(&self) -> Arc<InForce> {
        self.in_force.load_full()
    }

    /// Returns what a match made at this moment is fought with.
    #[must_use]
    pub fn stamps(&self, id: MatchId) -> Stamps {
        self.stamps_of(&self.in_force.load(), id)
    }

    /// Returns what a match made under these rules is fought with.
    #[must_use]
    pub fn stamps_of(&self, rules: &InForce, id: MatchId) -> Stamps {
        let (program, content) = (self.program(), rules.hash);
        self.stamps_as(Stamp { program, content }, id)
    }

    /// Returns what a match is fought with by a program; the seed is the match's, whoever fights it.
    pub(crate) fn stamps_as(&self, Stamp { program, content }: Stamp, id: MatchId) -> Stamps {
        Stamps {
            engine: program.engine,
            rules_version: program.rules_version,
            content,
            rng: program.rng,
            seed: id.seed(&self.secret),
        }
    }

    /// Returns what this program stamps with at this moment.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            program: self.program(),
            content: self.in_force.load().hash,
        }
    }

    /// Returns this program.
    #[expect(clippy::unused_self, reason = "a program is what its rules are")]
    pub(crate) fn program(&self) -> Program {
        Program {
            rules_version: tiltyard_sim_wire::rules_version(),
            engine: tiltyard_sim::ENGINE_VERSION.to_owned(),
            rng: tiltyard_sim::RNG_NAME.to_owned(),
        }
    }

    /// Puts other content in force. Bundle and bots' builds are in the store before, since matches refer to them from here on.
    pub(crate) fn put_in_force(&self, content: Arc<Content>, learned_at: Option<Timestamp>) {
        self.in_force.store(Arc::new(InForce::new(content, learned_at)));
    }
}

impl InForce {
    fn new(content: Arc<Content>, learned_at: Option<Timestamp>) -> Self {
        let bots = content.bots().iter();
        Self {
            hash: ContentHash::from_bytes(content.hash()),
            bots: bots.map(|bot| (bot.key.clone(), canonical(&bot.build).0)).collect(),
            content,
            learned_at,
            since: Instant::now(),
            is_reviewed: AtomicBool::new(false),
        }
    }

    /// Returns when this node learned that this is in force, by its own clock; `None` if it began with it.
    pub(crate) const fn learned_at(&self) -> Option<Timestamp> {
        self.learned_at
    }

    /// Takes note that what was queued before is reviewed.
    pub(crate) fn reviewed(&self) {
        self.is_reviewed.store(true, Ordering::Relaxed);
    }

    /// Says whether pairs may be made: unfit builds are out of the queue, or it has waited for that long enough.
    pub(crate) fn may_pair(&self) -> bool {
        self.is_reviewed.load(Ordering::Relaxed) || self.since.elapsed() >= REVIEW_MAX
    }

    /// Returns the content.
    #[must_use]
    pub const fn content(&self) -> &Arc<Content> {
        &self.content
    }

    /// Returns the content's hash.
    #[must_use]
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Returns the hash of one bot team's build.
    #[must_use]
    pub fn bot_build(&self, key: &str) -> Option<BuildHash> {
        self.bots.get(key).copied()
    }

    /// Returns the bot teams' keys.
    pub fn bot_keys(&self) -> impl Iterator<Item = &str> {
        self.bots.keys().map(String::as_str)
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("content", &self.in_force.load().hash)
            .finish_non_exhaustive()
    }
}

/// Writes a build as it is stored and hashed: JSON in the order of the type's fields.
#[must_use]
pub fn canonical(build: &Build) -> (BuildHash, Bytes) {
    // A build is plain data with string keys, which always can be written.
    let bytes = Bytes::from(serde_json::to_vec(build).unwrap_or_default());
    (BuildHash::of(&bytes), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_wait_for_the_review_after_each_change() {
        let content = Arc::new(Content::builtin().unwrap());
        let rules = Rules::new(Arc::clone(&content), [0; 32]);
        let first = rules.in_force();
        assert!(!first.may_pair() && first.learned_at().is_none());
        first.reviewed();
        assert!(rules.in_force().may_pair());
        let at = Timestamp::from_micros(7);
        rules.put_in_force(content, Some(at));
        first.reviewed();
        assert!(
            !rules.in_force().may_pair(),
            "a review of what was in force before does not count"
        );
        assert_eq!(rules.in_force().learned_at(), Some(at));
    }
}
