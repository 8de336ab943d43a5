//! Bundles that fights ask for, kept for all workers of a pool: around a change matches of two contents alternate, and reading
//! and parsing a bundle takes longer than the fight.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tiltyard_db::durable::Contents;
use tiltyard_protocol::ContentHash;
use tiltyard_sim::Content;

use super::{LoadError, load};
use crate::Rules;

/// Bundles kept beside the one in force, the one asked for last first. Two suffice for a change; a third and fourth serve
/// changes in quick succession, while matches of the first wait.
const KEPT_MAX: usize = 4;

/// The bundles.
pub(crate) struct Library {
    contents: Arc<dyn Contents>,
    rules: Rules,
    kept: Mutex<VecDeque<Arc<Content>>>,
}

impl Library {
    pub(crate) fn new(contents: Arc<dyn Contents>, rules: Rules) -> Self {
        Self {
            contents,
            rules,
            kept: Mutex::default(),
        }
    }

    /// Returns the content in force.
    pub(crate) fn in_force(&self) -> Arc<Content> {
        Arc::clone(self.rules.in_force().content())
    }

    /// Returns a bundle that needs no reading.
    pub(crate) fn at_hand(&self, hash: ContentHash) -> Option<Arc<Content>> {
        let in_force = self.rules.in_force();
        if in_force.hash() == hash {
            return Some(Arc::clone(in_force.content()));
        }
        recall(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner), hash)
    }

    /// Reads a bundle and keeps it.
    pub(crate) async fn fetch(&self, hash: ContentHash) -> Result<Arc<Content>, LoadError> {
        metrics::counter!("tiltyard_content_loads_total").increment(1);
        let content = load(self.contents.as_ref(), hash).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Several workers may have asked for it at once; stored twice it would push out another.
        if let Some(content) = recall(&mut kept, hash) {
            return Ok(content);
        }
        kept.push_front(Arc::clone(&content));
        kept.truncate(KEPT_MAX);
        Ok(content)
    }
}

/// Finds a bundle, which is then the one asked for last.
fn recall(kept: &mut VecDeque<Arc<Content>>, hash: ContentHash) -> Option<Arc<Content>> {
    let at = kept
        .iter()
        .position(|content| ContentHash::from_bytes(content.hash()) == hash)?;
    let content = kept.remove(at)?;
    kept.push_front(Arc::clone(&content));
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_db_sqlite::SqliteStore;

    /// Parses the built-in content with so many attribute points more.
    fn variant(more: i32) -> Content {
        let builtin = Content::builtin().unwrap();
        let points = builtin.rules().attribute_points;
        let (from, to) = (
            format!("attribute_points:{points}"),
            format!("attribute_points:{}", points + more),
        );
        Content::from_canonical(&builtin.canonical().replace(&from, &to)).unwrap()
    }

    #[tokio::test]
    async fn a_bundle_is_read_once_while_it_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("tiltyard.db")).unwrap();
        let durable = tiltyard_db::durable::Durable::of(store);
        let mut hashes = Vec::new();
        for more in 0..=i32::try_from(KEPT_MAX).unwrap() {
            let stored = super::super::store_content(&durable, &variant(more), Default::default()).await;
            hashes.push(stored.unwrap());
        }
        let in_force = Arc::new(Content::builtin().unwrap());
        let library = Library::new(
            Arc::clone(&durable.contents),
            Rules::new(Arc::clone(&in_force), [0; 32]),
        );
        assert_eq!(hashes[0], ContentHash::from_bytes(in_force.hash()));
        assert!(library.at_hand(hashes[0]).is_some() && library.at_hand(hashes[1]).is_none());
        for hash in &hashes[1..] {
            library.fetch(*hash).await.unwrap();
        }
        assert!(hashes.iter().all(|hash| library.at_hand(*hash).is_some()));
        let again = library.fetch(hashes[2]).await.unwrap();
        assert!(Arc::ptr_eq(&again, &library.at_hand(hashes[2]).unwrap()));
        assert!(
            library.at_hand(hashes[1]).is_some(),
            "fetched by two workers at once it takes one place"
        );
        for hash in &hashes[2..] {
            library.at_hand(*hash).unwrap();
        }
        library.fetch(hashes[0]).await.unwrap();
        assert!(
            library.at_hand(hashes[1]).is_none(),
            "the one that was not used for longest gives way"
        );
        let absent = library.fetch(ContentHash::of(b"absent")).await.unwrap_err();
        assert!(matches!(absent, LoadError::Unusable { .. }), "{absent}");
    }
}
