//! What the client library and the server say, as the store's errors: the server's words, and never a secret.

use fred::error::{Error, ErrorKind};
use tiltyard_db::StoreError;

use crate::STORE;
use crate::bounds::COMMAND_TIMEOUT;

/// Turns an error of a command into the store's.
pub(crate) fn store_error(error: &Error) -> StoreError {
    match error.kind() {
        ErrorKind::Timeout => StoreError::TimedOut {
            store: STORE,
            after_ms: u64::try_from(COMMAND_TIMEOUT.as_millis()).unwrap_or(u64::MAX),
        },
        _ if error.details().starts_with("WRONGTYPE") => corrupt(error.details()),
        _ => StoreError::unavailable(STORE, said(error)),
    }
}

/// Says that something is stored that this version did not write.
pub(crate) fn corrupt(what: impl Into<String>) -> StoreError {
    StoreError::Corrupt {
        store: STORE,
        what: what.into(),
    }
}

/// Returns what went wrong in one line.
pub(crate) fn said(error: &Error) -> String {
    let details = error.details();
    // The library prints errors of the operating system as a struct; the message in it is what a reader wants.
    let message = details
        .split_once("message: \"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let certificate = details
        .split_once("InvalidCertificate(")
        .map(|(_, rest)| rest.trim_end_matches([' ', ')', '}']));
    match (error.kind(), message, certificate) {
        (_, _, Some(why)) => format!("its certificate is not trusted: {why}"),
        (ErrorKind::IO, Some((message, _)), _) => message.to_owned(),
        (ErrorKind::Timeout, _, _) => "it did not answer in time".to_owned(),
        _ => details.to_owned(),
    }
}

/// Says whether the script is unknown to the server, which then has not run it.
pub(crate) fn is_unknown_script(error: &Error) -> bool {
    error.details().starts_with("NOSCRIPT")
}

/// Says whether a blocking read was ended because the stream or its consumer group is gone, or the server's part changed.
/// Servers of different versions say it differently.
pub(crate) fn is_to_look_again(error: &Error) -> bool {
    let gone = ["NOGROUP", "UNBLOCKED"];
    gone.iter().any(|prefix| error.details().starts_with(prefix))
}

/// Says whether the server is not, or not any more, the one that takes writes: its name may lead to another one.
pub(crate) fn is_demoted(error: &Error) -> bool {
    let demoted = ["READONLY", "MASTERDOWN"];
    demoted.iter().any(|prefix| error.details().starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_words_are_kept_and_the_librarys_form_is_not() {
        let io = Error::from(std::io::Error::from_raw_os_error(111));
        assert_eq!(said(&io), "Connection refused");
        let oom = Error::new(ErrorKind::Unknown, "OOM command not allowed");
        assert_eq!(said(&oom), "OOM command not allowed");
        let tls = Error::new(
            ErrorKind::IO,
            "Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) }",
        );
        assert_eq!(said(&tls), "its certificate is not trusted: UnknownIssuer");
    }

    #[test]
    fn kinds_are_told_apart() {
        let timeout = store_error(&Error::new(ErrorKind::Timeout, "Request timed out."));
        assert!(matches!(timeout, StoreError::TimedOut { after_ms: 1_000, .. }));
        let wrong = store_error(&Error::new(ErrorKind::InvalidArgument, "WRONGTYPE Operation"));
        assert!(matches!(wrong, StoreError::Corrupt { .. }));
        let loading = store_error(&Error::new(ErrorKind::Unknown, "LOADING Redis is loading"));
        assert!(matches!(loading, StoreError::Unavailable { .. }));
        assert!(is_demoted(&Error::new(ErrorKind::Unknown, "READONLY You can't write")));
        assert!(!is_demoted(&Error::new(ErrorKind::Unknown, "ERR READONLY")));
    }
}
