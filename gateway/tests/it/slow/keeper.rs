//! A server that is started again whenever it dies, on the same data and the same address, as an init system would.

use std::net::SocketAddr;
use std::time::Duration;

use tiltyard_loadtest::audit::Store;
use tiltyard_loadtest::players::{Options, Report};

use crate::support::{Server, wait_until};

/// The kept server.
pub(crate) struct Keeper {
    server: Option<Server>,
    players: SocketAddr,
}

impl Keeper {
    /// Starts a server that will crash at this point, if one is given.
    pub(crate) fn start(crash_at: Option<&str>) -> Self {
        let server = crash_at.map_or_else(Server::start, Server::start_crashing);
        Self {
            players: server.players,
            server: Some(server),
        }
    }

    /// Returns what a load run against this server, its audit included, has to do.
    pub(crate) fn load(&self, players: usize, matches: usize) -> Options {
        Options {
            players,
            matches,
            store: self.server.as_ref().map(|server| Store::DataDir(server.data_dir())),
            server_binary: env!("CARGO_BIN_EXE_tiltyard").into(),
            seed: Some(7),
            timeout: Duration::from_secs(240),
            ..Options::new(vec![format!("http://{}", self.players)])
        }
    }

    /// Kills the server, the hard way, and starts the next one.
    pub(crate) fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            self.server = Some(server.kill_and_restart(&format!("listen = \"{}\"\n", self.players)));
        }
    }

    /// Waits until the server has died by itself, and starts the next one without a crash point.
    pub(crate) async fn outlive(&mut self) {
        let server = self.server.as_mut().unwrap();
        wait_until("the server to crash", async || server.has_ended()).await;
        self.kill();
    }

    /// Waits until the server has frozen itself, and lets it go on.
    pub(crate) async fn thaw(&self) {
        self.server.as_ref().unwrap().thaw().await;
    }

    /// Waits until this life of the server has finished so many matches.
    pub(crate) async fn finished(&self, matches: f64) {
        let server = self.server.as_ref().unwrap();
        wait_until("matches to finish", async || {
            server.metric("tiltyard_matches_finished_total").await >= matches
        })
        .await;
    }
}

/// Asserts that a load run and its audit found nothing wrong.
pub(crate) fn assert_clean(report: &Report, matches: usize) {
    assert_played(report, matches);
    assert_eq!(report.audit_violations, Some(0), "{report:#?}");
}

/// Asserts that a load run played to its end and found nothing wrong.
pub(crate) fn assert_played(report: &Report, matches: usize) {
    assert_eq!(report.failed_checks, 0, "{report:#?}");
    assert!(report.matches >= matches, "{report:#?}");
    assert_eq!(
        report.returned, 0,
        "no fault is a reason to give up a match: {report:#?}"
    );
}
