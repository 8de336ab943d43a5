SELECT coalesce(h.seq, 0)
FROM unnest($1::uuid[]) WITH ORDINALITY AS w (player, ord)
LEFT JOIN LATERAL (SELECT h.seq FROM event_heads AS h WHERE h.player = w.player OFFSET 0) AS h ON true
ORDER BY w.ord
