//! Typed ids. An id of one kind never passes for another, and parsing happens once, at the edge.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// What is wrong with the text of an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {expected}")]
pub struct InvalidId {
    kind: &'static str,
    expected: &'static str,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Makes an id from its 16 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Returns the 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { kind: stringify!($name), expected: "a hyphenated UUID" };
                match Uuid::try_parse(text) {
                    Ok(uuid) if text.len() == 36 => Ok(Self(uuid)),
                    Ok(_) | Err(_) => Err(invalid),
                }
            }
        }
    )+};
}

uuid_ids! {
    /// A player.
    PlayerId,
    /// A player's team; unique for its owner only.
    TeamId,
    /// A ticket in a queue; made by the client as a UUIDv7, unique for its owner only.
    TicketId,
    /// A match; follows from its tickets, so that a repeated commit names the same match.
    MatchId,
    /// One life of a server process.
    BootId,
    /// A server process as the target of wake-ups and the consumer of jobs.
    NodeId,
}

impl TicketId {
    /// Returns the creation time that a UUIDv7 carries, in Unix milliseconds; `None` for another version.
    #[must_use]
    pub fn unix_millis(&self) -> Option<i64> {
        if self.0.get_version_num() != 7 {
            return None;
        }
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        Some(i64::try_from(seconds).ok()? * 1_000 + i64::from(nanos / 1_000_000))
    }
}

impl MatchId {
    /// Derives the id of the match between the given tickets (one for practice, two otherwise), each with its owner.
    #[must_use]
    pub fn of_tickets(seats: &[(PlayerId, TicketId)]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("tiltyard match id v1");
        for (player, ticket) in seats {
            hasher.update(player.as_bytes());
            hasher.update(ticket.as_bytes());
        }
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Derives the fight's seed from the match and the server's secret, so that nobody can foresee a fight.
    #[must_use]
    pub fn seed(&self, secret: &[u8; 32]) -> [u8; 16] {
        let mut seed = [0; 16];
        blake3::Hasher::new_keyed(secret)
            .update(self.as_bytes())
            .finalize_xof()
            .fill(&mut seed);
        seed
    }
}

macro_rules! hash_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Hashes `bytes` with BLAKE3.
            #[must_use]
            pub fn of(bytes: &[u8]) -> Self {
                Self(*blake3::hash(bytes).as_bytes())
            }

            /// Wraps the 32 bytes of a hash.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Returns the 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { kind: stringify!($name), expected: "64 hexadecimal digits" };
                blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|_error| invalid)
            }
        }

        text_serde!($name);
    )+};
}

macro_rules! text_serde {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }
    };
}

hash_ids! {
    /// The BLAKE3 hash of a build's canonical JSON.
    BuildHash,
    /// The BLAKE3 hash of a content bundle.
    ContentHash,
}

/// The hash over everything in a simulation that can change its outcome.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateHash(pub u64);

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateHash({self})")
    }
}

impl FromStr for StateHash {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId {
            kind: "StateHash",
            expected: "16 hexadecimal digits",
        };
        match u64::from_str_radix(text, 16) {
            Ok(hash) if text.len() == 16 => Ok(Self(hash)),
            Ok(_) | Err(_) => Err(invalid),
        }
    }
}

text_serde!(StateHash);

/// The fencing number of a queue's leader; strictly increases with each take-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The name of a queue: 1 to 32 of `a-z`, `0-9`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueName(Box<str>);

impl QueueName {
    /// Returns the queue that every deployment has.
    #[must_use]
    pub fn ranked() -> Self {
        Self("ranked".into())
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for QueueName {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId {
                kind: "QueueName",
                expected: "1 to 32 of a-z, 0-9, _ and -",
            })
        }
    }
}

text_serde!(QueueName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_through_text_and_refuse_other_forms() {
        let id = TicketId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse::<TicketId>().unwrap(), id);
        assert!(
            "07070707070707070707070707070707".parse::<TicketId>().is_err(),
            "one spelling only"
        );
        assert!("x".parse::<BuildHash>().is_err());
        assert!("Ranked!".parse::<QueueName>().is_err());
    }

    #[test]
    fn only_version_7_carries_a_time() {
        let id: TicketId = "0193588a-5a00-7000-8000-000000000000".parse().unwrap();
        assert_eq!(id.unix_millis(), Some(0x0193_588a_5a00));
        assert_eq!(TicketId::from_bytes([0; 16]).unix_millis(), None);
    }

    #[test]
    fn a_match_follows_from_its_tickets_in_order() {
        let seat = |n: u8| (PlayerId::from_bytes([n; 16]), TicketId::from_bytes([n; 16]));
        let id = MatchId::of_tickets(&[seat(1), seat(2)]);
        assert_eq!(id, MatchId::of_tickets(&[seat(1), seat(2)]));
        assert_ne!(id, MatchId::of_tickets(&[seat(2), seat(1)]));
        assert_ne!(id.seed(&[1; 32]), id.seed(&[2; 32]));
    }
}
