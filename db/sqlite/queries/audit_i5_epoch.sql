-- An epoch that is not higher than the one minted before it.
SELECT 'queue ' || e.queue || ' went from epoch ' || (SELECT max(b.epoch) FROM epochs b WHERE b.queue = e.queue AND b.number < e.number) || ' to ' || e.epoch
FROM epochs e
WHERE e.number = ?1
  AND e.epoch <= (SELECT max(b.epoch) FROM epochs b WHERE b.queue = e.queue AND b.number < e.number)
LIMIT ?2
