//! A program of the caller's own that dies with this process: a node of a cluster that is killed, frozen and started again.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Signal;

use crate::Error;
use crate::process::{self, Process};

/// How a program is started, the first time and again.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables beside `PATH` and `LC_ALL`; it sees no others.
    pub environment: Vec<(String, String)>,
    /// Its working folder.
    pub folder: PathBuf,
    /// The file to which both of its outputs are appended.
    pub log: PathBuf,
}

/// A running program, or what is left of one.
#[derive(Debug)]
pub struct Program {
    process: Process,
    log: PathBuf,
}

impl Program {
    /// Starts a program and waits for nothing.
    ///
    /// # Errors
    /// [`Error::System`] if its log cannot be opened or it cannot be started.
    pub fn start(launch: &Launch) -> Result<Self, Error> {
        let log = launch.log.clone();
        let output = File::options().create(true).append(true).open(&log);
        let output = output.map_err(Error::system(format!("write {}", log.display())))?;
        let also = output
            .try_clone()
            .map_err(Error::system(format!("write {}", log.display())))?;
        let mut command = process::tied(&launch.program, None, &launch.folder);
        command.args(&launch.arguments).stdout(output).stderr(also);
        command.envs(launch.environment.iter().map(|(name, value)| (name, value)));
        let what = format!("start {}", launch.program.display());
        let process = Process::spawn(command).map_err(Error::system(what))?;
        Ok(Self { process, log })
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Freezes the process.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets a frozen process go on.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Says whether the process stands still, as the system tells.
    pub fn is_frozen(&self) -> bool {
        self.process.is_stopped()
    }

    /// Asks the process to end, and waits for nothing.
    pub fn terminate(&self) {
        self.process.signal(Signal::TERM);
    }

    /// Kills the process and waits until it is gone.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Asks the process to end, and kills it if it does not within that time.
    pub fn end(&self, within: Duration) {
        self.process.end(Signal::TERM, within);
    }

    /// Says how the process has ended; `None` while it runs.
    pub fn ended(&self) -> Option<Ended> {
        self.process.ended().map(Ended::from)
    }

    /// Returns the end of what it wrote.
    pub fn log_tail(&self) -> String {
        process::end_of(&self.log)
    }

    /// Returns the file of its outputs.
    pub fn log(&self) -> &Path {
        &self.log
    }
}

/// How a program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl From<ExitStatus> for Ended {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::Signal(signal.unwrap_or_default()),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.process.kill();
    }
}
