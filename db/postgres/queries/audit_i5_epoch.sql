-- An epoch that is not higher than the one minted before it.
WITH minted AS (
    SELECT queue, epoch, lag(epoch, 1, 0) OVER (PARTITION BY queue ORDER BY number) AS last_epoch FROM epochs
)
SELECT 'queue ' || queue || ' went from epoch ' || last_epoch || ' to ' || epoch
FROM minted WHERE epoch <= last_epoch
LIMIT $1
