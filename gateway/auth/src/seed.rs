//! Seeds of signing keys: 32 secret bytes, in a key file 64 hexadecimal digits a line.

use crate::KEYS_MAX;

/// The secret from which a key pair follows. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(pub(crate) [u8; 32]);

impl Seed {
    /// Wraps 32 secret bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(redacted)")
    }
}

/// What is wrong with a key file. Names lines, never their content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedsError {
    /// A line is not a seed.
    #[error("line {line} is not 64 hexadecimal digits")]
    Line {
        /// Which, from 1.
        line: usize,
    },
    /// No seed, or more than [`KEYS_MAX`].
    #[error("a key file has 1 to {KEYS_MAX} keys, this one has {found}")]
    Count {
        /// How many there are.
        found: usize,
    },
}

/// Reads a key file: one seed a line, the first signs, all verify; empty lines and lines with `#` are passed over.
///
/// # Errors
/// A line that is not a seed, or too few or too many of them.
pub fn parse_seeds(text: &str) -> Result<Vec<Seed>, SeedsError> {
    let mut seeds = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let seed = parse_seed(line).ok_or(SeedsError::Line { line: index + 1 })?;
        seeds.push(seed);
    }
    match seeds.len() {
        1..=KEYS_MAX => Ok(seeds),
        found => Err(SeedsError::Count { found }),
    }
}

fn parse_seed(text: &str) -> Option<Seed> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(Seed(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_has_one_to_four_seeds_and_errors_quote_none() {
        let line = "0f".repeat(32);
        let seeds = parse_seeds(&format!("# the signing key\n{line}\n\n{line}\n")).unwrap();
        assert_eq!(seeds, vec![Seed([15; 32]), Seed([15; 32])]);
        assert_eq!(parse_seeds(""), Err(SeedsError::Count { found: 0 }));
        let five = format!("{line}\n").repeat(5);
        assert_eq!(parse_seeds(&five), Err(SeedsError::Count { found: 5 }));
        let broken = parse_seeds(&format!("{line}\n{line}x")).unwrap_err();
        assert_eq!(broken, SeedsError::Line { line: 2 });
        assert!(!format!("{broken} {:?}", seeds[0]).contains("0f0f"));
    }
}
