-- Nothing is filtered, so the limit is on rows looked at: a page costs the same where all are archived. With OFFSET 0 it stays a
-- look-up a player: otherwise it might hash all standings for each page.
SELECT r.player, r.rating, r.deviation, r.volatility, r.version, r.rated_at, r.won, r.lost, r.drawn,
    r.version > 0
    AND NOT EXISTS (SELECT 1 FROM season_standings AS s WHERE s.player = r.player AND s.season = $1 OFFSET 0)
FROM ratings AS r
WHERE r.player > $2
ORDER BY r.player
LIMIT $3
