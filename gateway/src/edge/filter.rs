//! The one warp filter: takes a request apart and hands it to the route table.

use std::sync::Arc;

use http::{HeaderMap, Method};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::path::FullPath;

use super::connection::Peer;
use crate::http::{Head, Listener, Reply, answer};
use crate::shared::Shared;

/// Serves the table's rows for one door.
pub(super) fn of(shared: Arc<Shared>, door: Listener) -> BoxedFilter<(Reply,)> {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Peer>())
        .and(warp::body::stream())
        .then(
            move |method: Method, path: FullPath, query: String, headers: HeaderMap, peer: Peer, body| {
                let path = path.as_str().to_owned();
                let head = Head {
                    listener: door,
                    ip: peer.ip,
                    method,
                    path,
                    query,
                    headers,
                };
                answer(Arc::clone(&shared), head, body)
            },
        )
        .boxed()
}
