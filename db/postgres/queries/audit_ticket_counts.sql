SELECT (SELECT coalesce(sum(accepted), 0)::bigint FROM accepted_counts),
       count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
       count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 4), count(*) FILTER (WHERE state = 5)
FROM tickets
