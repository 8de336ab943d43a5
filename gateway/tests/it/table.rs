//! Walks the route table: every row refuses what every row must refuse.

use reqwest::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tiltyard_gateway::http::{BodyRule, Listener, Route, Who, routes};

use crate::support::{Player, Server, bot, ok, problem, team, uuid_v7, wait_until};

/// Returns a path of the route with an id that names nothing.
fn path(route: &Route) -> String {
    let segments = route.path.split('/').map(|part| {
        if part.starts_with('{') {
            uuid_v7()
        } else {
            part.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn players_routes() -> impl Iterator<Item = &'static Route> {
    routes().iter().filter(|route| route.on.include(Listener::Players))
}

fn with_body() -> impl Iterator<Item = &'static Route> {
    players_routes().filter(|route| route.body != BodyRule::None)
}

#[tokio::test]
async fn players_routes_take_players_tokens_only() {
    let server = Server::start();
    for route in players_routes().filter(|route| route.who == Who::Player) {
        let request = || server.request(route.method.clone(), &path(route)).json(&json!({}));
        let reply = request().send().await.unwrap();
        assert_eq!(reply.headers()[WWW_AUTHENTICATE], "Bearer", "{route:?}");
        problem(reply, 401, "unauthorized").await;
        for token in ["", "x", "a.b.c", &"x".repeat(4_000)] {
            problem(request().bearer_auth(token).send().await.unwrap(), 401, "unauthorized").await;
        }
    }
}

#[tokio::test]
async fn unused_methods_and_unknown_paths_are_told_apart() {
    let server = Server::start();
    let all = [
        Method::GET,
        Method::PUT,
        Method::POST,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
        Method::OPTIONS,
    ];
    for route in players_routes() {
        let used: Vec<_> = players_routes()
            .filter(|other| other.path == route.path)
            .map(|other| other.method.clone())
            .collect();
        for method in all.iter().filter(|method| !used.contains(method)) {
            let reply = server.request(method.clone(), &path(route)).send().await.unwrap();
            assert_eq!(reply.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {route:?}");
            let allow = reply.headers()[ALLOW].to_str().unwrap();
            assert!(
                used.iter().all(|method| allow.contains(method.as_str())),
                "{allow} for {route:?}"
            );
        }
    }
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/teams/",
        "/v2/me",
        "/v1/ME",
        "/metrics",
        "/v1/../me",
        "//v1/me",
        "/%00",
    ] {
        problem(
            server.request(Method::GET, path).send().await.unwrap(),
            404,
            "not_found",
        )
        .await;
    }
}

#[tokio::test]
async fn bodies_are_json_of_the_routes_shape_and_size() {
    let server = Server::start();
    let player = server.player("alice").await;
    for route in with_body() {
        let request = || player.request(route.method.clone(), &path(route));
        problem(
            request().body("{}").send().await.unwrap(),
            415,
            "media_type_unsupported",
        )
        .await;
        let typed = |body: String| request().header(CONTENT_TYPE, "application/json").body(body);
        for body in ["", "{", "[]", "null", "{}", "\u{feff}{}"] {
            problem(typed(body.to_owned()).send().await.unwrap(), 400, "body_invalid").await;
        }
        problem(typed("[".repeat(1_000)).send().await.unwrap(), 400, "body_invalid").await;
        let invalid_utf8 = request()
            .header(CONTENT_TYPE, "application/json")
            .body(vec![b'"', 0xff, b'"']);
        problem(invalid_utf8.send().await.unwrap(), 400, "body_invalid").await;
        let BodyRule::Json { bytes_max } = route.body else {
            continue;
        };
        problem(
            typed(" ".repeat(bytes_max + 1)).send().await.unwrap(),
            413,
            "body_too_large",
        )
        .await;
    }
}

#[tokio::test]
async fn unknown_fields_are_refused_at_every_depth() {
    let server = Server::start();
    let player = server.player("alice").await;
    let id = uuid_v7();
    let mut outer = team("x");
    outer["rating"] = json!(3000);
    let mut inner = team("x");
    inner["build"]["units"][0]["health"] = json!(9999);
    for body in [outer, inner] {
        let reply = player
            .request(Method::PUT, &format!("/v1/teams/{id}"))
            .json(&body)
            .send()
            .await
            .unwrap();
        let document = problem(reply, 400, "body_invalid").await;
        assert!(
            document["detail"].as_str().unwrap().contains("unknown field"),
            "{document}"
        );
    }
    let ticket = json!({ "mode": "ranked", "id": id, "team": id, "player": id });
    problem(
        player
            .request(Method::POST, "/v1/tickets")
            .json(&ticket)
            .send()
            .await
            .unwrap(),
        400,
        "body_invalid",
    )
    .await;
    let name = json!({ "name": "alice", "admin": true });
    problem(
        server
            .request(Method::POST, "/v1/dev/sign-in")
            .json(&name)
            .send()
            .await
            .unwrap(),
        400,
        "body_invalid",
    )
    .await;
}

#[tokio::test]
async fn another_players_object_looks_like_none() {
    let server = Server::start();
    let (alice, mallory) = (server.player("alice").await, server.player("mallory").await);
    let team = alice.team().await;
    let ticket = json!({ "mode": "ranked", "id": uuid_v7(), "team": team });
    assert_eq!(alice.queue(&ticket).await.0, StatusCode::CREATED);
    let ticket = ticket["id"].as_str().unwrap();
    for path in [format!("/v1/teams/{team}"), format!("/v1/tickets/{ticket}")] {
        alice.get(&path).await;
        let nobody = format!("{}{}", &path[..path.len() - 36], uuid_v7());
        let foreign = problem(
            mallory.request(Method::GET, &path).send().await.unwrap(),
            404,
            "not_found",
        )
        .await;
        let absent = problem(
            mallory.request(Method::GET, &nobody).send().await.unwrap(),
            404,
            "not_found",
        )
        .await;
        assert_eq!(foreign, absent, "the two cannot be told apart");
    }
    let practice = json!({ "mode": "practice", "id": uuid_v7(), "team": team, "bot": bot() });
    assert_eq!(alice.queue(&practice).await.0, StatusCode::CREATED);
    let path = format!("/v1/tickets/{}", practice["id"].as_str().unwrap());
    let mut ended = json!(null);
    wait_until("the match", async || {
        ended = alice.get(&path).await;
        ended["state"] == "finished"
    })
    .await;
    let fought = ended["match"].as_str().unwrap();
    for rest in ["", "/replay"] {
        let look =
            |player: &Player<'_>, id: &str| player.request(Method::GET, &format!("/v1/matches/{id}{rest}")).send();
        let own = look(&alice, fought).await.unwrap();
        assert_eq!(own.status(), StatusCode::OK, "{rest}");
        let foreign = problem(look(&mallory, fought).await.unwrap(), 404, "not_found").await;
        let absent = problem(look(&mallory, &uuid_v7()).await.unwrap(), 404, "not_found").await;
        assert_eq!(foreign, absent, "the two cannot be told apart");
    }
    assert_eq!(mallory.get("/v1/matches").await["matches"], json!([]));
    problem(
        mallory
            .request(Method::DELETE, &format!("/v1/teams/{team}"))
            .send()
            .await
            .unwrap(),
        404,
        "not_found",
    )
    .await;
    // A ticket's key is (player, id): this cancels an id of Mallory's own that nobody ever used.
    let cancel = mallory
        .request(Method::DELETE, &format!("/v1/tickets/{ticket}"))
        .send()
        .await
        .unwrap();
    assert_eq!(cancel.status(), StatusCode::NO_CONTENT);
    assert_eq!(alice.get(&format!("/v1/tickets/{ticket}")).await["state"], "queued");
    let stolen = json!({ "mode": "ranked", "id": uuid_v7(), "team": team });
    assert_eq!(mallory.queue(&stolen).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn malformed_parameters_are_named() {
    let server = Server::start();
    let player = server.player("alice").await;
    for path in [
        "/v1/teams/7",
        "/v1/teams/%2fetc",
        "/v1/tickets/0193588a5a0070008000000000000000",
        "/v1/matches/'--",
        "/v1/matches?before=yesterday",
        "/v1/matches?limit=0",
        "/v1/matches?limit=101",
        "/v1/matches?player=someone",
        "/v1/events?last_event_id=1",
        "/v1/events?access_token=x",
    ] {
        problem(
            player.request(Method::GET, path).send().await.unwrap(),
            400,
            "parameter_invalid",
        )
        .await;
    }
}

#[tokio::test]
async fn health_and_version_are_on_both_doors_and_metrics_on_one() {
    let server = Server::start();
    for door in [server.players, server.operators] {
        for path in ["/livez", "/readyz", "/version"] {
            let reply = server.http.get(format!("http://{door}{path}")).send().await.unwrap();
            assert_eq!(reply.status(), StatusCode::OK, "{door}{path}");
        }
    }
    let version = ok(server.request(Method::GET, "/version").send().await.unwrap()).await;
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let metrics = server
        .http
        .get(format!("http://{}/metrics", server.operators))
        .send()
        .await
        .unwrap();
    let text = metrics.text().await.unwrap();
    assert!(
        text.contains("tiltyard_http_requests_total{route=\"/livez\",method=\"GET\",code=\"200\"} 2"),
        "{text}"
    );
    let players_route = server
        .http
        .get(format!("http://{}/v1/me", server.operators))
        .send()
        .await
        .unwrap();
    assert_eq!(players_route.status(), StatusCode::NOT_FOUND);
}
