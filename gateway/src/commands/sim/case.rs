//! A match as a file: all that decides its fight, readable, and enough without a store.

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tiltyard_protocol::{ContentHash, MatchId};
use tiltyard_sim::Build;
use tiltyard_sim_wire::{MatchRequest, Versions};

use super::invalid;
use crate::exit::Fatal;

/// Bytes of such a file: a bundle of content is far under a megabyte.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// A match that is to be fought in this process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// The match.
    pub(super) match_id: MatchId,
    /// What became of it where it came from.
    pub(super) state: String,
    /// Why it was given up, if it was.
    pub(super) given_up: Option<String>,
    engine: String,
    rules_version: u32,
    rng: String,
    /// Of every die; 32 hexadecimal digits.
    #[serde(with = "seed")]
    seed: u128,
    content_hash: ContentHash,
    left: Build,
    right: Build,
    /// The bundle, as it is stored.
    pub(super) content: String,
}

impl Case {
    /// Takes a match and its bundle.
    pub(super) fn of(request: MatchRequest, content: String, state: &str, given_up: Option<String>) -> Self {
        let MatchRequest {
            match_id,
            versions,
            left,
            right,
        } = request;
        let Versions {
            engine,
            rules,
            content: content_hash,
            rng,
            seed,
        } = versions;
        Self {
            match_id,
            state: state.to_owned(),
            given_up,
            engine,
            rules_version: rules,
            rng,
            seed: u128::from_be_bytes(seed),
            content_hash,
            left,
            right,
            content,
        }
    }

    /// Reads a file that [`Case::write`] wrote.
    pub(super) fn read(path: &Path) -> Result<Self, Fatal> {
        let place = path.display();
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text))
            .map_err(|error| invalid(format!("{place} is no id of a match and no readable file: {error}")))?;
        serde_json::from_str(&text).map_err(|error| invalid(format!("{place} is no match that was saved: {error}")))
    }

    /// Writes the match to a file.
    pub(super) fn write(&self, path: &Path) -> Result<(), Fatal> {
        let failed = |error: &dyn std::error::Error| Fatal::resource(&path.display().to_string(), error);
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(&error))?;
        std::fs::write(path, text + "\n").map_err(|error| failed(&error))
    }

    /// Returns what is fought.
    pub(super) fn request(&self) -> MatchRequest {
        MatchRequest {
            match_id: self.match_id,
            versions: Versions {
                engine: self.engine.clone(),
                rules: self.rules_version,
                content: self.content_hash,
                rng: self.rng.clone(),
                seed: self.seed.to_be_bytes(),
            },
            left: self.left.clone(),
            right: self.right.clone(),
        }
    }
}

/// The seed as text: JSON's numbers are not that large.
mod seed {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(seed: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{seed:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content;

    #[test]
    fn a_file_holds_all_that_decides_the_fight() {
        let content = content::builtin().unwrap();
        let request = MatchRequest {
            match_id: MatchId::from_bytes([7; 16]),
            versions: Versions::current(&content, [0xf3; 16]),
            left: content.bots()[0].build.clone(),
            right: content.bots()[1].build.clone(),
        };
        let bundle = content.canonical().to_owned();
        let case = Case::of(
            request.clone(),
            bundle.clone(),
            "dead_lettered",
            Some("it died".to_owned()),
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.json");
        case.write(&path).unwrap();
        let read = Case::read(&path).unwrap();
        assert_eq!((read.request(), read.content), (request, bundle));
        std::fs::write(&path, "{}").unwrap();
        let refused = Case::read(&path).unwrap_err().to_string();
        assert!(
            refused.contains("case.json is no match that was saved: missing field"),
            "{refused}"
        );
    }
}
