UPDATE store SET accepted = accepted + ?1
