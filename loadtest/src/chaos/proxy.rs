//! A small TCP proxy for one link, which can be slow, hold everything back, reset, or pass one byte at a time.
//!
//! What it delays, holds, resets and chops is counted, so that the effect of a fault is observed and not assumed. A link
//! that is held back loses nothing: as on a real network, what was sent arrives once the link is whole again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Bytes read at once: a mood changes between two such portions.
const CHUNK_BYTES: usize = 16 * 1024;
/// Connections of one link; over it, new ones are reset.
const CONNECTIONS_MAX: usize = 2_048;
/// Time for the server's side to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How a link is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should be.
    #[default]
    Well,
    /// Each portion comes this much later.
    Slow(Duration),
    /// Nothing passes, either way, and nobody is told.
    BlackHole,
    /// Connections are reset, open ones and new ones.
    Reset,
    /// One byte at a time.
    Trickle,
    /// Only what the client sends passes.
    UpOnly,
    /// Only what the server sends passes.
    DownOnly,
}

/// What a link did to its traffic since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Portions that came later.
    pub(crate) delayed: u64,
    /// Portions that were held back.
    pub(crate) held: u64,
    /// Connections that were reset.
    pub(crate) reset: u64,
    /// Bytes that went alone.
    pub(crate) single: u64,
}

/// A listening proxy; it ends, with its connections, when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    counters: Arc<Counters>,
    _tasks: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Counters {
    delayed: AtomicU64,
    held: AtomicU64,
    reset: AtomicU64,
    single: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// What one direction of a connection needs to know.
#[derive(Clone, Debug)]
struct Gate {
    direction: Direction,
    mood: watch::Receiver<Mood>,
    counters: Arc<Counters>,
}

impl Effects {
    /// Returns what was done since an earlier look.
    #[must_use]
    pub(crate) const fn since(self, earlier: Self) -> Self {
        Self {
            delayed: self.delayed.saturating_sub(earlier.delayed),
            held: self.held.saturating_sub(earlier.held),
            reset: self.reset.saturating_sub(earlier.reset),
            single: self.single.saturating_sub(earlier.single),
        }
    }

    /// Says whether any traffic was hurt.
    #[must_use]
    pub(crate) const fn any(self) -> bool {
        self.delayed + self.held + self.reset + self.single > 0
    }
}

impl Proxy {
    /// Listens on a free port of the loopback for what is to go to `target`.
    ///
    /// # Errors
    /// There is no port.
    pub(crate) async fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (mood, moods) = watch::channel(Mood::Well);
        let counters = Arc::<Counters>::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, target, moods, Arc::clone(&counters)));
        Ok(Self {
            address,
            mood,
            counters,
            _tasks: tasks,
        })
    }

    /// Returns where clients connect.
    #[must_use]
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets how the link is from here on.
    pub(crate) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// Returns what was done to the traffic so far.
    #[must_use]
    pub(crate) fn effects(&self) -> Effects {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Effects {
            delayed: read(&self.counters.delayed),
            held: read(&self.counters.held),
            reset: read(&self.counters.reset),
            single: read(&self.counters.single),
        }
    }
}

async fn serve(listener: TcpListener, target: SocketAddr, moods: watch::Receiver<Mood>, counters: Arc<Counters>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) if connections.len() < CONNECTIONS_MAX => {
                    connections.spawn(connection(client, target, moods.clone(), Arc::clone(&counters)));
                }
                Ok((client, _)) => reset(&client, &counters),
                // Out of descriptors: some will be given back.
                Err(error) => {
                    tracing::warn!(%error, "a link cannot accept");
                    sleep(Duration::from_millis(10)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection until both sides have ended, or one of them broke.
async fn connection(
    mut client: TcpStream,
    target: SocketAddr,
    mut moods: watch::Receiver<Mood>,
    counters: Arc<Counters>,
) {
    if *moods.borrow_and_update() == Mood::Reset {
        return reset(&client, &counters);
    }
    let server = timeout(CONNECT_TIMEOUT, TcpStream::connect(target)).await;
    let Ok(Ok(mut server)) = server else {
        // A server that is away is refused to the client as the system would; it is not this link's doing.
        abort(&client);
        return;
    };
    for side in [&client, &server] {
        if let Err(error) = side.set_nodelay(true) {
            tracing::debug!(%error, "a link's portions may be gathered");
        }
    }
    let gate = |direction| Gate {
        direction,
        mood: moods.clone(),
        counters: Arc::clone(&counters),
    };
    let (up, down) = (gate(Direction::Up), gate(Direction::Down));
    let broken = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let pumps = async { tokio::try_join!(up.pump(from_client, to_server), down.pump(from_server, to_client)) };
        tokio::select! {
            pumped = pumps => pumped.is_err(),
            () = until_reset(&mut moods) => {
                counters.reset.fetch_add(1, Ordering::Relaxed);
                true
            }
        }
    };
    if broken {
        abort(&client);
        abort(&server);
    }
}

/// Waits until the link resets its connections; for ever if its proxy is gone, which ends this anyway.
async fn until_reset(moods: &mut watch::Receiver<Mood>) {
    if moods.wait_for(|mood| *mood == Mood::Reset).await.is_err() {
        std::future::pending().await
    }
}

fn reset(stream: &TcpStream, counters: &Counters) {
    counters.reset.fetch_add(1, Ordering::Relaxed);
    abort(stream);
}

/// Makes the stream end with a reset when it is dropped, as a crashed peer's does.
fn abort(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "a link ends in good order");
    }
}

impl Gate {
    /// Carries one direction to its end.
    async fn pump(mut self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let read = from.read(&mut buffer).await?;
            self.pass(&mut to, &buffer[..read]).await?;
            if read == 0 {
                return to.shutdown().await;
            }
        }
    }

    /// Passes a portion, or the end if it is empty, as the mood has it.
    async fn pass(&mut self, to: &mut (impl AsyncWrite + Unpin), portion: &[u8]) -> io::Result<()> {
        if self.held() {
            self.counters.held.fetch_add(1, Ordering::Relaxed);
            self.until_open().await;
        }
        let mood = *self.mood.borrow_and_update();
        match mood {
            Mood::Slow(delay) => {
                self.counters.delayed.fetch_add(1, Ordering::Relaxed);
                sleep(delay).await;
                to.write_all(portion).await
            }
            Mood::Trickle => self.trickle(to, portion).await,
            _ => to.write_all(portion).await,
        }
    }

    async fn trickle(&self, to: &mut (impl AsyncWrite + Unpin), portion: &[u8]) -> io::Result<()> {
        for byte in portion {
            to.write_all(std::slice::from_ref(byte)).await?;
            self.counters.single.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn held(&self) -> bool {
        holds(*self.mood.borrow(), self.direction)
    }

    async fn until_open(&mut self) {
        let direction = self.direction;
        if self.mood.wait_for(|mood| !holds(*mood, direction)).await.is_err() {
            // The proxy is gone, and this task with it.
            std::future::pending().await
        }
    }
}

const fn holds(mood: Mood, direction: Direction) -> bool {
    match mood {
        Mood::BlackHole => true,
        Mood::UpOnly => matches!(direction, Direction::Down),
        Mood::DownOnly => matches!(direction, Direction::Up),
        Mood::Well | Mood::Slow(_) | Mood::Reset | Mood::Trickle => false,
    }
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
