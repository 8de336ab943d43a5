//! A private PostgreSQL, and databases in it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use crate::cluster::{self, SUPERUSER};
use crate::error::or_panic;
use crate::folder::{Folder, Place};
use crate::process::{self, Process, User};
use crate::{Error, binaries, port};

/// Port that is part of the socket's name where nothing listens on TCP.
pub(crate) const NO_PORT: u16 = 5432;
/// Time for an immediate shutdown, which removes what lies outside of the folder.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// What every private server has: room for many clients, nothing outside of its folder, log lines that tests can read.
const SETTINGS: &[&str] = &[
    "max_connections=200",
    "shared_buffers=64MB",
    "dynamic_shared_memory_type=mmap",
    "logging_collector=off",
    "log_destination=stderr",
    "log_line_prefix=%m [%p] %q%a ",
    "timezone=UTC",
];
/// What makes a server fast whose data need not outlive the machine. What is committed still outlives a killed server,
/// as `synchronous_commit=off` and `full_page_writes=off` would not have it.
const RELAXED: &[&str] = &["fsync=off", "autovacuum_naptime=10min"];

/// A running PostgreSQL of this process's own; it ends when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    // Dropped before the folder.
    process: Process,
    programs: PathBuf,
    user: Option<User>,
    port: u16,
    options: PostgresOptions,
    templates: Mutex<HashMap<String, String>>,
    made: AtomicU32,
    folder: Folder,
}

/// How a server is to differ from the usual one.
#[derive(Clone, Debug, Default)]
pub struct PostgresOptions {
    durable: bool,
    tcp: bool,
    settings: Vec<String>,
}

impl PostgresOptions {
    /// Keeps what is committed through a power failure, on a disk: for figures that are published.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Listens on a free port of the loopback as well.
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Adds a setting such as `log_min_duration_statement=0`.
    pub fn setting(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// Starts the server and waits until it accepts connections.
    ///
    /// # Errors
    /// [`Error`] if PostgreSQL is not on this machine or does not start.
    pub fn start(self) -> Result<Postgres, Error> {
        Postgres::start_with(self)
    }
}

impl Postgres {
    /// Returns the server that all tests of this process share, each with databases of its own.
    ///
    /// # Panics
    /// With the remedy, if it cannot be started: a test without its server has failed.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| or_panic(Self::start()))
    }

    /// Starts a server of one's own, for tests that kill or freeze it.
    ///
    /// # Errors
    /// [`Error`] if PostgreSQL is not on this machine or does not start.
    pub fn start() -> Result<Self, Error> {
        Self::options().start()
    }

    /// Returns the usual options.
    pub fn options() -> PostgresOptions {
        PostgresOptions::default()
    }

    fn start_with(options: PostgresOptions) -> Result<Self, Error> {
        let (programs, version) = binaries::postgres()?;
        let user = unprivileged()?;
        let place = if options.durable { Place::Disk } else { Place::Fast };
        let folder = Folder::new(place, user.map(|user| (user.id, user.group)))?;
        cluster::make(&programs, &version, user, folder.path())?;
        let port = if options.tcp { port::free()? } else { NO_PORT };
        let command = command(&programs, user, port, &options, folder.path())?;
        let process = Process::spawn(command).map_err(Error::system("start PostgreSQL"))?;
        let server = Self {
            process,
            programs,
            user,
            port,
            options,
            templates: Mutex::default(),
            made: AtomicU32::new(0),
            folder,
        };
        server.wait_ready()?;
        Ok(server)
    }

