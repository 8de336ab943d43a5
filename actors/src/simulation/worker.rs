//! A worker: one actor, one thread, one fight at a time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Reply};
use tiltyard_sim::Content;
use tiltyard_sim_wire::Simulated;
use tokio::sync::oneshot;

use super::NotFought;
use super::thread::{Fought, Task, Thread};
use crate::contents::LoadError;
use crate::contents::library::Library;

/// Time after which a fight counts as hung. Work is bounded by rule evaluations, so this is never reached by a fight's length.
pub(crate) const FIGHT_TIMEOUT: Duration = Duration::from_secs(10);

/// A request to be fought, and the one who waits for what comes of it.
pub(crate) struct Bout {
    pub(crate) request: Bytes,
    pub(crate) reply: Reply<Result<Box<Simulated>, NotFought>>,
}

/// What a worker is told.
pub(crate) enum Msg {
    Fight(Bout),
    Fought(Bout, Option<Fought>),
    Content(Bout, Result<Arc<Content>, LoadError>),
}

/// A worker of the pool.
pub(crate) struct Worker {
    number: usize,
    library: Arc<Library>,
    /// Content of the last fight: nearly always that of the next one.
    content: Arc<Content>,
    thread: Option<Thread>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("sim_worker", 4)
}

impl Worker {
    pub(crate) fn new(number: usize, library: Arc<Library>) -> Self {
        Self {
            number,
            content: library.in_force(),
            library,
            thread: None,
        }
    }

    fn fight(&self, bout: Bout, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        let (done, fought) = oneshot::channel();
        let task = Task {
            request: bout.request.clone(),
            content: Arc::clone(&self.content),
            done,
        };
        let thread = self
            .thread
            .as_ref()
            .ok_or_else(|| Failure::new("a worker without a thread"))?;
        thread
            .run(task)
            .map_err(|_task| Failure::new("the simulation thread takes no task"))?;
        let wait = async move {
            tokio::time::timeout(FIGHT_TIMEOUT, fought)
                .await
                .ok()
                .and_then(Result::ok)
        };
        ctx.pipe(wait, |fought| Msg::Fought(bout, fought));
        Ok(())
    }

    fn fought(&mut self, bout: Bout, fought: Option<Fought>, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match fought {
            Some(Fought::NeedsContent(hash)) => {
                if let Some(content) = self.library.at_hand(hash) {
                    self.content = content;
                    return self.fight(bout, ctx);
                }
                let library = Arc::clone(&self.library);
                let fetch = async move { library.fetch(hash).await };
                ctx.pipe(fetch, |content| Msg::Content(bout, content));
            }
            Some(Fought::Done(simulated)) => bout.reply.send(Ok(simulated)),
            Some(Fought::Not(why)) => bout.reply.send(Err(why)),
            None => {
                let why = "the fight did not end in time".to_owned();
                bout.reply.send(Err(NotFought::Failed(why)));
                // The thread cannot be stopped; it is left behind, and the pool starts another worker.
                return Err(Failure::new("a fight hangs"));
            }
        }
        Ok(())
    }
}

impl Actor for Worker {
    type Msg = Msg;

    fn started(&mut self, _ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        let thread = Thread::start(self.number).map_err(|error| Failure::new(format!("no thread: {error}")))?;
        self.thread = Some(thread);
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Fight(bout) => self.fight(bout, ctx),
            Msg::Fought(bout, fought) => self.fought(bout, fought, ctx),
            Msg::Content(bout, Ok(content)) => {
                self.content = content;
                self.fight(bout, ctx)
            }
            Msg::Content(bout, Err(error)) => {
                bout.reply.send(Err(NotFought::Elsewhere(error.to_string())));
                Ok(())
            }
        }
    }
}
