//! Rules between configuration values, and between them and the environment.

use super::{Config, Environment, queues};
use crate::{shutdown, stores};

impl Config {
    /// Returns everything that is wrong, each with its key and what to do.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.check_environment(&mut problems);
        self.check_ranges(&mut problems);
        self.check_drain(&mut problems);
        problems.extend(queues::problems(&self.queues, self.matchmaking.leads.as_deref()));
        if self.listen == self.ops_listen && self.listen.port() != 0 {
            problems.push("ops_listen: must differ from listen".to_owned());
        }
        if let Err(problem) = stores::Plan::of(self) {
            problems.push(problem);
        }
        problems
    }

    fn check_environment(&self, problems: &mut Vec<String>) {
        match self.environment {
            Environment::Development if !self.is_loopback_only() => problems.push(format!(
                "listen, ops_listen: environment development serves loopback only, not {} and {}; \
                 set environment = \"production\" (or \"load\" for a load test)",
                self.listen, self.ops_listen
            )),
            Environment::Production => {
                if self.roles.roles().gateway && self.auth.key_file.is_none() {
                    problems
                        .push("auth.key_file: production needs one where players sign in (role gateway)".to_owned());
                }
                if self.content.is_some() {
                    problems.push(
                        "content: production takes content from the database, where every node finds the same; \
                         use `tiltyard content publish DIR`"
                            .to_owned(),
                    );
                }
                if cfg!(feature = "dev-endpoints") {
                    problems.push(
                        "environment: this build has development endpoints; build it with --no-default-features for production"
                            .to_owned(),
                    );
                }
            }
            Environment::Development | Environment::Load => {}
        }
    }

    fn check_drain(&self, problems: &mut Vec<String>) {
        let sum = self.drain.probe_interval_ms.saturating_add(self.drain.connections_ms);
        let most = super::millis(shutdown::configurable());
        if sum > most {
            problems.push(format!(
                "drain.probe_interval_ms, drain.connections_ms: together {sum} ms, of {most} at most: \
                 a shutdown ends within {} s",
                shutdown::WHOLE.as_secs()
            ));
        }
    }

    fn check_ranges(&self, problems: &mut Vec<String>) {
        let http = &self.http;
        let hour = 3_600_000;
        let rules = [
            ("matchmaking.lease_ttl_ms", self.matchmaking.lease_ttl_ms, 500, 10_000),
            (
                "matchmaking.record_file_bytes",
                self.matchmaking.record_file_bytes,
                1_024,
                1 << 40,
            ),
            (
                "matchmaking.record_files",
                self.matchmaking.record_files as u64,
                1,
                10_000,
            ),
            ("http.header_timeout_ms", http.header_timeout_ms, 50, 60_000),
            ("http.body_timeout_ms", http.body_timeout_ms, 50, 60_000),
            ("http.handler_timeout_ms", http.handler_timeout_ms, 50, 60_000),
            ("http.write_stall_timeout_ms", http.write_stall_timeout_ms, 50, 60_000),
            ("http.connections_max", http.connections_max as u64, 1, 1_000_000),
            (
                "http.connections_per_ip_max",
                http.connections_per_ip_max as u64,
                1,
                1_000_000,
            ),
            ("http.send_buffer_bytes", http.send_buffer_bytes as u64, 4_096, 1 << 24),
            ("events.heartbeat_ms", self.events.heartbeat_ms, 50, 60_000),
            ("events.life_ms", self.events.life_ms, 100, hour),
            (
                "limits.sign_ins_per_ip_max",
                self.limits.sign_ins_per_ip_max.into(),
                1,
                1_000_000,
            ),
            (
                "database.connections_max",
                self.database.connections_max as u64,
                4,
                1_000,
            ),
            ("sim.workers", self.sim.workers as u64, 0, 1_024),
            ("drain.probe_interval_ms", self.drain.probe_interval_ms, 0, 10_000),
            ("drain.connections_ms", self.drain.connections_ms, 0, 10_000),
        ];
        for (key, value, least, most) in rules {
            if !(least..=most).contains(&value) {
                problems.push(format!("{key}: {value} is not within {least} and {most}"));
            }
        }
    }
}
