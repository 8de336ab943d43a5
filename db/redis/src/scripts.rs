//! The Lua scripts, each in a file of its own that says its keys and arguments.
//!
//! All keys of one call have the same `{...}` tag, so the same slot of a cluster; all time is the server's.

use std::sync::LazyLock;

use fred::clients::{Client, WithOptions};
use fred::interfaces::LuaInterface;
use fred::types::Value;
use fred::types::scripts::Script;

use crate::fault::is_unknown_script;

macro_rules! scripts {
    ($($name:ident: $file:literal),+ $(,)?) => {
        $(
            #[doc = concat!("See `scripts/", $file, "`.")]
            pub(crate) static $name: LazyLock<Script> =
                LazyLock::new(|| Script::from_lua(include_str!(concat!("../scripts/", $file))));
        )+

        /// The name and text of each script.
        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$(($file, include_str!(concat!("../scripts/", $file)))),+];
    };
}

scripts! {
    BOARD_NOTE: "board_note.lua",
    BOARD_POST: "board_post.lua",
    JOBS_ACKNOWLEDGE: "jobs_acknowledge.lua",
    JOBS_ATTEND: "jobs_attend.lua",
    JOBS_ATTENDED: "jobs_attended.lua",
    JOBS_CLAIM: "jobs_claim.lua",
    JOBS_DEPTH: "jobs_depth.lua",
    JOBS_SUBMIT: "jobs_submit.lua",
    JOBS_TAKE: "jobs_take.lua",
    LEASE_HOLD: "lease_hold.lua",
    LEASE_RELEASE: "lease_release.lua",
    LIMIT_ALLOW: "limit_allow.lua",
    PRESENCE_ATTACH: "presence_attach.lua",
    PRESENCE_DETACH: "presence_detach.lua",
    PRESENCE_NODES: "presence_nodes.lua",
}

/// Runs a script. A server that does not know it, after a restart or a `SCRIPT FLUSH`, is sent its text, which it keeps;
/// the first attempt has then done nothing.
pub(crate) async fn run(
    script: &Script,
    client: &WithOptions<Client>,
    keys: Vec<String>,
    arguments: Vec<Value>,
) -> Result<Value, fred::error::Error> {
    let known = client
        .evalsha(script.sha1().clone(), keys.clone(), arguments.clone())
        .await;
    match (known, script.lua()) {
        (Err(error), Some(text)) if is_unknown_script(&error) => client.eval(text.clone(), keys, arguments).await,
        (answer, _) => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;

    #[test]
    fn each_script_says_its_keys_arguments_and_answer() {
        for (name, text) in ALL {
            for word in ["-- KEYS", "-- ARGV", "-- Returns"] {
                assert!(text.lines().any(|line| line.starts_with(word)), "{name} lacks {word}");
            }
        }
    }

    #[test]
    fn every_file_is_in_the_list() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts")).unwrap();
        let files: BTreeSet<String> = folder
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        let listed: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, listed);
    }
}
