//! What must be equal for a re-simulation to give the same fight: carried by every message.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use serde::{Serialize, Serializer};
use tiltyard_protocol::ContentHash;
use tiltyard_protocol::generated::common as fb;
use tiltyard_sim::{Content, ENGINE_VERSION, RNG_NAME, RULES_VERSION};

use crate::error::Meaning;

/// Bytes of a version's or generator's name.
const NAME_BYTES_MAX: usize = 64;

/// Versions, content and seed of one fight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Versions {
    /// Version of the program that simulated (in a request: that asked), for people.
    pub engine: String,
    /// Version of the rules.
    pub rules: u32,
    /// Hash of the content bundle.
    pub content: ContentHash,
    /// Name of the random number generator.
    pub rng: String,
    /// Seed of every die; in JSON 32 hexadecimal digits.
    #[serde(serialize_with = "hex")]
    pub seed: [u8; 16],
}

/// Returns the version of the rules that this program takes matches of: [`RULES_VERSION`].
///
/// With the fail point `rules-version` a program claims another one with the rules it has, so that tests can run two versions
/// side by side.
#[must_use]
pub fn rules_version() -> u32 {
    fail::fail_point!("rules-version", |version| {
        version.and_then(|text| text.parse().ok()).unwrap_or(RULES_VERSION)
    });
    RULES_VERSION
}

impl Versions {
    /// Returns what this program simulates with the given content and seed.
    #[must_use]
    pub fn current(content: &Content, seed: [u8; 16]) -> Self {
        Self {
            engine: ENGINE_VERSION.to_owned(),
            rules: rules_version(),
            content: ContentHash::from_bytes(content.hash()),
            rng: RNG_NAME.to_owned(),
            seed,
        }
    }
}

fn hex<S: Serializer>(seed: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{:032x}", u128::from_be_bytes(*seed)))
}

pub(crate) fn encode<'a>(builder: &mut FlatBufferBuilder<'a>, versions: &Versions) -> WIPOffset<fb::Versions<'a>> {
    let engine = builder.create_string(&versions.engine);
    let rng = builder.create_string(&versions.rng);
    fb::Versions::create(
        builder,
        &fb::VersionsArgs {
            engine: Some(engine),
            rules: versions.rules,
            content: Some(&fb::Hash::new(versions.content.as_bytes())),
            rng: Some(rng),
            seed: Some(&fb::Bytes16::new(&versions.seed)),
        },
    )
}

pub(crate) fn decode(versions: fb::Versions<'_>) -> Result<Versions, Meaning> {
    Ok(Versions {
        engine: name(versions.engine(), "versions.engine")?,
        rules: versions.rules(),
        content: ContentHash::from_bytes(versions.content().bytes().into()),
        rng: name(versions.rng(), "versions.rng")?,
        seed: versions.seed().bytes().into(),
    })
}

fn name(text: &str, place: &str) -> Result<String, Meaning> {
    if text.len() > NAME_BYTES_MAX {
        return Err(Meaning::new(place, "longer than 64 bytes"));
    }
    Ok(text.to_owned())
}
