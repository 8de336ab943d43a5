//! What a handler is given: a request that has passed the row's rules.

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use tiltyard_gateway_auth::Verified;
use tiltyard_protocol::{PlayerId, Problem, ProblemCode, Timestamp};

use super::params::Params;

/// An admitted request.
#[derive(Debug)]
pub(crate) struct Call {
    /// Whose token it carries; `Some` on every route for players.
    pub(crate) verified: Option<Verified>,
    /// The path's variable segments.
    pub(crate) params: Params,
    /// The raw query.
    pub(crate) query: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body, empty where the route takes none.
    pub(crate) body: Bytes,
    /// When all of it had arrived.
    pub(crate) now: Timestamp,
}

impl Call {
    /// Returns the player that the call acts for.
    pub(crate) fn player(&self) -> Result<PlayerId, Problem> {
        self.verified().map(|verified| verified.player)
    }

    /// Returns what the token says.
    pub(crate) fn verified(&self) -> Result<Verified, Problem> {
        self.verified
            .ok_or_else(|| Problem::new(ProblemCode::Unauthorized, "a token is required"))
    }

    /// Returns a query parameter; the first of that name. Values of ours need no decoding, so nothing is decoded.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(key, value)| if key == name { Some(value) } else { None })
    }

    /// Refuses query parameters that the route does not know.
    pub(crate) fn check_query(&self, known: &[&str]) -> Result<(), Problem> {
        for pair in self.query.split('&').filter(|pair| !pair.is_empty()) {
            let key = pair.split_once('=').map_or(pair, |(key, _)| key);
            if !known.contains(&key) {
                let detail = format!("unknown query parameter `{key}`; known are: {}", known.join(", "));
                return Err(Problem::new(ProblemCode::ParameterInvalid, detail));
            }
        }
        Ok(())
    }
}

/// Parses a body.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::new(ProblemCode::BodyInvalid, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_looked_up_and_strangers_refused() {
        let call = Call {
            verified: None,
            params: Params::default(),
            query: "before=1.a&limit=5".to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            now: Timestamp::default(),
        };
        assert_eq!((call.query("limit"), call.query("x")), (Some("5"), None));
        assert!(call.check_query(&["before", "limit"]).is_ok());
        assert!(call.check_query(&["limit"]).is_err());
        assert!(call.player().is_err());
    }
}
