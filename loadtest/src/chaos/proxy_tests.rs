//! Each mood of a link, over real sockets and without a sleep.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;

/// Generous: what is awaited comes at once on an idle machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Both ends of one connection through a proxy.
struct Link {
    proxy: Proxy,
    listener: TcpListener,
    client: TcpStream,
    server: TcpStream,
}

impl Link {
    async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Proxy::start(listener.local_addr().unwrap()).await.unwrap();
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        let mut server = listener.accept().await.unwrap().0;
        client.write_all(b"hello").await.unwrap();
        assert_eq!(read(&mut server, 5).await, b"hello");
        Self {
            proxy,
            listener,
            client,
            server,
        }
    }

    /// Waits until the proxy has done something to the traffic.
    async fn effect(&self, so: impl Fn(Effects) -> bool) -> Effects {
        let looking = async {
            while !so(self.proxy.effects()) {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, looking).await.unwrap();
        self.proxy.effects()
    }
}

async fn read(stream: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut buffer = vec![0; bytes];
    timeout(PATIENCE, stream.read_exact(&mut buffer))
        .await
        .unwrap()
        .unwrap();
    buffer
}

#[tokio::test]
async fn a_link_that_is_well_carries_both_ways_and_the_end() {
    let Link {
        proxy,
        listener: _listener,
        mut client,
        mut server,
    } = Link::open().await;
    server.write_all(&[7; 100_000]).await.unwrap();
    drop(server);
    let mut all = Vec::new();
    timeout(PATIENCE, client.read_to_end(&mut all)).await.unwrap().unwrap();
    assert_eq!(all.len(), 100_000);
    assert!(!proxy.effects().any());
}

#[tokio::test]
async fn a_slow_link_delays_each_portion() {
    let mut link = Link::open().await;
    link.proxy.set(Mood::Slow(Duration::from_millis(50)));
    let began = tokio::time::Instant::now();
    link.client.write_all(b"late").await.unwrap();
    assert_eq!(read(&mut link.server, 4).await, b"late");
    assert!(began.elapsed() >= Duration::from_millis(50));
    assert_eq!(link.effect(|effects| effects.delayed > 0).await.delayed, 1);
}

#[tokio::test]
async fn a_black_hole_holds_until_it_is_lifted() {
    let mut link = Link::open().await;
    link.proxy.set(Mood::BlackHole);
    link.client.write_all(b"up").await.unwrap();
    link.server.write_all(b"down").await.unwrap();
    assert_eq!(link.effect(|effects| effects.held == 2).await.held, 2);
    assert!(link.server.try_read(&mut [0; 2]).is_err() && link.client.try_read(&mut [0; 4]).is_err());
    link.proxy.set(Mood::Well);
    assert_eq!(read(&mut link.server, 2).await, b"up");
    assert_eq!(read(&mut link.client, 4).await, b"down");
}

#[tokio::test]
async fn a_black_hole_holds_the_end_as_well() {
    let mut link = Link::open().await;
    link.proxy.set(Mood::BlackHole);
    drop(link.client);
    let looking = async {
        while link.proxy.effects().held == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, looking).await.unwrap();
    assert!(link.server.try_read(&mut [0; 1]).is_err());
    link.proxy.set(Mood::Well);
    let ended = timeout(PATIENCE, link.server.read(&mut [0; 1])).await.unwrap();
    assert_eq!(ended.unwrap(), 0);
}

#[tokio::test]
async fn a_link_may_carry_one_way_only() {
    for (mood, up) in [(Mood::UpOnly, true), (Mood::DownOnly, false)] {
        let mut link = Link::open().await;
        link.proxy.set(mood);
        link.client.write_all(b"up").await.unwrap();
        link.server.write_all(b"down").await.unwrap();
        if up {
            assert_eq!(read(&mut link.server, 2).await, b"up");
        } else {
            assert_eq!(read(&mut link.client, 4).await, b"down");
        }
        assert_eq!(link.effect(|effects| effects.held > 0).await.held, 1, "{mood:?}");
        link.proxy.set(Mood::Well);
        if up {
            assert_eq!(read(&mut link.client, 4).await, b"down");
        } else {
            assert_eq!(read(&mut link.server, 2).await, b"up");
        }
    }
}

#[tokio::test]
async fn a_reset_reaches_open_and_new_connections() {
    let mut link = Link::open().await;
    link.proxy.set(Mood::Reset);
    for side in [&mut link.client, &mut link.server] {
        let ended = timeout(PATIENCE, side.read(&mut [0; 1])).await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
    let mut new = TcpStream::connect(link.proxy.address()).await.unwrap();
    assert!(timeout(PATIENCE, new.read(&mut [0; 1])).await.unwrap().is_err());
    assert_eq!(link.effect(|effects| effects.reset == 2).await.reset, 2);
    link.proxy.set(Mood::Well);
    let mut client = TcpStream::connect(link.proxy.address()).await.unwrap();
    let mut server = timeout(PATIENCE, link.listener.accept()).await.unwrap().unwrap().0;
    client.write_all(b"again").await.unwrap();
    assert_eq!(read(&mut server, 5).await, b"again");
}

#[tokio::test]
async fn a_trickle_is_whole_in_the_end() {
    let mut link = Link::open().await;
    link.proxy.set(Mood::Trickle);
    let sent: Vec<u8> = (0..200).collect();
    link.client.write_all(&sent).await.unwrap();
    assert_eq!(read(&mut link.server, sent.len()).await, sent);
    assert_eq!(link.effect(|effects| effects.single == 200).await.single, 200);
}

#[tokio::test]
async fn a_server_that_is_away_is_told_to_the_client() {
    let link = Link::open().await;
    drop(link.listener);
    let mut client = TcpStream::connect(link.proxy.address()).await.unwrap();
    assert!(timeout(PATIENCE, client.read(&mut [0; 1])).await.unwrap().is_err());
    assert!(!link.proxy.effects().any(), "that was not the link's doing");
}
