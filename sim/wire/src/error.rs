//! What can be wrong with bytes that claim to be one of our messages.

use flatbuffers::InvalidFlatbuffer;

/// Why bytes were refused.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// More bytes than the message may have; nothing was read.
    #[error("{bytes} bytes, where a {message} has at most {max}")]
    TooLarge {
        /// The message's name.
        message: &'static str,
        /// Its size, or what is known of it.
        bytes: usize,
        /// The most it may have.
        max: usize,
    },
    /// The bytes carry another file identifier, or none.
    #[error("not a {message}: the file identifier differs")]
    Identifier {
        /// The expected message's name.
        message: &'static str,
    },
    /// The bytes are no well-formed buffer of this message, or larger than it can be.
    #[error("malformed {message}")]
    Malformed {
        /// The message's name.
        message: &'static str,
        /// What the verifier found.
        #[source]
        source: InvalidFlatbuffer,
    },
    /// The message has a layout that this program does not read.
    #[error("{message} has format {found}, this program reads {supported}")]
    Format {
        /// The message's name.
        message: &'static str,
        /// The message's format.
        found: u16,
        /// The format that is read.
        supported: u16,
    },
    /// The message is well-formed and says something that cannot be.
    #[error("impossible message")]
    Meaning(#[from] Meaning),
    /// The bytes are no zstd frame, a damaged one, or one that is not ours alone.
    #[error("damaged compression")]
    Compression(#[source] std::io::Error),
}

/// A value that cannot be, with its place in the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Meaning {
    /// Where, for example `left.units[2].rules[0].when`.
    pub place: String,
    /// What is wrong there.
    pub problem: &'static str,
}

impl Meaning {
    pub(crate) fn new(place: impl Into<String>, problem: &'static str) -> Self {
        Self {
            place: place.into(),
            problem,
        }
    }

    /// Puts the place of an outer part in front of the place in an inner one.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.place = if self.place.is_empty() {
            outer.to_owned()
        } else {
            format!("{outer}.{}", self.place)
        };
        self
    }
}
