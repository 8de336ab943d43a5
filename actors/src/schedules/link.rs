//! The links between a node and its stores: each call may be lost, late, doubled, or done and answered by an error. A node may
//! be frozen, which holds its calls, or dead, which lets none through.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tiltyard_db::{Result, StoreError};
use tiltyard_pairing::random::Random;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Steps kept for the report of a schedule that failed.
const TRACE_MAX: usize = 400;

/// A store as a link sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Durable,
    Live,
    Replays,
}

/// What a node's process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Awake,
    /// Nothing leaves it and nothing reaches it, and it does not know.
    Frozen,
    Dead,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    /// It gets through even if its caller is gone.
    Sent,
    Lost,
    /// Done, and answered by an error.
    Unknown,
    /// Answered by an error, and done afterwards.
    Late,
    /// Done twice, the second time after its answer.
    Twice,
}

/// Whether faults fall, and what has fallen.
pub(super) struct Weather {
    seed: u64,
    calm: Mutex<bool>,
    began: Instant,
    trace: Mutex<VecDeque<Step>>,
    /// Calls that go on without their callers.
    adrift: Mutex<JoinSet<()>>,
    /// The sum of all that was drawn: equal for equal runs.
    drawn: Mutex<u64>,
}

/// The seeded dice of one who draws. Everybody has dice of their own: who comes first within a millisecond changes nobody's luck.
#[derive(Clone)]
pub(super) struct Dice {
    pub(super) weather: Arc<Weather>,
    random: Arc<Mutex<Random>>,
}

/// One step of a schedule.
struct Step {
    at: Duration,
    node: usize,
    what: &'static str,
    how: String,
}

/// One node's way to the stores, in one life of its process.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) weather: Arc<Weather>,
    pub(super) dice: Dice,
    pub(super) node: usize,
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

/// What a link lets through.
struct State {
    life: Life,
    cut: Vec<Store>,
}

impl Weather {
    pub(super) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            seed,
            calm: Mutex::new(false),
            began: Instant::now(),
            trace: Mutex::default(),
            adrift: Mutex::default(),
            drawn: Mutex::default(),
        })
    }

    /// Makes the dice of one who draws.
    pub(super) fn dice(self: &Arc<Self>, owner: u64) -> Dice {
        let seed = Random::new(self.seed).bits() ^ Random::new(owner).bits().rotate_left(17);
        Dice {
            weather: Arc::clone(self),
            random: Arc::new(Mutex::new(Random::new(seed))),
        }
    }

    /// Ends the faults.
    pub(super) fn calm_down(&self) {
        *lock(&self.calm) = true;
    }

    pub(super) fn is_calm(&self) -> bool {
        *lock(&self.calm)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn drawn(&self) -> u64 {
        *lock(&self.drawn)
    }

    pub(super) fn note(&self, node: usize, what: &'static str, how: String) {
        let mut trace = lock(&self.trace);
        if trace.len() >= TRACE_MAX {
            trace.pop_front();
        }
        let at = self.elapsed();
        trace.push_back(Step { at, node, what, how });
    }

    /// Returns the last steps, the oldest first.
    pub(super) fn trace(&self) -> Vec<String> {
        lock(&self.trace).iter().map(ToString::to_string).collect()
    }

    /// Waits until no call goes on without its caller.
    pub(super) async fn settle(&self) {
        loop {
            let mut adrift = std::mem::take(&mut *lock(&self.adrift));
            if adrift.is_empty() {
                return;
            }
            while adrift.join_next().await.is_some() {}
        }
    }

    fn drift(&self, call: impl Future<Output = ()> + Send + 'static) {
        let mut adrift = lock(&self.adrift);
        while adrift.try_join_next().is_some() {}
        adrift.spawn(call);
    }
}

impl Dice {
    /// Draws a number under `limit`.
    pub(super) fn below(&self, limit: u32) -> u32 {
        let drawn = lock(&self.random).below(limit);
        let mut sum = lock(&self.weather.drawn);
        *sum = sum.wrapping_add(Random::new(u64::from(drawn)).bits());
        drawn
    }

    /// Says yes so often in a hundred.
    pub(super) fn percent(&self, chance: u32) -> bool {
        self.below(100) < chance
    }

    pub(super) fn millis(&self, from: u32, to: u32) -> Duration {
        Duration::from_millis(u64::from(from + self.below(to - from)))
    }

