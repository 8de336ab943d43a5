//! zstd around replays: one frame with a checksum going out, bounded output and window coming in.
//!
//! A block codes its bytes by one table of their frequencies, so that parts of another nature are better off in blocks of their own.

use std::cell::RefCell;
use std::io::{Error, ErrorKind, Read};

use tiltyard_protocol::limits;
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};
use zstd::stream::read::Decoder;
use zstd::zstd_safe::compress_bound;

use crate::error::WireError;

/// Levels up to 9 save less than 1 % for several times the time.
const LEVEL: i32 = 3;
/// Short matches cost more than the bytes they stand for: columns are as dense as their frequencies allow.
const MATCH_MIN: u32 = 7;
/// 2^12 and 2^11 places for matches suffice for so few long ones, and stay in the first cache.
const HASH_LOG: u32 = 12;
const CHAIN_LOG: u32 = 11;
/// Bytes that a block adds at most to what [`compress_bound`] says of one: its header and the empty block of a flush.
const BLOCK_BYTES_MAX: usize = 16;
/// 2^22 = 4 MiB: no replay is larger, so no honest frame asks for a wider window.
const WINDOW_LOG_MAX: u32 = 22;

const _: () = assert!(1 << WINDOW_LOG_MAX >= limits::REPLAY_BYTES_MAX);

thread_local! {
    /// A worker thread keeps its context, whose tables would otherwise be allocated for each replay. It carries
    /// nothing from one replay to the next.
    static ENCODER: RefCell<Option<Encoder<'static>>> = const { RefCell::new(None) };
}

/// Compresses a replay, each part in a block of its own. The checksum tells a damaged file from a strange fight.
pub(crate) fn pack(parts: &[&[u8]]) -> Result<Vec<u8>, WireError> {
    let packed = ENCODER.with_borrow_mut(|kept| {
        let mut encoder = match kept.take() {
            Some(encoder) => encoder,
            None => new_encoder()?,
        };
        // After an error the context is not put back.
        let packed = pack_with(&mut encoder, parts)?;
        *kept = Some(encoder);
        Ok(packed)
    });
    packed.map_err(WireError::Compression)
}

fn new_encoder() -> Result<Encoder<'static>, Error> {
    let mut encoder = Encoder::new(LEVEL)?;
    for parameter in [
        CParameter::MinMatch(MATCH_MIN),
        CParameter::HashLog(HASH_LOG),
        CParameter::ChainLog(CHAIN_LOG),
        CParameter::ChecksumFlag(true),
    ] {
        encoder.set_parameter(parameter)?;
    }
    Ok(encoder)
}

fn pack_with(encoder: &mut Encoder<'static>, parts: &[&[u8]]) -> Result<Vec<u8>, Error> {
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    encoder.reinit()?;
    encoder.set_pledged_src_size(Some(bytes as u64))?;
    let mut packed = Vec::with_capacity(compress_bound(bytes) + parts.len() * BLOCK_BYTES_MAX);
    let mut output = OutBuffer::around(&mut packed);
    for (number, part) in parts.iter().enumerate() {
        let mut input = InBuffer::around(part);
        encoder.run(&mut input, &mut output)?;
        let left = if number + 1 < parts.len() {
            encoder.flush(&mut output)?
        } else {
            encoder.finish(&mut output, true)?
        };
        if left > 0 || input.pos() < part.len() {
            return Err(Error::other("more bytes than compression may take"));
        }
    }
    Ok(packed)
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
