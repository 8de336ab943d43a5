//! Signing and verifying access tokens.

use std::collections::HashSet;

use jwt_simple::prelude::{
    Audiences, Claims, Duration as Seconds, Ed25519KeyPair, Ed25519PublicKey, EdDSAKeyPairLike, EdDSAPublicKeyLike,
    HeaderOptions, NoCustomClaims, Token, UnixTimeStamp, VerificationOptions,
};
use tiltyard_protocol::limits::{TOKEN_BYTES_MAX, TOKEN_LIFE};
use tiltyard_protocol::{PlayerId, Timestamp};

use crate::jwks::{Jwk, Jwks};
use crate::{ISSUER, KEYS_MAX, PLAYER_AUDIENCE, Seed};

/// Clock difference between machines that is forgiven.
const TOLERANCE_S: u64 = 30;
/// Largest head of a token; ours are under 100 bytes.
const HEAD_BYTES_MAX: usize = 512;
/// The `typ` of an access token (RFC 9068): a token of another kind never passes for one.
const TYPE: &str = "at+jwt";
/// PKCS #8 wrapping of an Ed25519 seed (RFC 8410, section 7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A keyring or a token could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key, or more than [`KEYS_MAX`].
    #[error("a keyring has 1 to {KEYS_MAX} keys")]
    Count,
    /// The seed gives no usable key.
    #[error("the seed gives no usable key")]
    Seed,
    /// The signature could not be made.
    #[error("the token could not be signed")]
    Sign,
}

/// The token is not a valid access token. Which check it failed is nobody's business but the log's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid access token: {reason}")]
pub struct Denied {
    /// Which check failed.
    pub reason: String,
}

/// A token that was made.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The compact form.
    pub token: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What a valid token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whose it is.
    pub player: PlayerId,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A fixed set of keys: the first signs, all verify.
#[derive(Debug)]
pub struct Keyring {
    signing: Ed25519KeyPair,
    verifying: Vec<(String, Ed25519PublicKey)>,
}

impl Keyring {
    /// Makes the keys of these seeds.
    ///
    /// # Errors
    /// Too few, too many, or unusable seeds.
    pub fn new(seeds: &[Seed]) -> Result<Self, KeyError> {
        if seeds.len() > KEYS_MAX {
            return Err(KeyError::Count);
        }
        let mut pairs = Vec::new();
        for seed in seeds {
            pairs.push(pair_of(seed)?);
        }
        let verifying = pairs
            .iter()
            .map(|(kid, pair)| (kid.clone(), pair.public_key()))
            .collect();
        let (_, signing) = pairs.into_iter().next().ok_or(KeyError::Count)?;
        Ok(Self { signing, verifying })
    }

    /// Makes a player's access token that is valid from `now` for [`TOKEN_LIFE`].
    ///
    /// # Errors
    /// The signature could not be made.
    pub fn sign(&self, player: PlayerId, now: Timestamp) -> Result<Signed, KeyError> {
        let mut claims = Claims::create(Seconds::from_secs(TOKEN_LIFE.as_secs()))
            .with_issuer(ISSUER)
            .with_audience(PLAYER_AUDIENCE)
            .with_subject(player);
        let issued_at = unix(now);
        let expires_at = issued_at + Seconds::from_secs(TOKEN_LIFE.as_secs());
        claims.issued_at = Some(issued_at);
        claims.invalid_before = None;
        claims.expires_at = Some(expires_at);
        let head = HeaderOptions {
            signature_type: Some(TYPE.to_owned()),
            ..HeaderOptions::default()
        };
        match self.signing.sign_with_options(claims, &head) {
            Ok(token) => Ok(Signed {
                token,
                expires_at: point(expires_at),
            }),
            Err(_) => Err(KeyError::Sign),
        }
    }

    /// Returns the public keys.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        Jwks {
            keys: self
                .verifying
                .iter()
                .filter_map(|(kid, key)| Jwk::of(kid, key))
                .collect(),
        }
    }

    /// Says whose token this is.
    ///
    /// # Errors
    /// Anything but a token that this keyring's keys signed for players, unexpired at `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Verified, Denied> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(denied("too long"));
        }
        let head = Token::decode_metadata(token).map_err(denied)?;
        let kid = head.key_id().ok_or_else(|| denied("no key id"))?;
        let (kid, key) = self
            .verifying
            .iter()
            .find(|(known, _)| known == kid)
            .ok_or_else(|| denied("unknown key id"))?;
        let claims = key
            .verify_token::<NoCustomClaims>(token, Some(options(kid, now)))
            .map_err(denied)?;
        // The library takes a token without `exp` for one that never expires.
        let expires_at = claims.expires_at.ok_or_else(|| denied("no expiry"))?;
        if !matches!(claims.audiences, Some(Audiences::AsString(_))) {
            return Err(denied("more than one audience"));
        }
        let subject = claims.subject.ok_or_else(|| denied("no subject"))?;
        let player = subject.parse().map_err(denied)?;
        Ok(Verified {
            player,
            expires_at: point(expires_at),
        })
    }
}

fn pair_of(seed: &Seed) -> Result<(String, Ed25519KeyPair), KeyError> {
    let der: Vec<u8> = PKCS8.iter().chain(&seed.0).copied().collect();
    let pair = Ed25519KeyPair::from_der(&der).map_err(|_error| KeyError::Seed)?;
    let kid = pair.public_key().create_key_id().to_owned();
    let pair = pair.with_key_id(&kid);
    Ok((kid, pair))
}

fn options(kid: &str, now: Timestamp) -> VerificationOptions {
    let only = |text: &str| Some(HashSet::from([text.to_owned()]));
    VerificationOptions {
        accept_future: false,
        required_key_id: Some(kid.to_owned()),
        required_signature_type: Some(TYPE.to_owned()),
        allowed_issuers: only(ISSUER),
        allowed_audiences: only(PLAYER_AUDIENCE),
        time_tolerance: Some(Seconds::from_secs(TOLERANCE_S)),
        max_validity: Some(Seconds::from_secs(TOKEN_LIFE.as_secs() + TOLERANCE_S)),
        max_token_length: Some(TOKEN_BYTES_MAX),
        max_header_length: Some(HEAD_BYTES_MAX),
        artificial_time: Some(unix(now)),
        ..VerificationOptions::default()
    }
}

fn unix(at: Timestamp) -> UnixTimeStamp {
    UnixTimeStamp::from_secs(u64::try_from(at.seconds()).unwrap_or(0))
}

fn point(at: UnixTimeStamp) -> Timestamp {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_micros(seconds.saturating_mul(1_000_000))
}

fn denied(reason: impl std::fmt::Display) -> Denied {
    Denied {
        reason: reason.to_string(),
    }
}
