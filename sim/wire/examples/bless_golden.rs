//! Writes the golden messages of the current format anew, which only a format that is not released yet may have
//! (`protocol/schema/README.md`): `cargo run -p tiltyard-sim-wire --example bless_golden`.

#[path = "../tests/it/golden_files.rs"]
mod golden_files;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/support.rs"]
mod support;

use golden_files::GoldenFiles;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    GoldenFiles::made()?.write(&GoldenFiles::root().join("v1"))
}
