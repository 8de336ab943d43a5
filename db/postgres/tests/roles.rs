//! The three roles: an owner who is no superuser migrates, the server and the auditor may do their work and nothing else.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::content::{Origin, Published};
use tiltyard_db_postgres::{Options, PostgresStore, check_schema, migrate, migrate_if_behind};
use tiltyard_db_testkit::Postgres;
use tiltyard_protocol::ContentHash;

/// A database that `tiltyard_owner` owns and migrated, as the comment in `roles.sql` describes.
struct Owned {
    server: &'static Postgres,
    url: String,
}

impl Owned {
    fn empty() -> Self {
        let server = Postgres::shared();
        let url = server.database_from("roles", |url| {
            succeed(psql(server, url).args(["-f", concat!(env!("CARGO_MANIFEST_DIR"), "/roles/roles.sql")]));
        });
        let database = url.rsplit('/').next().unwrap();
        let owned = Self {
            server,
            url: url.clone(),
        };
        succeed(psql(server, &url).args(["-c", &format!("ALTER DATABASE {database} OWNER TO tiltyard_owner")]));
        owned
    }

    async fn migrated() -> Self {
        let owned = Self::empty();
        migrate(&owned.options("tiltyard_owner")).await.unwrap();
        owned
    }

    fn url(&self, role: &str) -> String {
        let (_superuser, place) = self.url.split_once('@').unwrap();
        format!("postgresql://{role}@{place}")
    }

    fn options(&self, role: &str) -> Options {
        Options::new(self.url(role).parse().unwrap())
    }

    async fn store(&self, role: &str) -> Durable {
        Durable::of(PostgresStore::open(&self.options(role)).await.unwrap())
    }

    /// Runs SQL as a role; returns what it printed, or the last line of what it complained of.
    fn run(&self, role: &str, sql: &str) -> Result<String, String> {
        let output = psql(self.server, &self.url(role)).args(["-Atc", sql]).output().unwrap();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }

    #[track_caller]
    fn assert_refused(&self, role: &str, sql: &str) {
        let refused = self.run(role, sql).unwrap_err();
        let expected = ["permission denied", "must be ", "read-only transaction"];
        assert!(
            expected.iter().any(|why| refused.contains(why)),
            "{role}: {sql}: {refused}"
        );
    }
}

fn psql(server: &Postgres, url: &str) -> Command {
    let mut command = Command::new(server.programs().join("psql"));
    command
        .args([url, "-X", "-q", "-v", "ON_ERROR_STOP=1"])
        .env_remove("PGOPTIONS");
    command
}

#[track_caller]
fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

const SERVER: &str = "tiltyard_server";
const AUDITOR: &str = "tiltyard_auditor";

