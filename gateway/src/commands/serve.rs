//! `serve`: start, say where, run until told to stop or beyond repair, stop in order.

use tokio::signal::unix::{SignalKind, signal};

use super::{print, runtime};
use crate::app::App;
use crate::config::Config;
use crate::exit::Fatal;
use crate::{crash, logs, metrics};

/// Why the server stops.
enum Stop {
    Asked,
    Failed(String),
}

/// Runs the server.
pub(super) fn run(config: Config) -> Result<(), Fatal> {
    logs::start(&config.log);
    crash::arm()?;
    let recorder = metrics::install().map_err(|error| Fatal::new(Fatal::RESOURCE, format!("{error:#}")))?;
    runtime()?.block_on(async {
        let app = App::start(config, recorder).await?;
        print(&app.banner())?;
        let stop = until_stop(&app).await?;
        match stop {
            Stop::Asked => app.stop().await,
            // What is left of a failed tree cannot be drained; the stores are safe at any moment.
            Stop::Failed(why) => Err(Fatal::new(
                Fatal::SUBSYSTEM,
                format!("a subsystem failed for good: {why}"),
            )),
        }
    })
}

async fn until_stop(app: &App) -> Result<Stop, Fatal> {
    let listen = |kind| signal(kind).map_err(|error| Fatal::resource("signals", &error));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(tokio::select! {
        _ = terminate.recv() => Stop::Asked,
        _ = interrupt.recv() => Stop::Asked,
        why = app.failed() => Stop::Failed(why),
    })
}
