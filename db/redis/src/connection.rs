//! One connection of the client library, and its end.
//!
//! The library's own reconnection is not used: it keeps a command that a dead server was sent, does not notice a silent one
//! while it is written to, and answers a subscription before the server has. A connection here is made once, ends once,
//! and takes with it whatever was under way; [`crate::link`] makes the next one.

use std::time::Duration;

use fred::clients::{Client, WithOptions};
use fred::error::{Error, ErrorKind};
use fred::interfaces::{ClientLike, PubsubInterface};
use fred::types::config::{ConnectionConfig, Options, PerformanceConfig, TcpConfig, UnresponsiveConfig};
use fred::types::{ConnectHandle, RespVersion};
use tokio::time::{sleep, timeout};

use crate::address::Address;
use crate::bounds::{
    COMMAND_TIMEOUT, COMMANDS_MAX, CONNECT_TIMEOUT, HEARTBEAT_INTERVAL, HEARTBEAT_TIMEOUT, MESSAGES_MAX,
};

/// The oldest server with everything that the scripts use.
const VERSION_MIN: u64 = 7;
/// How long is waited for the library's notice of a connection before looking whether it was missed.
const NOTICE: Duration = Duration::from_millis(20);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Commands of all callers, one behind the other.
    Commands,
    /// Blocking reads, of one caller at a time.
    Waiting,
    /// The subscriptions of all inboxes.
    Inboxes,
}

/// An open connection; dropping it closes it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    task: Task,
}

/// The library's task, which would otherwise go on without anybody.
struct Task(ConnectHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    /// Connects, greets and checks the server's version.
    pub(crate) async fn open(address: &Address, purpose: Purpose) -> Result<Self, Error> {
        let mut config = address.config.clone();
        config.fail_fast = true;
        // The greeting of the newer protocol is written by the library as words of one line, which splits a password with a
        // space. The older one knows all that is needed: a subscribed connection may be asked whether it is there.
        config.version = RespVersion::RESP2;
        let client = Client::new(config, Some(performance(purpose)), Some(connection()), None);
        let mut task = Task(client.connect());
        loop {
            tokio::select! {
                ended = &mut task.0 => return Err(end_of(ended)),
                connected = timeout(NOTICE, client.wait_for_connect()) => match connected {
                    Ok(connected) => break connected?,
                    Err(_elapsed) => {}
                },
            }
        }
        check_version(client.server_version().map(|version| version.major))?;
        Ok(Self { client, task })
    }

    /// Says whether the connection is known to have ended.
    pub(crate) fn is_over(&self) -> bool {
        self.task.0.is_finished()
    }

    /// Waits until the connection ends or does not answer, and says why.
    pub(crate) async fn end(&mut self) -> Error {
        tokio::select! {
            ended = &mut self.task.0 => end_of(ended),
            error = silence(&self.client) => error,
        }
    }
}

/// Returns the client with this store's terms for one command: sent at most once, answered in time, or failed.
pub(crate) fn once(client: &Client, wait: Duration) -> WithOptions<Client> {
    client.with_options(&Options {
        max_attempts: Some(1),
        max_redirections: Some(1),
        timeout: Some(wait + COMMAND_TIMEOUT),
        fail_fast: true,
        ..Options::default()
    })
}

/// Waits until the server has done what it was told before. The library does not wait for the answer to a subscription.
pub(crate) async fn settled(client: &Client) -> Result<(), Error> {
    once(client, Duration::ZERO).ping(None).await
}

/// Subscribes to channels; when it returns, every later message comes.
pub(crate) async fn subscribe(client: &Client, channels: Vec<String>) -> Result<(), Error> {
    if !channels.is_empty() {
        once(client, Duration::ZERO).subscribe(channels).await?;
    }
    settled(client).await
}

/// Waits until the server leaves a question unanswered.
async fn silence(client: &Client) -> Error {
    let patient = once(client, HEARTBEAT_TIMEOUT.saturating_sub(COMMAND_TIMEOUT));
    loop {
        sleep(HEARTBEAT_INTERVAL).await;
        // A refusal is an answer too: LOADING, or a restricted user.
        match patient.ping::<()>(None).await {
            Err(error) if *error.kind() == ErrorKind::Timeout => return error,
            _ => {}
        }
    }
}

fn end_of(ended: Result<Result<(), Error>, tokio::task::JoinError>) -> Error {
    match ended {
        Ok(Err(error)) => error,
        Ok(Ok(())) => Error::new(ErrorKind::IO, "the connection was closed"),
        Err(error) => Error::from(error),
    }
}

fn check_version(major: Option<u64>) -> Result<(), Error> {
    match major {
        Some(major) if major >= VERSION_MIN => Ok(()),
        Some(major) => {
            let what = format!("it is version {major}, and at least version {VERSION_MIN} is needed");
            Err(Error::new(ErrorKind::Config, what))
        }
        None => {
            let what = "it does not tell its version; the user must be allowed INFO";
            Err(Error::new(ErrorKind::Config, what))
        }
    }
}

fn performance(purpose: Purpose) -> PerformanceConfig {
    PerformanceConfig {
        default_command_timeout: COMMAND_TIMEOUT,
        broadcast_channel_capacity: if purpose == Purpose::Inboxes { MESSAGES_MAX } else { 32 },
        ..PerformanceConfig::default()
    }
}

fn connection() -> ConnectionConfig {
    ConnectionConfig {
        connection_timeout: CONNECT_TIMEOUT,
        internal_command_timeout: CONNECT_TIMEOUT,
        max_command_attempts: 1,
        max_redirections: 1,
        max_command_buffer_len: COMMANDS_MAX,
        // The heartbeat does this: the library's check begins anew with every write.
        unresponsive: UnresponsiveConfig::default(),
        tcp: TcpConfig {
            nodelay: Some(true),
            ..TcpConfig::default()
        },
        ..ConnectionConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_or_silent_server_is_refused_by_name() {
        assert!(check_version(Some(7)).is_ok() && check_version(Some(8)).is_ok());
        let old = check_version(Some(6)).unwrap_err();
        assert_eq!(old.details(), "it is version 6, and at least version 7 is needed");
        assert!(check_version(None).unwrap_err().details().contains("INFO"));
    }
}
