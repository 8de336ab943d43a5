//! `kill -9` under load: ten times in one run, and nothing is lost, doubled or half done.

use super::keeper::{Keeper, assert_clean};

const KILLS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_in_a_load_run_cost_nothing() {
    let mut keeper = Keeper::start(None);
    let load = keeper.load(40, 600);
    let matches = load.matches;
    let kills = async {
        for _ in 0..KILLS {
            keeper.finished(25.0).await;
            keeper.kill();
        }
    };
    let (report, ()) = tokio::join!(tiltyard_loadtest::players::run(load), kills);
    assert_clean(&report.unwrap(), matches);
}
