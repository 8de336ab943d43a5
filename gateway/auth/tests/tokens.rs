//! What passes for an access token, and the many things that do not.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

use std::time::Duration;

use jwt_simple::prelude::*;
use tiltyard_gateway_auth::{ISSUER, Keyring, PLAYER_AUDIENCE, Seed, random_bytes};
use tiltyard_protocol::limits::TOKEN_LIFE;
use tiltyard_protocol::{PlayerId, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_763_809_200_000_000);
const SEED: [u8; 32] = [7; 32];

fn player() -> PlayerId {
    PlayerId::from_bytes([9; 16])
}

fn keyring() -> Keyring {
    Keyring::new(&[Seed::from_bytes(SEED)]).unwrap()
}

/// The keyring's key, outside of the keyring: what a mistaken or hostile issuer could sign with.
fn pair() -> Ed25519KeyPair {
    let prefix = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    let der: Vec<u8> = prefix.into_iter().chain(SEED).collect();
    let pair = Ed25519KeyPair::from_der(&der).unwrap();
    let kid = pair.public_key().create_key_id().to_owned();
    pair.with_key_id(&kid)
}

fn seconds(at: Timestamp) -> UnixTimeStamp {
    UnixTimeStamp::from_secs(u64::try_from(at.seconds()).unwrap())
}

fn claims() -> JWTClaims<NoCustomClaims> {
    let mut claims = Claims::create(coarsetime::Duration::from_secs(TOKEN_LIFE.as_secs()))
        .with_issuer(ISSUER)
        .with_audience(PLAYER_AUDIENCE)
        .with_subject(player());
    claims.issued_at = Some(seconds(NOW));
    claims.invalid_before = None;
    claims.expires_at = Some(seconds(NOW.after(TOKEN_LIFE)));
    claims
}

fn head(kind: &str) -> HeaderOptions {
    HeaderOptions {
        signature_type: Some(kind.to_owned()),
        ..HeaderOptions::default()
    }
}

fn signed(claims: JWTClaims<NoCustomClaims>) -> String {
    pair().sign_with_options(claims, &head("at+jwt")).unwrap()
}

fn base64(text: &str) -> String {
    Base64UrlSafeNoPadding::encode_to_string(text).unwrap()
}

#[track_caller]
fn refused(token: &str) {
    if let Ok(verified) = keyring().verify(token, NOW) {
        panic!("accepted {verified:?}");
    }
}

#[test]
fn a_token_names_its_player_until_it_expires() {
    let keys = keyring();
    let signed = keys.sign(player(), NOW).unwrap();
    let verified = keys.verify(&signed.token, NOW).unwrap();
    assert_eq!((verified.player, verified.expires_at), (player(), signed.expires_at));
    let end = NOW.after(TOKEN_LIFE);
    assert_eq!(signed.expires_at, end);
    assert!(keys.verify(&signed.token, end.after(Duration::from_secs(30))).is_ok());
    assert!(keys.verify(&signed.token, end.after(Duration::from_secs(31))).is_err());
    assert!(keys.verify(&signed.token, NOW.before(Duration::from_secs(31))).is_err());
}

#[test]
fn the_hand_made_token_of_these_tests_passes() {
    assert!(keyring().verify(&signed(claims()), NOW).is_ok());
}

#[test]
fn a_retired_key_still_verifies_and_a_strange_one_does_not() {
    let old = keyring().sign(player(), NOW).unwrap().token;
    let rotated = Keyring::new(&[Seed::from_bytes([8; 32]), Seed::from_bytes(SEED)]).unwrap();
    assert!(rotated.verify(&old, NOW).is_ok());
    refused(&rotated.sign(player(), NOW).unwrap().token);
    assert!(Keyring::new(&[]).is_err());
    assert!(Keyring::new(&vec![Seed::from_bytes(SEED); 5]).is_err());
}

#[test]
fn other_algorithms_are_refused() {
    let good = signed(claims());
    let mut parts = good.split('.');
    let (_, body) = (parts.next(), parts.next().unwrap());
    let kid = pair().public_key().create_key_id().to_owned();
    for alg in ["none", "None", "HS256", ""] {
        let head = base64(&format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"{kid}"}}"#));
        refused(&format!("{head}.{body}."));
        refused(&format!("{head}.{body}.{}", base64("signature")));
    }
    let hmac = HS256Key::from_bytes(&pair().public_key().to_bytes()).with_key_id(&kid);
    refused(&hmac.authenticate_with_options(claims(), &head("at+jwt")).unwrap());
}

