//! One process a data folder: the embedded stores are one process's own.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::exit::Fatal;

/// The folder is ours for as long as this lives; the kernel frees it however the process ends.
#[derive(Debug)]
pub(crate) struct DataLock {
    _file: File,
}

impl DataLock {
    /// Makes the folder if need be and takes it.
    pub(crate) fn take(data_dir: &Path) -> Result<Self, Fatal> {
        let what = format!("data folder {}", data_dir.display());
        std::fs::create_dir_all(data_dir).map_err(|error| Fatal::resource(&what, &error))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data_dir.join("LOCK"))
            .map_err(|error| Fatal::resource(&what, &error))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(Errno::WOULDBLOCK) => Err(held(data_dir)),
            Err(error) => Err(Fatal::resource(&what, &error)),
        }
    }
}

fn held(data_dir: &Path) -> Fatal {
    let message = format!(
        "another tiltyard process uses {}: stop it, or choose another folder with --data-dir",
        data_dir.display()
    );
    Fatal::new(Fatal::LOCKED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_freed_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("new/data");
        let lock = DataLock::take(&data).unwrap();
        let refused = DataLock::take(&data).unwrap_err().to_string();
        assert!(refused.contains("--data-dir") && !refused.contains('\n'), "{refused}");
        drop(lock);
        assert!(DataLock::take(&data).is_ok());
    }
}
