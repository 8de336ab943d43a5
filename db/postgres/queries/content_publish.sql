WITH before AS (
    SELECT hash, origin, published_at FROM published_contents WHERE rules_version = $1 FOR UPDATE
), published AS (
    INSERT INTO published_contents (rules_version, hash, origin, published_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (rules_version) DO UPDATE
    SET hash = excluded.hash, origin = excluded.origin, published_at = excluded.published_at
)
SELECT hash, origin, published_at FROM before
