//! What builds are made of, for editors: generated from the content in force, and kept as bytes until that changes.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::IF_NONE_MATCH;
use serde::Serialize;
use tiltyard_actors::InForce;
use tiltyard_protocol::{ContentHash, Problem, ProblemCode};
use tiltyard_sim::editor::Editor;
use tiltyard_sim_wire::rules_version;

use crate::http::{Answer, Call, cached_json, unchanged};
use crate::shared::Shared;

/// Answer of `GET /v1/content`.
#[derive(Debug, Serialize)]
struct ContentView<'a> {
    /// Hash of the content in force.
    content: ContentHash,
    /// Version of the rules.
    rules_version: u32,
    /// All that an editor needs.
    #[serde(flatten)]
    editor: Editor<'a>,
}

/// The answer for the content in force, made when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct ContentPage {
    made: Mutex<Option<Made>>,
}

/// An answer, and its tag: the same bytes have the same.
#[derive(Clone, Debug)]
struct Made {
    content: ContentHash,
    tag: String,
    body: Bytes,
}

impl ContentPage {
    fn of(&self, rules: &InForce) -> Result<Made, Problem> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match made.as_ref().filter(|made| made.content == rules.hash()) {
            Some(made) => Ok(made.clone()),
            None => Ok(made.insert(make(rules)?).clone()),
        }
    }
}

fn make(rules: &InForce) -> Result<Made, Problem> {
    let view = ContentView {
        content: rules.hash(),
        rules_version: rules_version(),
        editor: Editor::of(rules.content()),
    };
    let body = serde_json::to_vec(&view).map_err(|error| {
        tracing::error!(%error, "the content could not be described");
        Problem::new(ProblemCode::Internal, "the content could not be described")
    })?;
    Ok(Made {
        content: rules.hash(),
        tag: format!("\"{}\"", blake3::hash(&body).to_hex()),
        body: body.into(),
    })
}

/// `GET /v1/content`
pub(crate) fn get(shared: &Arc<Shared>, call: &Call) -> Answer {
    let made = shared.content_page.of(&shared.rules.in_force())?;
    let known = call.headers.get_all(IF_NONE_MATCH).iter();
    let is_known = known
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == made.tag);
    if is_known {
        unchanged(&made.tag)
    } else {
        cached_json(made.body, &made.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_actors::Rules;
    use tiltyard_sim::Content;

    #[test]
    fn the_page_is_made_once_for_each_content() {
        let page = ContentPage::default();
        let builtin = Content::builtin().unwrap();
        let points = format!("attribute_points:{}", builtin.rules().attribute_points);
        let of = |number: i32| {
            let text = builtin
                .canonical()
                .replace(&points, &format!("attribute_points:{number}"));
            let content = Content::from_canonical(&text).unwrap();
            page.of(&Rules::new(Arc::new(content), [0; 32]).in_force()).unwrap()
        };
        let (one, again, other) = (of(101), of(101), of(102));
        assert_eq!((one.body.as_ptr(), &one.tag), (again.body.as_ptr(), &again.tag));
        assert_ne!(one.tag, other.tag);
        let view: serde_json::Value = serde_json::from_slice(&other.body).unwrap();
        assert_eq!(view["limits"]["attribute_points"], 102);
        assert_eq!(view["content"], other.content.to_string());
        assert!(one.body.len() < 256 * 1024, "{}", one.body.len());
    }
}
