//! What a person reads at start: where things are stored, and the links.

use super::Addresses;
use crate::config::Config;

/// Returns the lines. Tests and scripts read the addresses after `players` and `operators`.
pub(super) fn of(config: &Config, at: Addresses) -> String {
    let players = format!("http://{}", at.players);
    let operators = format!("http://{}", at.operators);
    let mut lines = vec![
        format!("tiltyard {} ({})", env!("CARGO_PKG_VERSION"), config.environment),
        format!("  database   {}", config.database_url()),
        format!("  live       {}", config.redis_url),
        format!("  replays    {}", config.replay_url()),
        format!("  players    {players}"),
        format!("  operators  {operators}"),
        format!("  health     {players}/readyz  {players}/version"),
        format!("  content    {players}/v1/content"),
        format!("  metrics    {operators}/metrics"),
    ];
    #[cfg(feature = "dev-endpoints")]
    if config.serves_dev_endpoints() {
        lines.push(format!(
            "  sign in    curl -s {players}/v1/dev/sign-in -H 'content-type: application/json' -d '{{\"name\":\"alice\"}}'"
        ));
    }
    lines.push("ready".to_owned());
    lines.join("\n")
}
