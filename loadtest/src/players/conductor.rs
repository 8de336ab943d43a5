//! The conductor: starts the players together, counts matches, stops them, and keeps the accounts.

use std::sync::Arc;
use std::time::Duration;

use indicatif::ProgressBar;
use tiltyard_actor_kit::{Actor, Addr, Ctx, Exit, Failure, Kind, Reply, Timer};
use tokio::time::Instant;

use super::cast::Cast;
use super::core::Input;
use super::note::{Note, Totals};
use super::player;
use super::referee::Referee;
use super::report::{Breaches, Tally, Waits};
use crate::breach::{Breach, Check};

/// Orders that may wait at a player: there are three.
const PLAYER_MAILBOX: usize = 16;
/// Time for players to hand in their figures when the time is up.
const GRACE: Duration = Duration::from_secs(5);

/// What the conductor is told.
#[derive(Debug)]
pub(crate) enum Msg {
    /// Asks for the outcome; answered at the end.
    WhenDone(Reply<Tally>),
    /// A player's news.
    Note { seat: usize, note: Note },
    /// A player's actor ended.
    Ended { seat: usize, exit: Exit },
    /// Whoever decides how long the run is has had enough.
    Told,
    /// The run has taken as long as it may.
    TimeUp,
    /// Players have had their time to hand in.
    GraceOver,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Preparing,
    Ready,
    /// Handed in, or dead.
    Settled,
}

/// The conductor.
#[derive(Debug)]
pub(crate) struct Conductor {
    cast: Arc<Cast>,
    bar: ProgressBar,
    players: Vec<(Addr<player::Msg>, Standing)>,
    referee: Referee,
    breaches: Breaches,
    waits: Waits,
    totals: Totals,
    began: Option<Instant>,
    /// Matches seen, and the time it took, once there were enough.
    window: Option<(usize, Duration)>,
    timers: Vec<Timer>,
    asked: Option<Reply<Tally>>,
    outcome: Option<Tally>,
}

impl Conductor {
    pub(crate) fn new(cast: Arc<Cast>, bar: ProgressBar, waits: Waits) -> Self {
        Self {
            cast,
            bar,
            players: Vec::new(),
            referee: Referee::default(),
            breaches: Breaches::default(),
            waits,
            totals: Totals::default(),
            began: None,
            window: None,
            timers: Vec::new(),
            asked: None,
            outcome: None,
        }
    }

    fn note(&mut self, seat: usize, note: Note) {
        match note {
            Note::Ready(player) => {
                self.referee.know(player);
                self.stand(seat, Standing::Ready);
                self.maybe_go();
            }
            Note::Result { player, event, latency } => {
                if let Some(latency) = latency {
                    self.waits.record(latency);
                }
                let found = self.referee.result(player, event);
                self.add(&found);
                self.bar.set_position(self.referee.matches() as u64);
                self.maybe_stop();
            }
            Note::Record(view) => {
                let found = self.referee.record(view);
                self.add(&found);
            }
            Note::Breach(breach) => self.breaches.add(&breach),
            Note::Final(totals) => {
                self.totals.add(totals);
                self.settle(seat);
            }
        }
    }

    fn ended(&mut self, seat: usize, exit: &Exit) {
        if self
            .players
            .get(seat)
            .is_some_and(|(_, standing)| *standing != Standing::Settled)
        {
            let detail = format!("player {seat} ended without its figures: {exit:?}");
            self.breaches.add(&Breach::new(Check::Harness, detail));
            self.settle(seat);
        }
    }

    fn settle(&mut self, seat: usize) {
        self.stand(seat, Standing::Settled);
        self.maybe_go();
        if self.players.iter().all(|(_, standing)| *standing == Standing::Settled) {
            self.finish();
        }
    }

