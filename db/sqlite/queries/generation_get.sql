SELECT generation FROM store
