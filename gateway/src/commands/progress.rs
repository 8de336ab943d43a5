//! Progress of long commands: on a terminal's standard error, nowhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Time between two pictures of something whose length nobody knows.
const FRAME: Duration = Duration::from_millis(200);

/// Makes a bar over `len` of `what`.
pub(super) fn bar(what: &'static str, len: usize) -> ProgressBar {
    let template = "{msg} {wide_bar} {pos}/{len} ({elapsed}, {eta} left)";
    styled(ProgressBar::new(len as u64), template).with_message(what)
}

/// Makes a sign of life with a message.
pub(super) fn spinner() -> ProgressBar {
    let spinner = styled(ProgressBar::no_length(), "{spinner} {msg} ({elapsed})");
    spinner.enable_steady_tick(FRAME);
    spinner
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_template) => bar,
    }
}
