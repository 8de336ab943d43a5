//! Match requests: two builds and everything that decides the fight between them.
//!
//! The mapping is field by field in both directions; equal requests give equal bytes. Reading bounds counts and
//! lengths by the simulation's own limits, so that a request in memory is never larger than an honest one; whether
//! a build fits the content is `tiltyard_sim::validate`'s question alone.

mod condition;
mod decode;
mod encode;

use tiltyard_protocol::MatchId;
use tiltyard_protocol::generated::match_request as fb;
use tiltyard_protocol::limits;
use tiltyard_sim::Build;
use tiltyard_sim::limits::{RULES_MAX, UNITS_MAX};

pub use self::decode::decode_request;
pub use self::encode::encode_request;
use crate::message::Shape;
use crate::versions::Versions;

/// The deepest path is request, build, unit, rule; the tables are request, versions, builds, units, rules.
const SHAPE: Shape = Shape {
    message: "match request",
    identifier: fb::MATCH_REQUEST_IDENTIFIER,
    bytes_max: limits::REQUEST_BYTES_MAX,
    depth_max: 4,
    tables_max: 2 + 2 * (1 + UNITS_MAX * (1 + RULES_MAX)),
};

/// One fight to simulate. Seats only: whether a player or a bot sits there is nobody's business here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRequest {
    /// Which match.
    pub match_id: MatchId,
    /// What decides the fight besides the builds.
    pub versions: Versions,
    /// The build of seat 0.
    pub left: Build,
    /// The build of seat 1.
    pub right: Build,
}
