//! Submissions: what a voter sends, and how it is read as the marks of a ballot.
//!
//! A field that belongs to another kind of ballot is a mistake, and never ignored.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

use super::{Mistake, Wrong};
use crate::{
    marks::{self, Form, KEY_LENGTH, Kind, Marks, MarksError},
    models::poll::Definition,
    text::plain,
};

/// What a voter wants done with a ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Cast it, or show it for review first where the poll asks for that.
    Cast,
    /// Cast it: the voter has reviewed it.
    Confirmed,
    /// Show the form again with these marks, to change them.
    Edit,
}

/// What a voter sends.
pub struct Submission<'f> {
    /// The marked choices of a ballot on which one or several are marked.
    pub votes: Vec<&'f str>,
    /// Choices and their scores, as they were typed.
    pub scores: Vec<(&'f str, &'f str)>,
    /// Choices and their ranks, as they were typed.
    pub ranks: Vec<(&'f str, &'f str)>,
    /// A ballot of any kind in the canonical notation; the empty text is a blank one.
    pub marks: Option<&'f str>,
    /// Whether the voter asks for a blank ballot.
    pub blank: bool,
    /// The key that recognises the submission when it is sent again.
    pub key: Option<&'f str>,
    /// The code of an invitation.
    pub code: Option<&'f str>,
    /// The poll's revision when the voter reviewed the ballot.
    pub revision: Option<&'f str>,
    /// What to do with the ballot.
    pub action: Action,
}

impl<'f> Submission<'f> {
    /// The marks on the ballot of this poll.
    ///
    /// # Errors
    /// All mistakes in them, at least one.
    pub fn marks(&self, definition: &Definition) -> Result<Marks, Vec<Mistake>> {
        let form = definition.poll.settings.marking().form();
        let ballot = |wrong: Wrong| Err(vec![Mistake::of_ballot(wrong)]);
        if let Some(field) = self.foreign(form.kind) {
            return ballot(Wrong::Field(field));
        }
        let marked =
            !self.scores.is_empty() || !self.ranks.is_empty() || self.votes.iter().any(|vote| !vote.is_empty());
        match (self.marks, self.blank) {
            (Some(_), _) if marked || self.blank => {
                return ballot(Wrong::Both);
            }
            (Some(text), _) => {
                let read: Vec<_> = marks::read(form.kind, text.trim()).flatten().collect();
                return Marks::parse(text, form, definition.keys()).map_err(|error| mistakes(error, definition, &read));
            }
            (None, true) if marked => return ballot(Wrong::BlankWithMarks),
            (None, true) if !form.blank => return ballot(Wrong::NoBlank),
            (None, true) => return from_marks(&[], form, definition),
            (None, false) => {}
        }
        // Only its own button casts a blank ballot.
        let form = Form { blank: false, ..form };
        match form.kind {
            Kind::Pick | Kind::Approval => self.choices(form, definition),
            Kind::Score => numbers(&self.scores, form, 0..=form.most, definition),
            Kind::Ranking => numbers(&self.ranks, form, 1..=definition.choices.len() as u32, definition),
        }
    }

    /// Reads a ballot on which choices are marked, one or several.
    fn choices(&self, form: Form, definition: &Definition) -> Result<Marks, Vec<Mistake>> {
        if form.kind == Kind::Pick && self.votes.len() > 1 {
            return Err(vec![Mistake::of_ballot(Wrong::Several)]);
        }
        let votes = self.votes.iter().filter(|vote| !vote.is_empty());
        let read: Vec<_> = votes.map(|vote| (*vote, 1)).collect();
        if read.iter().any(|(vote, _)| vote.len() > KEY_LENGTH) {
            return Err(mistakes(MarksError::TooLong, definition, &read));
        }
        from_marks(&read, form, definition)
    }

    /// The form of this kind of ballot as it was filled in: the value of each marked choice's field, by its key.
    pub fn filled(&self, kind: Kind) -> BTreeMap<String, String> {
        let mut filled = BTreeMap::new();
        let mut put = |key: &str, value: &str| {
            filled.entry(short(key)).or_insert_with(|| short(value));
        };
        match (self.marks, kind) {
            (Some(text), _) => {
                marks::read(kind, text.trim()).flatten().for_each(|(key, value)| put(key, &value.to_string()));
            }
            (None, Kind::Pick | Kind::Approval) => self.votes.iter().for_each(|vote| put(vote, "1")),
            (None, Kind::Score) => self.scores.iter().for_each(|(key, score)| put(key, score)),
            (None, Kind::Ranking) => self.ranks.iter().for_each(|(key, rank)| put(key, rank)),
        }
        filled
    }

