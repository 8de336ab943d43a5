//! Makes a folder so that it is still there after a power failure.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Makes `folder` with those above it, and writes the new names to disk.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    let folder = std::path::absolute(folder)?;
    let missing: Vec<PathBuf> = folder
        .ancestors()
        .take_while(|above| !above.exists())
        .map(Path::to_path_buf)
        .collect();
    fs::create_dir_all(&folder)?;
    missing.iter().filter_map(|made| made.parent()).try_for_each(sync)
}

/// Writes the names in a folder to disk. Where a folder cannot be opened as a file, the system has no such call.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
