//! Sign-in and the player's own record.

use std::sync::Arc;

use http::StatusCode;
use tiltyard_actors::rating::{self, Current};
use tiltyard_protocol::http::players::{Me, RatingView};
use tiltyard_protocol::{Problem, ProblemCode};

use super::store_problem;
use crate::http::{Answer, Call, json_reply};
use crate::shared::Shared;

/// `POST /v1/dev/sign-in`
#[cfg(feature = "dev-endpoints")]
pub(crate) async fn dev_sign_in(shared: Arc<Shared>, call: Call) -> Answer {
    use tiltyard_db::durable::players::PlayerRecord;
    use tiltyard_protocol::PlayerId;
    use tiltyard_protocol::http::players::{DevSignIn, SignedIn};

    let DevSignIn { name } = crate::http::json(&call.body)?;
    super::check_name("name", &name)?;
    let candidate = PlayerRecord {
        id: PlayerId::from_uuid(crate::node::uuid_v7(call.now)),
        identity: format!("dev:{name}"),
        name,
        created_at: call.now,
    };
    let player = shared
        .durable
        .players
        .sign_in(candidate)
        .await
        .map_err(|error| store_problem(&error))?;
    let signed = shared.keys.sign(player.id, call.now).map_err(|error| {
        tracing::error!(%error, "no token could be signed");
        Problem::new(ProblemCode::Internal, "no token could be signed")
    })?;
    let body = SignedIn {
        player: player.id,
        token: signed.token,
        expires_at: signed.expires_at,
    };
    json_reply(StatusCode::OK, &body)
}

/// `GET /v1/me`
pub(crate) async fn me(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let records = shared
        .durable
        .players
        .players(&[player])
        .await
        .map_err(|error| store_problem(&error))?;
    let Some(player_record) = records.into_iter().flatten().next() else {
        let detail = "the token's player is not known here; sign in again";
        return Err(Problem::new(ProblemCode::Unauthorized, detail));
    };
    let ratings = shared
        .durable
        .ratings
        .ratings(&[player])
        .await
        .map_err(|error| store_problem(&error))?;
    let record = ratings
        .first()
        .ok_or_else(|| Problem::new(ProblemCode::Internal, "the rating cannot be read"))?;
    let Current { rating, provisional } = rating::current(record, call.now);
    let body = Me {
        player,
        name: player_record.name,
        rating: RatingView {
            rating: rating.rating,
            deviation: rating.deviation,
            provisional,
            number: record.version,
            won: record.won,
            lost: record.lost,
            drawn: record.drawn,
        },
    };
    json_reply(StatusCode::OK, &body)
}

/// `GET /.well-known/jwks.json`
pub(crate) fn jwks(shared: &Shared) -> Answer {
    json_reply(StatusCode::OK, &shared.keys.jwks())
}
