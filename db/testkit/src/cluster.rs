//! New PostgreSQL data folders. `initdb` takes a second, so what it makes is kept in Cargo's target folder and copied.

use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::Error;
use crate::process::{self, User};

/// The superuser of every private server.
pub(crate) const SUPERUSER: &str = "tiltyard";
/// How a cluster is made. A change must change [`FORM`].
const ARGUMENTS: &[&str] = &[
    "-U",
    SUPERUSER,
    "--auth=trust",
    "--no-sync",
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
];
/// Part of the name under which clusters made by [`ARGUMENTS`] are kept.
const FORM: u32 = 1;

/// Makes a data folder, `data` in `folder`, that belongs to `user`.
pub(crate) fn make(programs: &Path, version: &str, user: Option<User>, folder: &Path) -> Result<(), Error> {
    let owner = user.map_or(rustix::process::geteuid().as_raw(), |user| user.id);
    let kept = target().map(|target| target.join(format!("testkit/postgres-{version}-{owner}-{FORM}")));
    if let Some(kept) = &kept
        && kept.join("PG_VERSION").is_file()
    {
        return copy(kept, &folder.join("data"), folder);
    }
    let data = folder.join("data");
    let data = data.to_string_lossy();
    let arguments = [&["-D", &data], ARGUMENTS].concat();
    process::run(&programs.join("initdb"), user, folder, &arguments)?;
    // Who may not write to the target folder waits for `initdb` each time.
    let _kept: Option<Result<(), Error>> = kept.map(|kept| keep(&folder.join("data"), &kept, folder));
    Ok(())
}

/// Keeps a copy, which has its name when it is whole. Of several made at once one is kept.
fn keep(data: &Path, kept: &Path, folder: &Path) -> Result<(), Error> {
    let new = kept.with_file_name(format!("new-{}", Uuid::new_v4().simple()));
    let parent = kept.parent().unwrap_or(kept);
    fs::create_dir_all(parent).map_err(Error::system(format!("make {}", parent.display())))?;
    copy(data, &new, folder)?;
    if fs::rename(&new, kept).is_err() {
        fs::remove_dir_all(&new).map_err(Error::system(format!("remove {}", new.display())))?;
    }
    Ok(())
}

/// Copies a folder with its owner, which takes the rights of this process.
fn copy(from: &Path, to: &Path, folder: &Path) -> Result<(), Error> {
    let (from, to) = (from.to_string_lossy(), to.to_string_lossy());
    process::run(Path::new("cp"), None, folder, &["-a", "--", &from, &to])
}

/// Finds Cargo's target folder above this program by the mark that Cargo leaves; an installed program has none.
fn target() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let found = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    found.map(Path::to_owned)
}