#[test]
fn key_ids_are_looked_up_never_followed() {
    let with = |kid: &str| {
        pair()
            .with_key_id(kid)
            .sign_with_options(claims(), &head("at+jwt"))
            .unwrap()
    };
    for kid in ["unknown", "", "../../etc/passwd", "https://example.com/key"] {
        refused(&with(kid));
    }
    let bare = Ed25519KeyPair::from_bytes(&pair().to_bytes()).unwrap();
    refused(&bare.sign_with_options(claims(), &head("at+jwt")).unwrap());
}

#[test]
fn wrong_claims_are_refused() {
    type Change = fn(&mut JWTClaims<NoCustomClaims>);
    let changes: [(&str, Change); 11] = [
        ("no expiry", |c| c.expires_at = None),
        ("expired", |c| {
            c.expires_at = Some(seconds(NOW.before(Duration::from_secs(31))))
        }),
        ("no issue time", |c| c.issued_at = None),
        ("issued in the future", |c| {
            c.issued_at = Some(seconds(NOW.after(Duration::from_secs(60))))
        }),
        ("issued too long ago", |c| {
            c.issued_at = Some(seconds(NOW.before(TOKEN_LIFE + Duration::from_secs(31))));
        }),
        ("not valid yet", |c| {
            c.invalid_before = Some(seconds(NOW.after(Duration::from_secs(60))));
        }),
        ("another issuer", |c| c.issuer = Some("evil".to_owned())),
        ("no issuer", |c| c.issuer = None),
        ("no audience", |c| c.audiences = None),
        ("no subject", |c| c.subject = None),
        ("a subject that is no player", |c| c.subject = Some("admin".to_owned())),
    ];
    for (name, change) in changes {
        let mut claims = claims();
        change(&mut claims);
        assert!(keyring().verify(&signed(claims), NOW).is_err(), "{name}");
    }
}

#[test]
fn other_audiences_and_kinds_are_refused() {
    refused(&signed(claims().with_audience("tiltyard-admin")));
    let both = HashSet::from([PLAYER_AUDIENCE, "tiltyard-admin"]);
    refused(&signed(claims().with_audiences(both)));
    for kind in ["JWT", "refresh+jwt", "jwt+at"] {
        refused(&pair().sign_with_options(claims(), &head(kind)).unwrap());
    }
}

#[test]
fn damaged_and_oversized_tokens_are_refused() {
    let good = signed(claims());
    for index in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bytes).unwrap();
        let last_bits = index + 1 == good.len();
        assert!(keyring().verify(&bent, NOW).is_err() || last_bits, "byte {index}");
    }
    refused("");
    refused("a.b");
    refused(&format!("{good}.x"));
    refused(&"a".repeat(1_000_000));
    refused(&format!("{}.{}.{}", "a".repeat(3000), "b", "c"));
}

#[test]
fn a_doubled_claim_is_refused() {
    let good = signed(claims());
    let (head, _) = good.split_once('.').unwrap();
    let now = NOW.seconds();
    let token = |extra: &str| {
        let (exp, sub) = (now + 60, player());
        let body = base64(&format!(
            r#"{{"iat":{now},"exp":{exp},"iss":"{ISSUER}","aud":"{PLAYER_AUDIENCE}","sub":"{sub}"{extra}}}"#
        ));
        let signed = format!("{head}.{body}");
        format!("{signed}.{}", raw_signature(&signed))
    };
    assert!(keyring().verify(&token(""), NOW).is_ok());
    refused(&token(&format!(r#","sub":"{}""#, PlayerId::from_bytes([1; 16]))));
}

/// Signs arbitrary bytes, which the library's own interface does not.
fn raw_signature(over: &str) -> String {
    let signature = pair().key_pair().as_ref().sk.sign(over, None);
    Base64UrlSafeNoPadding::encode_to_string(signature.as_ref()).unwrap()
}

#[test]
fn random_bytes_differ() {
    assert_ne!(random_bytes(), random_bytes());
}

#[test]
fn the_public_keys_are_told_by_the_ids_that_tokens_carry() {
    let keys = keyring().jwks().keys;
    assert!(
        !keys.is_empty()
            && keys
                .iter()
                .all(|key| (key.kty, key.crv, key.x.len()) == ("OKP", "Ed25519", 43))
    );
    let signed = keyring().sign(player(), NOW).unwrap().token;
    let head = Token::decode_metadata(&signed).unwrap();
    assert_eq!(head.key_id(), Some(keys[0].kid.as_str()));
}
