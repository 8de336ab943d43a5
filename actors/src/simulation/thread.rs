//! A simulation thread: no fight ever runs on a thread of the runtime, where 5 ms of it would make timers 280 ms late.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use bytes::Bytes;
use tiltyard_protocol::ContentHash;
use tiltyard_sim::Content;
use tiltyard_sim_wire::{SimulateError, Simulated};
use tokio::sync::oneshot;

use super::NotFought;
use super::attempt::{AttemptError, attempt};
use crate::contents::unfit_message;

/// One fight to run.
pub(crate) struct Task {
    pub(crate) request: Bytes,
    pub(crate) content: Arc<Content>,
    pub(crate) done: oneshot::Sender<Fought>,
}

/// What came of a fight.
#[derive(Debug)]
pub(crate) enum Fought {
    /// It was fought.
    Done(Box<Simulated>),
    /// It is for other content than the worker has.
    NeedsContent(ContentHash),
    /// It cannot be fought: refused, or the simulation panicked. That counts against the job.
    Not(NotFought),
}

/// The way to one thread, which ends when this is dropped and its fight is over.
#[derive(Debug)]
pub(crate) struct Thread {
    tasks: SyncSender<Task>,
}

impl Thread {
    /// Starts a thread that can hold one task beside the one it runs.
    pub(crate) fn start(number: usize) -> io::Result<Self> {
        let (tasks, inbox) = sync_channel(1);
        std::thread::Builder::new()
            .name(format!("sim-{number}"))
            .spawn(move || work(&inbox))?;
        Ok(Self { tasks })
    }

    /// Hands a task over; gives it back if the thread is gone or busy.
    pub(crate) fn run(&self, task: Task) -> Result<(), Task> {
        self.tasks.try_send(task).map_err(|refused| match refused {
            std::sync::mpsc::TrySendError::Full(task) | std::sync::mpsc::TrySendError::Disconnected(task) => task,
        })
    }
}

fn work(inbox: &Receiver<Task>) {
    while let Ok(Task { request, content, done }) = inbox.recv() {
        let fought = fight(&request, &content);
        // An asker that has given up has reported the job as hung.
        drop(done.send(fought));
    }
}

fn fight(request: &[u8], content: &Content) -> Fought {
    match attempt(request, content) {
        Ok(simulated) => Fought::Done(Box::new(simulated)),
        Err(AttemptError::Refused(SimulateError::Content { asked, .. })) => Fought::NeedsContent(asked),
        Err(AttemptError::Refused(SimulateError::Build { side, problems })) => Fought::Not(NotFought::Unfit {
            side,
            told: unfit_message(&problems),
        }),
        Err(error) => Fought::Not(NotFought::Failed(describe(&error))),
    }
}

fn describe(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), |source| format!("{error}: {}", describe(source)))
}
