-- Tickets that were accepted and are not there, or the other way round.
SELECT 'accepted were ' || accepted || ' tickets, stored are ' || stored
FROM (SELECT (SELECT accepted FROM store) AS accepted, (SELECT count(*) FROM tickets) AS stored)
WHERE accepted <> stored
LIMIT ?1
