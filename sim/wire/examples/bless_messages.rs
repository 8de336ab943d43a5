//! Writes the golden messages of the current format anew, which only a format that is not released yet may have
//! (`protocol/schema/README.md`): `cargo run -p tiltyard-sim-wire --example bless_messages`.

#[path = "../tests/it/golden_files.rs"]
mod golden_files;
#[allow(dead_code, clippy::unwrap_used, reason = "made for tests, which use more of it")]
#[path = "../tests/it/support.rs"]
mod support;

use std::error::Error;

use golden_files::GoldenFiles;
use tiltyard_sim::Content;
use tiltyard_sim_wire::{encode_request, simulate};

/// The random team that meets a bot.
const SEED: u64 = 12;
const BOT: &str = "grave_choir";

fn main() -> Result<(), Box<dyn Error>> {
    let content = Content::builtin()?;
    let mut request = support::request(&content, SEED);
    request.right = content.bot(BOT).ok_or("no such bot")?.build.clone();
    let request = encode_request(&request);
    let simulated = simulate(&request, &content)?;
    let files = GoldenFiles {
        request,
        result: simulated.result_bytes,
        replay: simulated.replay_bytes,
    };
    let folder = GoldenFiles::root().join("v1");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("request.bin"), &files.request)?;
    std::fs::write(folder.join("result.bin"), &files.result)?;
    std::fs::write(folder.join("replay.zst"), &files.replay)?;
    let summary = serde_json::to_string_pretty(&files.summary()?)? + "\n";
    std::fs::write(folder.join("summary.json"), summary)?;
    Ok(())
}
