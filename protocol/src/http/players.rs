//! Sign-in and the player's own record.

use serde::{Deserialize, Serialize};

use crate::{PlayerId, Timestamp};

/// Body of `POST /v1/dev/sign-in`, which exists in development builds only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevSignIn {
    /// The account's name; the same name is the same player.
    pub name: String,
}

/// Answer to a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The player.
    pub player: PlayerId,
    /// The access token, for `Authorization: Bearer`.
    pub token: String,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// Answer of `GET /v1/me`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Me {
    /// The player.
    pub player: PlayerId,
    /// The displayed name.
    pub name: String,
    /// The rating.
    pub rating: RatingView,
}

/// A Glicko-2 rating and its record.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatingView {
    /// Rating, 1500 at first.
    pub rating: f64,
    /// Rating deviation as it is today: 350 at first, less with every match, more with every day without one.
    pub deviation: f64,
    /// Whether the rating says little yet: few matches, or none for long.
    pub provisional: bool,
    /// Number of the last change: rated matches, and seasons that ended.
    pub number: i64,
    /// Rated matches won.
    pub won: i64,
    /// Rated matches lost.
    pub lost: i64,
    /// Rated matches drawn.
    pub drawn: i64,
}
