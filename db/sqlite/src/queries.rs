//! Every SQL statement of the store. Tests prepare each one and hold it against its query plan.

macro_rules! queries {
    ($($name:ident = $file:literal;)+) => {
        $(pub(crate) const $name: &str = include_str!(concat!("../queries/", $file, ".sql"));)+

        /// All statements with the names of their files.
        // Included a second time, so that a constant that nothing runs is still reported as dead code.
        pub const ALL: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../queries/", $file, ".sql")))),+];
    };
}

queries! {
    ACCEPTED_ADD = "accepted_add";
    AUDIT_I10_BUILD = "audit_i10_build";
    AUDIT_I10_TEAM = "audit_i10_team";
    AUDIT_I11_COUNT = "audit_i11_count";
    AUDIT_I1_DOUBLE_SEAT = "audit_i1_double_seat";
    AUDIT_I1_NO_SEAT = "audit_i1_no_seat";
    AUDIT_I1_SEAT_STATE = "audit_i1_seat_state";
    AUDIT_I1_SLOT = "audit_i1_slot";
    AUDIT_I1_UNTOLD = "audit_i1_untold";
    AUDIT_I2_CANCELLED_SEAT = "audit_i2_cancelled_seat";
    AUDIT_I2_REVIVED = "audit_i2_revived";
    AUDIT_I3_END = "audit_i3_end";
    AUDIT_I3_SEATS = "audit_i3_seats";
    AUDIT_I4_ARCHIVED = "audit_i4_archived";
    AUDIT_I4_CHAIN = "audit_i4_chain";
    AUDIT_I4_CURRENT = "audit_i4_current";
    AUDIT_I4_OPPONENT = "audit_i4_opponent";
    AUDIT_I4_ORPHAN = "audit_i4_orphan";
    AUDIT_I4_SEASON = "audit_i4_season";
    AUDIT_I5_EPOCH = "audit_i5_epoch";
    AUDIT_I6_COUNT = "audit_i6_count";
    AUDIT_I6_HOLDER = "audit_i6_holder";
    AUDIT_I6_MODE = "audit_i6_mode";
    AUDIT_I8_LOG = "audit_i8_log";
    AUDIT_I8_ORPHAN = "audit_i8_orphan";
    AUDIT_I8_STRANGER = "audit_i8_stranger";
    AUDIT_I9_REFERENCE = "audit_i9_reference";
    AUDIT_I9_SPOOL = "audit_i9_spool";
    AUDIT_TICKET_COUNTS = "audit_ticket_counts";
    BUILD_GET = "build_get";
    BUILD_PUT = "build_put";
    CONTENT_GET = "content_get";
    CONTENT_OFFER = "content_offer";
    CONTENT_PUBLISH = "content_publish";
    CONTENT_PUBLISHED = "content_published";
    CONTENT_PUT = "content_put";
    DEAD_LETTER_PUT = "dead_letter_put";
    EPOCH_CLOSE = "epoch_close";
    EPOCH_CURRENT = "epoch_current";
    EPOCH_MADE_ADD = "epoch_made_add";
    EPOCH_MINT = "epoch_mint";
    EVENT_DELETE = "event_delete";
    EVENT_HEAD = "event_head";
    EVENT_HEAD_ADVANCE = "event_head_advance";
    EVENT_HEAD_TRIM = "event_head_trim";
    EVENT_INSERT = "event_insert";
    EVENTS_AFTER = "events_after";
    EVENTS_TRIMMABLE = "events_trimmable";
    FAILURE_COUNT = "failure_count";
    FAILURE_PUT = "failure_put";
    GENERATION_GET = "generation_get";
    MATCH_GET = "match_get";
    MATCH_INSERT = "match_insert";
    MATCH_IS_PLAYERS = "match_is_players";
    MATCH_RATING_CHANGES = "match_rating_changes";
    MATCH_RESULT_PUT = "match_result_put";
    MATCH_SEAT_PUT = "match_seat_put";
    MATCH_SEATS = "match_seats";
    MATCH_STATE = "match_state";
    MATCH_STATE_SET = "match_state_set";
    MATCHES_DONE = "matches_done";
    MATCHES_HISTORY = "matches_history";
    MATCHES_PENDING = "matches_pending";
    PLAYER_BY_ID = "player_by_id";
    PLAYER_BY_IDENTITY = "player_by_identity";
    PLAYER_PUT = "player_put";
    QUEUE_STATE_PUT = "queue_state_put";
    QUEUE_STATES = "queue_states";
    RATING_CHANGE_PUT = "rating_change_put";
    RATING_CHANGES_AFTER = "rating_changes_after";
    RATING_GET = "rating_get";
    RATING_HISTORY = "rating_history";
    RATING_PUT = "rating_put";
    RATING_RESET = "rating_reset";
    RATING_RESET_PUT = "rating_reset_put";
    SCHEMA_VERSION = "schema_version";
    SEASONS_LIST = "seasons_list";
    SEASON_ARCHIVED_ADD = "season_archived_add";
    SEASON_BEGIN = "season_begin";
    SEASON_END = "season_end";
    SEASON_IN_THE_WAY = "season_in_the_way";
    SEASON_STANDINGS = "season_standings";
    SEASON_STANDING_GET = "season_standing_get";
    SEASON_STANDING_PUT = "season_standing_put";
    SEASON_UNARCHIVED = "season_unarchived";
    SECRET_GET = "secret_get";
    SECRET_PUT = "secret_put";
    SPOOL_DELETE = "spool_delete";
    SPOOL_GET = "spool_get";
    SPOOL_OLDEST = "spool_oldest";
    SPOOL_PUT = "spool_put";
    TEAM_COUNT = "team_count";
    TEAM_DELETE = "team_delete";
    TEAM_GET = "team_get";
    TEAM_LIST = "team_list";
    TEAM_PUT = "team_put";
    TICKET_END = "ticket_end";
    TICKET_FOR_PAIRING = "ticket_for_pairing";
    TICKET_GET = "ticket_get";
    TICKET_INSERT = "ticket_insert";
    TICKET_LIVE = "ticket_live";
    TICKET_MATCH = "ticket_match";
    TICKET_SLOTS = "ticket_slots";
    TICKETS_EXPIRING = "tickets_expiring";
    TICKETS_QUEUED = "tickets_queued";
    TICKETS_QUEUED_SINCE = "tickets_queued_since";
    TOMBSTONE_GET = "tombstone_get";
    TOMBSTONE_PUT = "tombstone_put";
}
