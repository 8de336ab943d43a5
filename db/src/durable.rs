//! The durable store, a trait per aggregate.
//!
//! Lock order in every implementation: leader, tickets by id, matches by id, ratings by player, event heads by player.

pub mod audit;
pub mod content;
pub mod events;
pub mod leader;
pub mod matches;
pub mod players;
pub mod queues;
pub mod ratings;
pub mod results;
pub mod seasons;
pub mod secrets;
pub mod teams;
pub mod tickets;

use std::sync::Arc;

pub use audit::Audit;
pub use content::Contents;
pub use events::Events;
pub use leader::Leaders;
pub use matches::Matches;
pub use players::Players;
pub use queues::Queues;
pub use ratings::Ratings;
pub use results::Results;
pub use seasons::Seasons;
pub use secrets::Secrets;
pub use teams::Teams;
pub use tickets::Tickets;

/// Every durable aggregate, as the composition root hands it on.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is documented at its trait")]
pub struct Durable {
    pub audit: Arc<dyn Audit>,
    pub contents: Arc<dyn Contents>,
    pub events: Arc<dyn Events>,
    pub leaders: Arc<dyn Leaders>,
    pub matches: Arc<dyn Matches>,
    pub players: Arc<dyn Players>,
    pub queues: Arc<dyn Queues>,
    pub ratings: Arc<dyn Ratings>,
    pub results: Arc<dyn Results>,
    pub seasons: Arc<dyn Seasons>,
    pub secrets: Arc<dyn Secrets>,
    pub teams: Arc<dyn Teams>,
    pub tickets: Arc<dyn Tickets>,
}

impl Durable {
    /// Takes every aggregate from one store.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: Audit
            + Contents
            + Events
            + Leaders
            + Matches
            + Players
            + Queues
            + Ratings
            + Results
            + Seasons
            + Secrets
            + Teams
            + Tickets
            + 'static,
    {
        Self {
            audit: Arc::<S>::clone(&store),
            contents: Arc::<S>::clone(&store),
            events: Arc::<S>::clone(&store),
            leaders: Arc::<S>::clone(&store),
            matches: Arc::<S>::clone(&store),
            players: Arc::<S>::clone(&store),
            queues: Arc::<S>::clone(&store),
            ratings: Arc::<S>::clone(&store),
            results: Arc::<S>::clone(&store),
            seasons: Arc::<S>::clone(&store),
            secrets: Arc::<S>::clone(&store),
            teams: Arc::<S>::clone(&store),
            tickets: store,
        }
    }
}

impl std::fmt::Debug for Durable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Durable")
    }
}
