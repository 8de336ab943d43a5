//! The board: a key a note, which ends.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_db::Result;
use tiltyard_db::live::Board;
use tiltyard_db::live::board::NOTE_BYTES_MAX;

use crate::bounds::life_ms;
use crate::fault::corrupt;
use crate::{RedisStore, scripts};

#[async_trait]
impl Board for RedisStore {
    async fn post(&self, name: &str, note: Bytes, ttl: Duration) -> Result<()> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(corrupt("a note is larger than a board takes"));
        }
        let post = async {
            let arguments = vec![note.into(), life_ms(ttl).into()];
            self.run(&scripts::BOARD_POST, vec![self.keys.note(name)], arguments)
                .await?;
            Ok(())
        };
        self.call("board_post", post).await
    }

    async fn note(&self, name: &str) -> Result<Option<Bytes>> {
        let read = async {
            let answer = self
                .run(&scripts::BOARD_NOTE, vec![self.keys.note(name)], Vec::new())
                .await?;
            if answer.is_null() {
                return Ok(None);
            }
            let note = answer
                .into_bytes()
                .ok_or_else(|| corrupt("board_note answered no bytes"))?;
            Ok(Some(note))
        };
        self.call("board_note", read).await
    }
}
