-- Which content is in force, by version of the rules: nodes of two versions, side by side, each follow what theirs can read.
-- origin: 0 a program's own content, which the next program's replaces; 1 an operator's, which stays.

CREATE TABLE published_contents (
    rules_version bigint PRIMARY KEY,
    hash          bytea NOT NULL REFERENCES contents (hash),
    origin        smallint NOT NULL CHECK (origin IN (0, 1)),
    published_at  bigint NOT NULL
);
