//! A private `PgBouncer` in transaction mode before a private PostgreSQL.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::net::UnixStream;

use rustix::process::Signal;

use crate::folder::{Folder, Place};
use crate::postgres::{NO_PORT, unprivileged};
use crate::process::{self, PATIENCE, Process};
use crate::{Error, Postgres, binaries};

/// A running pooler of this process's own; it ends when this is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    // Dropped before the folder.
    process: Process,
    folder: Folder,
}

impl PgBouncer {
    /// Starts a pooler that gives the clients of each database `connections` connections to `server`, for the superuser and
    /// `roles`. It knows nothing of time-outs: a client that asks for one in its first message is refused, as by default.
    ///
    /// # Errors
    /// [`Error`] if `PgBouncer` is not on this machine or does not start.
    pub fn start(server: &Postgres, connections: usize, roles: &[&str]) -> Result<Self, Error> {
        let program = binaries::pgbouncer()?;
        // It refuses to be root, like PostgreSQL.
        let user = unprivileged()?;
        let folder = Folder::new(Place::Fast, user.map(|user| (user.id, user.group)))?;
        let path = folder.path();
        let mut users = String::new();
        for role in roles.iter().chain(&[crate::cluster::SUPERUSER]) {
            // Writing to a string does not fail.
            let _written = writeln!(users, "\"{role}\" \"\"");
        }
        let settings = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = {connections}\n\
             max_client_conn = 500\nauth_type = trust\nauth_file = {folder}/users\nunix_socket_dir = {folder}\n\
             listen_port = {NO_PORT}\nlogfile = {folder}/log\n",
            server.folder().display(),
            server.port(),
            folder = path.display(),
        );
        let write = |name: &str, text: &str| fs::write(path.join(name), text).map_err(Error::system("write settings"));
        write("users", &users)?;
        write("settings", &settings)?;
        let mut command = process::tied(&program, user, path);
        command.arg("-q").arg(path.join("settings"));
        let process = Process::spawn(command).map_err(Error::system("start PgBouncer"))?;
        let socket = path.join(format!(".s.PGSQL.{NO_PORT}"));
        process.wait_ready("PgBouncer", &path.join("log"), || UnixStream::connect(&socket).is_ok())?;
        Ok(Self { process, folder })
    }

    /// Returns the URL of a database behind the pooler, for `role`.
    pub fn url(&self, role: &str, database: &str) -> String {
        let folder = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgresql://{role}@{folder}:{NO_PORT}/{database}")
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.process.end(Signal::TERM, PATIENCE);
    }
}
