SELECT queue, count(*) FROM tickets WHERE state = 0 AND queue IS NOT NULL GROUP BY queue ORDER BY queue
