//! Entries of a job stream: what they hold, how they are named, and how an answer is read.

use bytes::Bytes;
use fred::types::Value;
use tiltyard_db::live::jobs::{Delivery, Job, JobDepth, Program, Receipt};
use tiltyard_protocol::MatchId;

/// Names an entry and the match in it. Its receipt is `rules version/entry/match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) match_id: MatchId,
}

impl Entry {
    /// Reads a receipt; one of another stream, time or form is none.
    pub(super) fn of_receipt(receipt: &Receipt, rules_version: u32) -> Option<Self> {
        let mut parts = receipt.0.split('/');
        let (version, id, match_id) = (parts.next()?, parts.next()?, parts.next()?);
        let (millis, number) = id.split_once('-')?;
        let is_id = millis.parse::<u64>().is_ok() && number.parse::<u64>().is_ok();
        let is_here = version.parse() == Ok(rules_version) && parts.next().is_none();
        (is_id && is_here).then_some(())?;
        Some(Self {
            id: id.to_owned(),
            match_id: match_id.parse().ok()?,
        })
    }

    fn receipt(&self, rules_version: u32) -> Receipt {
        Receipt(format!("{rules_version}/{}/{}", self.id, self.match_id))
    }
}

/// An entry as it was read, which may not be one of ours.
pub(super) struct Read {
    id: String,
    deliveries: u32,
    fields: Vec<Value>,
}

impl Read {
    /// Turns the entry into a delivery.
    ///
    /// # Errors
    /// Returns the entry if it holds no job.
    pub(super) fn delivery(self, rules_version: u32) -> Result<Delivery, Entry> {
        let match_id = self.field(b"m").and_then(|bytes| <[u8; 16]>::try_from(&*bytes).ok());
        let entry = Entry {
            id: self.id.clone(),
            match_id: MatchId::from_bytes(match_id.unwrap_or_default()),
        };
        let Some((match_id, request)) = match_id.map(MatchId::from_bytes).zip(self.field(b"r")) else {
            return Err(entry);
        };
        Ok(Delivery {
            job: Job {
                match_id,
                rules_version,
                request,
            },
            deliveries: self.deliveries,
            receipt: entry.receipt(rules_version),
        })
    }

    fn field(&self, name: &[u8]) -> Option<Bytes> {
        let mut pairs = self.fields.chunks_exact(2);
        let pair = pairs.find(|pair| pair[0].as_bytes() == Some(name))?;
        pair[1].clone().into_bytes()
    }
}

/// Reads what `XREADGROUP` answers: nothing, or the one stream with its entries.
pub(super) fn taken(answer: Value) -> Option<Vec<Read>> {
    if answer.is_null() {
        return Some(Vec::new());
    }
    let stream = array(answer)?.pop()?;
    let entries = array(array(stream)?.pop()?)?;
    let read = |entry| {
        let [id, fields] = <[Value; 2]>::try_from(array(entry)?).ok()?;
        read(id, 1, fields)
    };
    entries.into_iter().map(read).collect()
}

/// Reads what `jobs_claim.lua` answers.
pub(super) fn claimed(answer: Value) -> Option<Vec<Read>> {
    let claimed = |entry| {
        let [id, deliveries, fields] = <[Value; 3]>::try_from(array(entry)?).ok()?;
        read(id, u32::try_from(deliveries.as_u64()?).unwrap_or(u32::MAX), fields)
    };
    array(answer)?.into_iter().map(claimed).collect()
}

/// Reads what `jobs_depth.lua` answers.
pub(super) fn depth(answer: Value) -> Option<JobDepth> {
    let [waiting, delivered] = <[Value; 2]>::try_from(array(answer)?).ok()?;
    Some(JobDepth {
        waiting: usize::try_from(waiting.as_u64()?).ok()?,
        delivered: usize::try_from(delivered.as_u64()?).ok()?,
    })
}

/// Writes a program as `rules version, engine, generator`, a line each.
pub(super) fn program_text(program: &Program) -> String {
    let Program {
        rules_version,
        engine,
        rng,
    } = program;
    format!("{rules_version}\n{engine}\n{rng}")
}

/// Reads what `jobs_attended.lua` answers.
pub(super) fn programs(answer: Value) -> Option<Vec<Program>> {
    let program = |text: Value| {
        let text = text.into_string()?;
        let mut lines = text.split('\n');
        let program = Program {
            rules_version: lines.next()?.parse().ok()?,
            engine: lines.next()?.to_owned(),
            rng: lines.next()?.to_owned(),
        };
        lines.next().is_none().then_some(program)
    };
    let mut programs = array(answer)?.into_iter().map(program).collect::<Option<Vec<_>>>()?;
    programs.sort_unstable();
    Some(programs)
}

fn read(id: Value, deliveries: u32, fields: Value) -> Option<Read> {
    Some(Read {
        id: id.into_string()?,
        deliveries,
        // The fields of an entry that was deleted meanwhile are nothing.
        fields: array(fields).unwrap_or_default(),
    })
}

fn array(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_back_for_its_own_stream_only() {
        let entry = Entry {
            id: "1700000000000-3".to_owned(),
            match_id: MatchId::from_bytes([7; 16]),
        };
        let receipt = entry.receipt(4);
        assert_eq!(Entry::of_receipt(&receipt, 4), Some(entry));
        assert_eq!(Entry::of_receipt(&receipt, 5), None);
        for strange in ["", "4", "4/1-1", "4/x-1/m", "4/1-1/m", "4//"] {
            assert_eq!(Entry::of_receipt(&Receipt(strange.to_owned()), 4), None, "{strange}");
        }
    }

    #[test]
    fn programs_are_read_back_in_order() {
        let program = |rules_version| Program {
            rules_version,
            engine: "0.1.0".to_owned(),
            rng: "pcg64 of somebody".to_owned(),
        };
        let text = |of: &Program| Value::from(program_text(of));
        let answer = Value::Array(vec![text(&program(10)), text(&program(9))]);
        assert_eq!(programs(answer), Some(vec![program(9), program(10)]));
        for strange in ["", "9", "9\na", "x\na\nb", "9\na\nb\nc"] {
            assert_eq!(programs(Value::Array(vec![strange.into()])), None, "{strange:?}");
        }
    }

    #[test]
    fn strange_answers_and_entries_are_seen() {
        assert!(taken(Value::Null).unwrap().is_empty());
        assert!(taken(Value::Integer(1)).is_none());
        assert!(claimed(Value::Null).is_none());
        let entry = |fields: Vec<Value>| Read {
            id: "1-1".to_owned(),
            deliveries: 1,
            fields,
        };
        assert!(entry(Vec::new()).delivery(1).is_err());
        assert!(
            entry(vec!["m".into(), "short".into(), "r".into(), "x".into()])
                .delivery(1)
                .is_err()
        );
        let id = Value::Bytes(Bytes::from_static(&[200; 16]));
        assert!(entry(vec!["m".into(), id, "r".into(), "x".into()]).delivery(1).is_ok());
    }
}
