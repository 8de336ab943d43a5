//! Private PostgreSQL, Redis and S3 servers for tests and load runs: processes only, no SQL.
