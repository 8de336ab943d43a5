//! Controls of the audit: each invariant is broken behind the store's back and has to be reported, under its own name.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use database::Database;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::audit::{Violations, survey};
use tiltyard_db::durable::results::Finish;
use tokio_postgres::Client;

/// A store with a bit of everything, and the connection of somebody who ought not to write to it.
struct Broken {
    store: Durable,
    raw: Client,
}

impl Broken {
    async fn new() -> Self {
        let database = Database::new().await;
        let store = database.store();
        live(&store).await;
        assert_sound(&store).await;
        let raw = database.raw().await;
        Self { store, raw }
    }

    async fn by(self, sql: &str) -> Reported {
        self.raw.batch_execute(sql).await.unwrap();
        Reported(
            violations(&self.store)
                .await
                .iter()
                .map(|found| format!("{} {}", found.invariant, found.detail))
                .collect(),
        )
    }
}

#[derive(Debug)]
struct Reported(Vec<String>);

impl Reported {
    fn expect(&self, invariant: &str, text: &str) {
        let prefix = format!("{invariant} ");
        let found = self
            .0
            .iter()
            .any(|line| line.starts_with(&prefix) && line.contains(text));
        assert!(found, "{invariant} {text:?} is not in {self:#?}");
    }
}

/// Two epochs; players 1 and 2 fight two rated matches and one of them is archived, 3 and 4 wait in a match, 5 is returned, 6 practises, 7 to 9 queue.
async fn live(store: &Durable) {
    let first = lead(store).await;
    for n in [1, 11] {
        let made = meet(store, &first, (player(1), ticket(n)), (player(2), ticket(n))).await;
        let fought = rated(store, &made).await;
        let spool = Some(bytes::Bytes::from_static(b"replay"));
        finish(store, Finish { spool, ..fought }).await;
    }
    half_a_season(store).await;
    let second = lead(store).await;
    meet(store, &second, key(3), key(4)).await;
    let lost = spar(store, key(5)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    spar(store, key(6)).await;
    for n in 7..=9 {
        accept(store, ranked(key(n))).await;
    }
    store.tickets.cancel(vec![key(8), key(99)], at(3)).await.unwrap();
    store.tickets.end(vec![expire(key(9))], at(3)).await.unwrap();
}

macro_rules! control {
    ($($(#[$doc:meta])* $name:ident: $sql:expr => $($invariant:literal $text:literal),+;)+) => {$(
        $(#[$doc])*
        #[tokio::test]
        async fn $name() {
            let reported = Broken::new().await.by($sql).await;
            $(reported.expect($invariant, $text);)+
        }
    )+};
}

control! {
    /// What the unique seat prevents.
    i1_a_ticket_in_two_matches:
        "DROP INDEX match_seats_ticket;
         UPDATE match_seats SET bot = NULL, (player, ticket) = (SELECT player, ticket FROM match_seats WHERE player::text LIKE '%03')
         WHERE bot IS NOT NULL" => "I1" "has 3 seats", "I1" "seats ticket";
    /// What the check of the ticket's state prevents.
    i1_a_queued_ticket_in_a_match: "UPDATE tickets SET state = 0 WHERE state = 1" => "I1" "seats ticket";
    i1_a_matched_ticket_without_a_seat: "DELETE FROM match_seats WHERE player::text LIKE '%03'" => "I1" "has no seat", "I3" "has 1 seats";
    i1_a_ticket_whose_match_is_gone: "DELETE FROM matches WHERE state = 0" => "I1" "which is not there";
    i1_a_live_ticket_without_a_slot: "UPDATE tickets SET slot = NULL WHERE state = 0" => "I1" "has slot none";
    i1_an_ended_ticket_with_a_slot: "UPDATE tickets SET slot = 7 WHERE state = 3" => "I1" "has slot 7";
    i1_an_end_without_an_event: "UPDATE tickets SET told_seq = NULL WHERE state = 4" => "I1" "was not told by event ?";
    i1_an_end_told_by_a_later_event: "UPDATE tickets SET told_seq = 77 WHERE state = 4" => "I1" "was not told by event 77";
    i1_an_end_told_by_anothers_event: "UPDATE tickets SET told_seq = 1 WHERE told_seq = 2" => "I1" "was not told by event 1";
    i2_a_cancelled_ticket_in_a_match: "UPDATE tickets SET state = 3, slot = NULL WHERE state = 1" => "I2" "is in 1 matches";
    i2_a_revived_ticket: "INSERT INTO tombstones SELECT player, id, 0 FROM tickets WHERE state = 0" => "I2" "accepted after its cancel";
    i3_a_result_that_is_gone: "DELETE FROM match_results" => "I3" "has 0 results";
    i3_a_result_of_a_pending_match: "UPDATE matches SET state = 0 WHERE state = 1" => "I3" "in state 0 has 1 results";
    i3_a_dead_letter_that_is_gone: "DELETE FROM dead_letters" => "I3" "0 dead letters";
    i4_a_change_that_begins_elsewhere_by_one_bit:
        "UPDATE rating_changes SET before_rating = before_rating * (1 + 2.220446049250313e-16) WHERE number = 2"
        => "I4" "change 2 of", "I4" "was computed against";
    i4_a_first_change_that_begins_elsewhere: "UPDATE rating_changes SET before_deviation = 349 WHERE number = 1" => "I4" "change 1 of";
    i4_a_change_that_is_gone: "DELETE FROM rating_changes WHERE number = 1" => "I4" "change 1 ended at ?";
    i4_a_rating_that_its_history_does_not_have: "UPDATE ratings SET volatility = 0.059" => "I4" "differs from its history";
    i4_a_rating_behind_its_history: "UPDATE ratings SET version = 1" => "I4" "differs from its history";
    i4_games_without_a_history: "UPDATE ratings SET won = won + 1" => "I4" "differs from its history";
    i4_a_history_without_a_rating: "DELETE FROM ratings" => "I4" "which is at version none";
    i4_an_archive_that_is_gone: "DELETE FROM season_standings" => "I4" "differs between archive and history", "I4" "counts 1 players, archived are 0", "I4" "differs from its history";
    i4_an_archive_that_differs: "UPDATE season_standings SET rating = rating + 1" => "I4" "differs between archive and history";
    i4_an_archive_of_nobody: "INSERT INTO season_standings SELECT player, 1, rating, deviation, volatility, version, rated_at, won, lost, drawn
         FROM ratings WHERE version = 2" => "I4" "differs between archive and history", "I4" "counts 1 players, archived are 2";
    i4_an_opponent_that_was_another: "UPDATE rating_changes SET opponent_deviation = 1 WHERE number = 2" => "I4" "was computed against";
    i4_two_changes_from_one_match:
        "DROP INDEX rating_changes_match;
         UPDATE rating_changes SET match_id = (SELECT c.match_id FROM rating_changes c WHERE c.number = 1 LIMIT 1) WHERE number = 2"
        => "I4" "is one of 2 from match";
    i4_a_change_from_a_match_of_others:
        "UPDATE rating_changes SET match_id = (SELECT id FROM matches WHERE state = 2) WHERE number = 2" => "I4" "in which they had 0 seats";
    i5_an_epoch_that_went_back:
        "INSERT INTO epochs (queue, epoch, boot, minted_at) VALUES ('ranked', 0, '00000000-0000-0000-0000-000000000000', 0)" => "I5" "from epoch 2 to 0";
    i5_a_leader_of_an_old_epoch: "UPDATE leaders SET epoch = 1" => "I5" "led at epoch 1";
    /// What the fence prevents.
    i6_a_match_under_an_old_epoch:
        "INSERT INTO matches SELECT uuid '00000000-0000-0000-0000-000000000000', mode, state, queue, 1, (SELECT boot FROM epochs WHERE epoch = 1), engine, rules_version,
            content, rng, seed, created_at FROM matches WHERE epoch = 2;
         UPDATE epoch_counts SET made = made + 1 WHERE epoch = 1" => "I6" "has 3 matches, recorded were 2", "I6" "made 3 matches, 2 when the next one was minted";
    i6_a_match_that_no_leader_counted: "UPDATE epoch_counts SET made = 0 WHERE epoch = 2" => "I6" "has 1 matches, recorded were 0";
    i6_a_match_of_another_process: "UPDATE matches SET boot = '00000000-0000-0000-0000-000000000000' WHERE epoch = 2" => "I6" "was made under epoch 2";
    i6_a_match_of_an_epoch_that_never_was: "UPDATE matches SET epoch = 9 WHERE epoch = 2" => "I6" "was made under epoch 9";
    i6_a_ranked_match_without_a_leader: "UPDATE matches SET queue = NULL, epoch = NULL, boot = NULL" => "I6" "has epoch none";
    /// What the check of the match's state prevents: a late completion tells its end once more.
    i7_a_second_end:
        "INSERT INTO events SELECT player, 2, ticket, event, at FROM events WHERE player::text LIKE '%09';
         UPDATE event_heads SET seq = 2 WHERE player::text LIKE '%09'" => "I7" "which event 1 had told";
    i8_an_event_that_is_gone: "DELETE FROM events WHERE seq = 1 AND player::text LIKE '%01'" => "I8" "has 1 events from 2 to 2, head 2";
    i8_a_last_event_that_is_gone: "DELETE FROM events WHERE seq = 2" => "I8" "has 1 events from 1 to 1, head 2";
    i8_a_head_that_lags: "UPDATE event_heads SET seq = seq - 1" => "I8" "head 1";
    i8_a_head_that_is_gone: "DELETE FROM event_heads" => "I8" "which has head none";
    i8_an_event_of_somebody_else: "UPDATE events SET ticket = '00000000-0000-0000-0000-000000000000' WHERE seq = 2" => "I8" "not theirs", "I1" "was not told";
    i9_a_result_without_a_replay: "UPDATE match_results SET replay_key = ''" => "I9" "names replay \"\"", "I9" "is no result's";
    i9_spooled_bytes_that_were_cut: "UPDATE replay_spool SET replay = '\\x00'" => "I9" "of 1 bytes is no result's";
    i9_spooled_bytes_that_nobody_uploads: "UPDATE replay_spool SET spooled_at = 7" => "I9" "was not uploaded since 7";
    i10_a_team_that_changed_after_queueing: "UPDATE tickets SET build = decode(repeat('00', 32), 'hex') WHERE state = 1" => "I10" "was queued with 00", "I10" "unknown build 00";
    i10_a_build_that_is_gone: "DELETE FROM builds" => "I10" "names the unknown build";
    i11_a_ticket_that_is_gone: "DELETE FROM tickets WHERE state = 0" => "I11" "accepted were 11 tickets, stored are 10";
    i11_a_counter_that_is_off: "INSERT INTO accepted_counts VALUES (-1, 1)" => "I11" "accepted were 12 tickets, stored are 11";
}

#[tokio::test]
async fn a_limit_holds_per_invariant() {
    let broken = Broken::new().await;
    let sql = "DELETE FROM builds; DELETE FROM accepted_counts";
    broken.raw.batch_execute(sql).await.unwrap();
    let mut found = Violations::keeping(2);
    survey(broken.store.audit.as_ref(), at(99), 3, &mut found)
        .await
        .unwrap();
    let of = |invariant| found.kept().iter().filter(|found| found.invariant == invariant).count();
    assert_eq!((of("I10"), of("I11")), (2, 1));
    assert!(found.counts()["I10"] > 2, "{found:?}");
}
