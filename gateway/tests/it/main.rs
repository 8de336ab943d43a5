//! Tests of the real binary: each starts its own process on free ports with its own data folder.

mod commands;
mod connections;
mod play;
mod sign_in;
mod streams;
mod support;
mod table;
