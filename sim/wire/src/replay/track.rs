//! Waypoints of one unit: a piecewise linear path that stays within a tolerance of every simulated position.
//!
//! The swing filter (Elmeleegy et al., "Online piece-wise linear approximation of numerical streams", VLDB 2009), one
//! cone of slopes per axis from a common anchor. A waypoint must lie on a grid of [`STEP_CM`] counted from the keyframe, so the
//! latest grid point inside both cones is remembered; when a cone closes, that point becomes the next anchor and the
//! positions after it are fed again. Between two thoughts a unit walks straight and evenly, and the error of one
//! straight line against another is largest at the ends: only the last position of each such run is fed, and a tick
//! costs a unit that goes on as before one comparison, and one that stands nothing.

use tiltyard_sim::Position;

use super::column::{lace, lace_signed};
use super::{STEP_BITS, STEP_CM};

/// Twice the tolerance of an axis in centimetres. 6.5 cm, and half a centimetre of the reader's rounding, are 9.9 cm
/// on the diagonal: below the 10 cm that replays promise.
const TOLERANCE_TWICE: i64 = 13;
/// Ticks between two waypoints at most, which bounds the table of reciprocals.
const TICKS_MAX: u16 = u8::MAX as u16;
/// Ticks of one fed run at most, so that two of them seldom need more ticks than a waypoint may have.
const RUN_TICKS: u32 = 120;
/// Slopes are fixed-point numbers of half centimetres a tick with so many binary places.
const SLOPE_BITS: u32 = 32;
/// Bits between a slope times ticks and a number of steps.
const STEP_SHIFT: u32 = SLOPE_BITS + 1 + STEP_BITS;

/// `2^32 / ticks`, rounded down: a multiplication takes the place of four divisions a unit-tick. What rounding adds
/// over 255 ticks of the longest leap is below a hundredth of a centimetre.
const RECIPROCALS: [i64; TICKS_MAX as usize + 1] = {
    let mut table = [0; TICKS_MAX as usize + 1];
    let mut ticks = 1;
    while ticks < table.len() {
        table[ticks] = (1 << SLOPE_BITS) / ticks as i64;
        ticks += 1;
    }
    table
};

/// A unit's part of the waypoint column, without the number in front of it.
#[derive(Debug, Default)]
struct Rows {
    count: u32,
    laced: Vec<u8>,
    /// Ticks that the unit has stood since the last waypoint.
    wait: u32,
}

/// The slopes on one axis that keep within the tolerance of every position since the anchor.
#[derive(Clone, Copy, Debug)]
struct Cone {
    low: i64,
    high: i64,
}

impl Cone {
    const OPEN: Self = Self {
        low: i64::MIN,
        high: i64::MAX,
    };

    /// Keeps the slopes that also meet a point, `distance` centimetres from the anchor after `1 / reciprocal` ticks.
    fn narrowed(self, distance: i32, reciprocal: i64) -> Self {
        let twice = 2 * i64::from(distance);
        Self {
            low: self.low.max((twice - TOLERANCE_TWICE) * reciprocal),
            high: self.high.min((twice + TOLERANCE_TWICE) * reciprocal),
        }
    }

    /// Returns the number of steps inside the cone after `ticks` that comes nearest to the distance.
    fn steps(self, distance: i32, ticks: u16) -> Option<i32> {
        let ticks = i64::from(ticks);
        let low = (self.low * ticks + ((1 << STEP_SHIFT) - 1)) >> STEP_SHIFT;
        let high = (self.high * ticks) >> STEP_SHIFT;
        if low > high {
            return None;
        }
        i32::try_from(i64::from(nearest_steps(distance)).clamp(low, high)).ok()
    }
}

fn nearest_steps(distance: i32) -> i32 {
    (distance + STEP_CM / 2) >> STEP_BITS
}

/// A possible next waypoint, in steps from the anchor.
#[derive(Clone, Copy, Debug, Default)]
struct Candidate {
    ticks: u16,
    dx: i32,
    dy: i32,
}

