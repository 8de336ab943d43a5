//! The way every message is read: byte cap, identifier, verifier with the message's own limits, format.

use flatbuffers::{FlatBufferBuilder, Follow, Verifiable, VerifierOptions, WIPOffset};

use crate::error::WireError;

/// The layout of all messages. One number, since they are released together.
pub(crate) const FORMAT: u16 = 1;

/// What a message may be at most. The verifier's own defaults let 1.2 KB of hostile bytes cost 43 ms.
pub(crate) struct Shape {
    /// Its name in errors.
    pub(crate) message: &'static str,
    /// Its file identifier.
    pub(crate) identifier: &'static str,
    /// Bytes.
    pub(crate) bytes_max: usize,
    /// Tables within tables.
    pub(crate) depth_max: usize,
    /// Tables in all.
    pub(crate) tables_max: usize,
}

impl Shape {
    /// The verifier counts shared strings and vtables as often as they are referred to. A test holds the largest
    /// valid request against this.
    const SHARING_MAX: usize = 4;

    const fn options(&self) -> VerifierOptions {
        VerifierOptions {
            max_depth: self.depth_max,
            max_tables: self.tables_max,
            max_apparent_size: self.bytes_max * Self::SHARING_MAX,
            ignore_missing_null_terminator: false,
        }
    }

    /// Returns the verified root of a message.
    pub(crate) fn root<'a, T>(&self, bytes: &'a [u8]) -> Result<T::Inner, WireError>
    where
        T: Follow<'a> + Verifiable + 'a,
    {
        let message = self.message;
        if bytes.len() > self.bytes_max {
            return Err(WireError::TooLarge {
                message,
                bytes: bytes.len(),
                max: self.bytes_max,
            });
        }
        if bytes.get(4..8) != Some(self.identifier.as_bytes()) {
            return Err(WireError::Identifier { message });
        }
        flatbuffers::root_with_opts::<T>(&self.options(), bytes)
            .map_err(|source| WireError::Malformed { message, source })
    }

    /// Refuses a layout that this program does not read.
    pub(crate) fn check_format(&self, found: u16) -> Result<(), WireError> {
        if found == FORMAT {
            Ok(())
        } else {
            Err(WireError::Format {
                message: self.message,
                found,
                supported: FORMAT,
            })
        }
    }

    /// Ends a message and returns its bytes.
    pub(crate) fn finish<'a, T>(&self, mut builder: FlatBufferBuilder<'a>, root: WIPOffset<T>) -> Vec<u8> {
        builder.finish(root, Some(self.identifier));
        builder.finished_data().to_vec()
    }
}
