//! What a route is: a row of data. Who may call it and within which limits is decided by the row, never by a handler.

use std::sync::Arc;

use futures::future::BoxFuture;
use http::Method;

use super::call::Call;
use super::params::Params;
use super::reply::Answer;
use crate::shared::Shared;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone who reaches the listener.
    Public,
    /// Who has a player's access token; the handler acts for that player and nobody else.
    Player,
    /// Who reaches the operators' listener, which is private.
    Operator,
}

/// One of the two doors of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// For players.
    Players,
    /// For operators.
    Operators,
}

/// The doors at which a route is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listeners {
    /// Players' only.
    Players,
    /// Operators' only.
    Operators,
    /// Both.
    Both,
}

impl Listeners {
    /// Says whether `listener` is one of them.
    #[must_use]
    pub const fn include(self, listener: Listener) -> bool {
        matches!(
            (self, listener),
            (Self::Both, _) | (Self::Players, Listener::Players) | (Self::Operators, Listener::Operators)
        )
    }
}

/// What body a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyRule {
    /// None; what is sent is not read.
    None,
    /// `application/json` of at most this many bytes.
    Json {
        /// The cap.
        bytes_max: usize,
    },
}

/// A limit on how often a route may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// Only as many writes of one player at a time as `limits::WRITES_PER_PLAYER_MAX`.
    WritesInFlight,
    /// Only as many questions to a leader of one player at a time as `limits::QUESTIONS_PER_PLAYER_MAX`: each looks at every
    /// ticket of a queue.
    Questions,
    /// Whoever reaches the operators' listener is trusted not to flood it.
    Trusted,
    /// Sign-ins of one address a minute.
    SignIns,
}

/// Answers a call.
pub(crate) type Handler = fn(Arc<Shared>, Call) -> BoxFuture<'static, Answer>;

/// One row of the table.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path; `{name}` stands for one segment.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// Where it is served.
    pub on: Listeners,
    /// What body it takes.
    pub body: BodyRule,
    /// How often.
    pub rate: Option<Rate>,
    /// Whether it answers in development only, and is not compiled into what is shipped.
    pub dev_only: bool,
    /// What it does, in a line.
    pub summary: &'static str,
    pub(crate) handler: Handler,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.who)
    }
}

/// What a path and method lead to.
#[derive(Debug)]
pub(crate) enum Match {
    /// This route, with the path's variable segments.
    Found(&'static Route, Params),
    /// The path exists; these methods do.
    Methods(Vec<Method>),
    /// Nothing.
    Nothing,
}

/// Looks up a request in the rows that `listener` serves.
pub(crate) fn find(routes: &'static [Route], listener: Listener, method: &Method, path: &str) -> Match {
    let mut methods = Vec::new();
    for route in routes.iter().filter(|route| route.on.include(listener)) {
        let Some(params) = Params::of(route.path, path) else {
            continue;
        };
        if route.method == *method {
            return Match::Found(route, params);
        }
        methods.push(route.method.clone());
    }
    if methods.is_empty() {
        Match::Nothing
    } else {
        Match::Methods(methods)
    }
}
