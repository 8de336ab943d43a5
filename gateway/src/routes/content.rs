//! What builds are made of: enough for a client to offer choices without knowing the rules.

use http::StatusCode;
use serde::Serialize;
use tiltyard_protocol::ContentHash;
use tiltyard_sim::{Bot, Class, Content, RULES_VERSION};

use crate::http::{Answer, json_reply};
use crate::shared::Shared;

/// Answer of `GET /v1/content`.
#[derive(Debug, Serialize)]
struct ContentView<'a> {
    /// Hash of the content in force.
    content: ContentHash,
    /// Version of the rules.
    rules_version: u32,
    /// The classes.
    classes: Vec<ClassView<'a>>,
    /// The bot teams.
    bots: Vec<BotView<'a>>,
}

#[derive(Debug, Serialize)]
struct ClassView<'a> {
    /// The key that builds use.
    key: &'a str,
    /// The name for people.
    name: &'a str,
    /// What it is for.
    role: &'static str,
    /// Keys of the abilities it may bring.
    abilities: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct BotView<'a> {
    /// The key that practice tickets use.
    key: &'a str,
    /// The name for people.
    name: &'a str,
    /// How good it is.
    strength: &'static str,
}

/// `GET /v1/content`
pub(crate) fn get(shared: &Shared) -> Answer {
    let content = shared.content();
    let view = ContentView {
        content: ContentHash::from_bytes(content.hash()),
        rules_version: RULES_VERSION,
        classes: content
            .classes()
            .iter()
            .map(|class| class_view(content, class))
            .collect(),
        bots: content.bots().iter().map(bot_view).collect(),
    };
    json_reply(StatusCode::OK, &view)
}

fn class_view<'a>(content: &'a Content, class: &'a Class) -> ClassView<'a> {
    let ability = |id| content.ability(id).map(|ability| ability.key.as_str());
    ClassView {
        key: &class.key,
        name: &class.name,
        role: class.role.key(),
        abilities: class.abilities.iter().filter_map(|&id| ability(id)).collect(),
    }
}

fn bot_view(bot: &Bot) -> BotView<'_> {
    BotView {
        key: &bot.key,
        name: &bot.name,
        strength: bot.strength.key(),
    }
}
