//! An election as it is read: every reader's choices and ballots pass here, and are checked once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Election, FormatError, Named, Reading, is_order,
    source::{Source, short},
};
use crate::{
    count::Unranked,
    marks::{Keys, Kind, is_key},
    text::{self, TextError},
};

/// The most choices of a poll.
pub const MOST_CHOICES: usize = 2000;

/// The most choices that are counted.
pub const MOST_COUNTED_CHOICES: usize = 100_000;

/// The highest score that can be given.
pub const HIGHEST_SCORE: u32 = 1000;

/// The longest label and title, in characters.
const LENGTH: usize = 200;

/// What was read so far.
pub(super) struct Builder<'t> {
    pub source: Source<'t>,
    pub reading: Reading,
    /// All but the choices and the profile.
    pub election: Election,
    /// Where the lot order stands in the file, and its text.
    pub lots: Option<&'t str>,
    /// The same as positions, where the file has them so: where it stands, and the order.
    pub order: Option<(&'t str, Vec<usize>)>,
    positions: HashMap<String, usize>,
    skeletons: HashMap<String, usize>,
    keys: Keys,
    keyed: HashSet<String>,
    /// From which number on `NAME (2)` is free, by names.
    again: HashMap<String, usize>,
    /// Ballots and the bytes where they stand, as long as it is not known which choices there are to be left out.
    waiting: Vec<(Vec<Mark>, u64, usize)>,
    left_out: HashSet<usize>,
    profile: BTreeMap<String, u64>,
    total: u64,
    /// The number of the last ballot on which a choice was marked, and of this one.
    marked: Vec<usize>,
    ballot: usize,
}

/// A mark: the choice's position, its rank or score (1 where the kind has neither).
pub(super) type Mark = (usize, u32);

impl<'t> Builder<'t> {
    pub fn new(text: &'t str, kind: Kind, reading: Reading) -> Self {
        Self {
            reading,
            source: Source(text),
            election: Election::new(kind),
            lots: None,
            order: None,
            positions: HashMap::new(),
            skeletons: HashMap::new(),
            keys: Keys::new([]),
            keyed: HashSet::new(),
            again: HashMap::new(),
            waiting: Vec::new(),
            left_out: HashSet::new(),
            profile: BTreeMap::new(),
            total: 0,
            marked: Vec::new(),
            ballot: 0,
        }
    }

    /// Takes the title.
    pub fn title(&mut self, title: &str, at: &str) -> Result<(), FormatError> {
        if !title.trim().is_empty() {
            self.election.title = self.line(title, "title", at)?;
        }
        Ok(())
    }

    /// Adds a choice, with a key made from its label.
    pub fn choice(&mut self, label: &str, at: &str) -> Result<(), FormatError> {
        let label = self.label(label, at)?;
        let key = self.keys.make(&label);
        self.keyed.insert(key.clone());
        self.add(key, label);
        Ok(())
    }

    /// Adds a choice that the file knows by its number: whatever its name is, it is taken, with a note of what was
    /// changed in it.
    pub fn numbered_choice(&mut self, label: &str, at: &str) -> Result<(), FormatError> {
        let number = self.choices() + 1;
        let mut name = label.to_owned();
        let mut fitting = loop {
            match text::line(&name, LENGTH) {
                Ok(line) => break line,
                Err(TextError::Forbidden(c)) => name = name.replace(c, " "),
                Err(TextError::TooLong { .. }) => {
                    let start: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
                    name = start.chars().take(LENGTH - 1).chain(Some('…')).collect();
                }
                Err(TextError::Empty) => name = format!("Alternative {number}"),
            }
        };
        let start: String = name.chars().take(LENGTH - 10).collect();
        while self.positions.contains_key(&fitting) {
            let again = self.again.entry(start.trim().to_owned()).or_insert(2);
            fitting = format!("{} ({again})", start.trim());
            *again += 1;
        }
        if text::line(label, LENGTH).as_ref() != Ok(&fitting) {
            self.election.notes.push(format!("The name of alternative {number} is changed to “{}”.", short(&fitting)));
        }
        self.choice(&fitting, at)
    }

    /// Adds a choice with a key of its own.
    pub fn keyed_choice(&mut self, key: &str, label: &str, at: &str) -> Result<(), FormatError> {
        if !is_key(key) {
            let what = format!("“{}” is no key. A key has 1 to 64 small letters, digits and hyphens.", short(key));
            return Err(self.source.error(at, what));
        }
        if !self.keyed.insert(key.to_owned()) {
            return Err(self.source.error(at, format!("The key “{key}” is there twice. Mend one of them.")));
        }
        let label = self.label(label, at)?;
        self.add(key.to_owned(), label);
        Ok(())
    }

    fn add(&mut self, key: String, label: String) {
        self.positions.insert(label.clone(), self.election.choices.len());
        self.marked.push(0);
        self.election.choices.push(Named { key, label });
    }

