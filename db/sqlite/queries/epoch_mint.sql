INSERT INTO epochs (queue, epoch, boot, minted_at) VALUES (?1, ?2, ?3, ?4)