/// The end of a straight and even run.
#[derive(Clone, Copy, Debug)]
struct Run {
    end: Position,
    ticks: u16,
}

/// How a unit goes on: the run under way, which is not fed yet.
#[derive(Debug)]
struct Gait {
    /// Where the unit is in the next tick if it neither turns nor stops.
    next: Position,
    /// Centimetres a tick.
    pace: Position,
    /// The tick at whose end the run began.
    since: u32,
}

impl Gait {
    const fn standing(at: Position, since: u32) -> Self {
        Self {
            next: at,
            pace: Position { x: 0, y: 0 },
            since,
        }
    }

    /// Returns the gait after a turn that brings the unit to a position by the end of a tick.
    const fn turned(&self, position: Position, tick: u32) -> Self {
        let last = self.ahead(-1);
        let pace = Position {
            x: position.x - last.x,
            y: position.y - last.y,
        };
        Self {
            next: Position {
                x: position.x + pace.x,
                y: position.y + pace.y,
            },
            pace,
            since: tick - 1,
        }
    }

    /// Returns where the unit is some ticks after the next one, or before it.
    const fn ahead(&self, ticks: i32) -> Position {
        Position {
            x: self.next.x + self.pace.x * ticks,
            y: self.next.y + self.pace.y * ticks,
        }
    }
}

/// The paths of all units within a segment, by slot.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    gaits: Vec<Gait>,
    tracks: Vec<Track>,
    /// Units whose gait is no standing, as bits.
    walking: u128,
}

impl Tracks {
    /// Adds a unit where it stands before the first tick.
    pub(super) fn add(&mut self, start: Position) {
        self.gaits.push(Gait::standing(start, 0));
        self.tracks.push(Track::new(start));
    }

    /// Takes the positions at the end of a tick, and the units that moved in it as bits.
    pub(super) fn push(&mut self, tick: u32, positions: &[Position], moved: u128) {
        let units = moved | self.walking;
        for (mut word, first) in [(units as u64, 0), ((units >> 64) as u64, 64)] {
            while word != 0 {
                self.look(first + word.trailing_zeros() as usize, tick, positions);
                word &= word - 1;
            }
        }
    }

    fn look(&mut self, unit: usize, tick: u32, positions: &[Position]) {
        let (gait, position) = (&mut self.gaits[unit], positions[unit]);
        if position == gait.next {
            gait.next = gait.ahead(1);
        } else {
            self.tracks[unit].walk(gait, tick - 1);
            *gait = gait.turned(position, tick);
            let stands = gait.next == position;
            self.walking = self.walking & !(1 << unit) | u128::from(!stands) << unit;
        }
    }

    /// Ends the segment with a tick: appends all units' waypoints to the column and starts over from the positions given,
    /// which are the new keyframe's.
    pub(super) fn finish(&mut self, tick: u32, positions: &[Position], column: &mut Vec<u8>) {
        let units = self.gaits.iter_mut().zip(&mut self.tracks).zip(positions);
        for ((gait, track), &position) in units {
            track.walk(gait, tick);
            *gait = Gait::standing(position, tick);
            track.finish(position, column);
        }
        self.walking = 0;
    }
}

/// The path of one unit within a segment.
#[derive(Debug)]
struct Track {
    anchor: Position,
    /// Ticks fed since the anchor.
    ticks: u16,
    x: Cone,
    y: Cone,
    candidate: Candidate,
    /// Runs after the candidate.
    pending: Vec<Run>,
    backlog: Vec<Run>,
    rows: Rows,
}

impl Track {
    fn new(start: Position) -> Self {
        Self {
            anchor: start,
            ticks: 0,
            x: Cone::OPEN,
            y: Cone::OPEN,
            candidate: Candidate::default(),
            pending: Vec::new(),
            backlog: Vec::new(),
            rows: Rows::default(),
        }
    }

