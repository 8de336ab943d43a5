-- The schema of the durable store in PostgreSQL. Ids are uuid, hashes bytea, closed sets small integers whose meaning stands in
-- src/codes.rs. Times are microseconds since the Unix epoch in a bigint: what the program holds, without a time zone, a
-- conversion or an infinity on the way. Ratings are float8, which keeps every bit.
--
-- Lock order of every statement: the gates of players (advisory), leader, tickets by (player, id), matches by id, ratings by
-- player, event heads by player, counters.
--
-- Hot tables name each other without foreign keys: the statements that write a row hold the locks of the rows it names, nothing
-- deletes those, and the audit looks for what is missing. A check per row would cost a match commit more than its inserts do.
-- Tables whose rows are updated leave room in each page, so that the new version of a row stays beside the old one.

CREATE TABLE store (
    only_row   smallint PRIMARY KEY CHECK (only_row = 1),
    generation bigint NOT NULL
);

INSERT INTO store (only_row, generation) VALUES (1, 1);

-- Tickets accepted so far: the left side of invariant I11. Each session adds to a row of its own where it can, so that nodes do
-- not queue for one row.
CREATE TABLE accepted_counts (
    stripe   integer PRIMARY KEY,
    accepted bigint NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE players (
    id         uuid PRIMARY KEY,
    identity   text NOT NULL UNIQUE,
    name       text NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE secrets (
    name   text PRIMARY KEY,
    secret bytea NOT NULL
);

CREATE TABLE contents (
    hash      bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    bundle    bytea NOT NULL,
    stored_at bigint NOT NULL
);

CREATE TABLE builds (
    hash  bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    build bytea NOT NULL
);

CREATE TABLE teams (
    player     uuid NOT NULL,
    id         uuid NOT NULL,
    name       text NOT NULL,
    build      bytea NOT NULL REFERENCES builds (hash),
    updated_at bigint NOT NULL,
    PRIMARY KEY (player, id)
) WITH (fillfactor = 90);

CREATE TABLE tickets (
    player      uuid NOT NULL,
    id          uuid NOT NULL,
    request     bytea NOT NULL CHECK (octet_length(request) = 32),
    build       bytea NOT NULL CHECK (octet_length(build) = 32),
    -- NULL for practice, with the spread.
    queue       text,
    spread      integer,
    -- How wide the owner lets the spread become; NULL: no wider.
    widen_to    integer CHECK (widen_to >= spread),
    state       smallint NOT NULL CHECK (state BETWEEN 0 AND 5),
    -- Set while the ticket is live; its uniqueness is what holds the cap.
    slot        integer,
    enqueued_at bigint NOT NULL,
    expires_at  bigint NOT NULL,
    match_id    uuid,
    ended_at    bigint,
    -- Number of the event that told the owner about the end.
    told_seq    bigint,
    PRIMARY KEY (player, id),
    CHECK ((queue IS NULL) = (spread IS NULL))
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX tickets_slot ON tickets (player, slot) WHERE slot IS NOT NULL;
CREATE INDEX tickets_queued ON tickets (queue, player, id) WHERE state = 0;
CREATE INDEX tickets_queued_since ON tickets (queue, enqueued_at) WHERE state = 0;
CREATE INDEX tickets_expiring ON tickets (expires_at) WHERE state = 0;

-- Ids that were cancelled before they arrived.
CREATE TABLE tombstones (
    player       uuid NOT NULL,
    ticket       uuid NOT NULL,
    cancelled_at bigint NOT NULL,
    PRIMARY KEY (player, ticket)
);

-- Who may make matches in a queue. A commit holds its row FOR SHARE to the end, so that minting, which updates it, waits.
CREATE TABLE leaders (
    queue text PRIMARY KEY,
    epoch bigint NOT NULL,
    boot  uuid NOT NULL
) WITH (fillfactor = 20);

-- Every epoch there was. Numbered in the order of minting, so that the audit can see an epoch that went back (I5).
CREATE TABLE epochs (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue       text NOT NULL,
    epoch       bigint NOT NULL,
    boot        uuid NOT NULL,
    minted_at   bigint NOT NULL,
    -- Matches made when the next epoch was minted (I6).
    closed_with bigint,
    UNIQUE (queue, epoch)
);

-- Matches made so far by each epoch, in a few rows so that commits of one leader need not wait for each other.
CREATE TABLE epoch_counts (
    queue  text NOT NULL,
    epoch  bigint NOT NULL,
    stripe integer NOT NULL,
    made   bigint NOT NULL,
    PRIMARY KEY (queue, epoch, stripe)
) WITH (fillfactor = 50);

CREATE TABLE matches (
    id            uuid PRIMARY KEY,
    mode          smallint NOT NULL,
    state         smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
    -- Under which leadership the match was made; NULL for practice.
    queue         text,
    epoch         bigint,
    boot          uuid,
    engine        text NOT NULL,
    rules_version bigint NOT NULL,
    content       bytea NOT NULL CHECK (octet_length(content) = 32),
    rng           text NOT NULL,
    seed          bytea NOT NULL CHECK (octet_length(seed) = 16),
    created_at    bigint NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX matches_pending ON matches (created_at, id) WHERE state = 0;

CREATE TABLE match_seats (
    match_id   uuid NOT NULL,
    side       smallint NOT NULL CHECK (side IN (0, 1)),
    player     uuid,
    ticket     uuid,
    bot        text,
    build      bytea NOT NULL CHECK (octet_length(build) = 32),
    -- The match's, so that a page of history is one walk along an index.
    created_at bigint NOT NULL,
    PRIMARY KEY (match_id, side),
    CHECK ((bot IS NULL) = (player IS NOT NULL) AND (player IS NULL) = (ticket IS NULL))
);

-- No ticket has two seats, whatever the code does (I1).
CREATE UNIQUE INDEX match_seats_ticket ON match_seats (player, ticket) WHERE player IS NOT NULL;
CREATE INDEX match_seats_history ON match_seats (player, created_at, match_id) WHERE player IS NOT NULL;

CREATE TABLE match_results (
    match_id        uuid PRIMARY KEY,
    winner          smallint,
    reason          smallint NOT NULL,
    ticks           bigint NOT NULL,
    -- The 64 bits of the hash, as a signed number.
    state_hash      bigint NOT NULL,
    result          bytea NOT NULL,
    replay_key      text NOT NULL,
    replay_size     bigint NOT NULL,
    replay_checksum bytea NOT NULL CHECK (octet_length(replay_checksum) = 32),
    finished_at     bigint NOT NULL
);

CREATE TABLE dead_letters (
    match_id uuid PRIMARY KEY,
    why      text NOT NULL,
    at       bigint NOT NULL
);

-- The key makes a repeated report of one failure count once.
CREATE TABLE failures (
    match_id uuid NOT NULL,
    node     uuid NOT NULL,
    at       bigint NOT NULL,
    why      text NOT NULL,
    -- Under which the attempt was made; those of former rules count no more.
    rules_version bigint NOT NULL,
    PRIMARY KEY (match_id, node, at)
);

CREATE TABLE replay_spool (
    replay_key text PRIMARY KEY,
    size       bigint NOT NULL,
    checksum   bytea NOT NULL CHECK (octet_length(checksum) = 32),
    replay     bytea NOT NULL,
    spooled_at bigint NOT NULL,
    -- Tells replays of one moment apart.
    number     bigint GENERATED ALWAYS AS IDENTITY
);

-- Compressed already.
ALTER TABLE replay_spool ALTER COLUMN replay SET STORAGE EXTERNAL;
CREATE INDEX replay_spool_age ON replay_spool (spooled_at, number);

-- A player's row may be at version 0, with what every player starts with: made to be locked before the first change.
CREATE TABLE ratings (
    player     uuid PRIMARY KEY,
    rating     float8 NOT NULL,
    deviation  float8 NOT NULL,
    volatility float8 NOT NULL,
    version    bigint NOT NULL CHECK (version >= 0),
    rated_at   bigint,
    won        bigint NOT NULL,
    lost       bigint NOT NULL,
    drawn      bigint NOT NULL,
    CHECK ((version = 0) = (rated_at IS NULL)),
    CHECK (rating <> 'NaN' AND deviation <> 'NaN' AND volatility <> 'NaN')
) WITH (fillfactor = 70);

CREATE TABLE rating_changes (
    player              uuid NOT NULL,
    number              bigint NOT NULL,
    match_id            uuid NOT NULL,
    before_rating       float8 NOT NULL,
    before_deviation    float8 NOT NULL,
    before_volatility   float8 NOT NULL,
    after_rating        float8 NOT NULL,
    after_deviation     float8 NOT NULL,
    after_volatility    float8 NOT NULL,
    opponent_rating     float8 NOT NULL,
    opponent_deviation  float8 NOT NULL,
    opponent_volatility float8 NOT NULL,
    score               smallint NOT NULL,
    idle_micros         bigint NOT NULL,
    algorithm           integer NOT NULL,
    at                  bigint NOT NULL,
    PRIMARY KEY (player, number)
);

-- One change per player and match (I4).
CREATE UNIQUE INDEX rating_changes_match ON rating_changes (match_id, player);

CREATE TABLE event_heads (
    player  uuid PRIMARY KEY,
    -- Number of the last event, and of the last one that was trimmed.
    seq     bigint NOT NULL,
    trimmed bigint NOT NULL,
    -- Time of the last event: a player's times never go back, so that trimming by time takes a prefix.
    last_at bigint NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE events (
    player uuid NOT NULL,
    seq    bigint NOT NULL,
    ticket uuid NOT NULL,
    event  text NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (player, seq)
);

CREATE INDEX events_at ON events (at, player, seq);
