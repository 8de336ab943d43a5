//! The artefact that is shipped, built without default features: no development endpoint, in no environment.

use reqwest::Method;
use serde_json::json;
use tiltyard_gateway::http::routes;

use crate::support::{Server, problem, tiltyard};

#[test]
fn no_route_and_no_text_of_it_is_compiled_in() {
    assert!(routes().iter().all(|route| !route.path.contains("/dev/")));
    let binary = std::fs::read(env!("CARGO_BIN_EXE_tiltyard")).unwrap();
    let trace = b"/dev/sign-in";
    assert!(!binary.windows(trace.len()).any(|window| window == trace));
}

#[tokio::test]
async fn nobody_signs_in_by_name() {
    let server = Server::start();
    let reply = server
        .request(Method::POST, "/v1/dev/sign-in")
        .json(&json!({ "name": "alice" }))
        .send()
        .await
        .unwrap();
    problem(reply, 404, "not_found").await;
}

#[test]
fn production_needs_a_key_file_and_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::write(&keys, "0f".repeat(32)).unwrap();
    let file = folder.path().join("tiltyard.toml");
    let check = |text: String| {
        std::fs::write(&file, text).unwrap();
        tiltyard(&["check-config", "--config", file.to_str().unwrap()])
            .output()
            .unwrap()
    };
    assert_eq!(check("environment = \"production\"".to_owned()).status.code(), Some(78));
    let with = check(format!(
        "environment = \"production\"\n[auth]\nkey_file = {:?}",
        keys.display().to_string()
    ));
    assert_eq!(with.status.code(), Some(0), "{}", String::from_utf8_lossy(&with.stderr));
}
