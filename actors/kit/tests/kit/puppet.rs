//! An actor that does what its messages say, so that each test reads as the story it tells.

use std::sync::{Arc, Mutex};
use tiltyard_actor_kit::{Actor, Addr, Ctx, Failure, Kind, Reply, Timer};

/// What happened, in order, across all puppets of a test.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

/// An instruction.
pub(crate) struct Do(Box<Step>);

type Step = dyn FnOnce(&mut Puppet, &mut Ctx<Do>) -> Result<(), Failure> + Send;

/// Follows instructions and logs the turns of its life.
pub(crate) struct Puppet {
    pub(crate) name: &'static str,
    pub(crate) log: Log,
    pub(crate) on_drain: Option<Do>,
    pub(crate) timers: Vec<Timer>,
    pub(crate) questions: Vec<Reply<u32>>,
    pub(crate) kids: Vec<Addr<Do>>,
    pub(crate) number: u32,
}

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
            .push(line.into());
    }

    /// Gives all lines and starts afresh.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(|poison| poison.into_inner()))
    }
}

/// Makes an instruction that cannot fail.
pub(crate) fn act(step: impl FnOnce(&mut Puppet, &mut Ctx<Do>) + Send + 'static) -> Do {
    Do(Box::new(move |puppet, ctx| {
        step(puppet, ctx);
        Ok(())
    }))
}

/// Makes an instruction to write a line.
pub(crate) fn say(line: &'static str) -> Do {
    act(move |puppet, _| puppet.log.add(line))
}

/// Makes an instruction to die.
pub(crate) fn fail(why: &'static str) -> Do {
    Do(Box::new(move |_, _| Err(Failure::new(why))))
}

/// Makes a question for the puppet's number.
pub(crate) fn number(reply: Reply<u32>) -> Do {
    act(move |puppet, _| reply.send(puppet.number))
}

pub(crate) fn kind() -> Kind {
    Kind::new("puppet", 8)
}

impl Puppet {
    pub(crate) fn new(name: &'static str, log: &Log) -> Self {
        Self {
            name,
            log: log.clone(),
            on_drain: None,
            timers: Vec::new(),
            questions: Vec::new(),
            kids: Vec::new(),
            number: 0,
        }
    }

    pub(crate) fn on_drain(mut self, then: Do) -> Self {
        self.on_drain = Some(then);
        self
    }

    /// Starts another puppet below this one and logs how it ends.
    pub(crate) fn spawn(&mut self, kid: Puppet, ctx: &mut Ctx<Do>) {
        let name = kid.name;
        let kid = ctx.spawn(&kind(), kid, move |exit| {
            act(move |puppet, _| puppet.log.add(format!("{name}: {exit:?}")))
        });
        self.kids.push(kid);
    }
}

impl Actor for Puppet {
    type Msg = Do;

    fn handle(&mut self, Do(step): Do, ctx: &mut Ctx<Do>) -> Result<(), Failure> {
        step(self, ctx)
    }

    fn draining(&mut self, ctx: &mut Ctx<Do>) {
        self.log.add(format!("{} draining", self.name));
        if let Some(Do(step)) = self.on_drain.take() {
            step(self, ctx).unwrap_or_else(|failure| self.log.add(failure.to_string()));
        }
    }

    fn stopped(&mut self) {
        self.log.add(format!("{} stopped", self.name));
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        self.log.add(format!("{} dropped", self.name));
    }
}
