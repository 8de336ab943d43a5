//! Everything between a parsed request head and a handler: the route table, its rules, problem documents.

mod call;
mod host;
mod limits;
mod params;
mod pipeline;
mod reply;
mod route;
mod table;

pub(crate) use call::{Call, json};
pub(crate) use limits::{InFlight, RateLimits};
pub(crate) use pipeline::{Head, answer};
pub(crate) use reply::{Answer, Reply, cached_json, empty, json_reply, octets, see, text, unchanged};
pub use route::{BodyRule, Listener, Listeners, Rate, Route, Who};
pub use table::routes;