    /// Gives the word as soon as nobody prepares any more: the clock starts here.
    fn maybe_go(&mut self) {
        let preparing = self
            .players
            .iter()
            .any(|(_, standing)| *standing == Standing::Preparing);
        if self.began.is_none() && !preparing {
            self.began = Some(Instant::now());
            self.order(|| Input::Go);
        }
    }

    fn maybe_stop(&mut self) {
        if self.cast.stop.is_none() && self.referee.matches() >= self.cast.matches {
            self.stop();
        }
    }

    fn stop(&mut self) {
        if self.window.is_none() {
            self.window = Some((self.referee.matches(), self.elapsed()));
            self.order(|| Input::Stop);
        }
    }

    fn time_up(&mut self, ctx: &mut Ctx<Msg>) {
        self.order(|| Input::Quit);
        self.timers.push(ctx.after(GRACE, Msg::GraceOver));
    }

    fn grace_over(&mut self) {
        let silent = self
            .players
            .iter()
            .filter(|(_, standing)| *standing != Standing::Settled)
            .count();
        if silent > 0 {
            let detail = format!("{silent} players did not hand in their figures");
            self.breaches.add(&Breach::new(Check::Harness, detail));
        }
        self.finish();
    }

    /// Makes up the accounts, once.
    fn finish(&mut self) {
        if self.outcome.is_some() {
            return;
        }
        let matches = self.referee.matches();
        if matches < self.cast.matches {
            let detail = format!("{matches} of {} matches were seen", self.cast.matches);
            self.breaches.add(&Breach::new(Check::Unfinished, detail));
        }
        let untold = self.referee.close();
        self.add(&untold);
        let window = self.window.unwrap_or_else(|| (matches, self.elapsed()));
        let (breaches, waits, totals) = (self.breaches.clone(), self.waits.clone(), self.totals);
        self.outcome = Some(Tally {
            matches,
            window,
            breaches,
            waits,
            totals,
        });
        self.timers.clear();
        self.hand_over();
    }

    fn hand_over(&mut self) {
        if self.outcome.is_some()
            && let Some(asked) = self.asked.take()
            && let Some(outcome) = self.outcome.take()
        {
            self.bar.finish_and_clear();
            asked.send(outcome);
        }
    }

    /// Gives every player an order. One that is gone has settled or is about to be missed.
    fn order(&self, order: impl Fn() -> Input) {
        for (player, standing) in &self.players {
            if *standing != Standing::Settled {
                drop(player.tell(player::Msg::input(order())));
            }
        }
    }

    fn stand(&mut self, seat: usize, standing: Standing) {
        if let Some(player) = self.players.get_mut(seat) {
            player.1 = standing;
        }
    }

    fn add(&mut self, found: &[Breach]) {
        found.iter().for_each(|breach| self.breaches.add(breach));
    }

    fn elapsed(&self) -> Duration {
        self.began.map(|began| began.elapsed()).unwrap_or_default()
    }
}

impl Actor for Conductor {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        let kind = Kind::new("player", PLAYER_MAILBOX);
        for seat in 0..self.cast.players {
            let player = self.cast.player(seat, ctx.addr());
            let addr = ctx.spawn(&kind, player, move |exit| Msg::Ended { seat, exit });
            self.players.push((addr, Standing::Preparing));
        }
        self.timers.push(ctx.after(self.cast.timeout, Msg::TimeUp));
        if let Some(mut stop) = self.cast.stop.clone() {
            // A sender that is gone cannot say more than one that has spoken.
            ctx.pipe(async move { stop.changed().await.is_ok() }, |_spoken| Msg::Told);
        }
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::WhenDone(asked) => {
                self.asked = Some(asked);
                self.hand_over();
            }
            Msg::Note { seat, note } => self.note(seat, note),
            Msg::Ended { seat, exit } => self.ended(seat, &exit),
            Msg::Told => self.stop(),
            Msg::TimeUp => self.time_up(ctx),
            Msg::GraceOver => self.grace_over(),
        }
        Ok(())
    }
}
