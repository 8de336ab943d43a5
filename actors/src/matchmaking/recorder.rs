//! The recorder: writes what came to a queue and left it to files that a replay can try other rules on.
//!
//! A file is one recording with pseudonyms of its own, made with a key that nobody keeps: no id of a player or ticket can be
//! found in it, nor followed into the next file. Writing is a thread's own affair; what it cannot keep up with is counted and lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tiltyard_pairing::trace::{self, Line};
use tiltyard_protocol::QueueName;
use tokio::time::Instant;

use super::journal::Entry;
use crate::RecordSettings;

/// Entries that wait to be written.
const WAITING_MAX: usize = 65_536;
/// Time after which what was written is given to the operating system.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// Time that a thread has to write the rest when its recorder is dropped.
const END_WITHIN: Duration = Duration::from_secs(1);

/// The way to a recorder's thread, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// `None` only while it is dropped.
    entries: Option<SyncSender<Entry>>,
    /// Disconnected by the thread's end.
    ended: Receiver<()>,
}

impl Recorder {
    /// Starts the thread of a queue's recorder.
    ///
    /// # Errors
    /// The folder cannot be made, or there is no thread to be had.
    pub(crate) fn start(settings: &RecordSettings, queue: &QueueName) -> io::Result<Self> {
        fs::create_dir_all(&settings.folder)?;
        let (entries, received) = sync_channel(WAITING_MAX);
        let (end, ended) = sync_channel(0);
        let mut writer = Writer::new(settings.clone(), queue.as_str());
        thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            write_all(&received, &mut writer);
            drop(end);
        })?;
        let entries = Some(entries);
        Ok(Self { entries, ended })
    }

    /// Hands entries over; what there is no room for is counted and lost.
    pub(crate) fn record(&self, entries: Vec<Entry>) {
        let lost = entries
            .into_iter()
            .filter(|entry| {
                self.entries
                    .as_ref()
                    .is_none_or(|way| way.try_send(entry.clone()).is_err())
            })
            .count();
        if lost > 0 {
            metrics::counter!("tiltyard_recorder_dropped_total").increment(lost as u64);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.entries = None;
        if self.ended.recv_timeout(END_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a recorder still writes; the end of its recording may be lost");
        }
    }
}

fn write_all(entries: &Receiver<Entry>, writer: &mut Writer) {
    let mut flushed = Instant::now();
    loop {
        let mut result = match entries.recv_timeout(FLUSH_EVERY.saturating_sub(flushed.elapsed())) {
            Ok(entry) => writer.write(&entry),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => return writer.close(),
        };
        // A busy queue never pauses, so what counts is the time that passed.
        if flushed.elapsed() >= FLUSH_EVERY {
            result = result.and_then(|()| writer.flush());
            flushed = Instant::now();
        }
        if let Err(error) = result {
            metrics::counter!("tiltyard_recorder_failures_total").increment(1);
            tracing::warn!(%error, folder = %writer.settings.folder.display(), "a recording was broken off");
            writer.recording = None;
        }
    }
}

/// Writes recordings one after the other.
struct Writer {
    settings: RecordSettings,
    prefix: String,
    recording: Option<Recording>,
}

/// One file.
struct Recording {
    file: BufWriter<File>,
    key: [u8; 32],
    began_ms: u64,
    /// Time of the last line: lines are in order.
    last_ms: u64,
    bytes: u64,
}

impl Writer {
    fn new(settings: RecordSettings, queue: &str) -> Self {
        Self {
            settings,
            prefix: format!("{queue}."),
            recording: None,
        }
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let at_ms = match entry {
            Entry::Ended => {
                self.close();
                return Ok(());
            }
            Entry::Arrived { at_ms, .. } | Entry::Left { at_ms, .. } => *at_ms,
        };
        if self
            .recording
            .as_ref()
            .is_some_and(|recording| recording.bytes >= self.settings.file_bytes_max)
        {
            self.close();
        }
        let recording = match &mut self.recording {
            Some(recording) => recording,
            None => {
                let begun = self.begin(at_ms)?;
                self.recording.insert(begun)
            }
        };
        recording.write(entry, at_ms)
    }

    /// Begins a file, and deletes the oldest ones of the queue that are too many.
    fn begin(&self, began_ms: u64) -> io::Result<Recording> {
        let mut known = self.files()?;
        known.sort();
        let keep = self.settings.files_max.saturating_sub(1);
        for old in known.iter().take(known.len().saturating_sub(keep)) {
            fs::remove_file(old)?;
        }
        let mut key = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        let path = (0..).map(|n| {
            self.settings
                .folder
                .join(format!("{}{began_ms:015}-{n}.jsonl", self.prefix))
        });
        let path = path.into_iter().find(|path| !path.exists()).unwrap_or_default();
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Recording {
            file: BufWriter::new(file),
            key,
            began_ms,
            last_ms: 0,
            bytes: 0,
        })
    }

    /// Returns this queue's files; their names are in the order of their beginnings.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.settings.folder)? {
            let path = entry?.path();
            let ours = |name: &str| {
                name.starts_with(&self.prefix) && Path::new(name).extension().is_some_and(|end| end == "jsonl")
            };
            if path.file_name().and_then(|name| name.to_str()).is_some_and(ours) {
                files.push(path);
            }
        }
        Ok(files)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.recording
            .as_mut()
            .map_or(Ok(()), |recording| recording.file.flush())
    }

    fn close(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "the end of a recording is lost");
        }
        self.recording = None;
    }
}