    /// Returns the URL of a database on the Unix socket, for the superuser.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgresql://{SUPERUSER}@{folder}:{}/{database}", self.port)
    }

    /// Returns the URL of a database on the loopback, for the superuser; `None` unless asked for by [`PostgresOptions::tcp`].
    pub fn tcp_url(&self, database: &str) -> Option<String> {
        let port = self.options.tcp.then_some(self.port)?;
        Some(format!("postgresql://{SUPERUSER}@127.0.0.1:{port}/{database}"))
    }

    /// Returns the port on the loopback; `None` unless asked for by [`PostgresOptions::tcp`].
    pub fn tcp_port(&self) -> Option<u16> {
        self.options.tcp.then_some(self.port)
    }

    /// Makes a database, empty or as a copy of one that nobody is connected to.
    ///
    /// # Errors
    /// [`Error::Failed`] with the server's answer.
    pub fn create_database(&self, name: &str, template: Option<&str>) -> Result<(), Error> {
        let (folder, port) = (self.folder.path().to_string_lossy(), self.port.to_string());
        let template = template.unwrap_or("template1");
        let arguments = ["-h", &folder, "-p", &port, "-U", SUPERUSER, "-T", template];
        let arguments = [&arguments[..], &["--strategy=file_copy", "--", name]].concat();
        process::run(
            &self.programs.join("createdb"),
            self.user,
            self.folder.path(),
            &arguments,
        )
    }

    /// Returns the URL of a new copy of `template`, which is made by `migrate` from an empty database's URL at the first
    /// call with this name. `migrate` must close its connections.
    ///
    /// # Panics
    /// If a database cannot be made.
    pub fn database_from(&self, template: &str, migrate: impl FnOnce(&str)) -> String {
        let source = {
            let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
            match templates.get(template) {
                Some(source) => source.clone(),
                None => {
                    let source = self.new_name(template);
                    or_panic(self.create_database(&source, None));
                    migrate(&self.url(&source));
                    templates.insert(template.to_owned(), source.clone());
                    source
                }
            }
        };
        let name = self.new_name(template);
        or_panic(self.create_database(&name, Some(&source)));
        self.url(&name)
    }

    fn new_name(&self, stem: &str) -> String {
        format!("{stem}_{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// Kills the server and all its processes, as a crash of its machine would, and waits until they are gone.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Kills the server if it runs, and starts it on the same data and address.
    ///
    /// # Errors
    /// [`Error`] if it does not start.
    pub fn restart(&self) -> Result<(), Error> {
        self.kill();
        let command = command(&self.programs, self.user, self.port, &self.options, self.folder.path())?;
        self.process
            .replace(command)
            .map_err(Error::system("start PostgreSQL"))?;
        self.wait_ready()
    }

    /// Freezes the server with all its processes.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets a frozen server go on.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Returns the process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Returns the number in the socket's name, which is also the port on the loopback if it listens there.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the server's folder, which holds `data`, `log` and the socket.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of PostgreSQL's programs (`psql`, `pg_dump`).
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Waits for what `pg_ctl` waits for: the postmaster's own word in its lock file.
    fn wait_ready(&self) -> Result<(), Error> {
        let lock = self.folder.path().join("data/postmaster.pid");
        let pid = self.pid().to_string();
        let log = self.folder.path().join("log");
        self.process.wait_ready("PostgreSQL", &log, || {
            let text = fs::read_to_string(&lock).unwrap_or_default();
            let mut lines = text.lines();
            lines.next() == Some(&pid) && lines.nth(6).map(str::trim) == Some("ready")
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.process.end(Signal::QUIT, SHUTDOWN_TIMEOUT);
    }
}

fn command(
    programs: &Path,
    user: Option<User>,
    port: u16,
    options: &PostgresOptions,
    folder: &Path,
) -> Result<Command, Error> {
    let log = File::options().create(true).append(true).open(folder.join("log"));
    let log = log.map_err(Error::system("write PostgreSQL's log"))?;
    let mut command = process::tied(&programs.join("postgres"), user, folder);
    command
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-p", &port.to_string()]);
    command.arg("-k").arg(folder);
    command.args(["-h", if options.tcp { "127.0.0.1" } else { "" }]);
    let relaxed = if options.durable { &[] } else { RELAXED };
    let usual = SETTINGS.iter().chain(relaxed).copied();
    for setting in usual.chain(options.settings.iter().map(String::as_str)) {
        command.args(["-c", setting]);
    }
    command.stderr(log);
    Ok(command)
}

/// Finds whom to run as: PostgreSQL refuses root. `None` for an ordinary user.
pub(crate) fn unprivileged() -> Result<Option<User>, Error> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(Error::system("read /etc/passwd"))?;
    let user = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        let (id, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(User { id, group })
    };
    let found = user("postgres").or_else(|| user("nobody"));
    found.map(Some).ok_or_else(|| Error::Missing {
        program: "a user for PostgreSQL, which does not run as root,".to_owned(),
        remedy: "adduser --system --group postgres",
    })
}
