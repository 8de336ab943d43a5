//! Results: from a fought match to stored ratings, history, events and replay.

mod finish;
pub(crate) mod uploader;
pub(crate) mod writer;

pub use finish::outcome_of;
