-- An epoch that made a match after the next one was minted.
SELECT 'epoch ' || e.epoch || ' of queue ' || e.queue || ' made ' || e.made || ' matches, ' || e.closed_with || ' when the next one was minted'
FROM epochs e
WHERE e.number = ?1
  AND e.closed_with <> e.made
LIMIT ?2
