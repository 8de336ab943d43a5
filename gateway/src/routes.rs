//! The handlers, a file per resource. Each turns typed requests into store calls and outcomes into replies.

pub(crate) mod builds;
pub(crate) mod content;
pub(crate) mod events;
pub(crate) mod matches;
pub(crate) mod operations;
pub(crate) mod players;
pub(crate) mod queues;
pub(crate) mod replays;
pub(crate) mod teams;
pub(crate) mod tickets;

use tiltyard_actors::CommandError;
use tiltyard_db::StoreError;
use tiltyard_protocol::limits::NAME_CHARS_MAX;
use tiltyard_protocol::{Problem, ProblemCode};

/// Turns a store's failure into a problem. What the store said goes to the log, never to the client.
pub(crate) fn store_problem(error: &StoreError) -> Problem {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    match error {
        StoreError::Unavailable { .. } | StoreError::TimedOut { .. } => {
            tracing::warn!(%error, cause, "a store failed");
            unavailable()
        }
        StoreError::Corrupt { .. } => {
            tracing::error!(%error, cause, "stored data cannot be read");
            Problem::new(
                ProblemCode::Internal,
                "stored data cannot be read; the operator has been told",
            )
        }
    }
}

/// Turns a command without an outcome into a problem.
pub(crate) fn command_problem(error: CommandError) -> Problem {
    match error {
        CommandError::Busy => Problem::new(ProblemCode::RateLimited, "too many requests are under way").retry_after(1),
        CommandError::Unavailable => unavailable(),
        CommandError::TimedOut => {
            let detail = "whether it was done is not known; send the same request again";
            Problem::new(ProblemCode::TimedOut, detail).retry_after(1)
        }
    }
}

fn unavailable() -> Problem {
    Problem::new(ProblemCode::Unavailable, "a store is away; send the same request again").retry_after(1)
}

/// Says that there is nothing of that name, or that it is somebody else's: the two look the same.
fn not_found(what: &str) -> Problem {
    Problem::new(ProblemCode::NotFound, format!("you have no such {what}"))
}

/// Refuses names that are empty, too long, or would look like something else.
fn check_name(path: &str, name: &str) -> Result<(), Problem> {
    let chars = name.chars().count();
    if !(1..=NAME_CHARS_MAX).contains(&chars) {
        let message = format!("has {chars} characters, allowed are 1 to {NAME_CHARS_MAX}");
        return Err(Problem::field(path, "length", message));
    }
    if name.trim() != name || name.chars().any(is_deceptive) {
        let message = "must not begin or end with space, nor hold control or direction characters";
        return Err(Problem::field(path, "characters", message));
    }
    Ok(())
}

/// Control characters, and those that reorder or hide the text around them.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_in_characters_and_hide_nothing() {
        assert!(check_name("name", "Zoë's 騎士").is_ok());
        assert!(check_name("name", &"ß".repeat(32)).is_ok());
        for name in ["", &"x".repeat(33), " x", "x\n", "a\u{202e}b", "a\u{0}b"] {
            assert_eq!(check_name("name", name).unwrap_err().status, 422, "{name:?}");
        }
    }

    #[test]
    fn what_a_store_said_stays_inside() {
        let error = StoreError::unavailable("sqlite", "password=hunter2");
        let problem = store_problem(&error);
        assert_eq!(problem.status, 503);
        assert!(!serde_json::to_string(&problem).unwrap().contains("hunter2"));
    }
}
