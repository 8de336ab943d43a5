//! Verbs: what phrases are made of.

use tiltyard_protocol::generated::replay::{Aim, EventKind as WireKind};
use tiltyard_sim::{Event, EventKind, NO_SLOT, Slot};

/// A kind of event with its aim, and its amount if the kind's amounts repeat. It is one number, because looking a verb up
/// is comparing it: 8 bits of the kind, 7 of the aim, one that says whether there is an amount, 16 of the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Verb(u32);

impl Verb {
    /// Returns an event's verb; `before` is the target of the event before it in its phrase.
    #[inline]
    pub(super) fn of(event: &Event, before: Option<Slot>) -> Self {
        let amount = own_amount(event).map_or(0, |amount| 1 << 16 | u32::from(amount));
        Self(u32::from(event.kind as u8) << 24 | u32::from(aim(event, before).0) << 17 | amount)
    }

    pub(super) const fn kind(self) -> WireKind {
        WireKind(self.0.to_be_bytes()[0])
    }

    pub(super) const fn aim(self) -> Aim {
        Aim(self.0.to_be_bytes()[1] >> 1)
    }

    /// Returns one more than the amount, or 0 if it has none.
    pub(super) const fn amount(self) -> u32 {
        if self.has_amount() { (self.0 & 0xffff) + 1 } else { 0 }
    }

    pub(super) const fn has_amount(self) -> bool {
        self.0 & 1 << 16 != 0
    }
}

fn aim(event: &Event, before: Option<Slot>) -> Aim {
    match event.target {
        NO_SLOT => Aim::Nobody,
        target if before == Some(target) => Aim::Before,
        target if target == event.source => Aim::Source,
        _ => Aim::Listed,
    }
}

/// Returns the amount as a part of the verb, where amounts of the kind repeat from one event to the next. Which kinds
/// those are is a matter of size alone.
fn own_amount(event: &Event) -> Option<u16> {
    use EventKind as Kind;
    match event.kind {
        Kind::Damage
        | Kind::Critical
        | Kind::Heal
        | Kind::Absorb
        | Kind::ShieldGain
        | Kind::ShieldLoss
        | Kind::Interrupt
        | Kind::Stun
        | Kind::Slow
        | Kind::Root
        | Kind::Silence
        | Kind::StackCount
        | Kind::Energy
        | Kind::Displace
        | Kind::Projectile
        | Kind::Fatigue
        | Kind::Vanish
        | Kind::Resurrect => None,
        _ => u16::try_from(event.amount).ok(),
    }
}
