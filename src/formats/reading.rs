//! The rules for what stands on a paper ballot and can't be kept as it is: repeats, and ranks beyond a bound.

use super::builder::{MOST, Mark};

/// How a ballot is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// A choice that is ranked twice.
    pub repeats: Repeats,
    /// The last rank that counts, if there is one; what stands below is passed over.
    pub ranks: Option<u32>,
    /// The most choices.
    pub most: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Self { repeats: Repeats::default(), ranks: None, most: MOST }
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
    /// What is read of a ranking. A repeat stays where files with one are refused.
    pub(super) fn of(self, mut marks: Vec<Mark>) -> Vec<Mark> {
        marks.retain(|(_, rank)| self.ranks.is_none_or(|last| *rank <= last));
        if self.repeats == Repeats::Refuse {
            return marks;
        }
        marks.sort_by_key(|(_, rank)| *rank);
        let mut kept: Vec<Mark> = Vec::with_capacity(marks.len());
        let mut emptied = 0;
        for rank in marks.chunk_by(|a, b| a.1 == b.1) {
            let above = kept.len();
            let is_new = |choice: usize, kept: &[Mark]| !kept[..above].iter().any(|(other, _)| *other == choice);
            if self.repeats == Repeats::Exhaust && !rank.iter().all(|(choice, _)| is_new(*choice, &kept)) {
                break;
            }
            for (choice, value) in rank {
                if !kept.iter().any(|(other, _)| other == choice) {
                    kept.push((*choice, value - emptied));
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
        let of = |repeats, ranks, marks: &[Mark]| Reading { repeats, ranks, ..Reading::default() }.of(marks.to_vec());
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
}
