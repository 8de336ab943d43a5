//! The actor kit: the one crate that names ractor, and the only way to run anything concurrently in Tiltyard.
//!
//! ractor gives a loop around a mailbox and catches panics. It leaves out what a server needs to stay up: a bound on the
//! mailbox, metrics, restarts with a budget, and a stop that finishes the work at hand. This crate adds exactly those and
//! encodes the laws in types: a handler is synchronous and so cannot await I/O ([`Ctx::pipe`] brings the answer back as a
//! message), every [`Addr::ask`] has a time-out, every refusal hands the message back, and `Err` from a handler is death.
//!
//! ```no_run
//! use tiltyard_actor_kit::{Actor, Child, Ctx, Failure, Handle, Intensity, Kind, Reply, Supervisor};
//! use std::time::Duration;
//!
//! struct Counter(u64);
//! enum Msg { Add(u64), Get(Reply<u64>) }
//!
//! impl Actor for Counter {
//!     type Msg = Msg;
//!     fn handle(&mut self, msg: Msg, _ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
//!         match msg {
//!             Msg::Add(n) => self.0 += n,
//!             Msg::Get(reply) => reply.send(self.0),
//!         }
//!         Ok(())
//!     }
//! }
//!
//! # async fn story() {
//! let counter = Handle::new();
//! let root = Supervisor::new("root", Intensity { restarts: 5, within: Duration::from_secs(30) }, 7)
//!     .child(Child::new(Kind::new("counter", 1024), counter.clone(), || Counter(0)))
//!     .start()
//!     .await;
//! assert!(counter.tell(Msg::Add(2)).is_ok());
//! let sum = counter.ask(Msg::Get, Duration::from_secs(1)).await;
//! assert_eq!(sum, Ok(2));
//! root.drain(Duration::from_secs(10)).await.ok();
//! # }
//! ```

mod actor;
mod addr;
mod budget;
mod clock;
mod ctx;
mod gate;
mod handle;
mod kind;
mod overseer;
mod panics;
mod shell;
mod supervisor;
pub mod testing;

pub use actor::{Actor, Exit, Failure};
pub use addr::{Addr, AskError, Refused, Reply};
pub use budget::Intensity;
pub use clock::Clock;
pub use ctx::{Ctx, Timer};
pub use handle::Handle;
pub use kind::{Kind, METRICS, describe_metrics};
pub use supervisor::{Child, Root, Stragglers, Supervisor};
