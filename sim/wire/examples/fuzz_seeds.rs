//! Writes the seeds of the fuzz targets' corpora: `cargo run -p tiltyard-sim-wire --example fuzz_seeds`. Inputs that a
//! fuzzer found lie beside them under their own names and stay.

#[allow(dead_code, clippy::unwrap_used, reason = "made for tests, which use more of it")]
#[path = "../tests/it/support.rs"]
mod support;

use std::error::Error;
use std::path::Path;

use tiltyard_sim::Content;
use tiltyard_sim_wire::{encode_request, simulate};

/// Random pairs, besides the bots.
const RANDOM: u64 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let content = Content::builtin()?;
    let mut requests: Vec<_> = (0..RANDOM).map(|seed| support::request(&content, seed)).collect();
    for (request, bot) in requests.iter_mut().zip(content.bots().iter().skip(1)) {
        request.right = bot.build.clone();
    }
    // A fight of one against one is short, so that a fuzzer gets through many.
    for request in &mut requests {
        request.left.units.truncate(1);
        request.right.units.truncate(1);
    }
    for (number, request) in requests.iter().enumerate() {
        let bytes = encode_request(request);
        seed("request", number, &bytes)?;
        let simulated = simulate(&bytes, &content).map_err(|error| format!("{error:?}"))?;
        seed("result", number, &simulated.result_bytes)?;
        seed("replay", number, &zstd::decode_all(&*simulated.replay_bytes)?)?;
        seed("build_json", number, &serde_json::to_vec(&request.left)?)?;
    }
    Ok(())
}

fn seed(target: &str, number: usize, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/__fuzz__")
        .join(target);
    let corpus = folder.join("corpus");
    std::fs::create_dir_all(&corpus)?;
    std::fs::write(corpus.join(format!("seed_{number}")), bytes)?;
    Ok(())
}
