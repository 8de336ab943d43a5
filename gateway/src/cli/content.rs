//! Arguments of `content`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tiltyard_protocol::ContentHash;

/// Content: what a game is made of beside its rules.
#[derive(Debug, Subcommand)]
pub enum ContentCommand {
    /// Say everything that is wrong with a folder of content files; touches no store.
    Check {
        /// The folder, such as `sim/content`.
        dir: PathBuf,
        /// Print one JSON object on one line.
        #[arg(long)]
        json: bool,
    },
    /// Put content in force on every node, within seconds; matches that were made keep theirs.
    Publish {
        /// What to publish.
        #[command(flatten)]
        what: PublishArgs,
        /// Print one JSON object on one line.
        #[arg(long)]
        json: bool,
    },
    /// Say which content is in force, since when, and who put it there.
    Show {
        /// Print one JSON object on one line.
        #[arg(long)]
        json: bool,
    },
}

/// What `content publish` publishes.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PublishArgs {
    /// A folder of content files.
    pub dir: Option<PathBuf>,
    /// The content this program was built with; from then on later programs bring theirs along again.
    #[arg(long)]
    pub builtin: bool,
    /// Content that was in force before.
    #[arg(long, value_name = "HASH")]
    pub hash: Option<ContentHash>,
}
