//! What only a bucket can do wrong: be absent, refuse the key, be slow, silent or gone.

#![expect(clippy::unwrap_used, reason = "a test's fixture fails by panicking")]

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_db::StoreError;
use tiltyard_db::objects::ReplayObjects;
use tiltyard_db_objects::{BucketUrl, ObjectReplays};
use tiltyard_db_testkit::{S3, S3Mood};

const BYTES: Bytes = Bytes::from_static(b"replay");
/// Requests of one call that fails each time: the first and two more.
const TRIES: u64 = 3;

fn keys(id: &str, secret: &str) -> Vec<(String, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID".to_owned(), id.to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), secret.to_owned()),
    ]
}

fn open(url: &str, id: &str, secret: &str) -> ObjectReplays {
    ObjectReplays::s3(&BucketUrl::parse(url).unwrap(), keys(id, secret)).unwrap()
}

/// Starts a server with one bucket.
fn started() -> (S3, ObjectReplays) {
    let server = S3::start().unwrap();
    server.create_bucket("replays").unwrap();
    let replays = open(&server.url("replays"), server.access_key(), server.secret_key());
    (server, replays)
}

/// Returns what an operator reads of an error.
fn told<T>(result: Result<T, StoreError>) -> String {
    let error = result.err().unwrap();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    let source = error.source().unwrap();
    format!("{error}: {source}")
}

#[tokio::test]
async fn an_absent_bucket_is_no_absent_object() {
    let (server, _) = started();
    let replays = open(&server.url("other"), server.access_key(), server.secret_key());
    for told in [told(replays.get("a").await), told(replays.put("a", BYTES).await)] {
        assert!(told.contains("there is no such bucket"), "{told}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_told_apart_from_a_wrong_secret() {
    let (server, _) = started();
    let url = server.url("replays");
    let told_id = told(open(&url, "nobody", server.secret_key()).put("a", BYTES).await);
    assert!(told_id.contains("check AWS_ACCESS_KEY_ID"), "{told_id}");
    let told_secret = told(open(&url, server.access_key(), "s3cret").get("a").await);
    assert!(told_secret.contains("check AWS_SECRET_ACCESS_KEY"), "{told_secret}");
    assert!(!told_secret.contains("s3cret"), "{told_secret}");
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_and_comes_back() {
    let (server, replays) = started();
    replays.put("a", BYTES).await.unwrap();
    server.stop();
    let told = told(replays.put("b", BYTES).await);
    assert!(told.contains(&server.endpoint()), "{told}");
    server.restart().unwrap();
    replays.put("b", BYTES).await.unwrap();
    assert_eq!(replays.get("a").await.unwrap(), Some(BYTES));
}

#[tokio::test]
async fn a_store_that_refuses_is_asked_again_a_few_times_only() {
    let (server, replays) = started();
    server.set_mood(S3Mood::Refusing);
    let told = told(replays.put("a", BYTES).await);
    assert!(told.contains("503"), "{told}");
    assert_eq!(server.requests(), TRIES);
    server.set_mood(S3Mood::Well);
    replays.put("a", BYTES).await.unwrap();
}

#[tokio::test]
async fn a_store_that_says_nothing_is_given_up() {
    let (server, replays) = started();
    server.set_mood(S3Mood::Silent);
    assert!(replays.get("a").await.is_err());
    assert!((1..=TRIES).contains(&server.requests()));
}

#[tokio::test]
async fn a_slow_store_is_waited_for() {
    let (server, replays) = started();
    server.set_mood(S3Mood::Slow(Duration::from_millis(300)));
    replays.put("a", BYTES).await.unwrap();
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_link_that_was_altered_is_refused() {
    let (_server, replays) = started();
    replays.put("a", BYTES).await.unwrap();
    replays.put("b", BYTES).await.unwrap();
    let link = replays.link("a", Duration::from_secs(60)).await.unwrap().unwrap();
    let answer = reqwest::get(link.replace("/replays/a", "/replays/b")).await.unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::FORBIDDEN);
    let answer = reqwest::get(link.replace("Expires=60", "Expires=6000")).await.unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn links_name_whom_players_reach_or_nobody() {
    let (server, _) = started();
    let opened = |more: &str| {
        let url = format!("{}{more}", server.url("replays/p"));
        open(&url, server.access_key(), server.secret_key())
    };
    let valid_for = Duration::from_secs(60);
    assert_eq!(opened("&links=off").link("a", valid_for).await.unwrap(), None);
    let public = opened("&links=https://cdn.example");
    let link = public.link("a", valid_for).await.unwrap().unwrap();
    assert!(link.starts_with("https://cdn.example/replays/p/a?"), "{link}");
    public.put("a", BYTES).await.unwrap();
}

#[tokio::test]
async fn a_store_of_ones_own_needs_a_key() {
    let url = BucketUrl::parse("s3://replays?endpoint=https://s3.example").unwrap();
    for keys in [keys("", ""), keys("id", ""), keys("", "secret")] {
        let told = told(ObjectReplays::s3(&url, keys));
        assert!(
            told.contains("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            "{told}"
        );
    }
    let of_aws = BucketUrl::parse("s3://replays?region=eu-central-1").unwrap();
    ObjectReplays::s3(&of_aws, Vec::new()).unwrap();
}
