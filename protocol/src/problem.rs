//! Errors as a client sees them: RFC 9457 problem documents with a stable code.

use serde::{Deserialize, Serialize};

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $text:literal, $title:literal;)+) => {
        /// Every problem that the API may answer with. The code is stable; title and detail are for people.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
        }

        impl ProblemCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the HTTP status, which says what the user should do next.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// Returns the code as it stands in the document.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Returns the short human title.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

problem_codes! {
    /// The body is not JSON of the route's shape, or has an unknown field.
    BodyInvalid = 400, "body_invalid", "The request body is not what this route takes";
    /// A path or query part does not parse.
    ParameterInvalid = 400, "parameter_invalid", "A parameter of the address is malformed";
    /// No token, or not a valid one.
    Unauthorized = 401, "unauthorized", "A valid access token is required";
    /// The token is valid, but not for this.
    Forbidden = 403, "forbidden", "This token may not do that";
    /// Nothing of that name, or somebody else's.
    NotFound = 404, "not_found", "There is no such thing";
    /// The path exists, the method does not.
    MethodNotAllowed = 405, "method_not_allowed", "This path does not take that method";
    /// The body did not arrive in time.
    BodyTimeout = 408, "body_timeout", "The request body did not arrive in time";
    /// The ticket id was used with another body.
    TicketConflict = 409, "ticket_conflict", "This ticket id was used for another request";
    /// The ticket was cancelled before this request arrived.
    TicketCancelled = 409, "ticket_cancelled", "This ticket was cancelled";
    /// The ticket has been matched and cannot be cancelled.
    TicketMatched = 409, "ticket_matched", "This ticket is already in a match";
    /// The player has as many live tickets as allowed.
    TicketLimit = 409, "ticket_limit", "Too many live tickets";
    /// The player has as many teams as allowed.
    TeamLimit = 409, "team_limit", "Too many teams";
    /// The match has no replay yet.
    ReplayNotReady = 409, "replay_not_ready", "The match has not been fought yet";
    /// The body is larger than allowed.
    BodyTooLarge = 413, "body_too_large", "The request body is too large";
    /// The body is not `application/json`.
    MediaTypeUnsupported = 415, "media_type_unsupported", "The body must be application/json";
    /// The team breaks rules of the content; `errors` names each field.
    BuildInvalid = 422, "build_invalid", "The build breaks the rules";
    /// A field's value is out of range; `errors` names each field.
    FieldInvalid = 422, "field_invalid", "A field has a value that is not allowed";
    /// Too much in too short a time; see `Retry-After`.
    RateLimited = 429, "rate_limited", "Too many requests";
    /// An operator has paused the queue; see `Retry-After`.
    QueuePaused = 503, "queue_paused", "This queue is paused";
    /// A defect of the server.
    Internal = 500, "internal", "The server failed";
    /// A store is away or the server is full or stopping; see `Retry-After`.
    Unavailable = 503, "unavailable", "The server cannot do this right now";
    /// The server did not answer itself in time; the request may have been carried out.
    TimedOut = 504, "timed_out", "The server took too long";
}

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Identifies the code as a URI: `urn:tiltyard:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The stable code.
    pub code: ProblemCode,
    /// The code's title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do next.
    pub detail: String,
    /// What is wrong with which field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Seconds to wait before trying again; also the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// The field, as `build.units[2].class`.
    pub path: String,
    /// A stable code.
    pub code: String,
    /// What was found, what is allowed.
    pub message: String,
}

impl Problem {
    /// Makes a document for `code`.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:tiltyard:problem:{}", code.as_str()),
            code,
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// Adds the problems of fields.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldProblem>) -> Self {
        self.errors = errors;
        self
    }

    /// Names one field.
    #[must_use]
    pub fn field(path: &str, code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let error = FieldProblem {
            path: path.to_owned(),
            code: code.to_owned(),
            message: message.clone(),
        };
        Self::new(ProblemCode::FieldInvalid, format!("{path}: {message}")).with_errors(vec![error])
    }

    /// Says when to try again, in whole seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_statuses_are_errors() {
        let mut texts: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), ProblemCode::ALL.len());
        assert!(ProblemCode::ALL.iter().all(|code| (400..600).contains(&code.status())));
    }

    #[test]
    fn a_document_round_trips_and_omits_what_it_lacks() {
        let problem = Problem::new(ProblemCode::NotFound, "there is no team 7");
        let json = serde_json::to_string(&problem).unwrap();
        assert!(!json.contains("errors") && !json.contains("retry_after_s"), "{json}");
        assert_eq!(serde_json::from_str::<Problem>(&json).unwrap(), problem);
    }
}
