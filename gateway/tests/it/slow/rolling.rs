//! A rolling change of the rules under load: every node of a cluster is drained and another comes in its place that claims the
//! next version, simulation nodes and those who pair by turns, so that each kind is for a while alone with its version.

use tiltyard_loadtest::audit::{self, Store};
use tiltyard_sim::RULES_VERSION;

use super::cluster::{Cluster, survives_all_along};
use crate::support::{Server, claim_rules, wait_until};

impl Cluster {
    /// Drains a node and starts one of the next version in its place, at the same address.
    fn replace(&self, mut old: Server, roles: &str) -> Server {
        assert_eq!(old.stop(), Some(0));
        let listen = match old.players.port() {
            0 => String::new(),
            _ => format!("listen = \"{}\"\n", old.players),
        };
        let mut environment = self.deployment.environment();
        environment.push(claim_rules(RULES_VERSION + 1));
        Server::start_at(&format!("roles = \"{roles}\"\n{listen}"), environment)
    }

    fn replace_gateway(&mut self, number: usize) {
        let old = self.gateways.remove(number);
        let new = self.replace(old, "gateway,matchmaker");
        self.gateways.insert(number, new);
    }

    fn replace_sim(&mut self, number: usize) {
        let old = self.sims.remove(number);
        let new = self.replace(old, "sim");
        self.sims.insert(number, new);
    }

    /// Waits until so many more matches were finished.
    async fn goes_on(&self, more: f64) {
        let before = self.total().await;
        wait_until("matches to go on", async || self.total().await >= before + more).await;
    }
}

/// Fights again with a program of the next version what it fought.
async fn audit_next(cluster: &Cluster) {
    let mut environment = cluster.deployment.environment();
    environment.push(claim_rules(RULES_VERSION + 1));
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_tiltyard"));
    let audit = audit::run(binary, &Store::Environment(environment)).await.unwrap();
    assert_eq!(audit.violations, 0, "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn simulation_nodes_first_costs_nothing() {
    survives_all_along(async |cluster| {
        cluster.replace_sim(0);
        cluster.goes_on(20.0).await;
        // Old leaders among new nodes only: what was on its way to the old ones is stamped anew.
        cluster.replace_sim(1);
        cluster.goes_on(20.0).await;
        cluster.replace_gateway(0);
        cluster.goes_on(20.0).await;
        cluster.replace_gateway(1);
        cluster.goes_on(20.0).await;
        audit_next(cluster).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_first_costs_nothing() {
    survives_all_along(async |cluster| {
        cluster.replace_gateway(0);
        cluster.goes_on(20.0).await;
        // New leaders among old nodes only: they stamp for them.
        cluster.replace_gateway(1);
        cluster.goes_on(20.0).await;
        cluster.replace_sim(0);
        cluster.goes_on(20.0).await;
        cluster.replace_sim(1);
        cluster.goes_on(20.0).await;
        audit_next(cluster).await;
    })
    .await;
}