impl Recording {
    fn write(&mut self, entry: &Entry, at_ms: u64) -> io::Result<()> {
        // Clocks may be set back; a recording's never is.
        self.last_ms = self.last_ms.max(at_ms.saturating_sub(self.began_ms));
        let at_ms = self.last_ms;
        let line = match entry {
            Entry::Ended => return Ok(()),
            Entry::Arrived {
                key,
                rating,
                spread,
                widen_to,
                ..
            } => Line::Arrived {
                at_ms,
                ticket: self.pseudonym(&[key.0.as_bytes(), key.1.as_bytes()]),
                player: self.pseudonym(&[key.0.as_bytes()]),
                rating: *rating,
                spread: *spread,
                widen_to: *widen_to,
            },
            Entry::Left { key, why, .. } => Line::Left {
                at_ms,
                ticket: self.pseudonym(&[key.0.as_bytes(), key.1.as_bytes()]),
                why: *why,
            },
        };
        let text = trace::write(&line)?;
        self.bytes += text.len() as u64 + 1;
        writeln!(self.file, "{text}")
    }

    fn pseudonym(&self, ids: &[&[u8; 16]]) -> u64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for id in ids {
            hasher.update(*id);
        }
        let [a, b, c, d, e, f, g, h, ..] = *hasher.finalize().as_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

#[cfg(test)]
mod tests {
    use tiltyard_pairing::trace::Why;
    use tiltyard_protocol::{PlayerId, TicketId};

    use super::*;

    const PLAYER: PlayerId = PlayerId::from_bytes([0xAB; 16]);

    fn key(n: u8) -> (PlayerId, TicketId) {
        (PLAYER, TicketId::from_bytes([n; 16]))
    }

    fn arrived(n: u8, at_ms: u64) -> Entry {
        Entry::Arrived {
            at_ms,
            key: key(n),
            rating: 1_512.5,
            spread: 100,
            widen_to: Some(400),
        }
    }

    fn left(n: u8, at_ms: u64) -> Entry {
        let why = Why::Matched;
        Entry::Left {
            at_ms,
            key: key(n),
            why,
        }
    }

    fn recorded(file_bytes_max: u64, files_max: usize, entries: &[Entry]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let settings = RecordSettings {
            folder: folder.path().to_owned(),
            file_bytes_max,
            files_max,
        };
        let mut writer = Writer::new(settings, "ranked");
        entries.iter().for_each(|entry| writer.write(entry).unwrap());
        writer.close();
        let mut files = writer.files().unwrap();
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    }

    #[test]
    fn a_recording_is_read_back_and_names_nobody() {
        let files = recorded(1_000_000, 9, &[arrived(1, 5_000), arrived(2, 5_100), left(1, 5_050)]);
        let lines = trace::parse(&files[0]).unwrap();
        let [
            Line::Arrived {
                at_ms: 0,
                ticket: one,
                player: first,
                ..
            },
            Line::Arrived {
                at_ms: 100,
                ticket: two,
                player: second,
                ..
            },
            Line::Left {
                at_ms: 100,
                ticket: gone,
                ..
            },
        ] = lines[..]
        else {
            panic!("{lines:?}")
        };
        assert_eq!((one, first), (gone, second), "the same one has the same pseudonym");
        assert_ne!(one, two);
        assert!(!files[0].contains("abab") && !files[0].contains(&PLAYER.to_string()));
    }

    #[test]
    fn a_full_file_and_a_new_leadership_begin_another_with_other_pseudonyms() {
        let entries = [arrived(1, 1_000), arrived(1, 2_000), Entry::Ended, arrived(1, 3_000)];
        let files = recorded(10, 9, &entries);
        assert_eq!(files.len(), 3);
        assert_ne!(files[0], files[1]);
        assert_ne!(files[1], files[2]);
        assert_eq!(recorded(10, 2, &entries).len(), 2, "the oldest gives way");
    }

    #[test]
    fn a_recorder_writes_what_it_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let settings = RecordSettings {
            folder: folder.path().join("new"),
            file_bytes_max: 1_000,
            files_max: 2,
        };
        let (entries, received) = sync_channel(8);
        fs::create_dir_all(&settings.folder).unwrap();
        let (_, ended) = sync_channel(0);
        let entries = Some(entries);
        let recorder = Recorder { entries, ended };
        recorder.record((0..10).map(|n| arrived(n, 1_000)).collect());
        drop(recorder);
        let mut writer = Writer::new(settings, "ranked");
        write_all(&received, &mut writer);
        let text = fs::read_to_string(&writer.files().unwrap()[0]).unwrap();
        assert_eq!(text.lines().count(), 8, "what there is no room for is lost");
    }
}
