//! zstd around replays: one frame with a checksum going out, bounded output and window coming in.

use std::cell::RefCell;
use std::io::{Error, ErrorKind, Read};

use tiltyard_protocol::limits;
use zstd::bulk::Compressor;
use zstd::stream::read::Decoder;
use zstd::zstd_safe::CParameter;

use crate::error::WireError;

/// Level 9 saves 2-5 % for four times the time.
const LEVEL: i32 = 3;
/// 2^22 = 4 MiB: no replay is larger, so no honest frame asks for a wider window.
const WINDOW_LOG_MAX: u32 = 22;

const _: () = assert!(1 << WINDOW_LOG_MAX >= limits::REPLAY_BYTES_MAX);

thread_local! {
    /// A worker thread keeps its context, whose tables would otherwise be allocated for each replay. It carries
    /// nothing from one replay to the next.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses a replay. The checksum tells a damaged file from a strange fight.
pub(crate) fn pack(bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    let packed = COMPRESSOR.with_borrow_mut(|kept| {
        let mut compressor = match kept.take() {
            Some(compressor) => compressor,
            None => new_compressor()?,
        };
        // After an error the context is not put back.
        let packed = compressor.compress(bytes)?;
        *kept = Some(compressor);
        Ok(packed)
    });
    packed.map_err(WireError::Compression)
}

fn new_compressor() -> Result<Compressor<'static>, Error> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    Ok(compressor)
}

/// Decompresses a replay. Memory stays within the window and the output's cap, whatever the frame claims.
pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>, WireError> {
    refuse_over(packed.len(), limits::REPLAY_PACKED_BYTES_MAX)?;
    let mut decoder = Decoder::with_buffer(packed)
        .map_err(WireError::Compression)?
        .single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(WireError::Compression)?;
    let mut bytes = Vec::new();
    let cap = limits::REPLAY_BYTES_MAX as u64 + 1;
    decoder
        .by_ref()
        .take(cap)
        .read_to_end(&mut bytes)
        .map_err(WireError::Compression)?;
    refuse_over(bytes.len(), limits::REPLAY_BYTES_MAX)?;
    let rest = decoder.finish();
    if !rest.is_empty() {
        let error = Error::new(ErrorKind::InvalidData, "bytes after the frame");
        return Err(WireError::Compression(error));
    }
    Ok(bytes)
}

fn refuse_over(bytes: usize, max: usize) -> Result<(), WireError> {
    if bytes > max {
        return Err(WireError::TooLarge {
            message: "replay",
            bytes,
            max,
        });
    }
    Ok(())
}
