//! `content`: checks, publishes and shows content. It writes the durable store beside working servers, which follow within
//! seconds.
//!
//! Who may write the store may publish; no listener takes content, so that none has to be guarded for it.

use std::path::Path;

use serde::Serialize;
use tiltyard_actor_kit::Clock;
use tiltyard_actors::store_content;
use tiltyard_db::StoreError;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::content::{Origin, Published};
use tiltyard_protocol::{ContentHash, Timestamp};
use tiltyard_sim::Content;
use tiltyard_sim_wire::rules_version;

use super::{load, print, print_json, runtime};
use crate::cli::{ContentCommand, Options, PublishArgs};
use crate::config::Config;
use crate::exit::Fatal;
use crate::stores::Plan;
use crate::{content, crash};

/// What is in force.
#[derive(Serialize)]
struct InForce {
    content: ContentHash,
    origin: &'static str,
    at: Timestamp,
}

/// Result of `content publish --json`.
#[derive(Serialize)]
struct PublishReport {
    rules_version: u32,
    #[serde(flatten)]
    now: InForce,
    before: Option<InForce>,
}

/// Result of `content show --json`.
#[derive(Serialize)]
struct ShowReport {
    rules_version: u32,
    in_force: Option<InForce>,
    /// The content that this program was built with.
    builtin: ContentHash,
}

/// Result of `content check --json`.
#[derive(Serialize)]
struct CheckReport {
    valid: bool,
    content: Option<ContentHash>,
    errors: Vec<Mistake>,
}

#[derive(Serialize)]
struct Mistake {
    file: String,
    place: String,
    expected: String,
}

/// Runs a subcommand.
pub(super) fn run(options: &Options, command: ContentCommand) -> Result<(), Fatal> {
    match command {
        ContentCommand::Check { dir, json } => check(&dir, json),
        ContentCommand::Publish { what, json } => publish(&load(options)?, &what, json),
        ContentCommand::Show { json } => show(&load(options)?, json),
    }
}

fn check(dir: &Path, json: bool) -> Result<(), Fatal> {
    let (content, errors) = match content::check(dir)? {
        Ok(content) => (Some(content), Vec::new()),
        Err(errors) => (None, errors.0),
    };
    let (hash, found) = (content.as_ref().map(hash_of), errors.len());
    if json {
        let mistakes = errors.into_iter().map(|error| Mistake {
            file: error.file,
            place: error.place,
            expected: error.expected,
        });
        print_json(&CheckReport {
            valid: content.is_some(),
            content: hash,
            errors: mistakes.collect(),
        })?;
    } else {
        let lines: Vec<_> = match (&content, hash) {
            (Some(content), Some(hash)) => vec![summary(content, hash)],
            _ => errors.iter().map(ToString::to_string).collect(),
        };
        print(&lines.join("\n"))?;
    }
    match found {
        0 => Ok(()),
        found => Err(Fatal::new(
            Fatal::CHECK,
            format!("content {}: {found} mistakes", dir.display()),
        )),
    }
}

fn publish(config: &Config, what: &PublishArgs, json: bool) -> Result<(), Fatal> {
    crash::arm()?;
    let at = Timestamp::from_micros(Clock::system().now_micros());
    let folder = what.dir.as_deref().map(content::read).transpose()?;
    let (published, before) = with_store(config, async |durable| {
        let (content, origin) = match (folder, what.hash) {
            (Some(content), _) => (content, Origin::Operator),
            (None, Some(hash)) => (stored(&durable, hash).await?, Origin::Operator),
            (None, None) => (content::builtin()?, Origin::Builtin),
        };
        let hash = store_content(&durable, &content, at).await.map_err(|e| failed(&e))?;
        fail::fail_point!("content-before-publish");
        let published = Published { hash, origin, at };
        let before = durable.contents.publish(rules_version(), published).await;
        fail::fail_point!("content-after-publish");
        Ok((published, before.map_err(|error| failed(&error))?))
    })?;
    let (now, before) = (in_force(published), before.map(in_force));
    if json {
        return print_json(&PublishReport {
            rules_version: rules_version(),
            now,
            before,
        });
    }
    let before = before.map_or("nothing".to_owned(), |before| before.content.to_string());
    print(&format!(
        "in force for rules version {}: {} ({}), before: {before}",
        rules_version(),
        now.content,
        now.origin
    ))
}

fn show(config: &Config, json: bool) -> Result<(), Fatal> {
    let builtin = hash_of(&content::builtin()?);
    let published = with_store(config, async |durable| {
        let published = durable.contents.published(rules_version()).await;
        published.map_err(|error| failed(&error))
    })?;
    let in_force = published.map(in_force);
    if json {
        return print_json(&ShowReport {
            rules_version: rules_version(),
            in_force,
            builtin,
        });
    }
    let line = in_force.map_or("nothing is published yet".to_owned(), |now| {
        format!("{} ({}) since {}", now.content, now.origin, now.at)
    });
    print(&format!(
        "rules version {}: {line}\nbuilt in: {builtin}",
        rules_version()
    ))
}

/// Does something with the durable store, and closes it whatever came of that.
fn with_store<T>(config: &Config, work: impl AsyncFnOnce(Durable) -> Result<T, Fatal>) -> Result<T, Fatal> {
    let plan = Plan::of(config).map_err(|problem| Fatal::new(Fatal::CONFIG, problem))?;
    runtime()?.block_on(async {
        let store = plan.open_to_operate(config).await?;
        let done = work(store.durable.clone()).await;
        store.close().await?;
        done
    })
}

/// Reads what was published before.
async fn stored(durable: &Durable, hash: ContentHash) -> Result<Content, Fatal> {
    let bundle = durable.contents.content(hash).await.map_err(|error| failed(&error))?;
    let refused = |why: String| Fatal::new(Fatal::CONFIG, format!("--hash {hash}: {why}"));
    let bundle = bundle.ok_or_else(|| refused("no such content is stored".to_owned()))?;
    let content = content::parse(&bundle).map_err(refused)?;
    if hash_of(&content) == hash {
        Ok(content)
    } else {
        Err(refused(
            "it was made by another version, for which it has another hash".to_owned(),
        ))
    }
}

fn summary(content: &Content, hash: ContentHash) -> String {
    format!(
        "good: {} classes, {} abilities, {} bot teams; {hash}",
        content.classes().len(),
        content.abilities().len(),
        content.bots().len()
    )
}

fn hash_of(content: &Content) -> ContentHash {
    ContentHash::from_bytes(content.hash())
}

const fn in_force(published: Published) -> InForce {
    InForce {
        content: published.hash,
        origin: match published.origin {
            Origin::Builtin => "builtin",
            Origin::Operator => "operator",
        },
        at: published.at,
    }
}

fn failed(error: &StoreError) -> Fatal {
    Fatal::resource("content", error)
}
