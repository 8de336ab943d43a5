//! Processor time of other processes, as Linux counts it: in hundredths of a second.

use std::fs;
use std::time::Duration;

/// What `/proc/PID/stat` says of a process, times in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Of all its threads, the ended ones too.
    own: u64,
    /// Of its children that have ended and that it has waited for.
    ended_children: u64,
}

/// Returns the processor time of a process; none once it is gone.
pub(super) fn of(pid: u32) -> Duration {
    time(read(pid).unwrap_or_default().own)
}

/// Returns the processor time of a process and its children, the ended ones too.
pub(super) fn of_family(pid: u32) -> Duration {
    let parent = read(pid).unwrap_or_default();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let children = pids.filter_map(read).filter(|stat| stat.parent == pid);
    let living: u64 = children.map(|stat| stat.own).sum();
    time(parent.own + parent.ended_children + living)
}

fn read(pid: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads fields 4 and 14 to 17 of proc(5); the second, a name, may hold anything up to the last bracket.
fn parse(stat: &str) -> Option<Stat> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: field(14)? + field(15)?,
        ended_children: field(16)? + field(17)?,
    })
}

fn time(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_any_name() {
        let stat = "812 (post) gres) S 700 812 812 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 5";
        let read = Stat {
            parent: 700,
            own: 33,
            ended_children: 77,
        };
        assert_eq!(parse(stat), Some(read));
        assert_eq!(parse("812 (x"), None);
    }

    #[test]
    fn a_process_that_is_gone_has_spent_nothing() {
        assert_eq!(of(u32::MAX), Duration::ZERO);
    }
}
