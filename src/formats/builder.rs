//! The election that a reader builds. Every reader adds its choices and ballots here, where they are checked.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Election, FormatError, NamedChoice, ReadOptions, is_order,
    source::{Source, short},
};
use crate::{
    count::Unranked,
    marks::{Keys, Kind, is_key},
    text::{self, TextError},
};

/// The most choices of a poll.
pub const MOST_CHOICES: usize = 2000;

/// The most choices of an election that is only counted.
pub const MOST_COUNTED_CHOICES: usize = 100_000;

/// The highest score that a ballot can have.
pub const HIGHEST_SCORE: u32 = 1000;

/// The longest label and the longest title, in characters.
const LABEL_LENGTH: usize = 200;

/// The election as far as it has been read.
pub(super) struct Builder<'t> {
    pub source: Source<'t>,
    pub options: ReadOptions,
    /// The election, without its profile until [`Builder::finish`].
    pub election: Election,
    /// The text of the lot order, a slice of the file.
    pub lots: Option<&'t str>,
    /// The lot order of a format that names choices: the place in the file, and the positions.
    pub order: Option<(&'t str, Vec<usize>)>,
    /// The choices' positions by their labels.
    positions: HashMap<String, usize>,
    /// The choices' positions by the skeletons of their labels.
    skeletons: HashMap<String, usize>,
    keys: Keys,
    used_keys: HashSet<String>,
    /// For each label that occurs more than once, the next number for `LABEL (2)`.
    next_number: HashMap<String, usize>,
    /// Ballots with their counts and their bytes in the file. They are read in [`Builder::finish`] where choices are left
    /// out, because only then all choices are known.
    delayed: Vec<(Vec<Mark>, u64, usize)>,
    left_out: HashSet<usize>,
    profile: BTreeMap<String, u64>,
    total: u64,
    /// For each choice, the number of the last ballot that marks it: a choice with the number of this ballot is repeated.
    last_marked: Vec<usize>,
    /// The number of the ballot that is read.
    ballot: usize,
}

/// A mark: the choice's position, and its rank or score (1 where the kind has neither).
pub(super) type Mark = (usize, u32);

impl<'t> Builder<'t> {
    pub fn new(text: &'t str, kind: Kind, options: ReadOptions) -> Self {
        Self {
            options,
            source: Source(text),
            election: Election::new(kind),
            lots: None,
            order: None,
            positions: HashMap::new(),
            skeletons: HashMap::new(),
            keys: Keys::new([]),
            used_keys: HashSet::new(),
            next_number: HashMap::new(),
            delayed: Vec::new(),
            left_out: HashSet::new(),
            profile: BTreeMap::new(),
            total: 0,
            last_marked: Vec::new(),
            ballot: 0,
        }
    }

    /// Sets the title.
    pub fn title(&mut self, title: &str, at: &str) -> Result<(), FormatError> {
        if !title.trim().is_empty() {
            self.election.title = self.line(title, "title", at)?;
        }
        Ok(())
    }

    /// Adds a choice, with a key from its label.
    pub fn choice(&mut self, label: &str, at: &str) -> Result<(), FormatError> {
        let label = self.label(label, at)?;
        let key = self.keys.create(&label);
        self.used_keys.insert(key.clone());
        self.add(key, label);
        Ok(())
    }

    /// Adds a choice that the file's ballots refer to by number. A name that no choice can have is changed, with a note.
    pub fn numbered_choice(&mut self, label: &str, at: &str) -> Result<(), FormatError> {
        let number = self.choices() + 1;
        let mut name = valid_name(label, number);
        let start: String = name.chars().take(LABEL_LENGTH - 10).collect();
        while self.positions.contains_key(&name) {
            let next = self.next_number.entry(start.trim().to_owned()).or_insert(2);
            name = format!("{} ({next})", start.trim());
            *next += 1;
        }
        if text::line(label, LABEL_LENGTH).as_ref() != Ok(&name) {
            self.election.notes.push(format!("The name of alternative {number} is changed to “{}”.", short(&name)));
        }
        self.choice(&name, at)
    }

