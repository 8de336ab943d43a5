//! A server's folder, which goes when the process that made it goes.
//!
//! A watcher, one small shell, reads a pipe whose other end only this process holds. The pipe ends when the folder is
//! dropped, or when the process is over in whatever way; then the watcher removes the folder. If the watcher was killed as
//! well, the next run removes it: a lock that nobody holds tells that nobody uses the folder.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use uuid::Uuid;

use crate::Error;

/// What all folders' names begin with.
const PREFIX: &str = "tiltyard-test-";
/// Name of the lock in a folder.
const LOCK: &str = "lock";
/// A file system in memory: twice as fast for what need not last.
const MEMORY: &str = "/dev/shm";
/// Free space that makes it worth using; a container's is often 64 MB, and a database copy takes 8.
const MEMORY_FREE_BYTES_MIN: u64 = 4 << 30;
/// Longest name of a Unix socket (`sun_path` has 108 bytes, the last is zero), less the longest that a server adds.
const PATH_BYTES_MAX: usize = 107 - "/.s.PGSQL.65535".len();

/// Removes the folder `$1` at the end of its input. A killed PostgreSQL leaves a System V segment, which `postmaster.pid`
/// names; its last processes may still write while they die.
const WATCHER: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
segment=$(sed -n '7s/.* //p' "$1/data/postmaster.pid" 2>/dev/null)
tries=0
until rm -rf -- "$1" 2>/dev/null || [ $tries -ge 100 ]; do tries=$((tries + 1)); sleep 0.1; done
[ -z "$segment" ] || ipcrm -m "$segment" 2>/dev/null
"#;

/// A private folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    watcher: Child,
    pipe: Option<ChildStdin>,
    _lock: File,
}

/// Where a folder lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory, if there is enough.
    Fast,
    /// On a disk.
    Disk,
}

impl Folder {
    /// Makes a folder on a disk for this process's user, for what its programs write.
    ///
    /// # Errors
    /// [`Error::System`] if it cannot be made.
    pub fn temporary() -> Result<Self, Error> {
        Self::new(Place::Disk, None)
    }

    /// Makes a folder that only `owner` can enter, or only this process's user.
    pub(crate) fn new(place: Place, owner: Option<(u32, u32)>) -> Result<Self, Error> {
        let parent = parent(place);
        remove_abandoned(&parent);
        let path = parent.join(format!("{PREFIX}{}", &Uuid::new_v4().simple().to_string()[..12]));
        if path.as_os_str().len() > PATH_BYTES_MAX {
            return Err(Error::LongPath(path));
        }
        Self::make(path.clone(), owner).map_err(Error::system(format!("make {}", path.display())))
    }

    fn make(path: PathBuf, owner: Option<(u32, u32)>) -> io::Result<Self> {
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        let lock = make_lock(&path)?;
        let mut watcher = watch(&path, Stdio::piped())?;
        let pipe = watcher.stdin.take();
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
        if let Some((user, group)) = owner {
            chown(&path, Some(user), Some(group))?;
        }
        Ok(Self {
            path,
            watcher,
            pipe,
            _lock: lock,
        })
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // The watcher's own end is bounded, and what it could not remove the next run will.
        drop(self.watcher.wait());
    }
}

fn parent(place: Place) -> PathBuf {
    let memory = Path::new(MEMORY);
    let roomy = || rustix::fs::statvfs(memory).is_ok_and(|fs| fs.f_bavail * fs.f_frsize >= MEMORY_FREE_BYTES_MIN);
    if place == Place::Fast && roomy() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Makes a lock that is held from the moment it has its name.
fn make_lock(folder: &Path) -> io::Result<File> {
    let unnamed = folder.join("lock.new");
    let file = File::create(&unnamed)?;
    file.lock()?;
    fs::rename(unnamed, folder.join(LOCK))?;
    Ok(file)
}

fn watch(folder: &Path, input: Stdio) -> io::Result<Child> {
    let mut command = Command::new("sh");
    command.args(["-c", WATCHER, "sh"]).arg(folder);
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    // A terminal's interrupt goes to the group of the tests, and must not end the watcher.
    command.process_group(0).spawn()
}

/// Removes the folders of runs whose watcher did not. Whatever cannot be looked at is somebody else's.
fn remove_abandoned(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let path = entry.path();
        let abandoned = File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if abandoned && let Ok(mut watcher) = watch(&path, Stdio::null()) {
            drop(watcher.wait());
        }
    }
}
