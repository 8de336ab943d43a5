//! The names of everything that this store keeps in Redis.
//!
//! What one script touches shares a `{...}` tag. The prefix has no braces, so the tag is what is written here.

use tiltyard_db::live::wakeups::Inbox;
use tiltyard_protocol::PlayerId;

/// Slots over which the players are spread in a cluster; one script call serves players of one bucket.
pub(crate) const BUCKETS: u8 = 16;

/// Makes names that begin with the store's prefix.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) const fn new(prefix: String) -> Self {
        Self { prefix }
    }

    /// A lease, and who is next.
    pub(crate) fn lease(&self, name: &str) -> Vec<String> {
        let key = |part| format!("{}:{{lease:{name}}}:{part}", self.prefix);
        vec![key("holder"), key("next")]
    }

    pub(crate) fn limit(&self, key: &str) -> String {
        format!("{}:limit:{key}", self.prefix)
    }

    pub(crate) fn note(&self, name: &str) -> String {
        format!("{}:note:{name}", self.prefix)
    }

    /// The stream of a rules version.
    pub(crate) fn stream(&self, rules_version: u32) -> String {
        format!("{}:{{jobs:{rules_version}}}:stream", self.prefix)
    }

    /// The entry of each match in the stream of a rules version.
    pub(crate) fn matches(&self, rules_version: u32) -> String {
        format!("{}:{{jobs:{rules_version}}}:matches", self.prefix)
    }

    /// The programs that take jobs.
    pub(crate) fn programs(&self) -> String {
        format!("{}:programs", self.prefix)
    }

    pub(crate) fn presence(&self, player: PlayerId) -> String {
        format!("{}:presence:{{{}}}:{player}", self.prefix, bucket_of(player))
    }

    pub(crate) fn channel(&self, inbox: &Inbox) -> String {
        match inbox {
            Inbox::Node(node) => format!("{}:inbox:node:{node}", self.prefix),
            Inbox::Queue(queue) => format!("{}:inbox:queue:{queue}", self.prefix),
            Inbox::Standby(queue) => format!("{}:inbox:standby:{queue}", self.prefix),
        }
    }
}

/// Chooses a player's bucket. The last bytes of every UUID version in use are random.
pub(crate) const fn bucket_of(player: PlayerId) -> u8 {
    player.as_bytes()[15] % BUCKETS
}
