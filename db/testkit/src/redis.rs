//! A private Redis, which keeps nothing on disk.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::Signal;

use crate::error::or_panic;
use crate::folder::{Folder, Place};
use crate::process::{self, Process};
use crate::{Error, binaries, port};

/// Time for one look at whether the server answers.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// A running Redis of this process's own; it ends when this is dropped.
#[derive(Debug)]
pub struct Redis {
    // Dropped before the folder.
    process: Process,
    program: PathBuf,
    port: u16,
    options: RedisOptions,
    folder: Folder,
}

/// How a server is to differ from the usual one.
#[derive(Clone, Debug, Default)]
pub struct RedisOptions {
    tcp: bool,
    arguments: Vec<String>,
}

impl RedisOptions {
    /// Listens on a free port of the loopback as well.
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Adds arguments such as `["--maxmemory", "1mb"]`.
    pub fn arguments<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Errors
    /// [`Error`] if Redis is not on this machine or does not start.
    pub fn start(self) -> Result<Redis, Error> {
        Redis::start_with(self)
    }
}

impl Redis {
    /// Returns the server that all tests of this process share, each with a key prefix of its own.
    ///
    /// # Panics
    /// With the remedy, if it cannot be started: a test without its server has failed.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(|| or_panic(Self::start()))
    }

    /// Starts a server of one's own, for tests that kill, freeze or empty it.
    ///
    /// # Errors
    /// [`Error`] if Redis is not on this machine or does not start.
    pub fn start() -> Result<Self, Error> {
        Self::options().start()
    }

    /// Returns the usual options.
    pub fn options() -> RedisOptions {
        RedisOptions::default()
    }

    fn start_with(options: RedisOptions) -> Result<Self, Error> {
        let program = binaries::redis()?;
        let folder = Folder::new(Place::Fast, None)?;
        let port = if options.tcp { port::free()? } else { 0 };
        let command = command(&program, port, &options, folder.path())?;
        let process = Process::spawn(command).map_err(Error::system("start Redis"))?;
        let server = Self {
            process,
            program,
            port,
            options,
            folder,
        };
        server.wait_ready()?;
        Ok(server)
    }

    /// Returns the server's URL, on its Unix socket.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Returns the server's URL on the loopback; `None` unless asked for by [`RedisOptions::tcp`].
    pub fn tcp_url(&self) -> Option<String> {
        self.options.tcp.then(|| format!("redis://127.0.0.1:{}", self.port))
    }

    /// Kills the server and waits until it is gone.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Kills the server if it runs, and starts an empty one at the same address.
    ///
    /// # Errors
    /// [`Error`] if it does not start.
    pub fn restart(&self) -> Result<(), Error> {
        self.kill();
        let command = command(&self.program, self.port, &self.options, self.folder.path())?;
        self.process.replace(command).map_err(Error::system("start Redis"))?;
        self.wait_ready()
    }

    /// Freezes the server.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets a frozen server go on.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Returns the server's process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Returns the server's folder, which holds `log` and `redis.sock`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    fn wait_ready(&self) -> Result<(), Error> {
        let log = self.folder.path().join("log");
        self.process.wait_ready("Redis", &log, || answers(&self.socket()))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.end(Signal::KILL, PING_TIMEOUT);
    }
}

fn command(program: &Path, port: u16, options: &RedisOptions, folder: &Path) -> Result<Command, Error> {
    let log = File::options().create(true).append(true).open(folder.join("log"));
    let log = log.map_err(Error::system("write Redis's log"))?;
    let mut command = process::tied(program, None, folder);
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--unixsocket", "redis.sock", "--unixsocketperm", "600"]);
    command.args(["--save", "", "--appendonly", "no"]);
    command.args(&options.arguments);
    let also = log.try_clone().map_err(Error::system("write Redis's log"))?;
    command.stdout(log).stderr(also);
    Ok(command)
}

/// Says whether a server answers at a socket. One that asks for a password has answered.
fn answers(socket: &Path) -> bool {
    let ping = || -> std::io::Result<u8> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PING_TIMEOUT))?;
        stream.set_write_timeout(Some(PING_TIMEOUT))?;
        stream.write_all(b"PING\r\n")?;
        let mut first = [0];
        stream.read_exact(&mut first)?;
        Ok(first[0])
    };
    ping().is_ok()
}
