//! Event streams against the real server: opening, resuming, resync, heartbeat, rotation, drain.

use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{PATIENCE, Player, Server, bot, uuid_v7};

/// One parsed frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame {
    pub(crate) event: String,
    id: Option<String>,
    retry: Option<u64>,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct Stream {
    reply: std::pin::Pin<Box<dyn futures::Stream<Item = reqwest::Result<bytes::Bytes>>>>,
    buffer: String,
}

impl Stream {
    pub(crate) async fn open(player: &Player<'_>, last: Option<&str>) -> Self {
        let mut request = player.request(Method::GET, "/v1/events");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::OK);
        assert_eq!(reply.headers()["content-type"], "text/event-stream");
        Self {
            reply: Box::pin(reply.bytes_stream()),
            buffer: String::new(),
        }
    }

    /// Returns the next frame with data; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let frame = parse(block);
                self.buffer = rest.to_owned();
                if !frame.event.is_empty() {
                    return Some(frame);
                }
                continue;
            }
            match timeout(PATIENCE, self.reply.next()).await.expect("a frame in time") {
                Some(chunk) => self.buffer.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap()),
                None => return None,
            }
        }
    }

    async fn expect(&mut self, event: &str) -> Frame {
        let frame = self.next().await.expect("a frame");
        assert_eq!(frame.event, event, "{frame:?}");
        frame
    }
}

fn parse(block: &str) -> Frame {
    let mut frame = Frame::default();
    for line in block.lines() {
        let (field, value) = line.split_once(": ").unwrap_or((line, ""));
        match field {
            "event" => frame.event = value.to_owned(),
            "id" => frame.id = Some(value.to_owned()),
            "retry" => frame.retry = value.parse().ok(),
            "data" => frame.data = serde_json::from_str(value).unwrap(),
            other => panic!("unknown field {other}"),
        }
    }
    frame
}

/// Plays a practice match; returns its ticket.
async fn play(player: &Player<'_>) -> String {
    let (team, id) = (player.team().await, uuid_v7());
    let ticket = json!({ "mode": "practice", "id": id, "team": team, "bot": bot() });
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    id
}

#[tokio::test]
async fn a_stream_greets_tells_and_resumes_without_gap() {
    let server = Server::start();
    let player = server.player("alice").await;
    let mut stream = Stream::open(&player, None).await;
    let hello = stream.expect("hello").await;
    assert_eq!(hello.data["heartbeat_ms"], 15_000);
    let first = play(&player).await;
    let result = stream.expect("result").await;
    assert_eq!(result.data["ticket"], first.as_str());
    drop(stream);

    let second = play(&player).await;
    let mut resumed = Stream::open(&player, result.id.as_deref()).await;
    let missed = resumed.expect("result").await;
    assert_eq!(
        missed.data["ticket"],
        second.as_str(),
        "what was seen is not told again"
    );
    let mut replayed = Stream::open(&player, hello.id.as_deref()).await;
    assert_eq!(
        [replayed.expect("result").await, replayed.expect("result").await],
        [result, missed]
    );
}

#[tokio::test]
async fn a_cursor_that_cannot_be_served_is_answered_by_resync() {
    let server = Server::start();
    let player = server.player("alice").await;
    for (cursor, reason) in [("1.999", "future"), ("999.0", "generation")] {
        let mut stream = Stream::open(&player, Some(cursor)).await;
        let resync = stream.expect("resync").await;
        assert_eq!(
            (resync.data["reason"].as_str(), resync.id.as_deref()),
            (Some(reason), Some("1.0"))
        );
    }
    for cursor in ["x", "1", "1.-1", "-1.1", "1.1.1", "99999999999999999999.1"] {
        let reply = player
            .request(Method::GET, "/v1/events")
            .header("last-event-id", cursor)
            .send()
            .await
            .unwrap();
        crate::support::problem(reply, 400, "parameter_invalid").await;
    }
}

#[tokio::test]
async fn silence_is_broken_by_heartbeats_and_life_ends_with_bye() {
    let server = Server::start_with("[events]\nheartbeat_ms = 100\nlife_ms = 1500");
    let player = server.player("alice").await;
    let mut stream = Stream::open(&player, None).await;
    stream.expect("hello").await;
    let beat = stream.expect("hb").await;
    assert_eq!(beat.id, None, "a heartbeat moves no cursor");
    let mut last = beat;
    while let Some(frame) = stream.next().await {
        last = frame;
    }
    assert_eq!(
        (last.event.as_str(), last.data["reason"].as_str()),
        ("bye", Some("rotation"))
    );
    assert!((200..=3_000).contains(&last.retry.unwrap()));
}

#[tokio::test]
async fn a_drain_tells_streams_and_ends_in_order() {
    let mut server = Server::start();
    let token_and_id = {
        let player = server.player("alice").await;
        (player.token.clone(), player.id.clone())
    };
    let reply = server
        .request(Method::GET, "/v1/events")
        .bearer_auth(&token_and_id.0)
        .send()
        .await
        .unwrap();
    let mut stream = Stream {
        reply: Box::pin(reply.bytes_stream()),
        buffer: String::new(),
    };
    stream.expect("hello").await;
    assert_eq!(server.stop(), Some(0));
    let bye = stream.expect("bye").await;
    assert_eq!(bye.data["reason"], "draining");
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_player_hears_only_of_his_own() {
    let server = Server::start_with("[events]\nheartbeat_ms = 200");
    let (alice, bob) = (server.player("alice").await, server.player("bob").await);
    let (mut hers, mut his) = (Stream::open(&alice, None).await, Stream::open(&bob, None).await);
    hers.expect("hello").await;
    his.expect("hello").await;
    let ticket = play(&alice).await;
    loop {
        let frame = hers.next().await.unwrap();
        if frame.event == "result" {
            assert_eq!(frame.data["ticket"], ticket.as_str());
            break;
        }
    }
    for _ in 0..2 {
        his.expect("hb").await;
    }
}
