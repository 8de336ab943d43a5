//! Logs: JSON lines on the standard error output. JSON escapes control characters, so no text forges a line.

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts logging. A second call in one process changes nothing.
pub(crate) fn start(log: &Log) {
    // ractor reports every actor's start and end at info; ours are told by the actor kit.
    let filter = EnvFilter::new(format!("{},ractor=warn,hyper=warn,warp=warn", log.level.as_str()));
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A line that cannot be written, as on a full disk, is lost; reporting that on the same stream would panic.
        .log_internal_errors(false)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}
