//! Identities that a process gives itself and its records.

use tiltyard_protocol::Timestamp;
use uuid::{NoContext, Uuid};

/// Makes a UUIDv7 with the given time.
pub(crate) fn uuid_v7(at: Timestamp) -> Uuid {
    let seconds = u64::try_from(at.seconds()).unwrap_or(0);
    let nanos = u32::try_from(at.micros().rem_euclid(1_000_000)).unwrap_or(0) * 1_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_protocol::TicketId;

    #[test]
    fn the_time_is_in_the_id_and_the_rest_is_random() {
        let at = Timestamp::from_micros(1_763_809_200_123_456);
        let ids = [uuid_v7(at), uuid_v7(at)];
        assert_ne!(ids[0], ids[1]);
        assert_eq!(TicketId::from_uuid(ids[0]).unix_millis(), Some(at.millis()));
    }
}
