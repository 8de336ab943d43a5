//! Every SQL statement of the store, named after its file. Tests prepare each one and hold it against its plan.

use crate::link::Statement;

macro_rules! queries {
    ($($name:ident = $file:literal;)+) => {
        $(pub(crate) const $name: Statement = Statement {
            name: $file,
            sql: include_str!(concat!("../queries/", $file, ".sql")),
        };)+

        /// All statements with the names of their files.
        // Included a second time, so that a constant that nothing runs is still reported as dead code.
        pub const ALL: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../queries/", $file, ".sql")))),+];
    };
}

queries! {
    AUDIT_I10_SEAT = "audit_i10_seat";
    AUDIT_I10_TEAM = "audit_i10_team";
    AUDIT_I10_TICKET = "audit_i10_ticket";
    AUDIT_I11_COUNT = "audit_i11_count";
    AUDIT_I1_DOUBLE_SEAT = "audit_i1_double_seat";
    AUDIT_I1_NO_MATCH = "audit_i1_no_match";
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
    AUDIT_I4_MATCH = "audit_i4_match";
    AUDIT_I4_OPPONENT = "audit_i4_opponent";
    AUDIT_I4_ORPHAN = "audit_i4_orphan";
    AUDIT_I4_SEASON = "audit_i4_season";
    AUDIT_I4_STANDING = "audit_i4_standing";
    AUDIT_I5_EPOCH = "audit_i5_epoch";
    AUDIT_I5_LEADER = "audit_i5_leader";
    AUDIT_I6_CLOSED = "audit_i6_closed";
    AUDIT_I6_COUNT = "audit_i6_count";
    AUDIT_I6_HOLDER = "audit_i6_holder";
    AUDIT_I6_MODE = "audit_i6_mode";
    AUDIT_I7_SECOND_END = "audit_i7_second_end";
    AUDIT_I8_LOG = "audit_i8_log";
    AUDIT_I8_ORPHAN = "audit_i8_orphan";
    AUDIT_I8_STRANGER = "audit_i8_stranger";
    AUDIT_I9_LATE = "audit_i9_late";
    AUDIT_I9_REFERENCE = "audit_i9_reference";
    AUDIT_I9_SPOOL = "audit_i9_spool";
    AUDIT_PAGE_CHANGES = "audit_page_changes";
    AUDIT_PAGE_EPOCHS = "audit_page_epochs";
    AUDIT_PAGE_EVENTS = "audit_page_events";
    AUDIT_PAGE_LOGS = "audit_page_logs";
    AUDIT_PAGE_MATCHES = "audit_page_matches";
    AUDIT_PAGE_RATINGS = "audit_page_ratings";
    AUDIT_PAGE_TICKETS = "audit_page_tickets";
    AUDIT_QUEUED = "audit_queued";
    AUDIT_TICKET_COUNTS = "audit_ticket_counts";
    AUDIT_TOLD = "audit_told";
    BUILDS_GET = "builds_get";
    BUILDS_PUT = "builds_put";
    CONTENT_GET = "content_get";
    CONTENT_OFFER = "content_offer";
    CONTENT_PUBLISH = "content_publish";
    CONTENT_PUBLISHED = "content_published";
    CONTENT_PUT = "content_put";
    EPOCH_MINT = "epoch_mint";
    EVENT_HEADS = "event_heads";
    EVENTS_AFTER = "events_after";
    EVENTS_TRIM = "events_trim";
    FAILURE_PUT = "failure_put";
    GENERATION_GET = "generation_get";
    MATCH_GET = "match_get";
    MATCH_GET_OF = "match_get_of";
    MATCH_GIVE_UP = "match_give_up";
    MATCHES_COMMIT = "matches_commit";
    MATCHES_DONE = "matches_done";
    MATCHES_FINISH = "matches_finish";
    MATCHES_HISTORY = "matches_history";
    MATCHES_PENDING = "matches_pending";
    MATCHES_RESTAMP = "matches_restamp";
    PLAYER_BY_IDENTITY = "player_by_identity";
    PLAYER_PUT = "player_put";
    PLAYERS_GET = "players_get";
    QUEUE_STATE_PUT = "queue_state_put";
    QUEUE_STATES = "queue_states";
    RATINGS_RESET = "ratings_reset";
    RATING_CHANGES_AFTER = "rating_changes_after";
    RATING_HISTORY = "rating_history";
    RATINGS_GET = "ratings_get";
    SEASONS_LIST = "seasons_list";
    SEASON_BEGIN = "season_begin";
    SEASON_END = "season_end";
    SEASON_IN_THE_WAY = "season_in_the_way";
    SEASON_STANDINGS = "season_standings";
    SEASON_UNARCHIVED = "season_unarchived";
    SECRET_GET = "secret_get";
    SECRET_PUT = "secret_put";
    SPOOL_DELETE = "spool_delete";
    SPOOL_GET = "spool_get";
    SPOOL_OLDEST = "spool_oldest";
    TEAM_DELETE = "team_delete";
    TEAM_GET = "team_get";
    TEAM_LIST = "team_list";
    TEAM_PUT = "team_put";
    TICKET_GET = "ticket_get";
    TICKET_LIVE = "ticket_live";
    TICKETS_CANCEL = "tickets_cancel";
    TICKETS_END = "tickets_end";
    TICKETS_ENQUEUE = "tickets_enqueue";
    TICKETS_EXPIRING = "tickets_expiring";
    TICKETS_QUEUED = "tickets_queued";
    TICKETS_QUEUED_ALL = "tickets_queued_all";
    TICKETS_QUEUED_SINCE = "tickets_queued_since";
}
