//! What holds for the schedule of any seed.

use std::collections::BTreeMap;

use super::*;

/// Rounds of a run of ten minutes.
const TEN_MINUTES: usize = 30;
/// Seeds that each property is held against.
const SEEDS: std::ops::Range<u64> = 0..200;

fn counted(plan: &Plan) -> BTreeMap<Kind, usize> {
    let mut counted = BTreeMap::new();
    for fault in plan.faults() {
        *counted.entry(fault.kind).or_default() += 1;
    }
    counted
}

#[test]
fn a_seed_decides_the_schedule() {
    for seed in SEEDS {
        assert_eq!(Plan::new(seed, 5, &[]), Plan::new(seed, 5, &[]));
        assert_ne!(Plan::new(seed, 5, &[]).rounds, Plan::new(seed + 1, 5, &[]).rounds);
        // A longer run begins as a shorter one of the same seed.
        assert_eq!(Plan::new(seed, 5, &[]).rounds, Plan::new(seed, 9, &[]).rounds[..5]);
    }
}

#[test]
fn ten_minutes_have_faults_enough_of_every_kind() {
    assert_eq!(Plan::rounds_in(Duration::from_secs(600)), TEN_MINUTES);
    for seed in SEEDS {
        let plan = Plan::new(seed, TEN_MINUTES, &[]);
        let counted = counted(&plan);
        // A third more than promised: not every fault will be observed.
        assert!(plan.faults().count() >= 400, "{seed}");
        assert!(counted[&Kind::LeaderKill] >= 30, "{seed}");
        let freezes: usize = counted
            .iter()
            .filter(|(kind, _)| kind.is_freeze())
            .map(|(_, n)| n)
            .sum();
        assert!(
            freezes >= 40 && counted[&Kind::LeaderFreeze] >= 15,
            "{seed}: {counted:?}"
        );
        for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::BucketLoses) {
            assert!(
                counted.get(kind).is_some_and(|n| *n >= 5),
                "{seed}: {kind:?} in {counted:?}"
            );
        }
        let mut points: Vec<_> = plan.faults().filter_map(|fault| fault.point).collect();
        points.sort_unstable();
        points.dedup();
        assert_eq!(points.len(), CRASH_POINTS.len(), "{seed}: {points:?}");
    }
}

#[test]
fn faults_of_a_lane_follow_one_another_within_the_round() {
    for seed in SEEDS {
        for lane in Plan::new(seed, 4, &[]).rounds.iter().flatten() {
            let mut free_ms = 0;
            for fault in lane {
                assert!(fault.start_ms >= free_ms, "{seed}: {fault:?}");
                free_ms = fault.start_ms + fault.length_ms;
            }
            assert!(free_ms <= millis(FAULTS), "{seed}: {lane:?}");
        }
    }
}

#[test]
fn a_fault_is_done_to_whom_it_can_be_done_to() {
    for fault in SEEDS.flat_map(|seed| Plan::new(seed, 4, &[]).rounds.concat().concat()) {
        let fits = match (fault.kind.name().split('_').next(), fault.target) {
            (Some("leader"), target) => target == Target::Leader,
            (Some("gateway"), Target::Node(node)) => node.role() == Role::Gateway,
            (Some("sim"), Target::Node(node)) => node.role() == Role::Sim,
            (Some("link"), Target::Link(node, peer)) => node.peers().contains(&peer),
            (Some("redis" | "lease"), target) => target == Target::Service(Peer::Redis),
            (Some("postgres" | "backend" | "tables" | "connections"), target) => {
                target == Target::Service(Peer::Postgres)
            }
            (Some("bucket"), target) => target == Target::Service(Peer::Bucket),
            _ => false,
        };
        assert!(fits, "{fault:?}");
        let point = fault
            .point
            .map(|name| CRASH_POINTS.iter().find(|point| point.0 == name).unwrap().1);
        let role = match fault.kind {
            Kind::GatewayCrash => Some(Role::Gateway),
            Kind::LeaderCrash => Some(Role::Matchmaker),
            Kind::SimCrash => Some(Role::Sim),
            _ => None,
        };
        assert_eq!(point, role, "{fault:?}");
    }
}

#[test]
fn a_part_of_a_schedule_stands_where_it_stood() {
    let whole = Plan::new(7, 6, &[]);
    let only = [Kind::LeaderKill, Kind::RedisStall];
    let part: Vec<_> = Plan::new(7, 6, &only).faults().cloned().collect();
    let expected: Vec<_> = whole
        .faults()
        .filter(|fault| only.contains(&fault.kind))
        .cloned()
        .collect();
    assert!(!part.is_empty());
    assert_eq!(part, expected);
    assert!(whole.faults().all(|fault| fault.kind != Kind::BucketLoses));
    let loses = Plan::new(7, 6, &[Kind::BucketLoses]);
    assert!(loses.faults().count() > 0);
}

#[test]
fn names_are_found_again() {
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.name()), Some(*kind));
    }
    assert_eq!(Kind::named("nothing"), None);
    assert_eq!(Plan::rounds_in(Duration::ZERO), 1);
    assert_eq!(Plan::rounds_in(Duration::from_secs(61)), 4);
}
