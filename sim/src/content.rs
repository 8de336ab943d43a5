//! Everything a designer may change: rules, attributes, classes, abilities, bot teams, from RON texts.
//!
//! The crate does no I/O: files come in as `(name, text)` pairs, the built-in ones are compiled in.

mod check;
mod class;
mod effect;
mod error;
mod load;
mod resolve;
mod source;

pub use self::class::{Class, Form, Summon};
pub use self::effect::{Effect, Reach};
pub use self::error::{ContentError, ContentErrors};
pub(crate) use self::resolve::summoned;
pub(crate) use self::source::SummonSource;
pub use self::source::{Ability, Aim, Fatigue, Formation, Rules, Spot, Strength};

use crate::build::Build;
use crate::kinds::{AbilityId, Attribute, ClassId, Stat};
use crate::team::Team;

/// Values of all stats, by `Stat::index`.
pub type Stats = [i32; Stat::COUNT];

/// Checked content, with lookups by number and by key.
#[derive(Clone, Debug)]
pub struct Content {
    rules: Rules,
    /// Change of a stat per point, in permille or points as [`Stat::is_additive`] says.
    attributes: Vec<(Attribute, Stat, i32)>,
    classes: Vec<Class>,
    summons: Vec<Summon>,
    forms: Vec<Form>,
    formations: Vec<Formation>,
    abilities: Vec<Ability>,
    bots: Vec<Bot>,
    canonical: String,
    hash: [u8; 32],
}

/// A named team anyone can fight.
#[derive(Clone, Debug)]
pub struct Bot {
    /// Its stable key.
    pub key: String,
    /// The name people read.
    pub name: String,
    /// How good it is.
    pub strength: Strength,
    /// Its build.
    pub build: Build,
    /// The build, validated.
    pub team: Team,
}

impl Content {
    /// Returns the content that is compiled into this crate.
    ///
    /// # Errors
    /// When the compiled-in files are wrong, which a test rules out.
    pub fn builtin() -> Result<Self, ContentErrors> {
        Self::parse(load::BUILTIN)
    }

    /// Parses and checks content files: `rules.ron`, `attributes.ron`, `classes.ron`, `summons.ron`, `forms.ron`,
    /// `formations.ron`, `bots.ron` and any number of `abilities/NAME.ron`, given as (name, text). Numbers of classes and abilities follow the sorted file names.
    ///
    /// # Errors
    /// Everything that is wrong, with file and place.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, ContentErrors> {
        load::parse(files)
    }

    /// Parses what [`Self::canonical`] returned, for content that is stored by its hash.
    ///
    /// # Errors
    /// Everything that is wrong, with its place.
    pub fn from_canonical(text: &str) -> Result<Self, ContentErrors> {
        load::from_canonical(text)
    }

    /// Returns the one text that stands for this content, whatever its files' comments, spacing and names.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Returns BLAKE3 of [`Self::canonical`].
    #[must_use]
    pub const fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Returns the rules.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns what one point of an attribute changes: (stat, change), the change in permille, or in the stat's own
    /// points where [`Stat::is_additive`] says so.
    pub fn attribute_effects(&self, attribute: Attribute) -> impl Iterator<Item = (Stat, i32)> {
        self.attributes
            .iter()
            .filter(move |entry| entry.0 == attribute)
            .map(|entry| (entry.1, entry.2))
    }

    /// Returns the classes that players choose from; the index is the class's number.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Returns the classes that abilities summon.
    #[must_use]
    pub fn summons(&self) -> &[Summon] {
        &self.summons
    }

    /// Returns the forms that abilities turn units into.
    #[must_use]
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// Returns the formations proposed to players.
    #[must_use]
    pub fn formations(&self) -> &[Formation] {
        &self.formations
    }

    /// Returns all abilities; the index is the ability's number.
    #[must_use]
    pub fn abilities(&self) -> &[Ability] {
        &self.abilities
    }

    /// Returns the bot teams.
    #[must_use]
    pub fn bots(&self) -> &[Bot] {
        &self.bots
    }

    /// Returns the class of a number, also a summoned one.
    #[must_use]
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        let index = usize::from(id.0);
        let summoned = || {
            self.summons
                .get(index.checked_sub(self.classes.len())?)
                .map(|summon| &summon.class)
        };
        self.classes.get(index).or_else(summoned)
    }

    /// Returns the key of a class, summoned class or form.
    #[must_use]
    pub fn look(&self, id: ClassId) -> Option<&str> {
        let form = || self.forms.iter().find(|form| form.id == id).map(|form| &*form.key);
        self.class(id).map(|class| &*class.key).or_else(form)
    }

    /// Returns the ability of a number that this content gave out.
    #[must_use]
    pub fn ability(&self, id: AbilityId) -> Option<&Ability> {
        self.abilities.get(usize::from(id.0))
    }

    /// Returns the summoned class with this key.
    #[must_use]
    pub fn summon(&self, key: &str) -> Option<&Summon> {
        self.summons.iter().find(|summon| summon.class.key == key)
    }

    /// Returns the form with this key and its index.
    #[must_use]
    pub fn form(&self, key: &str) -> Option<(usize, &Form)> {
        self.forms.iter().enumerate().find(|(_, form)| form.key == key)
    }

    /// Returns the number of the class with this key that players can choose.
    #[must_use]
    pub fn class_id(&self, key: &str) -> Option<ClassId> {
        let index = self.classes.iter().position(|class| class.key == key)?;
        u8::try_from(index).ok().map(ClassId)
    }

    /// Returns the number of the ability with this key.
    #[must_use]
    pub fn ability_id(&self, key: &str) -> Option<AbilityId> {
        let index = self.abilities.iter().position(|ability| ability.key == key)?;
        u16::try_from(index).ok().map(AbilityId)
    }

    /// Returns the bot team with this key.
    #[must_use]
    pub fn bot(&self, key: &str) -> Option<&Bot> {
        self.bots.iter().find(|bot| bot.key == key)
    }
}
