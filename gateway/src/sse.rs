//! Server-sent events: our own encoder, and the life of one stream.
//!
//! warp's encoder lets a carriage return in data through, with which a player could forge another player's events.

mod encode;
mod stream;

pub(crate) use encode::shed;
pub(crate) use stream::{EventStream, Life};
