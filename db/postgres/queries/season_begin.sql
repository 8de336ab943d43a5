INSERT INTO seasons (number, name, keep, deviation, began_at, archived)
SELECT coalesce((SELECT max(number) FROM seasons), 0) + 1, $1, $2, $3, $4, 0
WHERE NOT EXISTS (SELECT 1 FROM seasons WHERE name = $1 OR ended_at IS NULL)
ON CONFLICT DO NOTHING
