//! The session of one player on this node: owns the channels of its streams and reads the log for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Reply, Timer};
use tiltyard_db::Result;
use tiltyard_db::durable::Events;
use tiltyard_db::durable::events::EventPage;
use tiltyard_protocol::{EventId, EventSeq, PlayerEvent, PlayerId, limits};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::Frame;
use super::streams::{Effect, LogEnds, StreamId, Streams};
use crate::CommandError;
use crate::health::{DATABASE, Health};
use crate::stop::Stop;

/// Time without a stream after which a session ends.
const IDLE: Duration = Duration::from_secs(30);

/// A client's way to its stream.
pub(crate) type Attached = std::result::Result<mpsc::Receiver<Frame>, CommandError>;

/// What a session is told.
pub(crate) enum Msg {
    Attach {
        after: Option<EventId>,
        reply: Reply<Attached>,
    },
    /// The ends of the log, for a stream that is about to open.
    Ends {
        after: Option<EventId>,
        reply: Reply<Attached>,
        ends: Result<LogEnds>,
    },
    Event {
        seq: EventSeq,
        event: PlayerEvent,
    },
    Head(EventSeq),
    Page(StreamId, Result<EventPage>),
    Room(StreamId),
    Closed(StreamId),
    Idle,
}

/// The way to one stream. Dropping it ends every wait for the stream, so that nothing here keeps its channel open.
struct Channel {
    frames: mpsc::Sender<Frame>,
    stop: Stop,
}

/// The session of one player.
pub(crate) struct Session {
    player: PlayerId,
    events: Arc<dyn Events>,
    health: Health,
    streams: Streams,
    channels: BTreeMap<StreamId, Channel>,
    /// Streams that are about to open.
    opening: usize,
    next_stream: StreamId,
    idle: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("session", 256)
}

impl Session {
    pub(crate) fn new(player: PlayerId, events: Arc<dyn Events>, health: Health) -> Self {
        Self {
            player,
            events,
            health,
            streams: Streams::default(),
            channels: BTreeMap::new(),
            next_stream: 0,
            opening: 0,
            idle: None,
        }
    }

    fn attach(&mut self, after: Option<EventId>, reply: Reply<Attached>, ctx: &mut Ctx<Msg>) {
        self.idle = None;
        self.opening += 1;
        let (events, player, health) = (Arc::clone(&self.events), self.player, self.health.clone());
        let ends = async move { health.note(DATABASE, log_ends(events.as_ref(), player).await) };
        ctx.pipe(ends, move |ends| Msg::Ends { after, reply, ends });
    }

    fn open(&mut self, after: Option<EventId>, reply: Reply<Attached>, ends: Result<LogEnds>, ctx: &mut Ctx<Msg>) {
        self.opening -= 1;
        let ends = match ends {
            Ok(ends) if !ctx.is_draining() => ends,
            Ok(_) => return reply.send(Err(CommandError::Unavailable)),
            Err(error) => {
                self.rest(ctx);
                return reply.send(Err(CommandError::from(&error)));
            }
        };
        let (frames, receive) = mpsc::channel(limits::STREAM_FRAMES_MAX);
        let id = self.next_stream;
        self.next_stream += 1;
        let stop = Stop::default();
        let (gone, stopped) = (frames.clone(), stop.stopped());
        ctx.pipe(async move { stopped.unless(gone.closed()).await }, move |_| {
            Msg::Closed(id)
        });
        self.channels.insert(id, Channel { frames, stop });
        let effects = self.streams.open(id, after, ends);
        reply.send(Ok(receive));
        self.perform(effects, ctx);
    }

    fn perform(&mut self, effects: Vec<Effect>, ctx: &mut Ctx<Msg>) {
        let mut full = BTreeSet::new();
        for effect in effects {
            match effect {
                Effect::Send(id, frame) if !full.contains(&id) => {
                    if !self.send(id, frame, ctx) {
                        full.insert(id);
                    }
                }
                Effect::Send(..) => {}
                Effect::Read(id, after) if !full.contains(&id) => self.read(id, after, ctx),
                Effect::Read(..) => {}
                Effect::Close(id) => self.close(id, ctx),
            }
        }
    }

    /// Puts a frame into the stream's channel; says whether there was room.
    fn send(&mut self, id: StreamId, frame: Frame, ctx: &mut Ctx<Msg>) -> bool {
        let Some(channel) = self.channels.get(&id) else {
            return true;
        };
        match channel.frames.try_send(frame) {
            Ok(()) => true,
            // Its closing arrives as a message of its own.
            Err(TrySendError::Closed(_)) => true,
            Err(TrySendError::Full(frame)) => {
                if let Frame::Event { id: event, .. } = frame {
                    self.streams.full(id, EventSeq(event.seq.0 - 1));
                }
                // Room for a page, since a page is what is read next.
                let (frames, stopped) = (channel.frames.clone(), channel.stop.stopped());
                let room = async move {
                    stopped
                        .unless(frames.reserve_many(limits::EVENT_PAGE_MAX))
                        .await
                        .is_some()
                };
                ctx.pipe(room, move |_| Msg::Room(id));
                false
            }
        }
    }

    fn read(&self, id: StreamId, after: EventSeq, ctx: &mut Ctx<Msg>) {
        let (events, player, health) = (Arc::clone(&self.events), self.player, self.health.clone());
        let read = async move {
            let page = events.events_after(player, after, limits::EVENT_PAGE_MAX).await;
            health.note(DATABASE, page)
        };
        ctx.pipe(read, move |page| Msg::Page(id, page));
    }

    fn close(&mut self, id: StreamId, ctx: &mut Ctx<Msg>) {
        self.channels.remove(&id);
        self.streams.closed(id);
        self.rest(ctx);
    }

    /// Starts the idle time if there is nothing to do.
    fn rest(&mut self, ctx: &mut Ctx<Msg>) {
        let rests = self.streams.is_empty() && self.opening == 0 && !ctx.is_draining();
        self.idle = rests.then(|| ctx.after(IDLE, Msg::Idle));
    }
}

impl Actor for Session {
    type Msg = Msg;

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> std::result::Result<(), Failure> {
        match msg {
            Msg::Attach { after, reply } => self.attach(after, reply, ctx),
            Msg::Ends { after, reply, ends } => self.open(after, reply, ends, ctx),
            Msg::Event { seq, event } => {
                let effects = self.streams.event(seq, &event);
                self.perform(effects, ctx);
            }
            Msg::Head(head) => {
                let effects = self.streams.head(head);
                self.perform(effects, ctx);
            }
            Msg::Page(id, page) => {
                let effects = self.streams.page(id, page.ok());
                self.perform(effects, ctx);
            }
            Msg::Room(id) => {
                let effects = self.streams.room(id);
                self.perform(effects, ctx);
            }
            Msg::Closed(id) => self.close(id, ctx),
            Msg::Idle => ctx.stop(),
        }
        Ok(())
    }

    /// Says good-bye to every stream; the edge closes them, and the clients come back elsewhere.
    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.idle = None;
        for (_, channel) in std::mem::take(&mut self.channels) {
            // A stream without room is cut instead: its client has the same cursor either way.
            drop(channel.frames.try_send(Frame::Bye));
        }
    }
}

async fn log_ends(events: &dyn Events, player: PlayerId) -> Result<LogEnds> {
    let generation = events.generation().await?;
    let page = events.events_after(player, EventSeq(i64::MAX), 1).await?;
    Ok(LogEnds {
        generation,
        head: page.head,
        trimmed: page.trimmed,
    })
}
