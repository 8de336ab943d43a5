-- A season's end that is in the history and not in the archive.
SELECT 'season ' || c.season || ' of ' || hex(c.player) || ' differs between archive and history'
FROM rating_changes c
LEFT JOIN season_standings s ON s.player = c.player AND s.season = c.season
WHERE c.player = ?1 AND c.number = ?2
  AND c.season IS NOT NULL AND s.season IS NULL
LIMIT ?3
