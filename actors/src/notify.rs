//! Tells the nodes that hold a player's streams of a new event. The log has it; a lost wake-up costs two seconds.

use tiltyard_db::durable::events::Appended;
use tiltyard_db::live::wakeups::{Inbox, Wakeup};
use tiltyard_protocol::{PlayerEvent, PlayerId};

use crate::health::{Health, LIVE};
use crate::{Deps, ignore_error};

/// Wakes the nodes of each event's player.
pub(crate) async fn publish(deps: &Deps, health: &Health, events: Vec<(Appended, PlayerEvent)>) {
    let players: Vec<_> = events.iter().map(|(appended, _)| appended.player).collect();
    let Ok(nodes) = health.note(LIVE, deps.live.presence.nodes_of(&players).await) else {
        return;
    };
    let wakeups: Vec<_> = events
        .into_iter()
        .zip(nodes)
        .flat_map(|((appended, event), nodes)| {
            nodes.into_iter().map(move |node| {
                let wakeup = Wakeup::Event {
                    player: appended.player,
                    seq: appended.seq,
                    event: event.clone(),
                };
                (Inbox::Node(node), wakeup)
            })
        })
        .collect();
    let sent = health.note(LIVE, deps.live.wakeups.publish(wakeups).await);
    ignore_error("a lost wake-up costs two seconds", sent);
}

/// Finds the event behind each place in the log; a statement stores at most one event per player and match.
pub(crate) fn with_events(appended: Vec<Appended>, events: &[(PlayerId, PlayerEvent)]) -> Vec<(Appended, PlayerEvent)> {
    let event_of = |player| {
        events
            .iter()
            .find(|(owner, _)| *owner == player)
            .map(|(_, event)| event.clone())
    };
    appended
        .into_iter()
        .filter_map(|appended| Some((appended, event_of(appended.player)?)))
        .collect()
}
