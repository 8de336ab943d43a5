//! Outcomes side by side, a column for each set of rules.

use tiltyard_pairing::simulation::Outcome;

use super::Tried;

type Cell = fn(&Outcome) -> String;

const ROWS: &[(&str, Cell)] = &[
    ("tickets", |outcome| outcome.tickets.to_string()),
    ("matched, %", |outcome| format!("{:.2}", outcome.matched_share * 100.0)),
    ("left before", |outcome| outcome.left.to_string()),
    ("still waiting", |outcome| outcome.waiting.to_string()),
    ("wait p50, ms", |outcome| format!("{:.0}", outcome.wait_ms.p50)),
    ("wait p95, ms", |outcome| format!("{:.0}", outcome.wait_ms.p95)),
    ("wait p99, ms", |outcome| format!("{:.0}", outcome.wait_ms.p99)),
    ("wait longest, ms", |outcome| format!("{:.0}", outcome.wait_ms.max)),
    ("gap mean, points", |outcome| format!("{:.2}", outcome.gap.mean)),
    ("gap p50, points", |outcome| format!("{:.2}", outcome.gap.p50)),
    ("gap p95, points", |outcome| format!("{:.2}", outcome.gap.p95)),
    ("gap p99, points", |outcome| format!("{:.2}", outcome.gap.p99)),
    ("oldest waiting, ms", |outcome| outcome.oldest_fixed_ms.to_string()),
    ("oldest widening, ms", |outcome| outcome.oldest_widening_ms.to_string()),
    ("mean tick, ms", |outcome| format!("{:.0}", outcome.tick_ms)),
];

/// Lays outcomes out as a table with aligned columns.
pub(super) fn of(tried: &[Tried<'_>]) -> String {
    let mut columns = vec![column("", ROWS.iter().map(|(name, _)| (*name).to_owned()))];
    columns.extend(tried.iter().map(|Tried { trial, outcome }| {
        let cells = ROWS.iter().map(|(_, cell)| cell(outcome));
        column(&trial.name, cells)
    }));
    let widths: Vec<_> = columns
        .iter()
        .map(|column| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: usize| {
        let mut cells = columns
            .iter()
            .zip(&widths)
            .map(|(column, width)| (&column[row], *width));
        let (name, width) = cells.next()?;
        let cells = cells.map(|(cell, width)| format!("  {cell:>width$}"));
        Some(format!("{name:<width$}{}", cells.collect::<String>()))
    };
    let lines: Vec<_> = (0..=ROWS.len()).filter_map(line).collect();
    lines.join("\n")
}

fn column(head: &str, cells: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(head.to_owned()).chain(cells).collect()
}
