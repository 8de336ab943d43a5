//! Runs under load in which the server dies: `./test all`.

mod cluster;
mod crashes;
mod full_disk;
mod keeper;
mod kills;
mod rolling;
