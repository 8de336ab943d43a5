-- A history without a rating.
SELECT 'history of ' || c.player || ' has no rating'
FROM rating_changes c WHERE c.number = 1 AND NOT EXISTS (SELECT 1 FROM ratings r WHERE r.player = c.player)
LIMIT $1
