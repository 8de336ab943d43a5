//! Bodies of the HTTP API, a file per resource. Requests refuse unknown fields; replies are types of their own.

pub mod matches;
pub mod players;
pub mod queues;
pub mod teams;
pub mod tickets;
