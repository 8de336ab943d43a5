//! One process a data folder and a database: the embedded stores are one process's own.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::exit::Fatal;
use crate::private;

/// Folder and database are ours for as long as this lives; the kernel frees them however the process ends.
#[derive(Debug)]
pub(crate) struct DataLock {
    _folder: File,
    _database: File,
}

impl DataLock {
    /// Makes the folders if need be and takes both. The database has a lock of its own, wherever it is: another process may
    /// name it from another data folder.
    pub(crate) fn take(data_dir: &Path, database: &Path) -> Result<Self, Fatal> {
        let what = format!("data folder {}", data_dir.display());
        private::folder(data_dir).map_err(|error| Fatal::resource(&what, &error))?;
        let folder = hold(&data_dir.join("LOCK"), &what, || {
            format!(
                "another tiltyard process uses {}: stop it, or choose another folder with --data-dir",
                data_dir.display()
            )
        })?;
        let what = format!("database {}", database.display());
        if let Some(parent) = database.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            private::folder(parent).map_err(|error| Fatal::resource(&what, &error))?;
        }
        // A link leads to the same database as its target's own name.
        let target = std::fs::canonicalize(database).unwrap_or_else(|_none| database.to_owned());
        let database = hold(&private::beside(&target, ".lock"), &what, || {
            format!(
                "another tiltyard process uses the database {}: stop it, or choose another with --database-url",
                database.display()
            )
        })?;
        Ok(Self {
            _folder: folder,
            _database: database,
        })
    }
}

fn hold(path: &Path, what: &str, held: impl Fn() -> String) -> Result<File, Fatal> {
    let file = private::file(path).map_err(|error| Fatal::resource(what, &error))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(Errno::WOULDBLOCK) => Err(Fatal::new(Fatal::LOCKED, held())),
        Err(error) => Err(Fatal::resource(what, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_freed_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("new/data");
        let database = data.join("tiltyard.db");
        let lock = DataLock::take(&data, &database).unwrap();
        let refused = DataLock::take(&data, &database).unwrap_err().to_string();
        assert!(refused.contains("--data-dir") && !refused.contains('\n'), "{refused}");
        drop(lock);
        assert!(DataLock::take(&data, &database).is_ok());
    }

    #[test]
    fn a_database_is_held_once_whatever_folder_and_name_it_is_used_from() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let database = at("one/tiltyard.db");
        private::folder(&at("one")).unwrap();
        private::database(&database).unwrap();
        std::os::unix::fs::symlink(&database, at("link.db")).unwrap();
        let lock = DataLock::take(&at("one"), &database).unwrap();
        for name in ["one/tiltyard.db", "one/../one/tiltyard.db", "link.db"] {
            let refused = DataLock::take(&at("two"), &at(name)).unwrap_err().to_string();
            assert!(
                refused.contains("--database-url") && !refused.contains('\n'),
                "{refused}"
            );
        }
        drop(lock);
        assert!(DataLock::take(&at("two"), &database).is_ok());
    }
}