    fn fate(&self) -> Fate {
        match self.below(100) {
            _ if self.weather.is_calm() => Fate::Done,
            0..4 => Fate::Lost,
            4..8 => Fate::Unknown,
            8..11 => Fate::Late,
            11..14 => Fate::Twice,
            14..24 => Fate::Sent,
            _ => Fate::Done,
        }
    }

    /// Time that one way takes.
    pub(super) fn way(&self) -> Duration {
        match self.below(100) {
            _ if self.weather.is_calm() => Duration::from_millis(1),
            0..60 => Duration::ZERO,
            60..85 => self.millis(1, 5),
            85..97 => self.millis(5, 80),
            _ => self.millis(80, 1_500),
        }
    }
}

impl Link {
    /// Makes the link of a node in its `life`th process.
    pub(super) fn new(weather: Arc<Weather>, node: usize, life: u8) -> Self {
        let state = State {
            life: Life::Awake,
            cut: Vec::new(),
        };
        Self {
            dice: weather.dice(1_000 + 256 * node as u64 + u64::from(life)),
            weather,
            node,
            state: Arc::new(Mutex::new(state)),
            changed: Arc::default(),
        }
    }

    pub(super) fn set(&self, life: Life) {
        self.weather.note(self.node, "is", format!("{life:?}"));
        lock(&self.state).life = life;
        self.changed.notify_waiters();
    }

    /// Cuts the way to a store, or mends it.
    pub(super) fn cut(&self, store: Store, is_cut: bool) {
        let what = if is_cut { "loses" } else { "regains" };
        self.weather.note(self.node, what, format!("{store:?}"));
        let mut state = lock(&self.state);
        state.cut.retain(|other| *other != store);
        if is_cut {
            state.cut.push(store);
        }
    }

    pub(super) fn life(&self) -> Life {
        lock(&self.state).life
    }

    fn is_cut(&self, store: Store) -> bool {
        lock(&self.state).cut.contains(&store)
    }

    /// Waits while the node is frozen; for ever once it is dead.
    pub(super) async fn awake(&self) {
        while self.life() != Life::Awake {
            // Nobody else runs between the question and the wait.
            self.changed.notified().await;
        }
    }

    /// Makes a call as the weather lets it: `work` is what the store does, once each time it is asked.
    pub(super) async fn call<T, W, F>(&self, store: Store, what: &'static str, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: Fn() -> F + Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.awake().await;
        if self.is_cut(store) {
            sleep(Duration::from_millis(20)).await;
            return Err(StoreError::unavailable("simulated", "the link is cut"));
        }
        let (fate, there) = (self.dice.fate(), self.dice.way());
        // In calm one way takes all the time there is, which saves a timer.
        let back = if self.weather.is_calm() {
            Duration::ZERO
        } else {
            self.dice.way()
        };
        if fate != Fate::Done {
            self.weather.note(self.node, what, format!("{fate:?}"));
        }
        let answer = match fate {
            Fate::Done => {
                wait(there).await;
                let answer = work().await;
                wait(back).await;
                answer
            }
            Fate::Lost => self.patience().await,
            Fate::Unknown => {
                wait(there).await;
                drop(work().await);
                self.patience().await
            }
            Fate::Late => {
                let late = there + self.dice.millis(100, 4_000);
                self.weather.drift(async move {
                    sleep(late).await;
                    drop(work().await);
                });
                self.patience().await
            }
            Fate::Twice => {
                wait(there).await;
                let answer = work().await;
                let again = self.dice.millis(1, 2_000);
                self.weather.drift(async move {
                    sleep(again).await;
                    drop(work().await);
                });
                answer
            }
            Fate::Sent => {
                let (send, receive) = tokio::sync::oneshot::channel();
                self.weather.drift(async move {
                    wait(there).await;
                    drop(send.send(work().await));
                });
                let answer = receive.await;
                wait(back).await;
                answer.unwrap_or_else(|_gone| Err(timed_out(Duration::ZERO)))
            }
        };
        self.awake().await;
        answer
    }

    /// Waits for an answer that does not come.
    async fn patience<T>(&self) -> Result<T> {
        let patience = self.dice.millis(20, 1_000);
        sleep(patience).await;
        Err(timed_out(patience))
    }
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

fn timed_out(after: Duration) -> StoreError {
    StoreError::TimedOut {
        store: "simulated",
        after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, node, what, how } = self;
        write!(f, "{:>6} ms  node {node}  {what} {how}", at.as_millis())
    }
}