    /// Adds a choice with a key of its own.
    pub fn keyed_choice(&mut self, key: &str, label: &str, at: &str) -> Result<(), FormatError> {
        if !is_key(key) {
            let what = format!("“{}” is no key. A key has 1 to 64 small letters, digits and hyphens.", short(key));
            return Err(self.source.error(at, what));
        }
        if !self.used_keys.insert(key.to_owned()) {
            return Err(self.source.error(at, format!("The key “{key}” is there twice. Change one of them.")));
        }
        let label = self.label(label, at)?;
        self.add(key.to_owned(), label);
        Ok(())
    }

    fn add(&mut self, key: String, label: String) {
        self.positions.insert(label.clone(), self.election.choices.len());
        self.last_marked.push(0);
        self.election.choices.push(NamedChoice { key, label });
    }

    fn label(&self, label: &str, at: &str) -> Result<String, FormatError> {
        let label = self.line(label, "name of a choice", at)?;
        if self.positions.contains_key(&label) {
            return Err(self.source.error(at, format!("“{label}” is there twice. Name each choice once.")));
        }
        let most = self.options.most;
        if self.election.choices.len() == most {
            return Err(self.source.error(at, format!("There are more than {most} choices. Take some out.")));
        }
        Ok(label)
    }

    fn line(&self, line: &str, what: &str, at: &str) -> Result<String, FormatError> {
        text::line(line, LABEL_LENGTH).map_err(|error| self.source.error(at, error.sentence(what)))
    }

    /// How many choices there are so far.
    pub fn choices(&self) -> usize {
        self.election.choices.len()
    }

    /// The position of the choice with this label.
    pub fn find(&self, label: &str) -> Option<usize> {
        let found = self.positions.get(label).copied();
        found.or_else(|| self.positions.get(&text::line(label, LABEL_LENGTH).ok()?).copied())
    }

    /// The position of the choice with this name; adds the choice where there is none. Names that differ only by case are
    /// the same name; names that only look alike are an error.
    pub fn find_or_add(&mut self, name: &str, at: &str) -> Result<usize, FormatError> {
        if let Some(choice) = self.find(name) {
            return Ok(choice);
        }
        let skeleton = text::skeleton(name);
        if let Some(choice) = self.skeletons.get(&skeleton).copied() {
            let label = &self.election.choices[choice].label;
            if label.to_lowercase() == text::line(name, LABEL_LENGTH).unwrap_or_default().to_lowercase() {
                return Ok(choice);
            }
            let what = format!("“{}” looks like “{label}”. Write the same choice the same way.", short(name));
            return Err(self.source.error(at, what));
        }
        self.choice(name, at)?;
        self.skeletons.insert(skeleton, self.choices() - 1);
        Ok(self.choices() - 1)
    }

    /// Notes that a ballot has no opinion on a choice, which is not the same as to rank it last.
    pub fn no_opinion(&mut self) {
        if self.election.rules.unranked != Unranked::Ignored {
            self.election.rules.unranked = Unranked::Ignored;
            let note =
                "Some ballots have “No opinion” of a choice: choices that a ballot does not rank meet nobody on it.";
            self.election.notes.push(note.into());
        }
    }

    /// Adds `count` equal ballots. The marks may be in any order.
    pub fn ballot(&mut self, marks: Vec<Mark>, count: u64, at: &str) -> Result<(), FormatError> {
        let start = at.as_ptr().addr().wrapping_sub(self.source.0.as_ptr().addr());
        if self.options.without.is_empty() {
            return self.add_ballots(marks, count, start);
        }
        self.delayed.push((marks, count, start));
        Ok(())
    }

