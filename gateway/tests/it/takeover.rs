//! The scenario `takeover` of the load test, with a short queue: a second node leads with every ticket in its memory.

use std::path::PathBuf;

use tiltyard_loadtest::takeover::{Options, run};

#[tokio::test]
async fn a_second_node_leads_with_the_whole_queue() {
    let report = run(Options {
        server_binary: PathBuf::from(env!("CARGO_BIN_EXE_tiltyard")),
        // More than a page.
        tickets: 12_345,
    })
    .await
    .unwrap();
    println!("{report}");
    assert_eq!(report.tickets, 12_345);
    assert!(report.load_ms <= report.takeover_ms, "{report}");
    assert!(report.postgresql_bytes_per_ticket > 100.0, "{report}");
}
