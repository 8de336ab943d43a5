//! Matching a path against a pattern.

use std::str::FromStr;

use tiltyard_protocol::{Problem, ProblemCode};

/// The variable segments of a matched path, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Returns the variable segments if `path` fits `pattern`: the same number of segments, the fixed ones equal,
    /// the variable ones not empty. Nothing is decoded: no id of ours needs an escape.
    pub(crate) fn of(pattern: &'static str, path: &str) -> Option<Self> {
        let mut params = Vec::new();
        let (mut expected, mut found) = (pattern.split('/'), path.split('/'));
        loop {
            match (expected.next(), found.next()) {
                (None, None) => return Some(Self(params)),
                (Some(expected), Some(found)) => {
                    match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                        Some(name) if !found.is_empty() => params.push((name, found.to_owned())),
                        None if expected == found => {}
                        Some(_) | None => return None,
                    }
                }
                (Some(_), None) | (None, Some(_)) => return None,
            }
        }
    }

    /// Parses one segment.
    pub(crate) fn parse<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<T, Problem> {
        let text = self
            .0
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, text)| text);
        text.parse()
            .map_err(|error| Problem::new(ProblemCode::ParameterInvalid, format!("{name} in the path: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_pattern_segment_by_segment() {
        let fits = |path| Params::of("/v1/teams/{team}", path).is_some();
        assert!(fits("/v1/teams/7"));
        for path in [
            "/v1/teams",
            "/v1/teams/",
            "/v1/teams/7/",
            "/v1/teams/7/x",
            "/v2/teams/7",
            "",
        ] {
            assert!(!fits(path), "{path}");
        }
        let params = Params::of("/v1/teams/{team}", "/v1/teams/7").unwrap();
        assert_eq!(params.parse::<u8>("team"), Ok(7));
        assert!(params.parse::<u8>("other").is_err());
    }
}
