//! Plans as `auto_explain` logs them.

use serde_json::Value;

/// The plan of one statement that was run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) query: String,
    /// How long it took.
    pub(crate) ms: f64,
    /// Blocks that it touched, those of statements inside of functions included.
    pub(crate) blocks: u64,
    root: Value,
}

/// A node that reads a table.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) table: String,
    pub(crate) kind: String,
    /// Rows that it returned or threw away, over all its repetitions.
    pub(crate) rows: u64,
    pub(crate) loops: u64,
    pub(crate) blocks: u64,
}

/// Reads the plans of a log; a continued line of it begins with a tab.
pub(crate) fn read(log: &str) -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(ms) = line.strip_suffix(" ms  plan:").and_then(|line| line.rsplit(' ').next()) else {
            continue;
        };
        let mut text = String::new();
        while let Some(more) = lines.next_if(|more| more.starts_with('\t')) {
            text.push_str(&more[1..]);
            text.push('\n');
        }
        let mut entry: Value = serde_json::from_str(&text).unwrap();
        let root = entry["Plan"].take();
        plans.push(Plan {
            ms: ms.parse().unwrap(),
            query: entry["Query Text"].as_str().unwrap().to_owned(),
            blocks: blocks(&root),
            root,
        });
    }
    plans
}

impl Plan {
    /// Returns every node that reads a table.
    pub(crate) fn scans(&self) -> impl Iterator<Item = Scan> {
        let mut scans = Vec::new();
        collect(&self.root, &mut scans);
        scans.into_iter()
    }
}

fn collect(node: &Value, scans: &mut Vec<Scan>) {
    let kind = node["Node Type"].as_str().unwrap();
    if let (Some(table), false) = (node["Relation Name"].as_str(), kind == "ModifyTable") {
        let once = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"];
        let rows: u64 = once.iter().map(|name| number(node, name)).sum();
        let loops = number(node, "Actual Loops");
        scans.push(Scan {
            table: table.to_owned(),
            kind: kind.to_owned(),
            rows: rows * loops,
            loops,
            blocks: blocks(node),
        });
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        collect(child, scans);
    }
}

fn blocks(node: &Value) -> u64 {
    number(node, "Shared Hit Blocks") + number(node, "Shared Read Blocks")
}

/// Reads a number that a node has or, if it is nothing, may lack.
fn number(node: &Value, name: &str) -> u64 {
    let value = node[name].as_f64().unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of rows and blocks"
    )]
    let number = value.ceil() as u64;
    number
}