    /// Checks `count` equal ballots, which begin at the byte `start` of the file, and adds them to the profile.
    fn add_ballots(&mut self, mut marks: Vec<Mark>, count: u64, start: usize) -> Result<(), FormatError> {
        self.ballot += 1;
        let kind = self.election.kind;
        if kind == Kind::Ranking {
            marks = self.options.apply(marks, &self.left_out);
        } else {
            marks.retain(|(choice, _)| !self.left_out.contains(choice));
        }
        for mark in &marks {
            self.check_mark(*mark, marks.len()).map_err(|wrong| self.source.error_at(start, wrong))?;
            self.last_marked[mark.0] = self.ballot;
        }
        let Some(total) = self.total.checked_add(count) else {
            let what = format!("All ballots together are more than {}. Change the numbers.", u64::MAX);
            return Err(self.source.error_at(start, what));
        };
        self.total = total;
        if count > 0 {
            let choices = &self.election.choices;
            marks.sort_unstable_by_key(|(choice, value)| {
                (if kind == Kind::Ranking { *value } else { 0 }, &choices[*choice].key)
            });
            let marks = marks.iter().map(|(choice, value)| (choices[*choice].key.as_str(), *value));
            *self.profile.entry(super::marks_text(kind, marks)).or_default() += count;
        }
        Ok(())
    }

    /// What is wrong with one of the `number` marks of this ballot.
    fn check_mark(&self, (choice, value): Mark, number: usize) -> Result<(), String> {
        let label = &self.election.choices[choice].label;
        let is_repeated = self.last_marked[choice] == self.ballot;
        Err(match self.election.kind {
            Kind::Ranking if is_repeated => {
                format!("“{label}” is marked twice. Mark each choice once, or say with --repeats what a repeat means.")
            }
            _ if is_repeated => format!("“{label}” is marked twice. Mark each choice once."),
            Kind::Score if value > HIGHEST_SCORE => {
                format!("The score of “{label}” is above {HIGHEST_SCORE}. Use smaller ones.")
            }
            Kind::Pick | Kind::Approval if value != 1 => {
                format!("“{label}” is marked with {value}. Mark with 1, or leave it blank.")
            }
            Kind::Pick if number > 1 => "More than one choice is marked. Mark one a ballot.".into(),
            _ => return Ok(()),
        })
    }

    /// The election.
    ///
    /// # Errors
    /// [`FormatError`] where it has no choices, or a ballot or the lot order is wrong.
    pub fn finish(mut self) -> Result<Election, FormatError> {
        if self.election.choices.is_empty() {
            return Err(self
                .source
                .error_at(usize::MAX, "There are no choices in it. Is this the right file and format?"));
        }
        self.left_out = self.options.without.iter().filter_map(|name| self.election.position(name)).collect();
        for (marks, count, start) in std::mem::take(&mut self.delayed) {
            self.add_ballots(marks, count, start)?;
        }
        if let Some(lots) = self.lots {
            let order = super::lot_order(lots, self.choices());
            let what = || format!("The lots need each number from 1 to {} once, such as 2,1,3.", self.choices());
            self.election.lots = Some(order.ok_or_else(|| self.source.error(lots, what()))?);
        }
        if let Some((at, order)) = self.order.take() {
            if !is_order(&order, self.election.choices.len()) {
                return Err(self.source.error(at, "The order by lot needs each choice once."));
            }
            self.election.lots = Some(order);
        }
        debug_assert!(self.election.lots.as_ref().is_none_or(|lots| is_order(lots, self.choices())));
        self.election.profile = self.profile.into_iter().collect();
        Ok(self.election)
    }
}

/// A name that a choice can have, from the name of an alternative with this number.
fn valid_name(label: &str, number: usize) -> String {
    let mut name = label.to_owned();
    loop {
        match text::line(&name, LABEL_LENGTH) {
            Ok(line) => return line,
            Err(TextError::Forbidden(c)) => name = name.replace(c, " "),
            Err(TextError::TooLong { .. }) => {
                let start: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
                name = start.chars().take(LABEL_LENGTH - 1).chain(Some('…')).collect();
            }
            Err(TextError::Empty) => name = format!("Alternative {number}"),
        }
    }
}
