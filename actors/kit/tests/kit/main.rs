//! The behaviour of the kit as its users rely on it, in paused time and through the public API only.

mod clock;
mod ctx;
mod drain;
mod mailbox;
mod metrics;
mod profile;
mod puppet;
mod supervision;
