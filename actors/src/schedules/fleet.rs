//! The nodes of a schedule, and what befalls them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tiltyard_protocol::BootId;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::link::{Dice, Life, Link, Store, lock};
use super::node::{Node, World};
use crate::system::tree::Handles;

/// The nodes.
pub(super) struct Fleet {
    pub(super) world: World,
    /// A place is empty while its process is down.
    places: Vec<Mutex<Option<Node>>>,
    lives: Mutex<u8>,
}

/// What befalls a node, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Freeze,
    Kill,
    Drain,
    Cut(Store),
    Flush,
}

impl Fleet {
    pub(super) async fn start(world: World, nodes: usize) -> Arc<Self> {
        let fleet = Arc::new(Self {
            world,
            places: (0..nodes).map(|_| Mutex::new(None)).collect(),
            lives: Mutex::new(0),
        });
        fleet.restart().await;
        fleet
    }

    /// Returns the addresses of some node that runs, frozen or not.
    pub(super) fn any(&self, dice: &Dice) -> Option<Handles> {
        let number = dice.below(self.places.len() as u32) as usize;
        lock(&self.places[number]).as_ref().map(|node| node.handles.clone())
    }

    /// Lets blows fall for a time, several at once.
    pub(super) async fn storm(self: &Arc<Self>, lasts: Duration) {
        let (weather, dice) = (&self.world.weather, self.world.weather.dice(1));
        let end = weather.elapsed() + lasts;
        let mut blows = JoinSet::new();
        while weather.elapsed() < end {
            sleep(dice.millis(50, 1_200)).await;
            let number = dice.below(self.places.len() as u32) as usize;
            let blow = match dice.below(100) {
                0..25 => Blow::Freeze,
                25..45 => Blow::Kill,
                45..53 => Blow::Drain,
                53..65 => Blow::Flush,
                65..80 => Blow::Cut(Store::Durable),
                80..95 => Blow::Cut(Store::Live),
                _ => Blow::Cut(Store::Replays),
            };
            let (fleet, lasts) = (Arc::clone(self), dice.millis(50, 4_000));
            blows.spawn(async move { fleet.strike(number, blow, lasts).await });
        }
        while blows.join_next().await.is_some() {}
    }

    async fn strike(&self, number: usize, blow: Blow, lasts: Duration) {
        let weather = &self.world.weather;
        let link = lock(&self.places[number]).as_ref().map(|node| node.link.clone());
        // A frozen process can be killed, and nothing else.
        let Some(link) = link.filter(|link| link.life() == Life::Awake || blow == Blow::Kill) else {
            return;
        };
        match blow {
            Blow::Flush => {
                weather.note(number, "sees the live store", "forget everything".to_owned());
                self.world.shared.flush();
            }
            Blow::Freeze => {
                link.set(Life::Frozen);
                sleep(lasts * 3 / 2).await;
                thaw(&link);
            }
            Blow::Cut(store) => {
                link.cut(store, true);
                sleep(lasts).await;
                link.cut(store, false);
            }
            Blow::Kill | Blow::Drain => {
                let node = lock(&self.places[number]).take();
                match node {
                    Some(node) if blow == Blow::Kill => node.kill().await,
                    Some(node) => node.drain().await,
                    None => return,
                }
                sleep(lasts).await;
                self.restart_one(number).await;
            }
        }
    }

    /// Ends the process of a life, if it runs.
    pub(super) async fn end_leader(&self, boot: BootId, by_kill: bool) {
        for place in &self.places {
            let is_it = lock(place).as_ref().is_some_and(|node| node.boot == boot);
            let node = if is_it { lock(place).take() } else { None };
            match node {
                Some(node) if by_kill => node.kill().await,
                Some(node) => node.drain().await,
                None => {}
            }
        }
    }

    /// Starts every process that is down.
    pub(super) async fn restart(&self) {
        for number in 0..self.places.len() {
            self.restart_one(number).await;
        }
    }

    async fn restart_one(&self, number: usize) {
        if lock(&self.places[number]).is_some() {
            return;
        }
        let life = {
            let mut lives = lock(&self.lives);
            *lives += 1;
            *lives
        };
        let node = Node::start(&self.world, number, life).await;
        *lock(&self.places[number]) = Some(node);
    }

    /// Says which nodes have lost an actor for good.
    pub(super) fn failed(&self) -> Vec<String> {
        let failed = self.places.iter().filter_map(|place| lock(place).as_ref()?.failed());
        failed.collect()
    }

    /// Ends all processes.
    pub(super) async fn end(&self) {
        for place in &self.places {
            let node = lock(place).take();
            if let Some(node) = node {
                node.kill().await;
            }
        }
    }
}

/// A process that was killed while it was frozen stays dead.
fn thaw(link: &Link) {
    if link.life() == Life::Frozen {
        link.set(Life::Awake);
    }
}
