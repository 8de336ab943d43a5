//! Free ports of the loopback, for servers that cannot choose their own.

use std::net::{Ipv4Addr, TcpListener};

use crate::Error;

/// Finds a port that nothing listens on. Another process may take it first; then the server says so in its log.
pub(crate) fn free() -> Result<u16, Error> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound
        .map(|address| address.port())
        .map_err(Error::system("find a free port"))
}
