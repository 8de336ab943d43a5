//! The public keys as others read them, so that a studio's own services can verify our tokens (RFC 7517, RFC 8037).

use jwt_simple::prelude::Ed25519PublicKey;
use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde::Serialize;

/// A JSON Web Key Set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwks {
    /// The keys, the signing one first.
    pub keys: Vec<Jwk>,
}

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    /// Key type, always `OKP`.
    pub kty: &'static str,
    /// Curve, always `Ed25519`.
    pub crv: &'static str,
    /// Algorithm, always `EdDSA`.
    pub alg: &'static str,
    /// Use, always `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Key id, as in a token's head.
    pub kid: String,
    /// The 32 bytes of the key in base64url without padding.
    pub x: String,
}

impl Jwk {
    /// Describes a key; `None` if its bytes cannot be written, which 32 bytes always can.
    pub(crate) fn of(kid: &str, key: &Ed25519PublicKey) -> Option<Self> {
        let x = Base64UrlSafeNoPadding::encode_to_string(key.to_bytes()).ok()?;
        Some(Self {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            usage: "sig",
            kid: kid.to_owned(),
            x,
        })
    }
}