#[tokio::test]
async fn an_owner_who_is_no_superuser_migrates_and_others_are_told_whom_to_ask() {
    let owned = Owned::empty();
    for role in [SERVER, AUDITOR] {
        for outcome in [
            check_schema(&owned.options(role)).await,
            migrate(&owned.options(role)).await.map(drop),
        ] {
            let why = format!("{:?}", outcome.unwrap_err());
            assert!(why.contains("tiltyard migrate"), "{role}: {why}");
        }
    }
    assert!(migrate(&owned.options("tiltyard_owner")).await.unwrap() > 0);
    for role in [SERVER, AUDITOR] {
        check_schema(&owned.options(role)).await.unwrap();
        assert_eq!(migrate_if_behind(&owned.options(role)).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn the_server_plays_and_the_auditor_audits() {
    let owned = Owned::migrated().await;
    let server = owned.store(SERVER).await;
    let made = meet(&server, &lead(&server).await, key(1), key(2)).await;
    let fought = rated(&server, &made).await;
    finish(&server, fought).await;
    let lost = spar(&server, key(3)).await;
    server.results.give_up(give_up(&lost)).await.unwrap();
    server.events.trim_events(at(1_000_000), 10).await.unwrap();
    let hash = ContentHash::of(b"bundle");
    let published = Published {
        hash,
        origin: Origin::Operator,
        at: at(2),
    };
    server.contents.put_content(hash, build_bytes(), at(0)).await.unwrap();
    server.contents.offer(1, hash, at(1)).await.unwrap();
    server.contents.publish(1, published).await.unwrap().unwrap();
    assert_eq!(server.contents.offer(1, hash, at(3)).await.unwrap(), published);
    let auditor = owned.store(AUDITOR).await;
    assert_sound(&auditor).await;
    let refused = auditor.contents.publish(1, published).await;
    assert!(format!("{refused:?}").contains("read-only transaction"), "{refused:?}");
    let refused = auditor.tickets.enqueue(vec![ranked(key(1))], SLOTS).await;
    assert!(format!("{refused:?}").contains("permission denied"), "{refused:?}");
}

#[tokio::test]
async fn every_table_and_function_is_granted_on_purpose() {
    let owned = Owned::migrated().await;
    let forgotten = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') \
                     AND NOT has_table_privilege('tiltyard_server', oid, 'SELECT')";
    assert_eq!(owned.run("tiltyard_owner", forgotten).unwrap(), "");
    let open = "SELECT p.oid::regprocedure FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a \
                WHERE p.pronamespace = 'public'::regnamespace AND a.grantee = 0";
    assert_eq!(owned.run("tiltyard_owner", open).unwrap(), "");
}

#[tokio::test]
async fn the_server_changes_no_schema_and_no_history() {
    let owned = Owned::migrated().await;
    for sql in [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "DROP TABLE tickets",
        "ALTER TABLE tickets DISABLE TRIGGER ALL",
        "TRUNCATE events",
        "CREATE OR REPLACE FUNCTION tiltyard_hold_gates(p_players uuid[]) RETURNS void LANGUAGE sql AS ''",
        "DELETE FROM tickets",
        "DELETE FROM matches",
        "DELETE FROM published_contents",
        "UPDATE contents SET bundle = ''",
        "UPDATE tickets SET build = ''",
        "UPDATE match_results SET winner = 0",
        "UPDATE rating_changes SET after_rating = 3000",
        "UPDATE events SET event = ''",
        "UPDATE secrets SET secret = ''",
        "UPDATE players SET identity = ''",
        "UPDATE store SET generation = 2",
        "UPDATE refinery_schema_history SET checksum = ''",
        "COPY tickets TO '/tmp/tickets'",
        "SELECT * FROM pg_authid",
        "SET ROLE tiltyard_owner",
    ] {
        owned.assert_refused(SERVER, sql);
    }
}

#[tokio::test]
async fn the_auditor_reads_no_secrets_and_writes_nothing() {
    let owned = Owned::migrated().await;
    owned.run(AUDITOR, "SELECT count(*) FROM tickets").unwrap();
    for sql in [
        "SELECT * FROM secrets",
        "SELECT identity FROM players",
        "SELECT tiltyard_hold_gates('{}')",
        "UPDATE leaders SET epoch = 1",
        // Read-only by default is a comfort; rights are what holds.
        "SET default_transaction_read_only = off; UPDATE leaders SET epoch = 1",
        "SET default_transaction_read_only = off; INSERT INTO tombstones VALUES (gen_random_uuid(), gen_random_uuid(), 0)",
        "SET default_transaction_read_only = off; CREATE TABLE mine (id int)",
    ] {
        owned.assert_refused(AUDITOR, sql);
    }
}

#[tokio::test]
async fn nobody_else_comes_in() {
    let owned = Owned::migrated().await;
    let database = owned.url.rsplit('/').next().unwrap();
    let role = format!("stranger_{database}");
    succeed(psql(owned.server, &owned.url).args(["-c", &format!("CREATE ROLE {role} LOGIN")]));
    owned.assert_refused(&role, "SELECT 1");
}

#[tokio::test]
async fn every_role_has_the_limits_of_a_session() {
    let owned = Owned::migrated().await;
    for role in ["tiltyard_owner", SERVER, AUDITOR] {
        let limits = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), \
                      current_setting('idle_in_transaction_session_timeout'), current_setting('jit')";
        assert_eq!(owned.run(role, limits).unwrap(), "5s|1s|1s|off", "{role}");
    }
}
