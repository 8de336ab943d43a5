//! Condition trees as vectors in prefix order: a node, then its children one after the other.
//!
//! A tree of nested tables would leave its depth to whoever wrote the bytes. Here the depth is counted while
//! reading, and the verifier sees one flat vector.

use flatbuffers::Vector;
use tiltyard_protocol::generated::match_request as fb;
use tiltyard_protocol::generated::match_request::ConditionKind as Kind;
use tiltyard_sim::limits::{CONDITION_DEPTH_MAX, CONDITION_NODES_MAX};
use tiltyard_sim::{Condition, Role, StatusKind};

use super::decode::numbered;
use crate::error::Meaning;

/// Flattens a tree.
pub(super) fn encode(condition: &Condition) -> Vec<fb::Condition> {
    let mut nodes = Vec::new();
    push(condition, &mut nodes);
    nodes
}

fn push(condition: &Condition, nodes: &mut Vec<fb::Condition>) {
    let (kind, first, second) = fields(condition);
    nodes.push(fb::Condition::new(kind, first, second));
    for child in condition.children() {
        push(child, nodes);
    }
}

fn fields(condition: &Condition) -> (Kind, i32, i32) {
    match condition {
        Condition::Always => (Kind::Always, 0, 0),
        Condition::SelfHealthBelow(percent) => (Kind::SelfHealthBelow, *percent, 0),
        Condition::SelfHealthAbove(percent) => (Kind::SelfHealthAbove, *percent, 0),
        Condition::SelfEnergyAbove(percent) => (Kind::SelfEnergyAbove, *percent, 0),
        Condition::SelfHas(status) => (Kind::SelfHas, i32::from(*status as u8), 0),
        Condition::TargetHealthBelow(percent) => (Kind::TargetHealthBelow, *percent, 0),
        Condition::TargetHealthAbove(percent) => (Kind::TargetHealthAbove, *percent, 0),
        Condition::TargetHas(status) => (Kind::TargetHas, i32::from(*status as u8), 0),
        Condition::TargetRole(role) => (Kind::TargetRole, i32::from(*role as u8), 0),
        Condition::TargetCasting => (Kind::TargetCasting, 0, 0),
        Condition::TargetWithin(range) => (Kind::TargetWithin, *range, 0),
        Condition::EnemiesNearTarget { range, count } => (Kind::EnemiesNearTarget, *range, *count),
        Condition::EnemyHealthBelow(percent) => (Kind::EnemyHealthBelow, *percent, 0),
        Condition::EnemyCasting => (Kind::EnemyCasting, 0, 0),
        Condition::EnemiesWithin { range, count } => (Kind::EnemiesWithin, *range, *count),
        Condition::AlliesWithin { range, count } => (Kind::AlliesWithin, *range, *count),
        Condition::AlliesBelow { percent, count } => (Kind::AlliesBelow, *percent, *count),
        Condition::AllyHas(status) => (Kind::AllyHas, i32::from(*status as u8), 0),
        Condition::AlliesFallen(count) => (Kind::AlliesFallen, *count, 0),
        Condition::Outnumbered => (Kind::Outnumbered, 0, 0),
        Condition::TickAfter(tick) => (Kind::TickAfter, *tick, 0),
        Condition::FatigueBegun => (Kind::FatigueBegun, 0, 0),
        Condition::All(children) => (Kind::All, size(children), 0),
        Condition::Any(children) => (Kind::Any, size(children), 0),
        Condition::Not(_) => (Kind::Not, 0, 0),
    }
}

/// The number of children; one too large for the field is too large for every reader, too.
fn size(children: &[Condition]) -> i32 {
    i32::try_from(children.len()).unwrap_or(i32::MAX)
}

/// Rebuilds a tree.
pub(super) fn decode(nodes: Vector<'_, fb::Condition>) -> Result<Condition, Meaning> {
    if nodes.len() > CONDITION_NODES_MAX {
        return Err(Meaning::new("", "more conditions than a rule may have"));
    }
    let mut nodes = nodes.iter();
    let tree = read(&mut nodes, CONDITION_DEPTH_MAX)?;
    if nodes.next().is_some() {
        return Err(Meaning::new("", "more conditions than the tree holds"));
    }
    Ok(tree)
}

fn read<'a>(nodes: &mut impl Iterator<Item = &'a fb::Condition>, depth_left: usize) -> Result<Condition, Meaning> {
    let node = nodes
        .next()
        .ok_or_else(|| Meaning::new("", "fewer conditions than the tree needs"))?;
    let depth_left = depth_left
        .checked_sub(1)
        .ok_or_else(|| Meaning::new("", "conditions nested too deeply"))?;
    let condition = match node.kind() {
        Kind::All => Condition::All(children(nodes, node.first(), depth_left)?),
        Kind::Any => Condition::Any(children(nodes, node.first(), depth_left)?),
        Kind::Not => Condition::Not(Box::new(read(nodes, depth_left)?)),
        _ => leaf(node)?,
    };
    let (_, first, second) = fields(&condition);
    if (first, second) != (node.first(), node.second()) {
        return Err(Meaning::new("", "number where the condition has none"));
    }
    Ok(condition)
}

fn children<'a>(
    nodes: &mut impl Iterator<Item = &'a fb::Condition>,
    count: i32,
    depth_left: usize,
) -> Result<Vec<Condition>, Meaning> {
    if count < 0 {
        return Err(Meaning::new("", "negative number of conditions"));
    }
    (0..count).map(|_| read(nodes, depth_left)).collect()
}

fn leaf(node: &fb::Condition) -> Result<Condition, Meaning> {
    let (first, second) = (node.first(), node.second());
    let status = || numbered(StatusKind::ALL, first);
    Ok(match node.kind() {
        Kind::Always => Condition::Always,
        Kind::SelfHealthBelow => Condition::SelfHealthBelow(first),
        Kind::SelfHealthAbove => Condition::SelfHealthAbove(first),
        Kind::SelfEnergyAbove => Condition::SelfEnergyAbove(first),
        Kind::SelfHas => Condition::SelfHas(status()?),
        Kind::TargetHealthBelow => Condition::TargetHealthBelow(first),
        Kind::TargetHealthAbove => Condition::TargetHealthAbove(first),
        Kind::TargetHas => Condition::TargetHas(status()?),
        Kind::TargetRole => Condition::TargetRole(numbered(Role::ALL, first)?),
        Kind::TargetCasting => Condition::TargetCasting,
        Kind::TargetWithin => Condition::TargetWithin(first),
        Kind::EnemiesNearTarget => Condition::EnemiesNearTarget {
            range: first,
            count: second,
        },
        Kind::EnemyHealthBelow => Condition::EnemyHealthBelow(first),
        Kind::EnemyCasting => Condition::EnemyCasting,
        Kind::EnemiesWithin => Condition::EnemiesWithin {
            range: first,
            count: second,
        },
        Kind::AlliesWithin => Condition::AlliesWithin {
            range: first,
            count: second,
        },
        Kind::AlliesBelow => Condition::AlliesBelow {
            percent: first,
            count: second,
        },
        Kind::AllyHas => Condition::AllyHas(status()?),
        Kind::AlliesFallen => Condition::AlliesFallen(first),
        Kind::Outnumbered => Condition::Outnumbered,
        Kind::TickAfter => Condition::TickAfter(first),
        Kind::FatigueBegun => Condition::FatigueBegun,
        _ => return Err(Meaning::new("", "unknown number")),
    })
}
