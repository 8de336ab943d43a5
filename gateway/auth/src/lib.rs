//! Access tokens: Ed25519 signatures, a fixed set of keys, and every check that a JWT library leaves off by default.
//!
//! The one crate that names jwt-simple. Time and randomness are handed in or handed out here, so that no other crate
//! needs a cryptographic library.

mod jwks;
mod keyring;
mod seed;

pub use jwks::{Jwk, Jwks};
pub use keyring::{Denied, KeyError, Keyring, Signed, Verified};
pub use seed::{Seed, SeedsError, parse_seeds};

/// Audience of a player's access token; no other audience passes on a player's route.
pub const PLAYER_AUDIENCE: &str = "tiltyard-player";
/// Issuer of every token.
pub const ISSUER: &str = "tiltyard";
/// Keys that may be valid at once: the signing one, the next one, and two on their way out.
pub const KEYS_MAX: usize = 4;

/// Returns 32 bytes from the operating system's generator.
#[must_use]
pub fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    let random = jwt_simple::prelude::HS256Key::generate().to_bytes();
    for (to, from) in bytes.iter_mut().zip(random) {
        *to = from;
    }
    bytes
}
