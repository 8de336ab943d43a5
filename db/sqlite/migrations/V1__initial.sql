-- The schema of the embedded durable store. Ids and hashes are BLOBs, times are microseconds since the Unix epoch,
-- closed sets are small integers whose meaning stands in src/codes.rs.

CREATE TABLE store (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    generation INTEGER NOT NULL,
    -- Tickets accepted so far: the left side of invariant I11.
    accepted   INTEGER NOT NULL
) STRICT;

INSERT INTO store (only_row, generation, accepted) VALUES (1, 1, 0);

CREATE TABLE players (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    identity   TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    name   TEXT NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Wide rows stay rowid tables: WITHOUT ROWID keeps whole rows in the inner pages of the tree.
CREATE TABLE contents (
    hash      BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    bundle    BLOB NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT;

-- Which bundle is in force, by version of the rules. origin: 0 a program's own, 1 an operator's.
CREATE TABLE published_contents (
    rules_version INTEGER NOT NULL PRIMARY KEY,
    hash          BLOB NOT NULL REFERENCES contents (hash),
    origin        INTEGER NOT NULL CHECK (origin IN (0, 1)),
    published_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE builds (
    hash  BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    build BLOB NOT NULL
) STRICT;

CREATE TABLE teams (
    player     BLOB NOT NULL CHECK (length(player) = 16),
    id         BLOB NOT NULL CHECK (length(id) = 16),
    name       TEXT NOT NULL,
    build      BLOB NOT NULL REFERENCES builds (hash),
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (player, id)
) STRICT, WITHOUT ROWID;

-- Tickets and seats name their build without a reference: one ticket with an unknown build would fail the whole group it is
-- accepted in. The audit looks for such tickets instead (I10).
CREATE TABLE tickets (
    player      BLOB NOT NULL CHECK (length(player) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    request     BLOB NOT NULL CHECK (length(request) = 32),
    build       BLOB NOT NULL CHECK (length(build) = 32),
    -- NULL for practice, with the spread.
    queue       TEXT,
    spread      INTEGER,
    -- How wide the owner lets the spread become; NULL: no wider.
    widen_to    INTEGER CHECK (widen_to >= spread),
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    -- Set while the ticket is live; its uniqueness is what holds the cap.
    slot        INTEGER,
    enqueued_at INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    match_id    BLOB,
    ended_at    INTEGER,
    -- Number of the event that told the owner about the end.
    told_seq    INTEGER,
    PRIMARY KEY (player, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tickets_slot ON tickets (player, slot) WHERE slot IS NOT NULL;
CREATE INDEX tickets_queued ON tickets (queue, player, id) WHERE state = 0;
CREATE INDEX tickets_queued_since ON tickets (queue, enqueued_at) WHERE state = 0;
CREATE INDEX tickets_expiring ON tickets (expires_at) WHERE state = 0;

-- Ids that were cancelled before they arrived.
CREATE TABLE tombstones (
    player       BLOB NOT NULL CHECK (length(player) = 16),
    ticket       BLOB NOT NULL CHECK (length(ticket) = 16),
    cancelled_at INTEGER NOT NULL,
    PRIMARY KEY (player, ticket)
) STRICT, WITHOUT ROWID;

-- Every epoch there was; the highest of a queue is its leader's. Numbered in the order of minting, so that the audit can see
-- an epoch that went back (I5).
CREATE TABLE epochs (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    queue       TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    boot        BLOB NOT NULL CHECK (length(boot) = 16),
    minted_at   INTEGER NOT NULL,
    -- Matches made so far.
    made        INTEGER NOT NULL DEFAULT 0,
    -- Matches made when the next epoch was minted (I6).
    closed_with INTEGER,
    UNIQUE (queue, epoch)
) STRICT;

-- The last change of each queue that ever was paused or resumed.
CREATE TABLE queue_states (
    queue      TEXT NOT NULL PRIMARY KEY,
    paused     INTEGER NOT NULL CHECK (paused IN (0, 1)),
    reason     TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE matches (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    mode          INTEGER NOT NULL,
    state         INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    -- Under which leadership the match was made; NULL for practice.
    queue         TEXT,
    epoch         INTEGER,
    boot          BLOB,
    engine        TEXT NOT NULL,
    rules_version INTEGER NOT NULL,
    content       BLOB NOT NULL CHECK (length(content) = 32),
    rng           TEXT NOT NULL,
    seed          BLOB NOT NULL CHECK (length(seed) = 16),
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX matches_pending ON matches (created_at, id) WHERE state = 0;
CREATE INDEX matches_epoch ON matches (queue, epoch) WHERE queue IS NOT NULL;

CREATE TABLE match_seats (
    match_id   BLOB NOT NULL REFERENCES matches (id),
    side       INTEGER NOT NULL CHECK (side IN (0, 1)),
    player     BLOB,
    ticket     BLOB,
    bot        TEXT,
    build      BLOB NOT NULL CHECK (length(build) = 32),
    -- The match's, so that a page of history is one walk along an index.
    created_at INTEGER NOT NULL,
    PRIMARY KEY (match_id, side),
    FOREIGN KEY (player, ticket) REFERENCES tickets (player, id),
    CHECK ((bot IS NULL) = (player IS NOT NULL) AND (player IS NULL) = (ticket IS NULL))
) STRICT, WITHOUT ROWID;

-- No ticket has two seats, whatever the code does (I1).
CREATE UNIQUE INDEX match_seats_ticket ON match_seats (player, ticket) WHERE player IS NOT NULL;
CREATE INDEX match_seats_history ON match_seats (player, created_at, match_id) WHERE player IS NOT NULL;

CREATE TABLE match_results (
    match_id        BLOB NOT NULL PRIMARY KEY REFERENCES matches (id),
    winner          INTEGER,
    reason          INTEGER NOT NULL,
    ticks           INTEGER NOT NULL,
    -- The 64 bits of the hash, as a signed number.
    state_hash      INTEGER NOT NULL,
    result          BLOB NOT NULL,
    replay_key      TEXT NOT NULL,
    replay_size     INTEGER NOT NULL,
    replay_checksum BLOB NOT NULL CHECK (length(replay_checksum) = 32),
    finished_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX match_results_replay ON match_results (replay_key);

CREATE TABLE dead_letters (
    match_id BLOB NOT NULL PRIMARY KEY REFERENCES matches (id),
    why      TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The key makes a repeated report of one failure count once.
CREATE TABLE failures (
    match_id BLOB NOT NULL REFERENCES matches (id),
    node     BLOB NOT NULL CHECK (length(node) = 16),
    at       INTEGER NOT NULL,
    why      TEXT NOT NULL,
    -- Under which the attempt was made; those of former rules count no more.
    rules_version INTEGER NOT NULL,
    PRIMARY KEY (match_id, node, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE replay_spool (
    replay_key TEXT NOT NULL PRIMARY KEY,
    size       INTEGER NOT NULL,
    checksum   BLOB NOT NULL CHECK (length(checksum) = 32),
    replay     BLOB NOT NULL,
    spooled_at INTEGER NOT NULL
) STRICT;

CREATE INDEX replay_spool_age ON replay_spool (spooled_at);

-- NaN is NULL to SQLite.
CREATE TABLE ratings (
    player     BLOB NOT NULL PRIMARY KEY CHECK (length(player) = 16),
    rating     REAL NOT NULL CHECK (rating BETWEEN -1000000 AND 1000000),
    deviation  REAL NOT NULL CHECK (deviation > 0 AND deviation <= 350),
    volatility REAL NOT NULL CHECK (volatility > 0 AND volatility <= 1),
    version    INTEGER NOT NULL,
    rated_at   INTEGER NOT NULL,
    won        INTEGER NOT NULL,
    lost       INTEGER NOT NULL,
    drawn      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rating_changes (
    player              BLOB NOT NULL CHECK (length(player) = 16),
    number              INTEGER NOT NULL,
    -- What changed the rating: a match, with the opponent, score and rest; or a season's end.
    match_id            BLOB REFERENCES matches (id),
    season              INTEGER,
    before_rating       REAL NOT NULL,
    before_deviation    REAL NOT NULL,
    before_volatility   REAL NOT NULL,
    after_rating        REAL NOT NULL,
    after_deviation     REAL NOT NULL,
    after_volatility    REAL NOT NULL,
    opponent_rating     REAL,
    opponent_deviation  REAL,
    opponent_volatility REAL,
    score               INTEGER,
    idle_micros         INTEGER,
    algorithm           INTEGER NOT NULL,
    at                  INTEGER NOT NULL,
    PRIMARY KEY (player, number),
    CHECK ((match_id IS NULL) + (opponent_rating IS NULL) + (opponent_deviation IS NULL) + (opponent_volatility IS NULL)
           + (score IS NULL) + (idle_micros IS NULL) = CASE WHEN season IS NULL THEN 0 ELSE 6 END)
) STRICT, WITHOUT ROWID;

-- One change per player and match (I4), and per player and season.
CREATE UNIQUE INDEX rating_changes_match ON rating_changes (match_id, player);
CREATE UNIQUE INDEX rating_changes_season ON rating_changes (season, player) WHERE season IS NOT NULL;

CREATE TABLE seasons (
    number    INTEGER NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    keep      REAL NOT NULL CHECK (keep BETWEEN 0 AND 1),
    deviation REAL NOT NULL CHECK (deviation BETWEEN 0 AND 350),
    began_at  INTEGER NOT NULL,
    ended_at  INTEGER,
    archived  INTEGER NOT NULL
) STRICT;

-- One ends at a time. What names a season does so without a reference, which would walk the archive for each new season.
CREATE UNIQUE INDEX seasons_ending ON seasons (ended_at IS NULL) WHERE ended_at IS NULL;

CREATE TABLE season_standings (
    player     BLOB NOT NULL CHECK (length(player) = 16),
    season     INTEGER NOT NULL,
    rating     REAL NOT NULL,
    deviation  REAL NOT NULL,
    volatility REAL NOT NULL,
    version    INTEGER NOT NULL,
    rated_at   INTEGER NOT NULL,
    won        INTEGER NOT NULL,
    lost       INTEGER NOT NULL,
    drawn      INTEGER NOT NULL,
    PRIMARY KEY (player, season)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_heads (
    player  BLOB NOT NULL PRIMARY KEY CHECK (length(player) = 16),
    -- Number of the last event, and of the last one that was trimmed.
    seq     INTEGER NOT NULL,
    trimmed INTEGER NOT NULL,
    -- Time of the last event: a player's times never go back, so that trimming by time takes a prefix.
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    player BLOB NOT NULL CHECK (length(player) = 16),
    seq    INTEGER NOT NULL,
    ticket BLOB NOT NULL CHECK (length(ticket) = 16),
    event  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (player, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_at ON events (at, player, seq);
