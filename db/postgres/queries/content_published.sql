SELECT hash, origin, published_at FROM published_contents WHERE rules_version = $1
