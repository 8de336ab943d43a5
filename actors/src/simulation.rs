//! The simulation pool: takes jobs, runs each on a worker's own thread, and hands what came out to the result writer.

pub(crate) mod pool;
mod thread;
mod worker;
