//! The door of the simulation: request bytes in; outcome, result bytes and replay bytes out.
//!
//! Same request, same content, same program: the same three, byte for byte.

use tiltyard_protocol::ContentHash;
use tiltyard_sim::{Build, Content, Fight, ForeignTeam, Outcome, Problem, RNG_NAME, Side, Team, run, validate};

use crate::error::WireError;
use crate::replay::ReplayRecorder;
use crate::request::{MatchRequest, decode_request};
use crate::result::{MatchResult, encode_result};
use crate::versions::{Versions, rules_version};

/// What a simulated request gives.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// What was asked.
    pub request: MatchRequest,
    /// What came out.
    pub outcome: Outcome,
    /// The outcome as a `MatchResult` message.
    pub result_bytes: Vec<u8>,
    /// The compressed `Replay` message.
    pub replay_bytes: Vec<u8>,
}

/// Why a request was not simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The bytes are no match request.
    #[error("unreadable match request")]
    Request(#[source] WireError),
    /// The request is for other rules; a worker that has them must take it.
    #[error("request for rules version {asked}, this program has {ours}")]
    RulesVersion {
        /// The request's.
        asked: u32,
        /// This program's.
        ours: u32,
    },
    /// The request is for another random number generator.
    #[error("request for random number generator {asked}, this program has {ours}")]
    Rng {
        /// The request's.
        asked: String,
        /// This program's.
        ours: &'static str,
    },
    /// The request is for other content than was given.
    #[error("request for content {asked}, given was {given}")]
    Content {
        /// The request's.
        asked: ContentHash,
        /// The hash of the content given.
        given: ContentHash,
    },
    /// A build does not fit the content.
    #[error("the {} build is invalid ({} problems)", side.key(), problems.len())]
    Build {
        /// Whose build.
        side: Side,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
    /// A validated team does not belong to the content.
    #[error("validation and fight used different content")]
    Foreign(#[source] ForeignTeam),
    /// The replay could not be written.
    #[error("unwritable replay")]
    Replay(#[source] WireError),
}

/// Verifies and validates a request, runs its fight and records it.
///
/// # Errors
/// When the request is unreadable, for other versions or content, or brings an invalid build.
pub fn simulate(request_bytes: &[u8], content: &Content) -> Result<Simulated, SimulateError> {
    let request = decode_request(request_bytes).map_err(SimulateError::Request)?;
    check_versions(&request.versions, content)?;
    let left = team(Side::Left, &request.left, content)?;
    let right = team(Side::Right, &request.right, content)?;
    let versions = Versions::current(content, request.versions.seed);
    let fight = Fight::new(content, versions.seed, &left, &right).map_err(SimulateError::Foreign)?;
    let mut recorder = ReplayRecorder::new();
    let outcome = run(&fight, &mut recorder);
    let replay_bytes = recorder
        .finish(&versions, &outcome, content)
        .map_err(SimulateError::Replay)?;
    let result = MatchResult {
        match_id: request.match_id,
        versions,
        outcome,
    };
    let result_bytes = encode_result(&result);
    Ok(Simulated {
        request,
        outcome: result.outcome,
        result_bytes,
        replay_bytes,
    })
}

fn check_versions(asked: &Versions, content: &Content) -> Result<(), SimulateError> {
    let ours = rules_version();
    if asked.rules != ours {
        return Err(SimulateError::RulesVersion {
            asked: asked.rules,
            ours,
        });
    }
    if asked.rng != RNG_NAME {
        return Err(SimulateError::Rng {
            asked: asked.rng.clone(),
            ours: RNG_NAME,
        });
    }
    let given = ContentHash::from_bytes(content.hash());
    if asked.content != given {
        return Err(SimulateError::Content {
            asked: asked.content,
            given,
        });
    }
    Ok(())
}

fn team(side: Side, build: &Build, content: &Content) -> Result<Team, SimulateError> {
    validate(build, content).map_err(|problems| SimulateError::Build { side, problems })
}
