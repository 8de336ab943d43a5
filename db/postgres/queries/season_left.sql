SELECT count(*) FROM ratings AS r
WHERE r.version > 0 AND NOT EXISTS (SELECT 1 FROM season_standings AS s WHERE s.player = r.player AND s.season = $1)
