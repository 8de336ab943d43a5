//! Wake-ups: a channel an inbox, all of a node's over one connection, read by one task and given to the readers here.

mod hint;
mod inboxes;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fred::clients::Client;
use fred::error::{Error, ErrorKind};
use fred::interfaces::{EventInterface, PubsubInterface};
use futures::future::try_join_all;
use tiltyard_db::Result;
use tiltyard_db::live::Wakeups;
use tiltyard_db::live::wakeups::{Inbox, Notice, Wakeup};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

pub(crate) use self::inboxes::Inboxes;
use crate::bounds::PARTS_MAX;
use crate::connection::{once, subscribe};
use crate::link::Session;
use crate::{RedisStore, metrics};

#[async_trait]
impl Wakeups for RedisStore {
    async fn publish(&self, wakeups: Vec<(Inbox, Wakeup)>) -> Result<()> {
        if wakeups.is_empty() {
            return Ok(());
        }
        let publish = async {
            let client = once(&self.commands.client()?, Duration::ZERO);
            for messages in hint::messages(&wakeups).chunks(PARTS_MAX) {
                let sends: Vec<_> = messages
                    .iter()
                    .map(|(inbox, message)| client.publish::<(), _, _>(self.keys.channel(inbox), message.clone()))
                    .collect();
                let sent = try_join_all(sends).await;
                sent.map_err(|error| self.failed(&error))?;
            }
            Ok(())
        };
        self.call("wakeups_publish", publish).await
    }

    async fn subscribe(&self, inbox: Inbox) -> Result<mpsc::Receiver<Notice>> {
        let channel = self.keys.channel(&inbox);
        let subscribe = async {
            let _one_at_a_time = self.subscribing.lock().await;
            let client = self.subscriptions.client()?;
            self.forget(&client, &channel).await;
            // The reader is there before the server knows the channel, so that nothing falls in between; and if the
            // connection ends meanwhile, the next one begins with the channel.
            let (reader, receiver) = self.inboxes.add(&channel)?;
            match connection_knows(&client, &channel).await {
                Ok(()) => Ok(receiver),
                Err(error) => {
                    self.inboxes.remove(&channel, reader);
                    // Whether the channel is subscribed to is unknown; a new connection begins with those that have readers.
                    self.subscriptions.renew();
                    Err(self.failed(&error))
                }
            }
        };
        self.call("wakeups_subscribe", subscribe).await
    }
}

async fn connection_knows(client: &Client, channel: &str) -> Result<(), Error> {
    subscribe(client, vec![channel.to_owned()]).await
}

impl RedisStore {
    /// Unsubscribes from channels that nobody reads any more, but for one that is about to be read.
    async fn forget(&self, client: &Client, but: &str) {
        let mut unread = self.inboxes.take_unread();
        unread.retain(|channel| channel != but);
        if unread.is_empty() {
            return;
        }
        let unsubscribed = once(client, Duration::ZERO).unsubscribe(unread).await;
        if let Err(error) = unsubscribed {
            // Its messages go on to come and are dropped, until the connection ends.
            tracing::debug!(%error, "an inbox without readers stays subscribed to");
        }
    }
}

/// The session of the connection that carries all inboxes.
pub(crate) struct Listening(Arc<Inboxes>);

impl Listening {
    pub(crate) const fn new(inboxes: Arc<Inboxes>) -> Self {
        Self(inboxes)
    }
}

impl Session for Listening {
    async fn serve(&self, client: &Client, up: impl FnOnce() + Send) -> Error {
        let mut messages = client.message_rx();
        if let Err(error) = subscribe(client, self.0.channels()).await {
            return error;
        }
        // Told after the subscriptions stand: what a reader then looks up includes all that was not sent to it.
        if self.0.lagged() > 0 {
            metrics::hints_lost("connection");
        }
        up();
        loop {
            match messages.recv().await {
                Ok(message) => {
                    let hints = message.value.as_bytes().and_then(hint::read);
                    self.0.publish(&message.channel, hints.unwrap_or_else(|| vec![None]));
                }
                Err(RecvError::Lagged(_)) => {
                    metrics::hints_lost("overflow");
                    self.0.lagged();
                }
                Err(RecvError::Closed) => return Error::new(ErrorKind::IO, "the connection was closed"),
            }
        }
    }
}
