//! Finds the servers' programs: where the environment says, on the PATH, in Debian's folders.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// Folder of PostgreSQL's programs, if it is none of those searched.
const POSTGRES_BIN: &str = "TILTYARD_POSTGRES_BIN";
/// Redis's server, if it is not on the PATH.
const REDIS_SERVER: &str = "TILTYARD_REDIS_SERVER";
/// Where Debian keeps one folder for each major version of PostgreSQL.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The oldest major version whose behaviour the project relies on.
const POSTGRES_MAJOR_MIN: u32 = 15;

const POSTGRES_REMEDY: &str =
    "apt-get install postgresql (15 or newer), or set TILTYARD_POSTGRES_BIN to its folder of programs";
const REDIS_REMEDY: &str = "apt-get install redis-server (7 or newer), or set TILTYARD_REDIS_SERVER to the program";

/// Finds the folder with `postgres`, `initdb` and `createdb`: the environment's, else the newest of those found.
pub(crate) fn postgres() -> Result<PathBuf, Error> {
    let found = match env::var_os(POSTGRES_BIN) {
        Some(folder) => Some(PathBuf::from(folder)).filter(|folder| major(folder).is_some()),
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

fn newest(folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    folders
        .filter_map(|folder| Some((major(&folder)?, folder)))
        .filter(|(major, _)| *major >= POSTGRES_MAJOR_MIN)
        .max_by_key(|(major, _)| *major)
        .map(|(_, folder)| folder)
}

/// Asks the server in a folder for its major version; `None` if there is none, or not all that belongs to it.
fn major(folder: &Path) -> Option<u32> {
    let complete = ["postgres", "initdb", "createdb"]
        .iter()
        .all(|name| folder.join(name).is_file());
    if !complete {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"; a beta is "18beta1".
    let version = text.split(") ").nth(1)?;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}
