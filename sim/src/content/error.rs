//! What is wrong with content, said so that a designer finds the place.

/// One mistake in the content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {place}: {expected}")]
pub struct ContentError {
    /// The file, as it was named to [`crate::Content::parse`].
    pub file: String,
    /// The line and column, or the entry's key and field, for example `fireball.effects[0].power`.
    pub place: String,
    /// What was expected there, and what was found.
    pub expected: String,
}

/// Everything that is wrong with the content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
pub struct ContentErrors(pub Vec<ContentError>);

impl ContentErrors {
    fn lines(&self) -> String {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}
