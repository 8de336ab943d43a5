//! The real process dies or freezes at a named point of a ticket's way; what was answered 2xx is there afterwards.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, bot, uuid_v7, wait_until};

/// Points on the way from a practice ticket's request to the acknowledgement of its result.
const POINTS: [&str; 7] = [
    "ticket-before-insert",
    "ticket-after-insert",
    "ticket-before-reply",
    "simulating",
    "result-before-commit",
    "result-after-commit",
    "result-before-acknowledge",
];

#[tokio::test]
async fn a_ticket_survives_a_crash_at_every_point() {
    for point in POINTS {
        let server = Server::start_crashing(point);
        let player = server.player("alice").await;
        let (team, id) = (player.team().await, uuid_v7());
        let ticket = json!({ "mode": "practice", "id": id, "team": team, "bot": bot() });
        let token = player.token.clone();
        // Whether the request was answered before the crash is a race; the same request again settles it.
        let sent = player.request(Method::POST, "/v1/tickets").json(&ticket).send().await;
        let was_accepted = sent.is_ok_and(|reply| reply.status().is_success());
        let server = server.crashed().await;
        let path = format!("/v1/tickets/{id}");
        let read = || server.request(Method::GET, &path).bearer_auth(&token).send();
        if was_accepted {
            assert_eq!(
                read().await.unwrap().status(),
                StatusCode::OK,
                "{point}: accepted and lost"
            );
        }
        let again = server
            .request(Method::POST, "/v1/tickets")
            .bearer_auth(&token)
            .json(&ticket)
            .send()
            .await
            .unwrap();
        assert!(again.status().is_success(), "{point}: {}", again.status());
        wait_until("the ticket to finish", async || {
            let seen: Value = read().await.unwrap().json().await.unwrap();
            seen["state"] == "finished"
        })
        .await;
        assert_eq!(server.audit(), json!([]), "{point}");
    }
}
