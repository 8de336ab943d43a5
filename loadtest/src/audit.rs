//! Starts the server's own audit, which reads the stores: the one checker of what clients cannot see.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

/// Longest time that an audit may take.
const AUDIT_TIMEOUT: Duration = Duration::from_secs(600);

/// Where the server keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In the folder of the embedded stores.
    DataDir(PathBuf),
    /// Where the environment says, this process's with these variables on top; URLs with passwords have no place in arguments.
    Environment(Vec<(String, String)>),
}

/// What the audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Violations.
    pub violations: u64,
    /// The violations that were listed.
    pub listed: Vec<String>,
}

/// Why there is no audit.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The program cannot be started, or broke off.
    #[error("{program} cannot be run")]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It did not end in time.
    #[error("the audit took longer than {} s", AUDIT_TIMEOUT.as_secs())]
    TimedOut,
    /// Its last line is no report.
    #[error("the audit printed no report: {detail}")]
    Report {
        /// What it printed instead.
        detail: String,
    },
}

/// The last line of `tiltyard audit --json`.
#[derive(Debug, Deserialize)]
struct Output {
    violations: Violations,
}

/// Violations as a list or as their number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Violations {
    Listed(Vec<serde_json::Value>),
    Counted(u64),
}

/// Runs `binary audit --json` on a store, also beside a working server: the audit takes no lock.
///
/// # Errors
/// The audit did not give a report.
pub async fn run(binary: &Path, store: &Store) -> Result<Audit, AuditError> {
    let mut command = Command::new(binary);
    command.args(["audit", "--json"]);
    match store {
        Store::DataDir(folder) => command.arg("--data-dir").arg(folder),
        Store::Environment(variables) => command.envs(variables.iter().map(|(name, value)| (name, value))),
    };
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match timeout(AUDIT_TIMEOUT, command.output()).await {
        Err(_elapsed) => return Err(AuditError::TimedOut),
        Ok(Err(source)) => {
            return Err(AuditError::Start {
                program: binary.to_owned(),
                source,
            });
        }
        Ok(Ok(output)) => output,
    };
    // Violations may set the exit code; the report counts.
    parse(&output.stdout).ok_or_else(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().next_back().unwrap_or_default();
        AuditError::Report {
            detail: format!("{}, {last}", output.status),
        }
    })
}

fn parse(stdout: &[u8]) -> Option<Audit> {
    let stdout = String::from_utf8_lossy(stdout);
    let last = stdout.lines().rfind(|line| !line.trim().is_empty())?;
    let output: Output = serde_json::from_str(last).ok()?;
    Some(match output.violations {
        Violations::Counted(violations) => Audit {
            violations,
            listed: Vec::new(),
        },
        Violations::Listed(list) => Audit {
            violations: list.len() as u64,
            listed: list.iter().map(ToString::to_string).collect(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_the_report() {
        let none = parse(b"reading\n{\"violations\":[],\"matches\":3}\n\n").unwrap();
        assert_eq!(
            none,
            Audit {
                violations: 0,
                listed: Vec::new()
            }
        );
        let one = parse(br#"{"violations":[{"invariant":"I1","detail":"x"}]}"#).unwrap();
        assert_eq!((one.violations, one.listed.len()), (1, 1));
        assert_eq!(parse(br#"{"violations":2}"#).unwrap().violations, 2);
    }

    #[test]
    fn anything_else_is_no_report() {
        for text in [
            "",
            "{}",
            "error: no such store",
            "{\"violations\":\"none\"}",
            "{\"violations\":-1}",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let binary = Path::new("/nonexistent/tiltyard");
        let error = run(binary, &Store::Environment(Vec::new())).await.unwrap_err();
        assert!(error.to_string().contains("/nonexistent/tiltyard"), "{error}");
    }
}
