//! Keys of objects. One key means one object in a folder and in a bucket alike, and none means anything outside.

use object_store::path::Path;
use tiltyard_db::{Result, StoreError};

use crate::STORE;

/// Longest key; ours have about 60 characters.
const KEY_BYTES_MAX: usize = 200;

/// Parses a key, refusing all that a file system or `object_store` might read in another way than it is written.
pub(crate) fn parse(key: &str) -> Result<Path> {
    if key.len() <= KEY_BYTES_MAX && key.split('/').all(is_part) {
        Ok(Path::from(key))
    } else {
        Err(StoreError::Corrupt {
            store: STORE,
            what: format!("key {:?}", shortened(key)),
        })
    }
}

/// Says whether `part` is a name between slashes. A dot in front would hide a file or lead upwards.
fn is_part(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(allowed)
}

fn shortened(key: &str) -> String {
    key.chars().take(KEY_BYTES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_path() {
        for key in [
            "a",
            "replays/01/0193588a-5a00.tyr.zst",
            "a_b/-",
            &"a".repeat(KEY_BYTES_MAX),
        ] {
            assert_eq!(parse(key).unwrap().as_ref(), key);
        }
    }
}
