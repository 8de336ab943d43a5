//! Writes `tests/golden.txt` anew. Raise `RULES_VERSION` with it: `cargo run -p tiltyard-sim --example bless_golden`.

#[path = "../tests/it/golden_cases.rs"]
mod golden_cases;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden.txt");
    std::fs::write(path, golden_cases::lines()?)?;
    Ok(())
}
