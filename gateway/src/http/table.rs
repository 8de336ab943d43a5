//! The route table: every path that is served, in one place. Tests walk it; nothing is served that is not in it.

use std::future::ready;

use http::Method;
use tiltyard_protocol::limits::BODY_BYTES_MAX;

use super::route::{BodyRule, Listeners, Rate, Route, Who};
use crate::routes::{builds, content, events, matches, operations, players, queues, replays, teams, tickets};

/// Returns every route.
#[must_use]
pub fn routes() -> &'static [Route] {
    ROUTES
}

const PUBLIC: Route = Route {
    method: Method::GET,
    path: "",
    who: Who::Public,
    on: Listeners::Players,
    body: BodyRule::None,
    rate: None,
    dev_only: false,
    summary: "",
    handler: |_, _| Box::pin(ready(operations::nothing())),
};
const READ: Route = Route {
    who: Who::Player,
    ..PUBLIC
};
const WRITE: Route = Route {
    who: Who::Player,
    rate: Some(Rate::WritesInFlight),
    ..PUBLIC
};
const QUESTION: Route = Route {
    who: Who::Player,
    rate: Some(Rate::Questions),
    ..PUBLIC
};
const OPERATOR: Route = Route {
    who: Who::Operator,
    on: Listeners::Operators,
    ..PUBLIC
};
const OPERATORS_WRITE: Route = Route {
    method: Method::POST,
    body: BodyRule::Json { bytes_max: 2_048 },
    rate: Some(Rate::Trusted),
    ..OPERATOR
};
const HEALTH: Route = Route {
    on: Listeners::Both,
    ..PUBLIC
};
const JSON: BodyRule = BodyRule::Json {
    bytes_max: BODY_BYTES_MAX,
};

