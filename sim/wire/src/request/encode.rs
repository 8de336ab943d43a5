//! Match request out: builds to tables.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use tiltyard_protocol::generated::common;
use tiltyard_protocol::generated::match_request as fb;
use tiltyard_sim::{Action, Attributes, Build, Rule, Stance, UnitBuild};

use super::{MatchRequest, SHAPE, condition};
use crate::message::FORMAT;
use crate::versions;

/// Bytes that most requests fit in, so that the builder seldom grows.
const BYTES_USUAL: usize = 16 * 1024;

/// Writes a request; equal requests give equal bytes. A request whose builds pass validation always fits the reader's caps.
#[must_use]
pub fn encode_request(request: &MatchRequest) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::with_capacity(BYTES_USUAL);
    let right = build(&mut builder, &request.right);
    let left = build(&mut builder, &request.left);
    let versions = versions::encode(&mut builder, &request.versions);
    let args = fb::MatchRequestArgs {
        format: FORMAT,
        match_id: Some(&common::Bytes16::new(request.match_id.as_bytes())),
        versions: Some(versions),
        left: Some(left),
        right: Some(right),
    };
    let root = fb::MatchRequest::create(&mut builder, &args);
    SHAPE.finish(builder, root)
}

fn build<'a>(builder: &mut FlatBufferBuilder<'a>, build: &Build) -> WIPOffset<fb::Build<'a>> {
    let Build { units } = build;
    let units: Vec<_> = units.iter().map(|each| unit(builder, each)).collect();
    let units = builder.create_vector(&units);
    fb::Build::create(builder, &fb::BuildArgs { units: Some(units) })
}

fn unit<'a>(builder: &mut FlatBufferBuilder<'a>, unit: &UnitBuild) -> WIPOffset<fb::Unit<'a>> {
    let UnitBuild {
        class,
        abilities,
        attributes,
        position,
        stance,
        rules,
    } = unit;
    let rules: Vec<_> = rules.iter().map(|each| rule(builder, each)).collect();
    let rules = builder.create_vector(&rules);
    let abilities: Vec<_> = abilities.iter().map(|key| builder.create_shared_string(key)).collect();
    let abilities = builder.create_vector(&abilities);
    let class = builder.create_shared_string(class);
    let args = fb::UnitArgs {
        class: Some(class),
        abilities: Some(abilities),
        attributes: Some(&points(attributes)),
        position: Some(&common::Point::new(position.x, position.y)),
        stance: Some(&manner(*stance)),
        rules: Some(rules),
    };
    fb::Unit::create(builder, &args)
}

fn points(attributes: &Attributes) -> fb::Attributes {
    let Attributes {
        might,
        vigor,
        guard,
        ward,
        agility,
        precision,
        tempo,
    } = *attributes;
    fb::Attributes::new(might, vigor, guard, ward, agility, precision, tempo)
}

fn manner(stance: Stance) -> fb::Stance {
    let (kind, value) = match stance {
        Stance::Aggressive => (fb::StanceKind::Aggressive, 0),
        Stance::Hold => (fb::StanceKind::Hold, 0),
        Stance::MaintainRange(range) => (fb::StanceKind::MaintainRange, range),
        Stance::Kite => (fb::StanceKind::Kite, 0),
        Stance::Protect(unit) => (fb::StanceKind::Protect, unit),
        Stance::Focus(role) => (fb::StanceKind::Focus, i32::from(role as u8)),
    };
    fb::Stance::new(kind, value)
}

fn rule<'a>(builder: &mut FlatBufferBuilder<'a>, rule: &Rule) -> WIPOffset<fb::Rule<'a>> {
    let Rule { action, target, when } = rule;
    let nodes = condition::encode(when);
    let when = builder.create_vector(&nodes);
    let (ability, strategy) = match action {
        Action::Ability(key) => (Some(builder.create_shared_string(key)), None),
        Action::Strategy(strategy) => (None, Some(fb::Strategy(*strategy as u8))),
    };
    let args = fb::RuleArgs {
        ability,
        strategy,
        target: fb::Selector(*target as u8),
        when: Some(when),
    };
    fb::Rule::create(builder, &args)
}
