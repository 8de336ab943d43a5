//! The edge: an accept loop of our own around `warp::service`.
//!
//! warp's own server sets no header time-out, no `TCP_NODELAY`, no cap on connections and no limit on stalled writes, and
//! its shutdown waits for ever on one open stream.

mod caps;
mod connection;
mod filter;
mod stall;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::config::Config;
use crate::http::Listener;
use crate::shared::Shared;
use caps::Caps;
use connection::Peer;

/// Pause after a failed accept, which out of descriptors fails again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bounds of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Time for a request head to arrive.
    pub(crate) header_timeout: Duration,
    /// Time a peer may take no byte.
    pub(crate) write_stall_timeout: Duration,
    /// Bytes the kernel buffers for a peer.
    pub(crate) send_buffer_bytes: usize,
}

/// One door: a listener, and what is served behind it.
pub(crate) struct Edge {
    listener: TcpListener,
    door: Listener,
    caps: Caps,
    bounds: Bounds,
}

impl Edge {
    /// Starts to listen; connections wait in the kernel until [`Edge::run`].
    pub(crate) async fn bind(address: SocketAddr, door: Listener, config: &Config) -> std::io::Result<Self> {
        let bounds = Bounds {
            header_timeout: Duration::from_millis(config.http.header_timeout_ms),
            write_stall_timeout: Duration::from_millis(config.http.write_stall_timeout_ms),
            send_buffer_bytes: config.http.send_buffer_bytes,
        };
        let caps = Caps::new(
            config.http.connections_max,
            config.http.connections_per_ip_max,
            config.limits.loopback_exempt,
        );
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            door,
            caps,
            bounds,
        })
    }

    /// Returns the address with its real port.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts and serves until `closing` says so, then lets every connection finish what it is at.
    /// Dropping the future cuts what is left.
    pub(crate) async fn run(self, shared: Arc<Shared>, mut closing: watch::Receiver<bool>) {
        let filter = filter::of(shared, self.door);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        if let Some((stream, permit)) = self.admit(stream, address) {
                            let peer = Peer { ip: address.ip() };
                            let served =
                                connection::serve(stream, peer, filter.clone(), self.bounds, closing.clone());
                            connections.spawn(async move {
                                served.await;
                                drop(permit);
                            });
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "accepting failed");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = connections.join_next() => report(ended),
                () = connection::closed(&mut closing) => break,
            }
        }
        drop(self.listener);
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    }

    fn admit(&self, stream: TcpStream, address: SocketAddr) -> Option<(TcpStream, caps::Permit)> {
        let permit = match self.caps.admit(address.ip()) {
            Ok(permit) => permit,
            Err(full) => {
                metrics::counter!("tiltyard_connections_refused_total", "reason" => full.as_str()).increment(1);
                return None;
            }
        };
        // Small frames leave at once, and a peer that does not read holds little of the kernel's memory.
        let tuned = stream
            .set_nodelay(true)
            .and_then(|()| SockRef::from(&stream).set_send_buffer_size(self.bounds.send_buffer_bytes));
        match tuned {
            Ok(()) => Some((stream, permit)),
            Err(error) => {
                tracing::debug!(%error, "a connection was gone before it was served");
                None
            }
        }
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection's task failed");
    }
}
