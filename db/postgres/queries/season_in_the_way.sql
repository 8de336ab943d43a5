SELECT number, name, keep, deviation, began_at, ended_at, archived
FROM seasons WHERE name = $1 OR ended_at IS NULL
ORDER BY ended_at IS NOT NULL
LIMIT 1
