//! The live store in Redis.
