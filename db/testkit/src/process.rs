//! Processes that die with this one: started, watched, frozen and killed by their ids.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use crate::Error;

/// Time that a server may take to start or to end on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Pause between two looks at a condition.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Bytes of a log that an error shows, from its end.
const LOG_BYTES_MAX: u64 = 4_000;

type Job = (Command, SyncSender<io::Result<Child>>);

/// The thread that starts all servers. The death signal is tied to the *thread* that forked, so it must be one that lasts.
static SPAWNER: LazyLock<SyncSender<Job>> = LazyLock::new(|| {
    let (jobs, queue) = mpsc::sync_channel::<Job>(16);
    thread::spawn(move || {
        for (mut command, reply) in queue {
            // Whoever asked waits for the reply.
            drop(reply.send(command.spawn()));
        }
    });
    jobs
});

/// A user and group that a process runs as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) group: u32,
}

/// A server's process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Mutex<Child>,
}

impl Process {
    /// Starts a program made by [`tied`].
    pub(crate) fn spawn(command: Command) -> io::Result<Self> {
        let child = Mutex::new(spawn(command)?);
        Ok(Self { child })
    }

    /// Starts another program in the place of one that has ended.
    pub(crate) fn replace(&self, command: Command) -> io::Result<()> {
        *self.child() = spawn(command)?;
        Ok(())
    }

    /// Returns the process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child().id()
    }

    /// Sends a signal, unless the process has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let mut child = self.child();
        if matches!(child.try_wait(), Ok(None)) {
            send(child.id(), signal);
        }
    }

    /// Kills the process and its children, and waits until all are gone.
    pub(crate) fn kill(&self) {
        let mut child = self.child();
        if matches!(child.try_wait(), Ok(None)) {
            // Stopped first, so that it can have no more children than those listed.
            send(child.id(), Signal::STOP);
            let children = children(child.id());
            send(child.id(), Signal::KILL);
            children.iter().for_each(|pid| send(*pid, Signal::KILL));
            drop(child.wait());
            wait_until(PATIENCE, || children.iter().all(|pid| is_gone(*pid)));
        }
    }

    /// Ends the process by a signal; kills it if that takes too long.
    pub(crate) fn end(&self, signal: Signal, within: Duration) {
        // A frozen process would not see the signal.
        self.resume();
        self.signal(signal);
        wait_until(within, || !matches!(self.child().try_wait(), Ok(None)));
        self.kill();
    }

    /// Freezes the process and its children.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
        children(self.pid()).iter().for_each(|pid| send(*pid, Signal::STOP));
    }

    /// Lets a frozen process and its children go on.
    pub(crate) fn resume(&self) {
        children(self.pid()).iter().for_each(|pid| send(*pid, Signal::CONT));
        self.signal(Signal::CONT);
    }

    /// Says how the process has ended; `None` while it runs.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        self.child().try_wait().ok().flatten()
    }

    /// Says whether the process was stopped by a signal, and not continued.
    pub(crate) fn is_stopped(&self) -> bool {
        stat(self.pid()).is_some_and(|(state, _)| state == 'T')
    }

    /// Waits until a server answers, and says in an error why it does not.
    pub(crate) fn wait_ready(&self, server: &'static str, log: &Path, ready: impl Fn() -> bool) -> Result<(), Error> {
        let mut ended = None;
        let answers = wait_until(PATIENCE, || {
            ended = self.child().try_wait().ok().flatten();
            ended.is_some() || ready()
        });
        let why = match ended {
            Some(status) => format!("it ended with {status}"),
            None if answers => return Ok(()),
            None => format!("no answer in {} s", PATIENCE.as_secs()),
        };
        self.kill();
        Err(Error::NotStarted {
            server,
            why,
            log: end_of(log),
        })
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a command for a server that dies with this process, and runs in `folder` as `user` if given.
pub(crate) fn tied(program: &Path, user: Option<User>, folder: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    set_up(command, program, user, folder)
}

/// Runs a program to its end as `user` if given; its failure is an error with what it wrote.
pub(crate) fn run(program: &Path, user: Option<User>, folder: &Path, arguments: &[&str]) -> Result<(), Error> {
    let mut command = tied(program, user, folder);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = program.display().to_string();
    let mut child = spawn(command).map_err(Error::system(format!("run {name}")))?;
    // What these programs write fits into a pipe, so nobody needs to read while they run.
    if !wait_until(PATIENCE, || !matches!(child.try_wait(), Ok(None))) {
        drop(child.kill());
    }
    let output = child.wait_with_output().map_err(Error::system(format!("run {name}")))?;
    check(name, &output)
}

fn check(program: String, output: &Output) -> Result<(), Error> {
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Failed {
        program,
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

fn set_up(mut command: Command, program: &Path, user: Option<User>, folder: &Path) -> Command {
    if let Some(User { id, group }) = user {
        let (id, group) = (format!("--reuid={id}"), format!("--regid={group}"));
        command.args([&id, &group, "--clear-groups"]);
    }
    command.arg("--").arg(program).current_dir(folder);
    // Variables such as PGOPTIONS or TZ must not make a private server another on each machine.
    command.env_clear().env("LC_ALL", "C");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    // A terminal's interrupt is for the tests, which end their servers themselves.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    command
}

fn spawn(command: Command) -> io::Result<Child> {
    let (reply, child) = mpsc::sync_channel(1);
    let gone = |_| io::Error::other("the thread that starts servers has ended");
    SPAWNER.send((command, reply)).map_err(|_ended| gone(()))?;
    child.recv().map_err(|_ended| gone(()))?
}

/// Sends a signal to a process that may have ended meanwhile, which is as good.
fn send(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        let _gone: Result<(), Errno> = kill_process(pid, signal);
    }
}

/// Lists the children of a process. PostgreSQL's lead sessions of their own, so that no group holds them all.
fn children(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

fn is_gone(pid: u32) -> bool {
    stat(pid).is_none_or(|(state, _)| state == 'Z')
}

/// Reads a process's state and parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it is in parentheses, and may itself hold spaces and parentheses.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Waits until something is so; says whether it came to be.
#[expect(
    clippy::disallowed_methods,
    reason = "waits for other processes, on a thread of a test that has nothing else to do"
)]
pub(crate) fn wait_until(within: Duration, mut so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + within;
    loop {
        if so() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Reads the end of a log.
pub(crate) fn end_of(log: &Path) -> String {
    let read = || -> io::Result<String> {
        let mut file = fs::File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(LOG_BYTES_MAX);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LOG_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|error| format!("(unreadable: {error})"))
}
