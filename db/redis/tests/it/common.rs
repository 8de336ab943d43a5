//! A server of one's own, an administrator's connection to it, and small values.

use std::fmt::Debug;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_db::Result;
use tiltyard_db::live::jobs::{Delivery, Job, Receipt};
use tiltyard_db::live::wakeups::{Inbox, Notice, Wakeup};
use tiltyard_db_redis::RedisStore;
use tiltyard_db_testkit::Redis;
use tiltyard_protocol::{BootId, MatchId, NodeId, PlayerId, TicketId};
use tokio::sync::mpsc::Receiver;

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(30);
pub(crate) const NONE: Duration = Duration::ZERO;
/// Room in a stream that no test fills.
pub(crate) const ROOM: usize = 1_000;
/// Longest time that a call may take while the server does not answer: it is written in two parts at most, each with its
/// time-out, and this machine may be busy.
pub(crate) const BOUNDED: Duration = Duration::from_secs(10);

/// Starts a server of one's own.
pub(crate) async fn server() -> Arc<Redis> {
    started(|| Redis::start().unwrap()).await
}

/// Starts a server in a way of one's own.
pub(crate) async fn started(start: impl FnOnce() -> Redis + Send + 'static) -> Arc<Redis> {
    Arc::new(tokio::task::spawn_blocking(start).await.unwrap())
}

/// Kills a server and starts it again, empty.
pub(crate) async fn restart(server: &Arc<Redis>) {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || server.restart().unwrap())
        .await
        .unwrap();
}

pub(crate) async fn open(server: &Redis) -> Arc<RedisStore> {
    connect(&server.url()).await.unwrap_or_else(|error| panic!("{error:?}"))
}

pub(crate) async fn connect(url: &str) -> Result<Arc<RedisStore>> {
    RedisStore::open(&url.parse().unwrap()).await
}

/// Sends a command as an administrator, and returns the beginning of the answer as it is written.
pub(crate) fn admin(server: &Redis, command: &[&[u8]]) -> String {
    let url = server.url();
    let mut stream = UnixStream::connect(url.strip_prefix("redis+unix://").unwrap()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut written = format!("*{}\r\n", command.len()).into_bytes();
    for part in command {
        written.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        written.extend_from_slice(part);
        written.extend_from_slice(b"\r\n");
    }
    stream.write_all(&written).unwrap();
    let mut answer = vec![0; 65_536];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Sends a command of plain words.
pub(crate) fn tell(server: &Redis, command: &str) -> String {
    let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
    let answer = admin(server, &words);
    assert!(!answer.starts_with('-'), "{command}: {answer}");
    answer
}

/// Repeats a question until the answer is as wanted.
///
/// # Panics
/// If it does not become so.
pub(crate) async fn until<T: Debug>(ask: impl AsyncFn() -> T, is_wanted: impl Fn(&T) -> bool) -> T {
    let asking = async {
        loop {
            let answer = ask().await;
            if is_wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LONG, asking)
        .await
        .expect("it has to come to that")
}

/// Waits for what must come.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, what).await.expect("it has to come")
}

/// Reads until a notice of a loss.
pub(crate) async fn read_to_lagged(receiver: &mut Receiver<Notice>) {
    while soon(receiver.recv()).await.unwrap() != Notice::Lagged {}
}

pub(crate) fn job(rules_version: u32, n: u8) -> Job {
    Job {
        match_id: MatchId::from_bytes([n; 16]),
        rules_version,
        request: Bytes::from(vec![n; 100]),
    }
}

pub(crate) fn receipts(deliveries: &[Delivery]) -> Vec<Receipt> {
    deliveries.iter().map(|delivery| delivery.receipt.clone()).collect()
}

pub(crate) const fn node(n: u8) -> NodeId {
    NodeId::from_bytes([n; 16])
}

pub(crate) const fn boot(n: u8) -> BootId {
    BootId::from_bytes([n; 16])
}

pub(crate) const fn inbox(n: u8) -> Inbox {
    Inbox::Node(node(n))
}

pub(crate) fn hint(n: u8) -> Wakeup {
    Wakeup::Left {
        player: PlayerId::from_bytes([n; 16]),
        ticket: TicketId::from_bytes([n; 16]),
    }
}