    /// Feeds a run up to the end of a tick.
    fn walk(&mut self, gait: &Gait, tick: u32) {
        let mut left = tick - gait.since;
        while left > 0 {
            let ticks = left.min(RUN_TICKS);
            left -= ticks;
            let end = gait.ahead(-1 - left.cast_signed());
            // At most RUN_TICKS.
            self.extend(Run {
                end,
                ticks: ticks as u16,
            });
        }
    }

    /// Appends the waypoints to the column and starts over from the position given.
    fn finish(&mut self, keyframe: Position, column: &mut Vec<u8>) {
        while self.candidate.ticks > 0 {
            self.restart_from_candidate();
            self.replay_backlog();
        }
        lace(column, self.rows.count);
        column.extend_from_slice(&self.rows.laced);
        self.rows.clear();
        self.anchor = keyframe;
        self.reopen();
        self.pending.clear();
        self.backlog.clear();
    }

    fn extend(&mut self, run: Run) {
        if self.try_extend(run) {
            return;
        }
        self.restart_from_candidate();
        self.backlog.push(run);
        self.replay_backlog();
    }

    /// Narrows the cones by the end of one more run; false, and nothing changed, when a cone would close.
    fn try_extend(&mut self, run: Run) -> bool {
        let is_first = self.ticks == 0;
        let ticks = self.ticks + run.ticks;
        let Some(&reciprocal) = RECIPROCALS.get(usize::from(ticks)) else {
            return false;
        };
        let (distance_x, distance_y) = (run.end.x - self.anchor.x, run.end.y - self.anchor.y);
        let x = self.x.narrowed(distance_x, reciprocal);
        let y = self.y.narrowed(distance_y, reciprocal);
        if x.low > x.high || y.low > y.high {
            return false;
        }
        (self.ticks, self.x, self.y) = (ticks, x, y);
        let steps = if is_first {
            // Half a step is below the tolerance, so the first run always yields a candidate.
            Some((nearest_steps(distance_x), nearest_steps(distance_y)))
        } else {
            x.steps(distance_x, ticks).zip(y.steps(distance_y, ticks))
        };
        if let Some((dx, dy)) = steps {
            self.candidate = Candidate { ticks, dx, dy };
            self.pending.clear();
        } else {
            self.pending.push(run);
        }
        true
    }

    /// Makes the candidate the anchor and moves the runs after it to the backlog.
    fn restart_from_candidate(&mut self) {
        let candidate = self.candidate;
        self.rows.push(candidate);
        self.anchor.x += candidate.dx * STEP_CM;
        self.anchor.y += candidate.dy * STEP_CM;
        self.reopen();
        std::mem::swap(&mut self.pending, &mut self.backlog);
        self.pending.clear();
    }

    /// Feeds the backlog again; where a cone closes, it goes back to just after that waypoint.
    fn replay_backlog(&mut self) {
        let mut backlog = std::mem::take(&mut self.backlog);
        let mut index = 0;
        while let Some(&run) = backlog.get(index) {
            if self.try_extend(run) {
                index += 1;
            } else {
                index -= self.pending.len();
                self.restart_from_candidate();
            }
        }
        backlog.clear();
        self.backlog = backlog;
    }

    fn reopen(&mut self) {
        self.ticks = 0;
        (self.x, self.y) = (Cone::OPEN, Cone::OPEN);
        self.candidate = Candidate::default();
    }
}

impl Rows {
    /// Appends a waypoint. One on which the unit stands is a part of the wait before the next one, and nothing at the end.
    fn push(&mut self, waypoint: Candidate) {
        let Candidate { ticks, dx, dy } = waypoint;
        if (dx, dy) == (0, 0) {
            self.wait += u32::from(ticks);
            return;
        }
        self.count += 1;
        lace(&mut self.laced, std::mem::take(&mut self.wait));
        lace(&mut self.laced, u32::from(ticks));
        lace_signed(&mut self.laced, dx);
        lace_signed(&mut self.laced, dy);
    }

    /// Starts over; the memory is kept.
    fn clear(&mut self) {
        (self.count, self.wait) = (0, 0);
        self.laced.clear();
    }
}
