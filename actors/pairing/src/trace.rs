//! A recording of arrivals: one JSON object a line, in order of time, with pseudonyms for players.
//!
//! `{"event":"arrived","at_ms":0,"ticket":1,"player":7,"rating":1500.0,"spread":100,"widen_to":400}`
//! `{"event":"left","at_ms":900,"ticket":1,"why":"cancelled"}`

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

/// All fields of a line.
const FIELDS: [&str; 8] = [
    "event", "at_ms", "ticket", "player", "rating", "spread", "widen_to", "why",
];

/// Why a ticket left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its player took it back.
    Cancelled,
    /// Its time had passed.
    Expired,
    /// It met somebody; rules that are tried on the recording decide anew whether it does.
    Matched,
}

/// One line of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// A ticket was accepted.
    Arrived {
        /// Time since the recording began, in ms.
        at_ms: u64,
        /// The ticket's number in this recording.
        ticket: u64,
        /// The player's pseudonym: the same player has the same one throughout the recording, and only there.
        player: u64,
        /// Rating in points.
        rating: f64,
        /// Largest difference in rating, in points.
        spread: u16,
        /// Permission to widen the spread up to this many points.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        widen_to: Option<u16>,
    },
    /// A ticket left.
    Left {
        /// Time since the recording began, in ms.
        at_ms: u64,
        /// The ticket's number in this recording.
        ticket: u64,
        /// Why it left.
        why: Why,
    },
}

impl Line {
    /// Returns the line's time in ms.
    #[must_use]
    pub const fn at_ms(&self) -> u64 {
        match self {
            Self::Arrived { at_ms, .. } | Self::Left { at_ms, .. } => *at_ms,
        }
    }
}

/// What is wrong with a recording.
#[derive(Debug, Error)]
pub enum TraceError {
    /// A line is not what it should be.
    #[error("line {line} of the recording is not an arrival nor a departure{}", of_field(*.field))]
    Malformed {
        /// Number of the line, from 1.
        line: usize,
        /// The field at fault, if it is one.
        field: Option<&'static str>,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A line is earlier than the one before it.
    #[error("line {line} of the recording is earlier than the line before it; sort the recording by at_ms")]
    OutOfOrder {
        /// Number of the line, from 1.
        line: usize,
    },
}

/// Reads a recording; empty lines are ignored.
///
/// # Errors
/// The first line that is malformed or out of order.
pub fn parse(text: &str) -> Result<Vec<Line>, TraceError> {
    let mut lines = Vec::new();
    let mut before_ms = 0;
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let parsed: Line = serde_json::from_str(text).map_err(|source| TraceError::Malformed {
            line,
            field: field_at_fault(text),
            source,
        })?;
        if parsed.at_ms() < before_ms {
            return Err(TraceError::OutOfOrder { line });
        }
        before_ms = parsed.at_ms();
        lines.push(parsed);
    }
    Ok(lines)
}

/// Finds the field whose value is not of its kind, which the parser's message does not name.
fn field_at_fault(text: &str) -> Option<&'static str> {
    let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let points = |value: &Value| value.as_u64().is_some_and(|points| u16::try_from(points).is_ok());
    let wrong = |name: &&str| {
        fields.get(*name).is_some_and(|value| match *name {
            "rating" => !value.is_number(),
            "spread" => !points(value),
            "widen_to" => !value.is_null() && !points(value),
            "event" | "why" => !value.is_string(),
            _ => !value.is_u64(),
        })
    };
    FIELDS.into_iter().find(wrong)
}

fn of_field(field: Option<&'static str>) -> String {
    field.map(|field| format!(": field `{field}`")).unwrap_or_default()
}

/// Writes one line, without its end.
///
/// # Errors
/// A rating that is not a number, which JSON cannot say.
pub fn write(line: &Line) -> Result<String, serde_json::Error> {
    serde_json::to_string(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let lines = [
            Line::Arrived {
                at_ms: 0,
                ticket: 1,
                player: u64::MAX,
                rating: 1_500.25,
                spread: 100,
                widen_to: Some(400),
            },
            Line::Left {
                at_ms: 5,
                ticket: 1,
                why: Why::Expired,
            },
        ];
        let text = lines.each_ref().map(|line| write(line).unwrap()).join("\n\n");
        assert_eq!(parse(&text).unwrap(), lines);
    }

    #[test]
    fn a_bad_line_is_named() {
        let late = r#"{"event":"left","at_ms":9,"ticket":1,"why":"cancelled"}"#;
        let early = r#"{"event":"left","at_ms":8,"ticket":2,"why":"cancelled"}"#;
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error(&format!("{late}\n{early}")).starts_with("line 2 "));
        assert!(error(r#"{"event":"left","at_ms":9,"ticket":1,"why":"bored"}"#).starts_with("line 1 "));
        let wide = r#"{"event":"arrived","at_ms":9,"ticket":1,"player":1,"rating":1,"spread":70000}"#;
        assert!(error(wide).ends_with("field `spread`"), "{}", error(wide));
    }
}