    /// The first field that belongs to another kind of ballot.
    fn foreign(&self, kind: Kind) -> Option<String> {
        let vote = self.votes.iter().any(|vote| !vote.is_empty()).then(|| "vote".to_owned());
        let score = self.scores.first().map(|(key, _)| format!("score-{}", short(key)));
        let rank = self.ranks.first().map(|(key, _)| format!("rank-{}", short(key)));
        match kind {
            Kind::Pick | Kind::Approval => score.or(rank),
            Kind::Score => vote.or(rank),
            Kind::Ranking => vote.or(score),
        }
    }
}

/// Reads a ballot on which choices have scores or ranks within these bounds.
fn numbers(
    given: &[(&str, &str)],
    form: Form,
    bounds: RangeInclusive<u32>,
    definition: &Definition,
) -> Result<Marks, Vec<Mistake>> {
    let (mut read, mut wrong) = (Vec::with_capacity(given.len()), Vec::new());
    let choices = definition.choices.iter().map(|choice| (choice.key.as_str(), choice.label.as_str()));
    let mut open: HashMap<&str, &str> = choices.collect();
    for &(key, value) in given {
        let Some(label) = open.remove(key) else {
            let known = definition.keys().any(|known| known == key);
            let error = if known { MarksError::Twice(key.to_owned()) } else { MarksError::UnknownChoice };
            return Err(mistakes(error, definition, &read));
        };
        if let Some(number) = number(value).filter(|number| bounds.contains(number)) {
            read.push((key, number));
        } else {
            let (typed, label) = (short(value), label.to_owned());
            let (lowest, highest) = (*bounds.start(), *bounds.end());
            wrong.push(Mistake::of([key], Wrong::Number { kind: form.kind, typed, label, lowest, highest }));
        }
    }
    if read.is_empty() && !wrong.is_empty() {
        return Err(wrong);
    }
    match from_marks(&read, form, definition) {
        Ok(marks) if wrong.is_empty() => Ok(marks),
        marks => Err(wrong.into_iter().chain(marks.err().unwrap_or_default()).collect()),
    }
}

fn from_marks(read: &[(&str, u32)], form: Form, definition: &Definition) -> Result<Marks, Vec<Mistake>> {
    Marks::from_marks(read, form, definition.keys()).map_err(|error| mistakes(error, definition, read))
}

/// The mistakes of an error, which name choices by their labels.
fn mistakes(error: MarksError, definition: &Definition, read: &[(&str, u32)]) -> Vec<Mistake> {
    let named = |key: &str| label(definition, key).to_owned();
    let wrong = match error {
        MarksError::Tied(_) => return shared_ranks(definition, read),
        MarksError::Twice(key) => {
            return vec![Mistake::of([key.as_str()], Wrong::Marks(MarksError::Twice(named(&key))))];
        }
        MarksError::TooHigh { key, most } => {
            return vec![Mistake::of([key.as_str()], Wrong::Marks(MarksError::TooHigh { key: named(&key), most }))];
        }
        MarksError::Empty if definition.poll.settings.marking().form().blank => Wrong::Empty,
        MarksError::TooMany { most } if most > 1 => Wrong::TooMany { marked: read.len(), most },
        error => Wrong::Marks(error),
    };
    vec![Mistake::of_ballot(wrong)]
}

/// A mistake for each rank that several choices have.
fn shared_ranks(definition: &Definition, read: &[(&str, u32)]) -> Vec<Mistake> {
    let mut ranks: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (key, rank) in read {
        ranks.entry(*rank).or_default().push(key);
    }
    let shared = ranks.into_iter().filter(|(_, keys)| keys.len() > 1);
    let mistake = |(rank, keys): (u32, Vec<&str>)| {
        let labels = keys.iter().map(|key| label(definition, key).to_owned()).collect();
        Mistake::of(keys, Wrong::SharedRank { rank, labels })
    };
    shared.map(mistake).collect()
}

fn label<'a>(definition: &'a Definition, key: &'a str) -> &'a str {
    definition.choices.iter().find(|choice| choice.key == key).map_or(key, |choice| &choice.label)
}

/// A number of digits alone, full-width ones too: without sign or spaces.
fn number(text: &str) -> Option<u32> {
    let text = plain(text);
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn short(text: &str) -> String {
    text.chars().take(KEY_LENGTH).collect()
}
