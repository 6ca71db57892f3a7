//! The rules for what stands on a paper ballot and can't be kept as it is: choices that are left out, repeats, and
//! ranks beyond a bound.

use std::collections::HashSet;

use super::builder::{MOST_CHOICES, Mark};

/// How a ballot is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// A choice that is ranked twice.
    pub repeats: Repeats,
    /// The last rank that counts, if there is one; what stands below is passed over.
    pub ranks: Option<u32>,
    /// The most choices.
    pub most: usize,
    /// Choices by their names that ballots are read without, as if they named none of them. They stay choices until
    /// [`Election::leave_out`](super::Election::leave_out); a name that no choice has is passed over.
    pub without: Vec<String>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { repeats: Repeats::default(), ranks: None, most: MOST_CHOICES, without: Vec::new() }
    }
}

/// What becomes of a ranking with a choice that stands above already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeats {
    /// The file is refused with the place of the ballot.
    #[default]
    Refuse,
    /// The repeat is passed over; a rank that has nothing else is no rank that was left out.
    Skip,
    /// The ballot is exhausted there.
    Exhaust,
}

impl Repeats {
    /// Every option.
    pub const ALL: [Self; 3] = [Self::Refuse, Self::Skip, Self::Exhaust];

    /// Its word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Skip => "skip",
            Self::Exhaust => "exhaust",
        }
    }

    /// The option of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.as_str() == word)
    }
}

impl Reading {
    /// What is read of a ranking: the last rank is that of the paper, and who is left out repeats nothing. A repeat
    /// stays where files with one are refused.
    pub(super) fn of(&self, mut marks: Vec<Mark>, left_out: &HashSet<usize>) -> Vec<Mark> {
        marks.retain(|(_, rank)| self.ranks.is_none_or(|last| *rank <= last));
        if self.repeats == Repeats::Refuse && left_out.is_empty() {
            return marks;
        }
        marks.sort_by_key(|(_, rank)| *rank);
        let mut kept: Vec<Mark> = Vec::with_capacity(marks.len());
        let mut seen = HashSet::new();
        let mut emptied = 0;
        for rank in marks.chunk_by(|a, b| a.1 == b.1) {
            let above = kept.len();
            let standing = || rank.iter().map(|(choice, _)| *choice).filter(|choice| !left_out.contains(choice));
            if self.repeats == Repeats::Exhaust && standing().any(|choice| seen.contains(&choice)) {
                break;
            }
            for choice in standing() {
                if seen.insert(choice) || self.repeats == Repeats::Refuse {
                    kept.push((choice, rank[0].1 - emptied));
                }
            }
            emptied += u32::from(kept.len() == above);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_passed_over_or_end_a_ballot() {
        let [a, b, c] = [0, 1, 2];
        let marks = vec![(a, 1), (b, 2), (a, 3), (c, 5)];
        let of = |repeats, ranks, marks: &[Mark]| {
            Reading { repeats, ranks, ..Reading::default() }.of(marks.to_vec(), &HashSet::new())
        };
        assert_eq!(of(Repeats::Refuse, None, &marks), marks);
        // One rank was left out before c, and one is still.
        assert_eq!(of(Repeats::Skip, None, &marks), [(a, 1), (b, 2), (c, 4)]);
        assert_eq!(of(Repeats::Exhaust, None, &marks), [(a, 1), (b, 2)]);
        assert_eq!(of(Repeats::Refuse, Some(2), &marks), [(a, 1), (b, 2)]);
        assert_eq!(of(Repeats::Skip, Some(4), &marks), [(a, 1), (b, 2)]);
        // In a shared rank the others stay, and a choice that is named twice there is there once.
        let shared = [(a, 1), (a, 2), (b, 2), (c, 3), (c, 3)];
        assert_eq!(of(Repeats::Skip, None, &shared), [(a, 1), (b, 2), (c, 3)]);
        assert_eq!(of(Repeats::Exhaust, None, &shared), [(a, 1)]);
        assert_eq!(of(Repeats::Exhaust, None, &[(a, 1), (a, 1), (b, 2)]), [(a, 1), (b, 2)]);
    }

    #[test]
    fn who_is_left_out_repeats_nothing() {
        let [a, b, c] = [0, 1, 2];
        let without = |gone, repeats, ranks, marks: &[Mark]| {
            Reading { repeats, ranks, ..Reading::default() }.of(marks.to_vec(), &HashSet::from([gone]))
        };
        let marks = [(b, 1), (a, 2), (b, 3), (c, 5)];
        for repeats in Repeats::ALL {
            assert_eq!(without(b, repeats, None, &marks), [(a, 1), (c, 3)], "{repeats:?}");
        }
        assert_eq!(without(b, Repeats::Refuse, Some(2), &marks), [(a, 1)], "the last rank is that of the paper");
        assert_eq!(without(a, Repeats::Refuse, None, &marks), [(b, 1), (b, 2), (c, 4)], "a repeat of another stays");
        assert_eq!(without(a, Repeats::Skip, None, &marks), [(b, 1), (c, 3)]);
        assert_eq!(without(a, Repeats::Refuse, None, &[(a, 1), (b, 1), (c, 2)]), [(b, 1), (c, 2)]);
    }

    #[test]
    fn long_ballots_are_read_at_once() {
        let marks: Vec<Mark> = (0..100_000).map(|choice| (choice, choice as u32 + 1)).collect();
        let reading = Reading { repeats: Repeats::Skip, ..Reading::default() };
        assert_eq!(reading.of(marks.clone(), &HashSet::new()), marks);
    }
}
