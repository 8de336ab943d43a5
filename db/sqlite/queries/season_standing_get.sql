SELECT 1 FROM season_standings WHERE player = ?1 AND season = ?2
