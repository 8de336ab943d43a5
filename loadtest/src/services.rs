//! `services -- CMD`: private PostgreSQL, Redis and S3 for as long as a command runs.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::{ExitCode, ExitStatus};

use anyhow::Context;
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use tiltyard_db_testkit::{Postgres, Redis, S3};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

/// The database and the bucket that the command finds.
const NAME: &str = "tiltyard";
/// Added to a signal's number in the exit code of a command that it ended, as shells do.
const SIGNALLED: i32 = 128;

/// Arguments of `services`.
#[derive(Debug, Args)]
pub(crate) struct Services {
    /// Let PostgreSQL lose its data in a power failure (fsync = off, in memory): faster, and no figures to publish.
    #[arg(long)]
    relaxed: bool,
    /// A setting of PostgreSQL such as `shared_buffers=1GB`; may be repeated.
    #[arg(long = "postgres", value_name = "SETTING=VALUE")]
    settings: Vec<String>,
    /// The command with its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// What runs beside the command.
struct Started {
    postgres: Postgres,
    redis: Redis,
    s3: S3,
}

impl Services {
    /// Starts the services, runs the command, and returns its exit code once all of them are gone.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let started = self.start()?;
        // One thread: the command dies with the thread that started it, which must be one that lasts.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("the runtime cannot be started")?;
        let ended = runtime.block_on(self.command(&started))?;
        drop(started);
        Ok(exit_code(ended))
    }

    fn start(&self) -> anyhow::Result<Started> {
        let options = if self.relaxed {
            Postgres::options()
        } else {
            Postgres::options().durable()
        };
        let settings = self.settings.iter();
        let postgres = settings
            .fold(options, |options, setting| options.setting(setting))
            .start()?;
        postgres.create_database(NAME, None)?;
        let redis = Redis::start()?;
        let s3 = if self.relaxed {
            S3::start()?
        } else {
            S3::start_on_disk()?
        };
        s3.create_bucket(NAME)?;
        Ok(Started { postgres, redis, s3 })
    }

    async fn command(&self, started: &Started) -> anyhow::Result<ExitStatus> {
        let mut signals = Signals::listen()?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).args(&self.command);
        command
            .env("TILTYARD_DATABASE_URL", started.postgres.url(NAME))
            .env("TILTYARD_REDIS_URL", started.redis.url())
            .env("TILTYARD_REPLAY_URL", started.s3.url(&format!("{NAME}/replays")))
            .env("AWS_ACCESS_KEY_ID", started.s3.access_key())
            .env("AWS_SECRET_ACCESS_KEY", started.s3.secret_key())
            // Of somebody's own account, it would spoil the keys above.
            .env_remove("AWS_SESSION_TOKEN");
        let mut child = command.spawn().context("the command cannot be started")?;
        loop {
            tokio::select! {
                ended = child.wait() => return ended.context("the command cannot be waited for"),
                signal = signals.next() => pass_on(&child, signal)?,
            }
        }
    }
}

/// The signals that ask a program to end.
struct Signals {
    terminate: Listener,
    interrupt: Listener,
    hang_up: Listener,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be caught");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.hang_up.recv() => Signal::HUP,
        }
    }
}

/// Passes a signal on. A terminal has sent its own to the command already, for which a second one might mean haste.
fn pass_on(child: &Child, signal: Signal) -> anyhow::Result<()> {
    let from_terminal = signal != Signal::TERM && io::stderr().is_terminal();
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    match pid {
        Some(pid) if !from_terminal => kill_process(pid, signal).context("the signal cannot be passed on"),
        _ => Ok(()),
    }
}

fn exit_code(ended: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let code = ended.code().or(ended.signal().map(|signal| SIGNALLED + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
