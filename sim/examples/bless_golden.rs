//! Writes `tests/golden.txt` anew, after a rise of `RULES_VERSION`: `cargo run -p tiltyard-sim --example bless_golden`.
//! With the argument `content` the golden fights also take the built-in content as it is.

use std::path::Path;

use tiltyard_sim::Content;

#[path = "../tests/it/golden_cases.rs"]
mod golden_cases;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let content = folder.join("golden_content.ron");
    let text = if std::env::args().any(|arg| arg == "content") {
        Content::builtin()?.canonical().to_owned()
    } else {
        std::fs::read_to_string(&content)?
    };
    let fights = golden_cases::lines(&Content::from_canonical(&text)?)?;
    let path = folder.join("golden.txt");
    let known = std::fs::read_to_string(&path)?;
    if fights != known && fights.lines().next() == known.lines().next() {
        return Err("outcomes differ: raise RULES_VERSION, or take back what changed them".into());
    }
    std::fs::write(content, text)?;
    std::fs::write(path, fights)?;
    Ok(())
}
