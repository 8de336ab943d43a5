//! Secrets of the deployment: the signing keys and the secret behind the seeds. Made once, the same on every node.

use bytes::Bytes;
use tiltyard_db::durable::Durable;
use tiltyard_gateway_auth::{Keyring, Seed, parse_seeds, random_bytes};

use crate::config::Config;
use crate::exit::Fatal;
use crate::private;

/// Name of the signing seed in the durable store.
const SIGNING_SEED: &str = "signing-seed";
/// Name of the secret behind the fights' seeds.
const MATCH_SECRET: &str = "match-secret";

/// Returns keys that verify nothing anybody has: for a node without players, which needs none of the deployment's.
pub(crate) fn no_keyring() -> Result<Keyring, Fatal> {
    let seed = Seed::from_bytes(random_bytes());
    Keyring::new(&[seed]).map_err(|error| Fatal::resource("signing keys", &error))
}

/// Returns the keys of the key file, or those whose seed the durable store keeps, so that tokens survive restarts.
pub(crate) async fn keyring(config: &Config, durable: &Durable) -> Result<Keyring, Fatal> {
    let seeds = match &config.auth.key_file {
        Some(path) => {
            let what = format!("auth.key_file {}", path.display());
            if private::is_readable_by_others(path).is_ok_and(|is| is) {
                tracing::warn!(path = %path.display(), "group or others may read auth.key_file: chmod 600");
            }
            let text = std::fs::read_to_string(path).map_err(|error| Fatal::resource(&what, &error))?;
            parse_seeds(&text).map_err(|error| Fatal::new(Fatal::CONFIG, format!("{what}: {error}")))?
        }
        None => vec![Seed::from_bytes(stored(durable, SIGNING_SEED).await?)],
    };
    Keyring::new(&seeds).map_err(|error| Fatal::resource("signing keys", &error))
}

/// Returns the secret from which a fight's seed follows.
pub(crate) async fn match_secret(durable: &Durable) -> Result<[u8; 32], Fatal> {
    stored(durable, MATCH_SECRET).await
}

async fn stored(durable: &Durable, name: &str) -> Result<[u8; 32], Fatal> {
    let candidate = Bytes::copy_from_slice(&random_bytes());
    let secret = durable
        .secrets
        .secret(name, candidate)
        .await
        .map_err(|error| Fatal::resource(&format!("secret {name}"), &error))?;
    let bytes: Result<[u8; 32], _> = secret.as_ref().try_into();
    bytes.map_err(|_error| Fatal::new(Fatal::RESOURCE, format!("secret {name} is not 32 bytes long")))
}
