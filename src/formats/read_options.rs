//! Options for reading ballots: choices to leave out, what a repeated choice means, and the last rank that counts.

use std::collections::HashSet;

use super::builder::{MOST_CHOICES, Mark};

/// How ballots are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// What becomes of a ballot that ranks a choice twice.
    pub repeats: Repeats,
    /// The last rank that counts; lower ranks are ignored. `None`: all ranks count.
    pub ranks: Option<u32>,
    /// The most choices that an election may have.
    pub most: usize,
    /// The names of choices that are ignored on ballots. They stay choices of the election until
    /// [`Election::leave_out`](super::Election::leave_out) is called. A name that no choice has is ignored.
    pub without: Vec<String>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { repeats: Repeats::default(), ranks: None, most: MOST_CHOICES, without: Vec::new() }
    }
}

/// What becomes of a ballot that ranks a choice twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeats {
    /// The file is refused; the error has the place of the ballot.
    #[default]
    Refuse,
    /// The repeat is ignored. A rank with nothing else in it does not count as a skipped rank.
    Skip,
    /// The ballot ends before the repeat.
    Exhaust,
}

impl Repeats {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Refuse, Self::Skip, Self::Exhaust];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Skip => "skip",
            Self::Exhaust => "exhaust",
        }
    }

    /// The rule with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.as_str() == word)
    }
}

impl ReadOptions {
    /// Applies the options to a ranking.
    ///
    /// [`Self::ranks`] counts the ranks of the paper ballot, with those of choices that are left out. A choice that is left
    /// out does not count as repeated. With [`Repeats::Refuse`], repeats stay in the result, and the caller refuses them.
    pub(super) fn apply(&self, mut marks: Vec<Mark>, left_out: &HashSet<usize>) -> Vec<Mark> {
        marks.retain(|(_, rank)| self.ranks.is_none_or(|last| *rank <= last));
        if self.repeats == Repeats::Refuse && left_out.is_empty() {
            return marks;
        }
        marks.sort_by_key(|(_, rank)| *rank);
        let mut read: Vec<Mark> = Vec::with_capacity(marks.len());
        let mut seen = HashSet::new();
        // Ranks that had only choices which are left out or repeated: the ranks below them move up.
        let mut emptied = 0;
        for rank in marks.chunk_by(|a, b| a.1 == b.1) {
            let before = read.len();
            let choices = || rank.iter().map(|(choice, _)| *choice).filter(|choice| !left_out.contains(choice));
            if self.repeats == Repeats::Exhaust && choices().any(|choice| seen.contains(&choice)) {
                break;
            }
            for choice in choices() {
                if seen.insert(choice) || self.repeats == Repeats::Refuse {
                    read.push((choice, rank[0].1 - emptied));
                }
            }
            emptied += u32::from(read.len() == before);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_ignored_or_end_a_ballot() {
        let [a, b, c] = [0, 1, 2];
        let marks = vec![(a, 1), (b, 2), (a, 3), (c, 5)];
        let of = |repeats, ranks, marks: &[Mark]| {
            ReadOptions { repeats, ranks, ..ReadOptions::default() }.apply(marks.to_vec(), &HashSet::new())
        };
        assert_eq!(of(Repeats::Refuse, None, &marks), marks);
        // One rank was skipped before c, and one still is.
        assert_eq!(of(Repeats::Skip, None, &marks), [(a, 1), (b, 2), (c, 4)]);
        assert_eq!(of(Repeats::Exhaust, None, &marks), [(a, 1), (b, 2)]);
        assert_eq!(of(Repeats::Refuse, Some(2), &marks), [(a, 1), (b, 2)]);
        assert_eq!(of(Repeats::Skip, Some(4), &marks), [(a, 1), (b, 2)]);
        // The other choices of a shared rank stay, and a choice that is named twice in it is read once.
        let shared = [(a, 1), (a, 2), (b, 2), (c, 3), (c, 3)];
        assert_eq!(of(Repeats::Skip, None, &shared), [(a, 1), (b, 2), (c, 3)]);
        assert_eq!(of(Repeats::Exhaust, None, &shared), [(a, 1)]);
        assert_eq!(of(Repeats::Exhaust, None, &[(a, 1), (a, 1), (b, 2)]), [(a, 1), (b, 2)]);
    }

    #[test]
    fn a_choice_that_is_left_out_is_never_a_repeat() {
        let [a, b, c] = [0, 1, 2];
        let without = |left_out, repeats, ranks, marks: &[Mark]| {
            ReadOptions { repeats, ranks, ..ReadOptions::default() }.apply(marks.to_vec(), &HashSet::from([left_out]))
        };
        let marks = [(b, 1), (a, 2), (b, 3), (c, 5)];
        for repeats in Repeats::ALL {
            assert_eq!(without(b, repeats, None, &marks), [(a, 1), (c, 3)], "{repeats:?}");
        }
        assert_eq!(without(b, Repeats::Refuse, Some(2), &marks), [(a, 1)], "ranks are those of the paper ballot");
        assert_eq!(without(a, Repeats::Refuse, None, &marks), [(b, 1), (b, 2), (c, 4)], "a repeat of another stays");
        assert_eq!(without(a, Repeats::Skip, None, &marks), [(b, 1), (c, 3)]);
        assert_eq!(without(a, Repeats::Refuse, None, &[(a, 1), (b, 1), (c, 2)]), [(b, 1), (c, 2)]);
    }

    #[test]
    fn long_ballots_are_read_in_little_time() {
        let marks: Vec<Mark> = (0..100_000).map(|choice| (choice, choice as u32 + 1)).collect();
        let options = ReadOptions { repeats: Repeats::Skip, ..ReadOptions::default() };
        assert_eq!(options.apply(marks.clone(), &HashSet::new()), marks);
    }
}
