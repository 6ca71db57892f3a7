//! Ballots as methods read them: choices by their positions, equal ballots once with their number.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{Contest, UnreadableMarks};
use crate::marks::{self, Kind};

/// One mark: a choice's position, and its rank (1 is the best) or score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The choice's position on the ballot.
    pub choice: u32,
    /// Its rank or score; 1 where the kind has neither.
    pub value: u32,
}

/// So many equal ballots.
#[derive(Debug, Clone, Copy)]
pub struct Ballot<'b> {
    /// Rankings are in the order of their ranks: a rank that is missing was skipped, equal ones are shared.
    pub marks: &'b [Mark],
    /// How many there are.
    pub count: u64,
}

/// A preference profile, read: all marks in one row, and where each ballot ends.
#[derive(Debug, Clone)]
pub struct Ballots {
    kind: Kind,
    marks: Vec<Mark>,
    ends: Vec<(usize, u64)>,
}

impl Ballots {
    /// Reads a profile of this kind over the choices' keys.
    ///
    /// # Errors
    /// [`UnreadableMarks`] for marks of no such kind, or of no such choice: nothing is dropped silently.
    pub fn read(kind: Kind, keys: &[&str], profile: &[(String, u64)]) -> Result<Self, UnreadableMarks> {
        let positions: FxHashMap<&str, u32> = (0..).zip(keys).map(|(position, key)| (*key, position)).collect();
        let mut ballots =
            Self { kind, marks: Vec::with_capacity(room(profile)), ends: Vec::with_capacity(profile.len()) };
        // The last ballot in which a choice was marked: none is marked twice.
        let mut marked = vec![usize::MAX; keys.len()];
        for (n, (text, count)) in profile.iter().enumerate() {
            for mark in marks::read(kind, text) {
                let mark = mark.and_then(|(key, value)| Some(Mark { choice: *positions.get(key)?, value }));
                match mark.filter(|mark| marked[mark.choice as usize] != n) {
                    Some(mark) => {
                        marked[mark.choice as usize] = n;
                        ballots.marks.push(mark);
                    }
                    None => return Err(UnreadableMarks(text.clone())),
                }
            }
            ballots.ends.push((ballots.marks.len(), *count));
        }
        Ok(ballots)
    }

    /// What is marked on them.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Each distinct ballot with its number.
    pub fn iter(&self) -> impl Iterator<Item = Ballot<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |(end, count)| {
            let marks = &self.marks[start..*end];
            start = *end;
            Ballot { marks, count: *count }
        })
    }

    /// About how many steps a count takes in which votes go from choice to choice.
    pub(super) fn steps(&self, contest: &Contest<'_>) -> usize {
        self.marks.len() + self.ends.len() + 50 * contest.choices() * contest.choices()
    }

    /// All ballots, the blank ones included; [`u64::MAX`] where they are more.
    pub fn total(&self) -> u64 {
        self.ends.iter().fold(0, |total, (_, count)| total.saturating_add(*count))
    }

    /// The ballots on which nothing is marked; [`u64::MAX`] where they are more.
    pub fn blank(&self) -> u64 {
        let blank = self.iter().filter(|ballot| ballot.marks.is_empty());
        blank.fold(0, |total, ballot| total.saturating_add(ballot.count))
    }

    /// The same ballots as rankings: scores give ranks from the highest down, equal ones shared; what was not
    /// scored is not ranked. A pick or an approval is a first rank.
    pub fn as_rankings(&self) -> Cow<'_, Self> {
        if self.kind != Kind::Score {
            return Cow::Borrowed(self);
        }
        let mut ranked =
            Self { kind: Kind::Ranking, marks: Vec::with_capacity(self.marks.len()), ends: self.ends.clone() };
        for ballot in self.iter() {
            let mut marks = ballot.marks.to_vec();
            marks.sort_by(|a, b| b.value.cmp(&a.value).then(a.choice.cmp(&b.choice)));
            for (rank, group) in (1..).zip(marks.chunk_by(|a, b| a.value == b.value)) {
                ranked.marks.extend(group.iter().map(|mark| Mark { value: rank, ..*mark }));
            }
        }
        Cow::Owned(ranked)
    }
}

/// At least as many as there are marks: what separates them, and one for each ballot.
fn room(profile: &[(String, u64)]) -> usize {
    let separators = |text: &str| text.bytes().filter(|byte| matches!(byte, b'>' | b'=' | b',')).count();
    profile.iter().map(|(text, _)| separators(text) + 1).sum()
}

impl<'b> Ballot<'b> {
    /// The ranks from the best down, each with its choices; for rankings.
    pub fn ranks(&self) -> impl Iterator<Item = &'b [Mark]> {
        self.marks.chunk_by(|a, b| a.value == b.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> Result<Vec<(u32, u32)>, UnreadableMarks> {
        let ballots = Ballots::read(kind, &["a", "b", "c"], &[(text.into(), 2)])?;
        Ok(ballots.marks.iter().map(|mark| (mark.choice, mark.value)).collect())
    }

    #[test]
    fn marks_are_read_by_position() {
        assert_eq!(read(Kind::Ranking, "c>a=b").unwrap(), [(2, 1), (0, 2), (1, 2)]);
        assert_eq!(read(Kind::Ranking, "c>>b").unwrap(), [(2, 1), (1, 3)]);
        assert_eq!(read(Kind::Score, "a:5,c:0").unwrap(), [(0, 5), (2, 0)]);
        assert_eq!(read(Kind::Approval, "").unwrap(), []);
    }

    #[test]
    fn marks_of_another_poll_are_not_dropped_silently() {
        for (kind, text) in [(Kind::Pick, "z"), (Kind::Ranking, "a>z"), (Kind::Ranking, "a>a"), (Kind::Score, "a")] {
            assert_eq!(read(kind, text), Err(UnreadableMarks(text.into())));
        }
    }

    #[test]
    fn scores_give_ranks() {
        let ballots = Ballots::read(Kind::Score, &["a", "b", "c"], &[("a:0,b:4,c:4".into(), 1)]).unwrap();
        let ranked = ballots.as_rankings();
        let ranks: Vec<Vec<u32>> = ranked
            .iter()
            .flat_map(|ballot| {
                ballot.ranks().map(|rank| rank.iter().map(|mark| mark.choice).collect()).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(ranks, [vec![1, 2], vec![0]]);
    }
}
