SELECT epoch, boot FROM epochs WHERE queue = ?1 ORDER BY epoch DESC LIMIT 1
