//! The teams that fake players bring: a few sound builds of the default content, unlike enough that fights differ.

use serde_json::Value;
use tiltyard_protocol::http::teams::PutTeam;

/// Names and files.
pub(crate) const BUILDS: [(&str, &str); 6] = [
    ("Balanced", include_str!("../../builds/balanced.json")),
    ("Hex", include_str!("../../builds/hex.json")),
    ("Hunters", include_str!("../../builds/hunters.json")),
    ("Rush", include_str!("../../builds/rush.json")),
    ("Siege", include_str!("../../builds/siege.json")),
    ("Wall", include_str!("../../builds/wall.json")),
];

/// Returns the team of the player numbered `n`.
///
/// # Errors
/// A file is not JSON, which a test rules out.
pub(crate) fn team(n: usize) -> serde_json::Result<PutTeam<Value>> {
    let (name, build) = BUILDS[n % BUILDS.len()];
    Ok(PutTeam {
        name: name.to_owned(),
        build: serde_json::from_str(build)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_protocol::limits;

    #[test]
    fn every_build_is_json_of_a_full_team_and_fits_a_request() {
        for n in 0..BUILDS.len() {
            let team = team(n).unwrap();
            assert_eq!(team.build["units"].as_array().map(Vec::len), Some(5), "{}", team.name);
            assert!(serde_json::to_vec(&team).unwrap().len() < limits::BODY_BYTES_MAX);
            assert!(!BUILDS[..n].iter().any(|(_, build)| *build == BUILDS[n].1));
        }
    }
}