    fn label(&self, label: &str, at: &str) -> Result<String, FormatError> {
        let label = self.line(label, "name of a choice", at)?;
        if self.positions.contains_key(&label) {
            return Err(self.source.error(at, format!("“{label}” is there twice. Name each choice once.")));
        }
        let most = self.reading.most;
        if self.election.choices.len() == most {
            return Err(self.source.error(at, format!("There are more than {most} choices. Take some out.")));
        }
        Ok(label)
    }

    fn line(&self, line: &str, what: &str, at: &str) -> Result<String, FormatError> {
        text::line(line, LENGTH).map_err(|error| self.source.error(at, error.sentence(what)))
    }

    /// How many choices there are so far.
    pub fn choices(&self) -> usize {
        self.election.choices.len()
    }

    /// The position of the choice with this label.
    pub fn find(&self, label: &str) -> Option<usize> {
        let found = self.positions.get(label).copied();
        found.or_else(|| self.positions.get(&text::line(label, LENGTH).ok()?).copied())
    }

    /// The position of the choice with this name, which is added where there is none. Names that differ by case only are
    /// one; those that only look alike are an error.
    pub fn named(&mut self, name: &str, at: &str) -> Result<usize, FormatError> {
        if let Some(choice) = self.find(name) {
            return Ok(choice);
        }
        let skeleton = text::skeleton(name);
        if let Some(choice) = self.skeletons.get(&skeleton).copied() {
            let label = &self.election.choices[choice].label;
            if label.to_lowercase() == text::line(name, LENGTH).unwrap_or_default().to_lowercase() {
                return Ok(choice);
            }
            let what = format!("“{}” looks like “{label}”. Write the same choice the same way.", short(name));
            return Err(self.source.error(at, what));
        }
        self.choice(name, at)?;
        self.skeletons.insert(skeleton, self.choices() - 1);
        Ok(self.choices() - 1)
    }

    /// Notes that a ballot says nothing of a choice, which is not the same as to rank it last.
    pub fn no_opinion(&mut self) {
        if self.election.rules.unranked != Unranked::Ignored {
            self.election.rules.unranked = Unranked::Ignored;
            let note =
                "Some ballots have “No opinion” of a choice: choices that a ballot does not rank meet nobody on it.";
            self.election.notes.push(note.into());
        }
    }

    /// Adds `count` equal ballots. The marks are put in their order; a choice is marked once.
    pub fn ballot(&mut self, marks: Vec<Mark>, count: u64, at: &str) -> Result<(), FormatError> {
        let start = at.as_ptr().addr().wrapping_sub(self.source.0.as_ptr().addr());
        if self.reading.without.is_empty() {
            return self.read(marks, count, start);
        }
        self.waiting.push((marks, count, start));
        Ok(())
    }

    /// Reads equal ballots that stand at this byte.
    fn read(&mut self, mut marks: Vec<Mark>, count: u64, start: usize) -> Result<(), FormatError> {
        self.ballot += 1;
        let (kind, choices) = (self.election.kind, &self.election.choices);
        if kind == Kind::Ranking {
            marks = self.reading.of(marks, &self.left_out);
        } else {
            marks.retain(|(choice, _)| !self.left_out.contains(choice));
        }
        for (choice, value) in &marks {
            let label = &choices[*choice].label;
            let wrong = match kind {
                Kind::Ranking if self.marked[*choice] == self.ballot => format!(
                    "“{label}” is marked twice. Mark each choice once, or say with --repeats what a repeat means."
                ),
                _ if self.marked[*choice] == self.ballot => {
                    format!("“{label}” is marked twice. Mark each choice once.")
                }
                Kind::Score if *value > HIGHEST_SCORE => {
                    format!("The score of “{label}” is above {HIGHEST_SCORE}. Use smaller ones.")
                }
                Kind::Pick | Kind::Approval if *value != 1 => {
                    format!("“{label}” is marked with {value}. Mark with 1, or leave it blank.")
                }
                Kind::Pick if marks.len() > 1 => "More than one choice is marked. Mark one a ballot.".into(),
                _ => {
                    self.marked[*choice] = self.ballot;
                    continue;
                }
            };
            return Err(self.source.error_at(start, wrong));
        }
        let Some(total) = self.total.checked_add(count) else {
            let what = format!("All ballots together are more than {}. Mend the numbers.", u64::MAX);
            return Err(self.source.error_at(start, what));
        };
        self.total = total;
        if count > 0 {
            marks.sort_unstable_by_key(|(choice, value)| {
                (if kind == Kind::Ranking { *value } else { 0 }, &choices[*choice].key)
            });
            let marks = marks.iter().map(|(choice, value)| (choices[*choice].key.as_str(), *value));
            *self.profile.entry(super::written(kind, marks)).or_default() += count;
        }
        Ok(())
    }

    /// The election, where it has choices and all that belongs to them fits.
    pub fn finish(mut self) -> Result<Election, FormatError> {
        if self.election.choices.is_empty() {
            return Err(self
                .source
                .error_at(usize::MAX, "There are no choices in it. Is this the right file and format?"));
        }
        self.left_out = self.reading.without.iter().filter_map(|name| self.election.position(name)).collect();
        for (marks, count, start) in std::mem::take(&mut self.waiting) {
            self.read(marks, count, start)?;
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
