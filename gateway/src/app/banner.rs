//! What a person reads at start: where things are stored, and the links.

use super::Addresses;
use crate::config::Config;

/// Returns the lines. Tests and scripts read the addresses after `players` and `operators`.
pub(super) fn of(config: &Config, at: Addresses) -> String {
    let operators = format!("http://{}", at.operators);
    let mut lines = vec![
        format!("tiltyard {} ({})", env!("CARGO_PKG_VERSION"), config.environment),
        format!("  roles      {}", config.roles),
        format!("  database   {}", config.database_url()),
        format!("  live       {}", config.redis_url),
        format!("  replays    {}", config.replay_url()),
    ];
    if let Some(players) = at.players {
        lines.extend(for_players(config, &format!("http://{players}")));
    }
    lines.extend([
        format!("  operators  {operators}"),
        format!("  health     {operators}/readyz  {operators}/version"),
        format!("  metrics    {operators}/metrics"),
    ]);
    lines.push("ready".to_owned());
    lines.join("\n")
}

#[cfg_attr(
    not(feature = "dev-endpoints"),
    expect(unused_variables, reason = "only development endpoints depend on it")
)]
fn for_players(config: &Config, players: &str) -> Vec<String> {
    let lines = [
        format!("  players    {players}"),
        format!("  content    {players}/v1/content"),
    ];
    #[cfg(feature = "dev-endpoints")]
    let lines = lines.into_iter().chain(config.serves_dev_endpoints().then(|| {
        format!(
            "  sign in    curl -s {players}/v1/dev/sign-in -H 'content-type: application/json' -d '{{\"name\":\"alice\"}}'"
        )
    }));
    lines.into_iter().collect()
}
