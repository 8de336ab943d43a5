-- Tickets that were accepted and are not there, or the other way round.
SELECT 'accepted were ' || accepted || ' tickets, stored are ' || stored
FROM (SELECT (SELECT coalesce(sum(accepted), 0) FROM accepted_counts) AS accepted, (SELECT count(*) FROM tickets) AS stored) AS counted
WHERE accepted <> stored
LIMIT $1