static ROUTES: &[Route] = &[
    #[cfg(feature = "dev-endpoints")]
    Route {
        method: Method::POST,
        path: "/v1/dev/sign-in",
        body: BodyRule::Json { bytes_max: 1024 },
        rate: Some(Rate::SignIns),
        dev_only: true,
        summary: "Signs in by name, in development only; the same name is the same player.",
        handler: |shared, call| Box::pin(players::dev_sign_in(shared, call)),
        ..PUBLIC
    },
    Route {
        path: "/v1/me",
        summary: "Returns the player's name, rating and record.",
        handler: |shared, call| Box::pin(players::me(shared, call)),
        ..READ
    },
    Route {
        path: "/v1/content",
        summary: "Returns what builds are made of, with every bound an editor needs; tagged, so that it is fetched once.",
        handler: |shared, call| Box::pin(ready(content::get(&shared, &call))),
        ..PUBLIC
    },
    Route {
        method: Method::POST,
        path: "/v1/builds/validate",
        body: JSON,
        summary: "Says everything that is wrong with a build, and stores nothing.",
        handler: |shared, call| Box::pin(ready(builds::check(&shared, &call))),
        ..WRITE
    },
    Route {
        path: "/v1/teams",
        summary: "Returns the player's teams.",
        handler: |shared, call| Box::pin(teams::list(shared, call)),
        ..READ
    },
    Route {
        path: "/v1/teams/{team}",
        summary: "Returns one team.",
        handler: |shared, call| Box::pin(teams::get(shared, call)),
        ..READ
    },
    Route {
        method: Method::PUT,
        path: "/v1/teams/{team}",
        body: JSON,
        summary: "Writes a team under an id of the client's choice.",
        handler: |shared, call| Box::pin(teams::put(shared, call)),
        ..WRITE
    },
    Route {
        method: Method::DELETE,
        path: "/v1/teams/{team}",
        summary: "Deletes a team; matches and tickets keep the build they were queued with.",
        handler: |shared, call| Box::pin(teams::delete(shared, call)),
        ..WRITE
    },
    Route {
        path: "/v1/tickets",
        summary: "Returns the player's live tickets, oldest first.",
        handler: |shared, call| Box::pin(tickets::list(shared, call)),
        ..READ
    },
    Route {
        method: Method::POST,
        path: "/v1/tickets",
        body: BodyRule::Json { bytes_max: 1024 },
        summary: "Queues a team; sending the same request again is safe.",
        handler: |shared, call| Box::pin(tickets::post(shared, call)),
        ..WRITE
    },
    Route {
        path: "/v1/tickets/{ticket}",
        summary: "Returns one ticket.",
        handler: |shared, call| Box::pin(tickets::get(shared, call)),
        ..READ
    },
    Route {
        method: Method::DELETE,
        path: "/v1/tickets/{ticket}",
        summary: "Cancels a ticket; an id that was not seen yet is refused from then on.",
        handler: |shared, call| Box::pin(tickets::cancel(shared, call)),
        ..WRITE
    },
    Route {
        path: "/v1/tickets/{ticket}/waiting",
        summary: "Says why a ticket still waits: who else does, and what keeps each of them away.",
        handler: |shared, call| Box::pin(queues::waiting(shared, call)),
        ..QUESTION
    },
    Route {
        path: "/v1/queues",
        summary: "Returns the queues: whether they are paused, how many wait and arrive.",
        handler: |shared, _| Box::pin(queues::list(shared)),
        ..READ
    },
    Route {
        path: "/v1/queues/{queue}/estimate",
        summary: "Returns how long the player would wait with a spread (?spread=100).",
        handler: |shared, call| Box::pin(queues::estimate(shared, call)),
        ..QUESTION
    },
    Route {
        path: "/v1/matches",
        summary: "Returns the player's matches, newest first, a page at a time.",
        handler: |shared, call| Box::pin(matches::list(shared, call)),
        ..READ
    },
    Route {
        path: "/v1/matches/{match}",
        summary: "Returns one of the player's matches.",
        handler: |shared, call| Box::pin(matches::get(shared, call)),
        ..READ
    },
    Route {
        path: "/v1/matches/{match}/replay",
        summary: "Returns the replay file of one of the player's matches, or leads to it in the bucket (303).",
        handler: |shared, call| Box::pin(replays::get(shared, call)),
        ..READ
    },
    Route {
        path: "/v1/events",
        summary: "Streams the player's events (SSE), resumed after Last-Event-ID.",
        handler: |shared, call| Box::pin(events::stream(shared, call)),
        ..READ
    },
    Route {
        path: "/.well-known/jwks.json",
        summary: "Returns the public keys that verify access tokens (RFC 7517).",
        handler: |shared, _| Box::pin(ready(players::jwks(&shared))),
        ..PUBLIC
    },
    Route {
        path: "/livez",
        summary: "Says that the process runs.",
        handler: |_, _| Box::pin(ready(Ok(operations::livez()))),
        ..HEALTH
    },
    Route {
        path: "/readyz",
        summary: "Says whether the process takes work, or what keeps it from it.",
        handler: |shared, _| Box::pin(ready(operations::readyz(&shared))),
        ..HEALTH
    },
    Route {
        path: "/version",
        summary: "Returns the versions of program, engine, rules and content.",
        handler: |shared, _| Box::pin(ready(operations::version(&shared))),
        ..HEALTH
    },
    Route {
        path: "/metrics",
        summary: "Returns the metrics in the Prometheus text format.",
        handler: |shared, _| Box::pin(ready(Ok(operations::metrics(&shared)))),
        ..OPERATOR
    },
    Route {
        path: "/v1/operator/queues",
        summary: "Returns the queues as players see them.",
        handler: |shared, _| Box::pin(queues::list(shared)),
        ..OPERATOR
    },
    Route {
        path: "/v1/queues/{queue}/pause",
        summary: "Pauses a queue, with a reason: no pairs, no new tickets; those that wait stay.",
        handler: |shared, call| Box::pin(queues::pause(shared, call)),
        ..OPERATORS_WRITE
    },
    Route {
        path: "/v1/queues/{queue}/resume",
        summary: "Lets a paused queue go on, with a reason.",
        handler: |shared, call| Box::pin(queues::resume(shared, call)),
        ..OPERATORS_WRITE
    },
    Route {
        path: "/v1/operator/players/{player}/tickets/{ticket}/waiting",
        summary: "Says why a player's ticket still waits.",
        handler: |shared, call| Box::pin(queues::waiting_of(shared, call)),
        ..OPERATOR
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_row_is_complete_and_stands_once() {
        let mut seen = HashSet::new();
        for route in routes() {
            assert!(route.path.starts_with('/') && route.summary.ends_with('.'), "{route:?}");
            assert!(
                seen.insert((route.method.clone(), route.path)),
                "{route:?} stands twice"
            );
        }
    }

    #[test]
    fn rules_follow_from_who_may_call() {
        for route in routes() {
            let writes = route.method != Method::GET;
            assert!(route.rate.is_some() || !writes, "{route:?}: every write has a limit");
            assert_eq!(
                route.rate == Some(Rate::Trusted),
                writes && route.who == Who::Operator,
                "{route:?}"
            );
            assert_eq!(
                route.who == Who::Operator,
                route.on == Listeners::Operators,
                "{route:?}"
            );
            let takes_body = [Method::PUT, Method::POST].contains(&route.method);
            assert_eq!(route.body != BodyRule::None, takes_body, "{route:?}");
            assert_eq!(route.dev_only, route.path.contains("/dev/"), "{route:?}");
            assert!(
                !route.path.contains("{player}") || route.who == Who::Operator,
                "{route:?}: the token names the player"
            );
        }
    }
}
