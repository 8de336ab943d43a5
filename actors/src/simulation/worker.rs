//! A worker: one actor, one thread, one fight at a time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Reply};
use tiltyard_db::durable::Contents;
use tiltyard_protocol::ContentHash;
use tiltyard_sim::Content;
use tiltyard_sim_wire::Simulated;
use tokio::sync::oneshot;

use super::thread::{Fought, Task, Thread};

/// Time after which a fight counts as hung. Work is bounded by rule evaluations, so this is never reached by a fight's length.
pub(crate) const FIGHT_TIMEOUT: Duration = Duration::from_secs(10);

/// A request to be fought, and the one who waits for what comes of it.
pub(crate) struct Bout {
    pub(crate) request: Bytes,
    pub(crate) reply: Reply<Result<Box<Simulated>, String>>,
}

/// What a worker is told.
pub(crate) enum Msg {
    Fight(Bout),
    Fought(Bout, Option<Fought>),
    Content(Bout, Result<Arc<Content>, String>),
}

/// A worker of the pool.
pub(crate) struct Worker {
    number: usize,
    contents: Arc<dyn Contents>,
    /// Content of the last fight: nearly always that of the next one.
    content: Arc<Content>,
    thread: Option<Thread>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("sim_worker", 4)
}

impl Worker {
    pub(crate) fn new(number: usize, contents: Arc<dyn Contents>, content: Arc<Content>) -> Self {
        Self {
            number,
            contents,
            content,
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

    fn fought(&self, bout: Bout, fought: Option<Fought>, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match fought {
            Some(Fought::NeedsContent(hash)) => {
                let contents = Arc::clone(&self.contents);
                ctx.pipe(load(contents, hash), |content| Msg::Content(bout, content));
            }
            Some(Fought::Done(simulated)) => bout.reply.send(Ok(simulated)),
            Some(Fought::Failed(why)) => bout.reply.send(Err(why)),
            None => {
                bout.reply.send(Err("the fight did not end in time".to_owned()));
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
            Msg::Content(bout, Err(why)) => {
                bout.reply.send(Err(why));
                Ok(())
            }
        }
    }
}

async fn load(contents: Arc<dyn Contents>, hash: ContentHash) -> Result<Arc<Content>, String> {
    let bundle = contents.content(hash).await.map_err(|error| error.to_string())?;
    let bundle = bundle.ok_or_else(|| format!("content {hash} is not in the store"))?;
    let text = std::str::from_utf8(&bundle).map_err(|error| error.to_string())?;
    let content = Content::from_canonical(text).map_err(|errors| errors.to_string())?;
    if ContentHash::from_bytes(content.hash()) == hash {
        Ok(Arc::new(content))
    } else {
        Err(format!("the bundle stored as {hash} has another hash"))
    }
}
