//! Content that changes while the server runs: how a node begins, how it follows what is published, and what becomes of
//! tickets whose builds no longer fit.
//!
//! A bundle and its bots' builds are in the store before anything refers to them, so that every match can be fought again.

pub(crate) mod keeper;
pub(crate) mod library;
pub(crate) mod reviewer;

use std::sync::Arc;

use bytes::Bytes;
use tiltyard_db::StoreError;
use tiltyard_db::durable::content::Published;
use tiltyard_db::durable::{Contents, Durable};
use tiltyard_protocol::{ContentHash, Timestamp};
use tiltyard_sim::{Content, Problem};
use tiltyard_sim_wire::rules_version;

use crate::health::{CONTENT, Health};
use crate::{Deps, canonical, now};

/// Problems of a build that its owner is told in an event; the editor's check lists all.
const PROBLEMS_TOLD: usize = 2;

/// Why a bundle is not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The store failed; the same call may do better.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This program cannot use what is stored.
    #[error("content {hash} cannot be used: {why}")]
    Unusable {
        /// The bundle.
        hash: ContentHash,
        /// What is wrong with it.
        why: String,
    },
}

/// Stores a bundle and its bots' builds; from then on it may be published.
///
/// # Errors
/// Those of the store; calling it again is safe.
pub async fn store_content(durable: &Durable, content: &Content, at: Timestamp) -> Result<ContentHash, StoreError> {
    let hash = ContentHash::from_bytes(content.hash());
    let bundle = Bytes::copy_from_slice(content.canonical().as_bytes());
    durable.contents.put_content(hash, bundle, at).await?;
    let bots = content.bots().iter().map(|bot| canonical(&bot.build)).collect();
    durable.teams.put_builds(bots).await?;
    Ok(hash)
}

/// Offers the content that this program brings along, and follows what is in force then. A bundle that this program cannot
/// use is a sickness: the node goes on with its own, but neither accepts tickets nor leads.
pub(crate) async fn begin(deps: &Deps, health: &Health) -> Result<(), StoreError> {
    let published = offer(deps).await?;
    follow(deps, health, published, None).await.map(drop)
}

/// Offers the content that this node has.
async fn offer(deps: &Deps) -> Result<Published, StoreError> {
    let (rules, at) = (deps.rules.in_force(), now(&deps.clock));
    let hash = store_content(&deps.durable, rules.content(), at).await?;
    deps.durable.contents.offer(rules_version(), hash, at).await
}

/// Says whether a queue's leader may make pairs: not under content that is not in force, nor before its queue was reviewed.
pub(crate) fn may_pair(deps: &Deps, health: &Health) -> bool {
    !health.has(CONTENT) && deps.rules.in_force().may_pair()
}

/// Puts what is published in force on this node, if it is not; says whether that can be used.
async fn follow(
    deps: &Deps,
    health: &Health,
    published: Published,
    learned_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    if published.hash == deps.rules.in_force().hash() {
        health.is_well(CONTENT);
        return Ok(true);
    }
    match load(deps.durable.contents.as_ref(), published.hash).await {
        Ok(content) => {
            // Whoever published it has stored the bots' builds; stored again they cost little, and practice needs them.
            store_content(&deps.durable, &content, now(&deps.clock)).await?;
            deps.rules.put_in_force(content, learned_at);
            metrics::counter!("tiltyard_content_changes_total").increment(1);
            tracing::info!(content = %published.hash, origin = ?published.origin, "other content is in force");
            health.is_well(CONTENT);
            Ok(true)
        }
        Err(LoadError::Store(error)) => Err(error),
        Err(error @ LoadError::Unusable { .. }) => {
            health.ails(CONTENT, &error);
            Ok(false)
        }
    }
}

/// Reads and parses a bundle.
pub(crate) async fn load(contents: &dyn Contents, hash: ContentHash) -> Result<Arc<Content>, LoadError> {
    let unusable = |why: String| LoadError::Unusable { hash, why };
    let bundle = contents.content(hash).await?;
    let bundle = bundle.ok_or_else(|| unusable("it is not in the store".to_owned()))?;
    // It takes milliseconds, which no thread of the runtime has to spare.
    let parsed = tokio::task::spawn_blocking(move || parse(&bundle)).await;
    let content = parsed
        .unwrap_or_else(|error| Err(error.to_string()))
        .map_err(unusable)?;
    if ContentHash::from_bytes(content.hash()) == hash {
        Ok(Arc::new(content))
    } else {
        Err(unusable("it is stored under another hash than it has".to_owned()))
    }
}

fn parse(bundle: &[u8]) -> Result<Content, String> {
    let text = std::str::from_utf8(bundle).map_err(|error| error.to_string())?;
    Content::from_canonical(text).map_err(|errors| errors.to_string())
}

/// Tells a player why a build that was accepted cannot fight any more: the first problems in full.
pub(crate) fn unfit_message(problems: &[Problem]) -> String {
    let first: Vec<_> = problems.iter().take(PROBLEMS_TOLD).map(ToString::to_string).collect();
    let more = match problems.len().saturating_sub(PROBLEMS_TOLD) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "The team does not fit the content in force: {}{more}. Change it and queue again; nothing was lost.",
        first.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_sim::{Build, validate};

    #[test]
    fn a_player_is_told_the_first_problems_and_how_many_there_are() {
        let content = Content::builtin().unwrap();
        let mut build = Build::clone(&content.bots()[0].build);
        build.units[0].class = "wizard".to_owned();
        let one = unfit_message(&validate(&build, &content).unwrap_err());
        assert!(one.contains("units[0].class: no class is called \"wizard\""), "{one}");
        assert!(!one.contains("more"), "{one}");
        for unit in &mut build.units {
            unit.class = "x".repeat(10_000);
        }
        let problems = validate(&build, &content).unwrap_err();
        let many = unfit_message(&problems);
        assert!(many.contains(&format!("; and {} more.", problems.len() - 2)), "{many}");
        assert!(many.len() < 1_000, "{many}");
    }
}
