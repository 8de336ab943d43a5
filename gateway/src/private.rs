//! Files that hold secrets: the signing keys and whatever is in the database are for this process's user alone.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What everybody but the owner may do.
const OTHERS: u32 = 0o077;
/// What lets others read a file.
const OTHERS_READ: u32 = 0o044;

/// Makes a folder, and those above it, that only the owner can enter. One that is there stays as it is.
pub(crate) fn folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file to write, as its owner's own; makes it if there is none and changes nothing in it.
pub(crate) fn file(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Makes a database's file before the store does, which would let others read it, and takes from others what they could
/// do with one that is there. SQLite gives the files beside it the same mode.
pub(crate) fn database(path: &Path) -> Result<()> {
    drop(file(path)?);
    for suffix in ["", "-wal", "-shm"] {
        close_to_others(&beside(path, suffix))?;
    }
    Ok(())
}

/// Says whether others may read the file.
pub(crate) fn is_readable_by_others(path: &Path) -> Result<bool> {
    Ok(mode(path)? & OTHERS_READ != 0)
}

/// Returns the path with `suffix` behind its last segment.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(suffix);
    PathBuf::from(path)
}

fn close_to_others(path: &Path) -> Result<()> {
    let mode = match mode(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        mode => mode?,
    };
    if mode & OTHERS == 0 {
        return Ok(());
    }
    match std::fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS)) {
        // It is somebody else's, who lets this process write it: then they decide.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), "others may read this file");
            Ok(())
        }
        closed => closed,
    }
}

fn mode(path: &Path) -> Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o777)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_the_owners_alone() {
        let base = tempfile::tempdir().unwrap();
        let data = base.path().join("a/b");
        folder(&data).unwrap();
        folder(&data).unwrap();
        assert_eq!(mode(&data).unwrap(), 0o700);
        assert_eq!(mode(&base.path().join("a")).unwrap(), 0o700);
        let path = data.join("x.db");
        database(&path).unwrap();
        assert_eq!(mode(&path).unwrap(), 0o600);
        assert!(!beside(&path, "-wal").exists());
    }

    #[test]
    fn a_database_that_others_can_read_is_closed_to_them_and_kept() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("x.db");
        for suffix in ["", "-wal"] {
            let file = beside(&path, suffix);
            std::fs::write(&file, "kept").unwrap();
            std::fs::set_permissions(&file, Permissions::from_mode(0o664)).unwrap();
            assert!(is_readable_by_others(&file).unwrap());
        }
        database(&path).unwrap();
        for suffix in ["", "-wal"] {
            let file = beside(&path, suffix);
            assert_eq!(mode(&file).unwrap(), 0o600);
            assert_eq!(std::fs::read(&file).unwrap(), b"kept");
        }
    }
}
