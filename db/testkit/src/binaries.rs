//! Finds the servers' programs: where the environment says, on the PATH, in Debian's folders.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// Folder of PostgreSQL's programs, if it is none of those searched.
const POSTGRES_BIN: &str = "TESTKIT_POSTGRES_BIN";
/// `PgBouncer`, if it is neither on the PATH nor where Debian puts it.
const PGBOUNCER: &str = "TESTKIT_PGBOUNCER";
/// Redis's server, if it is not on the PATH.
const REDIS_SERVER: &str = "TESTKIT_REDIS_SERVER";
/// Where Debian keeps one folder for each major version of PostgreSQL.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The oldest major version whose behaviour the project relies on.
const POSTGRES_MAJOR_MIN: u32 = 15;

const POSTGRES_REMEDY: &str =
    "apt-get install postgresql (15 or newer), or set TESTKIT_POSTGRES_BIN to its folder of programs";
const PGBOUNCER_REMEDY: &str = "apt-get install pgbouncer, or set TESTKIT_PGBOUNCER to the program";
const REDIS_REMEDY: &str = "apt-get install redis-server (7 or newer), or set TESTKIT_REDIS_SERVER to the program";

/// Finds the folder with `postgres`, `initdb` and `createdb`, and their version such as `15.18`: the environment's folder,
/// else the one of the newest version.
pub(crate) fn postgres() -> Result<(PathBuf, String), Error> {
    let found = match env::var_os(POSTGRES_BIN) {
        Some(folder) => newest(std::iter::once(PathBuf::from(folder))),
        None => newest(search_path().chain(debian())),
    };
    found.ok_or_else(|| Error::Missing {
        program: format!("PostgreSQL {POSTGRES_MAJOR_MIN} or newer"),
        remedy: POSTGRES_REMEDY,
    })
}

/// Finds `redis-server`.
pub(crate) fn redis() -> Result<PathBuf, Error> {
    let found = match env::var_os(REDIS_SERVER) {
        Some(program) => Some(PathBuf::from(program)).filter(|program| program.is_file()),
        None => on_path("redis-server"),
    };
    found.ok_or_else(|| Error::Missing {
        program: "redis-server".to_owned(),
        remedy: REDIS_REMEDY,
    })
}

/// Finds `pgbouncer`, which Debian keeps from an ordinary user's PATH.
pub(crate) fn pgbouncer() -> Result<PathBuf, Error> {
    let found = match env::var_os(PGBOUNCER) {
        Some(program) => Some(PathBuf::from(program)),
        None => on_path("pgbouncer").or_else(|| Some(PathBuf::from("/usr/sbin/pgbouncer"))),
    };
    found.filter(|program| program.is_file()).ok_or_else(|| Error::Missing {
        program: "pgbouncer".to_owned(),
        remedy: PGBOUNCER_REMEDY,
    })
}

fn on_path(program: &str) -> Option<PathBuf> {
    search_path()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

fn debian() -> impl Iterator<Item = PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin"))
}

fn newest(folders: impl Iterator<Item = PathBuf>) -> Option<(PathBuf, String)> {
    let versions = folders.filter_map(|folder| version(&folder).map(|version| (folder, version)));
    let recent = versions.filter(|(_, version)| major(version) >= POSTGRES_MAJOR_MIN);
    recent.max_by_key(|(_, version)| major(version))
}

/// Asks the server in a folder for its version; `None` if there is none, or not all that belongs to it.
fn version(folder: &Path) -> Option<String> {
    let complete = ["postgres", "initdb", "createdb"]
        .iter()
        .all(|name| folder.join(name).is_file());
    if !complete {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    let version = text.split(") ").nth(1)?.split_whitespace().next()?;
    Some(version.to_owned())
}

/// Reads the major version; a beta is "18beta1".
fn major(version: &str) -> u32 {
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().unwrap_or(0)
}
