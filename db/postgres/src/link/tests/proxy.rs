//! A TCP proxy that can stop passing bytes on, without closing anything: what a pulled cable looks like.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A running proxy; it ends when this is dropped.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    /// How many of the connections made so far are cut off, the oldest first.
    cut: watch::Sender<usize>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub(super) async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, cuts) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, to, cuts));
        Self {
            address,
            cut,
            _tasks: tasks,
        }
    }

    /// Swallows everything that the first `connections` send in either direction from here on.
    pub(super) fn cut(&self, connections: usize) {
        self.cut.send_replace(connections);
    }
}

async fn serve(listener: TcpListener, to: SocketAddr, cuts: watch::Receiver<usize>) {
    let mut pumps = JoinSet::new();
    let cuts = Arc::new(cuts);
    for number in 0.. {
        let (near, _peer) = listener.accept().await.unwrap();
        let far = TcpStream::connect(to).await.unwrap();
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        pumps.spawn(pump(number, near_read, far_write, Arc::clone(&cuts)));
        pumps.spawn(pump(number, far_read, near_write, Arc::clone(&cuts)));
    }
}

async fn pump(number: usize, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, cuts: Arc<watch::Receiver<usize>>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if number >= *cuts.borrow() && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
    // A cut connection says nothing, not even that it ends.
    if number < *cuts.borrow() {
        std::future::pending().await
    }
}
