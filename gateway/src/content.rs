//! Content from where it may come from: compiled in, a folder of a designer's files, or a stored bundle.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use tiltyard_sim::{Content, ContentErrors};

use crate::exit::Fatal;

/// Bytes of one file; ours have less than 20 KB.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Files of one folder.
const FILES_MAX: usize = 256;
/// The folder beside the single files.
const ABILITIES: &str = "abilities";

/// Returns the content that is compiled in.
pub(crate) fn builtin() -> Result<Content, Fatal> {
    Content::builtin().map_err(|error| Fatal::resource("content", &error))
}

/// Reads a folder and refuses it whole if anything is wrong with it.
pub(crate) fn read(dir: &Path) -> Result<Content, Fatal> {
    check(dir)?.map_err(|errors| {
        let lines: Vec<_> = errors.0.iter().map(ToString::to_string).collect();
        let (dir, found) = (dir.display(), lines.len());
        invalid(format!("content {dir}: {found} mistakes\n  {}", lines.join("\n  ")))
    })
}

/// Reads a folder; what is wrong with the files' text is the inner error.
pub(crate) fn check(dir: &Path) -> Result<Result<Content, ContentErrors>, Fatal> {
    let mut paths = Vec::new();
    for (folder, prefix) in [
        (dir.to_owned(), String::new()),
        (dir.join(ABILITIES), format!("{ABILITIES}/")),
    ] {
        for path in ron_files(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            paths.push((format!("{prefix}{name}"), path));
        }
    }
    if paths.len() > FILES_MAX {
        let (dir, found) = (dir.display(), paths.len());
        return Err(invalid(format!("content {dir}: {found} files, of {FILES_MAX} at most")));
    }
    let files: Vec<_> = paths
        .into_iter()
        .map(|(name, path)| Ok((name, text_of(&path)?)))
        .collect::<Result<_, Fatal>>()?;
    let files: Vec<_> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    Ok(Content::parse(&files))
}

/// Parses a stored bundle.
pub(crate) fn parse(bundle: &[u8]) -> Result<Content, String> {
    let text = std::str::from_utf8(bundle).map_err(|error| format!("content: {error}"))?;
    Content::from_canonical(text).map_err(|error| format!("content: {error}"))
}

/// Lists the RON files of a folder. Others are passed over: a folder may hold a designer's notes.
fn ron_files(folder: &Path) -> Result<Vec<PathBuf>, Fatal> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        let paths = entries.into_iter().map(|entry| entry.path());
        Ok(paths
            .filter(|path| path.extension().is_some_and(|kind| kind == "ron"))
            .collect())
    };
    list().map_err(|error| invalid(format!("content: {} cannot be read: {error}", folder.display())))
}

fn text_of(path: &Path) -> Result<String, Fatal> {
    let read = || -> std::io::Result<String> {
        let mut text = String::new();
        let file = std::fs::File::open(path)?;
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let refused = |why: String| invalid(format!("content: {}: {why}", path.display()));
    let text = read().map_err(|error| refused(error.to_string()))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(refused(format!("has more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn invalid(message: String) -> Fatal {
    Fatal::new(Fatal::CONFIG, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that are compiled in, as a designer has them.
    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sim/content");

    #[test]
    fn the_designers_folder_is_what_is_compiled_in() {
        let (read, builtin) = (read(Path::new(FOLDER)).unwrap(), builtin().unwrap());
        assert_eq!(read.hash(), builtin.hash());
        assert_eq!(parse(builtin.canonical().as_bytes()).unwrap().hash(), builtin.hash());
        assert!(parse(b"\xff").is_err() && parse(b"(").is_err());
    }

    #[test]
    fn a_folder_is_refused_with_everything_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let refused = || read(folder.path()).unwrap_err().to_string();
        assert!(refused().contains(ABILITIES), "{}", refused());
        std::fs::create_dir(folder.path().join(ABILITIES)).unwrap();
        let missing = refused();
        for file in ["rules.ron: file:", "classes.ron: file:", "bots.ron: file:"] {
            assert!(missing.contains(file), "{missing}");
        }
        std::fs::write(folder.path().join("rules.ron"), "x".repeat(1024 * 1024 + 1)).unwrap();
        assert!(refused().contains("rules.ron: has more than"), "{}", refused());
        for n in 0..FILES_MAX {
            std::fs::write(folder.path().join(format!("{n}.ron")), "").unwrap();
        }
        // Counted before any of them is read, or the file that is too long would be named.
        assert!(refused().contains("257 files, of 256 at most"), "{}", refused());
    }
}
