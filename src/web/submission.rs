//! Submissions: what the form of a ballot says, and the marks that it means on the ballot of its poll.
//!
//! One choice or several come as `vote`, scores as `score-KEY`, ranks as `rank-KEY`; a ballot of any kind as `marks`,
//! in the canonical notation. A field of another kind of ballot is a mistake, not a field to be passed over.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

use super::{
    ballot_view::Mistake,
    forms::{BALLOT_KIB, Fields, FormError},
};
use crate::{
    marks::{self, Form, KEY_LENGTH, Kind, Marks, MarksError},
    models::poll::Definition,
    text::{listed, ordinal, plain},
};

/// How many choices a sentence names.
const NAMED: usize = 5;

/// What a voter wants done with a ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Cast it, or look it over first where the poll asks for that.
    Cast,
    /// Cast it: it was looked over.
    Confirmed,
    /// Show it as it is filled in.
    Change,
}

/// What the form of a ballot says.
pub struct Submission<'f> {
    votes: Vec<&'f str>,
    scores: Vec<(&'f str, &'f str)>,
    ranks: Vec<(&'f str, &'f str)>,
    marks: Option<&'f str>,
    blank: bool,
    /// The key by which a repeated submission is known.
    pub key: Option<&'f str>,
    /// The code of an invitation.
    pub code: Option<&'f str>,
    /// The poll's revision at which the ballot was looked over.
    pub revision: Option<&'f str>,
    /// What is to be done.
    pub step: Step,
}

impl<'f> Submission<'f> {
    /// What the fields say. A field of a choice that is empty says nothing.
    ///
    /// # Errors
    /// [`FormError::Repeated`].
    pub fn read(fields: &'f Fields<BALLOT_KIB>) -> Result<Self, FormError> {
        fields.one("poll")?;
        let numbers = |start| {
            let trimmed = fields.beginning(start).map(|(key, value)| (key, value.trim()));
            trimmed.filter(|(_, value)| !value.is_empty()).collect()
        };
        let says = |name| Ok::<_, FormError>(fields.one(name)? == Some("yes"));
        fields.one("marks")?;
        let step = match (says("change")?, says("confirmed")?) {
            (true, _) => Step::Change,
            (_, true) => Step::Confirmed,
            _ => Step::Cast,
        };
        Ok(Self {
            votes: fields.all("vote").map(str::trim).collect(),
            scores: numbers("score-"),
            ranks: numbers("rank-"),
            // The empty text is a ballot too: a blank one.
            marks: fields.all("marks").next(),
            blank: says("blank")?,
            key: fields.one("key")?,
            code: fields.one("code")?,
            revision: fields.one("revision")?,
            step,
        })
    }

    /// The marks that it means on the ballot of this definition.
    ///
    /// # Errors
    /// All that is wrong with them; never nothing.
    pub fn marks(&self, definition: &Definition) -> Result<Marks, Vec<Mistake>> {
        let form = definition.poll.marking.form();
        let ballot = |sentence: &str| Err(vec![Mistake::of_ballot(sentence)]);
        if let Some(field) = self.foreign(form.kind) {
            return ballot(&format!(
                "The form has the field “{field}”, which this ballot has not. Mark the ballot below."
            ));
        }
        let marked =
            !self.scores.is_empty() || !self.ranks.is_empty() || self.votes.iter().any(|vote| !vote.is_empty());
        match (self.marks, self.blank) {
            (Some(_), _) if marked || self.blank => {
                return ballot("The form has the field “marks” beside other marks. Send one of them.");
            }
            (Some(text), _) => {
                let read: Vec<_> = marks::read(form.kind, text.trim()).flatten().collect();
                return Marks::parse(text, form, definition.keys()).map_err(|error| mistakes(error, definition, &read));
            }
            (None, true) if marked => {
                return ballot(
                    "The ballot has marks and was sent as a blank one. Cast it as it is marked, or take the marks out.",
                );
            }
            (None, true) if !form.blank => {
                return ballot("This poll takes no blank ballots. Mark one of the choices below.");
            }
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

    /// The ballot on which choices are marked, one or several.
    fn choices(&self, form: Form, definition: &Definition) -> Result<Marks, Vec<Mistake>> {
        if form.kind == Kind::Pick && self.votes.len() > 1 {
            return Err(vec![Mistake::of_ballot(FormError::Repeated("vote"))]);
        }
        let votes = self.votes.iter().filter(|vote| !vote.is_empty());
        let read: Vec<_> = votes.map(|vote| (*vote, 1)).collect();
        if read.iter().any(|(vote, _)| vote.len() > KEY_LENGTH) {
            return Err(mistakes(MarksError::TooLong, definition, &read));
        }
        from_marks(&read, form, definition)
    }

    /// What was filled in on a ballot of this kind: of each marked choice what its field said, by key.
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

    /// A field with marks for another kind of ballot.
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

/// The ballot on which choices have scores or ranks, from the lowest that may be given to the highest.
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
            let what = if form.kind == Kind::Score { "score" } else { "rank" };
            let (value, lowest, highest) = (short(value), bounds.start(), bounds.end());
            wrong.push(Mistake::of(
                [key],
                format!(
                    "“{value}” is no {what} for “{label}”. Give it a whole number from {lowest} to {highest}, or none."
                ),
            ));
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

/// What is wrong, with the choices by their labels.
fn mistakes(error: MarksError, definition: &Definition, read: &[(&str, u32)]) -> Vec<Mistake> {
    let named = |key: &str| label(definition, key).to_owned();
    match error {
        MarksError::Tied(_) => shared_ranks(definition, read),
        MarksError::Twice(key) => vec![Mistake::of([key.as_str()], MarksError::Twice(named(&key)))],
        MarksError::TooHigh { key, most } => {
            vec![Mistake::of([key.as_str()], MarksError::TooHigh { key: named(&key), most })]
        }
        MarksError::Empty if definition.poll.marking.form().blank => {
            vec![Mistake::of_ballot("No choice was marked. Mark one of the choices below, or cast a blank ballot.")]
        }
        MarksError::TooMany { most } if most > 1 => {
            vec![Mistake::of_ballot(format!(
                "{} choices are marked, and {most} are the most. Take some out.",
                read.len()
            ))]
        }
        error => vec![Mistake::of_ballot(error)],
    }
}

/// A mistake for each rank that several choices have.
fn shared_ranks(definition: &Definition, read: &[(&str, u32)]) -> Vec<Mistake> {
    let mut ranks: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (key, rank) in read {
        ranks.entry(*rank).or_default().push(key);
    }
    let shared = ranks.into_iter().filter(|(_, keys)| keys.len() > 1);
    let mistake = |(rank, keys): (u32, Vec<&str>)| {
        let mut names: Vec<_> = keys.iter().take(NAMED).map(|key| format!("“{}”", label(definition, key))).collect();
        if keys.len() > NAMED {
            names.push(format!("{} more", keys.len() - NAMED));
        }
        let sentence = format!("{} have the same rank, the {}. Give each rank once.", listed(&names), ordinal(rank));
        Mistake::of(keys, sentence)
    };
    shared.map(mistake).collect()
}

fn label<'a>(definition: &'a Definition, key: &'a str) -> &'a str {
    definition.choices.iter().find(|choice| choice.key == key).map_or(key, |choice| &choice.label)
}

/// Digits alone, full-width ones too: no sign, no spaces.
fn number(text: &str) -> Option<u32> {
    let text = plain(text);
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn short(text: &str) -> String {
    text.chars().take(KEY_LENGTH).collect()
}
