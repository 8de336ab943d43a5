//! A private Redis, which keeps nothing on disk.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
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

    /// Returns the port on the loopback; `None` unless asked for by [`RedisOptions::tcp`].
    pub fn tcp_port(&self) -> Option<u16> {
        self.options.tcp.then_some(self.port)
    }

    /// Kills the server and waits until it is gone.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Kills the server if it runs, and starts one at the same address: with what the command `SAVE` last wrote, else empty.
    ///
    /// # Errors
    /// [`Error`] if it does not start.
    pub fn restart(&self) -> Result<(), Error> {
        self.kill();
        let command = command(&self.program, self.port, &self.options, self.folder.path())?;
        self.process.replace(command).map_err(Error::system("start Redis"))?;
        self.wait_ready()
    }

    /// Removes what the command `SAVE` wrote, so that the next server begins empty.
    ///
    /// # Errors
    /// [`Error::System`] if the file is there and stays.
    pub fn forget(&self) -> Result<(), Error> {
        match fs::remove_file(self.folder.path().join("dump.rdb")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).map_err(Error::system("remove what Redis saved"))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Sends one command; returns the first line of its answer without its type, or the text if it is one.
    ///
    /// # Errors
    /// [`Error::System`] if there is no answer within a second; [`Error::Failed`] with the server's word if it refuses.
    pub fn command(&self, words: &[&str]) -> Result<String, Error> {
        let what = format!("ask Redis for {}", words.join(" "));
        match ask(&self.socket(), words).map_err(Error::system(what))? {
            Ok(answer) => Ok(answer),
            Err(output) => Err(Error::Failed {
                program: words.first().copied().unwrap_or_default().to_owned(),
                status: "refused".to_owned(),
                output,
            }),
        }
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
    let ping = || -> io::Result<u8> {
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

/// Sends a command as an array of texts and reads its answer, or the error that is one.
fn ask(socket: &Path, words: &[&str]) -> io::Result<Result<String, String>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PING_TIMEOUT))?;
    stream.set_write_timeout(Some(PING_TIMEOUT))?;
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let (kind, rest) = line.trim_end().split_at_checked(1).unwrap_or_default();
    match (kind, rest.parse::<usize>()) {
        ("$", Ok(bytes)) => {
            let mut text = vec![0; bytes];
            answer.read_exact(&mut text)?;
            Ok(Ok(String::from_utf8_lossy(&text).into_owned()))
        }
        ("", _) => Err(io::ErrorKind::UnexpectedEof.into()),
        ("-", _) => Ok(Err(rest.to_owned())),
        _ => Ok(Ok(rest.to_owned())),
    }
}
