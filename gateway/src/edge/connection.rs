//! One connection: HTTP/1.1 with a time-out on every wait.

use std::net::IpAddr;
use std::pin::pin;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tiltyard_protocol::limits::{HEADER_BYTES_MAX, HEADERS_MAX};
use tokio::net::TcpStream;
use tokio::sync::watch;
use warp::filters::BoxedFilter;

use super::Bounds;
use super::stall::StallGuard;
use crate::http::Reply;

/// Who is at the other end. warp knows addresses of its own server's connections only, so it travels as an extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The address.
    pub(crate) ip: IpAddr,
}

/// Serves a connection until it ends; from `closing` on it finishes the request at hand and takes no other.
pub(super) async fn serve(
    stream: TcpStream,
    peer: Peer,
    filter: BoxedFilter<(Reply,)>,
    bounds: Bounds,
    mut closing: watch::Receiver<bool>,
) {
    let filtered = TowerToHyperService::new(warp::service(filter));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        filtered.call(request)
    });
    let io = TokioIo::new(StallGuard::new(stream, bounds.write_stall_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.header_timeout)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        // The owner's end closes as well as its word.
        () = closed(&mut closing) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients break off all the time; it is their business, not a failure of ours.
        tracing::debug!(%error, "connection ended early");
    }
}

/// Waits until the door closes, or its owner is gone.
pub(super) async fn closed(closing: &mut watch::Receiver<bool>) {
    while !*closing.borrow_and_update() {
        if closing.changed().await.is_err() {
            return;
        }
    }
}
