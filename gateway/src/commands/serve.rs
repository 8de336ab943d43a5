//! `serve`: start, say where, run until told to stop or beyond repair, stop in order.

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{print, runtime};
use crate::app::App;
use crate::config::Config;
use crate::exit::Fatal;
use crate::{crash, descriptors, logs, metrics, shutdown};

/// Why the server stops.
enum Stop {
    Asked,
    Failed(String),
}

/// How it has ended.
enum End {
    /// As it should, or with what went wrong.
    Ordered(Result<(), Fatal>),
    /// Told to stop while it was starting, or again while it was stopping.
    Cut,
}

/// The signals that ask the server to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Runs the server.
pub(super) fn run(config: Config) -> Result<(), Fatal> {
    logs::start(&config.log);
    crash::arm()?;
    let recorder = metrics::install().map_err(|error| Fatal::new(Fatal::RESOURCE, format!("{error:#}")))?;
    let config = descriptors::fit(config);
    let runtime = runtime()?;
    match runtime.block_on(serve(config, recorder)) {
        End::Ordered(ended) => {
            runtime.shutdown_timeout(shutdown::RUNTIME);
            ended
        }
        End::Cut => {
            runtime.shutdown_background();
            Err(Fatal::new(
                Fatal::CUT,
                "told to stop during the start, or a second time: ended at once, without stopping in order",
            ))
        }
    }
}

async fn serve(config: Config, recorder: PrometheusHandle) -> End {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(fatal) => return End::Ordered(Err(fatal)),
    };
    let started = tokio::select! {
        started = start(config, recorder) => started,
        () = signals.next() => return End::Cut,
    };
    match started {
        Ok(app) => match until_stop(&app, &mut signals).await {
            Stop::Asked => stop(app, signals).await,
            Stop::Failed(why) => {
                app.abandon().await;
                let message = format!("a subsystem failed for good: {why}");
                End::Ordered(Err(Fatal::new(Fatal::SUBSYSTEM, message)))
            }
        },
        Err(fatal) => End::Ordered(Err(fatal)),
    }
}

async fn start(config: Config, recorder: PrometheusHandle) -> Result<App, Fatal> {
    let app = App::start(config, recorder).await?;
    print(&app.banner())?;
    Ok(app)
}

async fn until_stop(app: &App, signals: &mut Signals) -> Stop {
    tokio::select! {
        () = signals.next() => Stop::Asked,
        why = app.failed() => Stop::Failed(why),
    }
}

async fn stop(app: App, mut signals: Signals) -> End {
    let mut stopping = Box::pin(app.stop());
    tokio::select! {
        stopped = &mut stopping => End::Ordered(stopped),
        () = signals.next() => {
            // Dropped, the stores would wait for their threads.
            std::mem::forget(stopping);
            End::Cut
        }
    }
}

impl Signals {
    fn listen() -> Result<Self, Fatal> {
        let listen = |kind| signal(kind).map_err(|error| Fatal::resource("signals", &error));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
