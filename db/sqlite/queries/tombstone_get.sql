SELECT 1 FROM tombstones WHERE player = ?1 AND ticket = ?2
