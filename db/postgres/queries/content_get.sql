SELECT bundle FROM contents WHERE hash = $1
