//! Cases of [`Board`](crate::live::Board): what is pinned is read by all, for its time.

use bytes::Bytes;

use super::{LONG, LiveFixture, MOST_OF_TTL, OVER_TTL, TTL};
use crate::live::board::NOTE_BYTES_MAX;

const NAME: &str = "queue:ranked";

/// Any bytes come back as they were posted, on every node.
pub async fn a_note_is_read_everywhere(fixture: &impl LiveFixture) {
    let (one, two) = (fixture.client().await.board, fixture.client().await.board);
    let notes = [
        Bytes::from_static(b"\x00\xff not text"),
        Bytes::new(),
        Bytes::from(vec![7; NOTE_BYTES_MAX]),
    ];
    for note in notes {
        one.post(NAME, note.clone(), LONG).await.unwrap();
        assert_eq!(two.note(NAME).await.unwrap(), Some(note));
    }
}

/// What nobody posted is none; each name has its own.
pub async fn notes_are_apart(fixture: &impl LiveFixture) {
    let board = fixture.client().await.board;
    board.post(NAME, Bytes::from_static(b"1"), LONG).await.unwrap();
    assert_eq!(board.note("queue:duel").await.unwrap(), None);
}

/// A note ends with its time; a later one in its place has its own.
pub async fn a_note_ends(fixture: &impl LiveFixture) {
    let board = fixture.client().await.board;
    board.post(NAME, Bytes::from_static(b"1"), TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    board.post(NAME, Bytes::from_static(b"2"), TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(board.note(NAME).await.unwrap(), Some(Bytes::from_static(b"2")));
    fixture.pass(OVER_TTL).await;
    assert_eq!(board.note(NAME).await.unwrap(), None);
}

/// A note that is too large changes nothing.
pub async fn a_large_note_is_refused(fixture: &impl LiveFixture) {
    let board = fixture.client().await.board;
    let large = Bytes::from(vec![0; NOTE_BYTES_MAX + 1]);
    assert!(board.post(NAME, large, LONG).await.is_err());
    assert_eq!(board.note(NAME).await.unwrap(), None);
}
