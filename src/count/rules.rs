//! The rules that methods leave open, by name, each with its default; and the lot order.

use sha2::{Digest as _, Sha256};

use super::TieRule;

/// What else a count depends on but the ballots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Choices that share a rank where a vote goes to one choice at a time.
    pub overvotes: Overvotes,
    /// Ranks that were left out between others.
    pub skipped: Skipped,
    /// Choices that a ballot does not rank.
    pub unranked: Unranked,
    /// What elects in STV.
    pub quota: Quota,
    /// How many go out at a time in instant runoff.
    pub elimination: Elimination,
    /// How long instant runoff goes on.
    pub until: Until,
    /// The choice that stands for everybody who was written in without being a candidate: in instant runoff and in STV
    /// it goes out first, whatever its votes.
    pub write_ins: Option<usize>,
}

/// What becomes of a vote whose next rank several choices share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overvotes {
    /// It is divided evenly among those of them that are still in the count.
    #[default]
    Split,
    /// The rank is passed over.
    Skip,
    /// The ballot is exhausted there.
    Exhaust,
    /// The ballot is exhausted there if several of them are still in the count; one that is alone has the whole vote
    /// (Maine, Alaska: an overvote among eliminated choices spoils nothing).
    ExhaustSeveral,
}

/// What becomes of a ballot with a rank left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Skipped {
    /// The ranks below move up.
    #[default]
    CloseUp,
    /// It is exhausted there.
    Exhaust,
    /// It is exhausted where two or more in a row are left out; one alone is passed over. The rule of Maine (Revised
    /// Statutes, title 21-A, section 723-A), Alaska (Statutes, 15.15.350) and New York City (Charter, section 1057-g).
    ExhaustTwo,
}

/// What a ballot says of choices that it does not rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unranked {
    /// They share the last rank.
    #[default]
    Last,
    /// Nothing: they meet nobody on it.
    Ignored,
}

/// How many votes elect in STV, of those that are valid for so many seats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Quota {
    /// The whole part of valid / (seats + 1), and one.
    #[default]
    Droop,
    /// The whole part of valid / seats.
    Hare,
}

/// How many are eliminated at a time in instant runoff.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Elimination {
    /// The last one.
    #[default]
    One,
    /// All who together have fewer votes than the next above them, and so can't catch up (Maine, Revised Statutes,
    /// title 21-A, section 723-A, 2: “batch elimination”). It changes the rounds, and who wins only where a tie is
    /// settled by an earlier round.
    Batch,
}

/// How long instant runoff goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Until {
    /// Until one has more than half of the votes that still count.
    #[default]
    Majority,
    /// Until two are left, and then the one with more votes wins.
    Two,
}

impl Quota {
    /// The quota of so many votes, in their smallest parts, for so many seats.
    pub(super) fn of(self, votes: u128, seats: usize) -> u128 {
        match self {
            Self::Droop => votes / (seats as u128 + 1) + 1,
            Self::Hare => (votes / (seats as u128).max(1)).max(1),
        }
    }
}

/// The words of a rule's options, on the command line and in files.
macro_rules! words {
    ($rule:ident: $($option:ident $word:literal),+) => {
        impl $rule {
            /// Every option.
            pub const ALL: &[Self] = &[$(Self::$option),+];

            /// Its word on the command line and in files.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$option => $word),+
                }
            }

            /// The option of this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|option| option.as_str() == word)
            }
        }
    };
}

words!(Overvotes: Split "split", Skip "skip", Exhaust "exhaust", ExhaustSeveral "exhaust-several");
words!(Skipped: CloseUp "close-up", Exhaust "exhaust", ExhaustTwo "exhaust-two");
words!(Unranked: Last "last", Ignored "ignored");
words!(Quota: Droop "droop", Hare "hare");
words!(Elimination: One "one", Batch "batch");
words!(Until: Majority "majority", Two "two");

/// An order of the choices by lot, drawn before the count: the last resort in every tie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lots {
    places: Vec<usize>,
    rule: TieRule,
    /// The numbers that they were drawn by, where these are not 1, 2, 3 …
    numbers: Vec<usize>,
}

impl Lots {
    /// The order in which the ballot lists `choices` choices: for counts that nobody drew lots for.
    pub fn as_listed(choices: usize) -> Self {
        Self { places: (0..choices).collect(), rule: TieRule::Listed, numbers: Vec::new() }
    }

    /// Drawn from a seed: the choices in the order of SHA-256 of `seed:1`, `seed:2` … in hexadecimal, where the
    /// numbers are their positions on the ballot, so that `printf '%s' "$seed:1" | sha256sum` draws it again.
    pub fn drawn(seed: &str, choices: usize) -> Self {
        Self::drawn_by(seed, &(1..=choices).collect::<Vec<_>>())
    }

    /// The same for choices that have these numbers: of a ballot from which others are left out, so that the order of
    /// those who are left is the one that they have with all.
    pub fn drawn_by(seed: &str, numbers: &[usize]) -> Self {
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        order.sort_by_cached_key(|choice| Sha256::digest(format!("{seed}:{}", numbers[*choice])));
        let is_plain = numbers.iter().copied().eq(1..=numbers.len());
        Self { numbers: if is_plain { Vec::new() } else { numbers.to_vec() }, ..Self::of(&order) }
    }

    /// The numbers that they were drawn by, where these are not 1, 2, 3 …
    pub fn numbers(&self) -> Option<&[usize]> {
        (!self.numbers.is_empty()).then_some(&self.numbers)
    }

    /// In this order, the first drawn first. What is not among them comes after, as listed.
    pub fn of(order: &[usize]) -> Self {
        let choices = order.iter().max().map_or(0, |last| last + 1);
        let mut places = vec![usize::MAX; choices];
        for (place, choice) in order.iter().enumerate() {
            places[*choice] = place;
        }
        Self { places, rule: TieRule::Lot, numbers: Vec::new() }
    }

    /// The rule of a tie that it settles.
    pub fn rule(&self) -> TieRule {
        self.rule
    }

    /// The place of a choice in the order, from 0: the lower one wins a tie.
    pub fn place(&self, choice: usize) -> usize {
        self.places.get(choice).copied().unwrap_or(usize::MAX)
    }

    /// These choices in the order of their lots.
    pub fn sorted(&self, choices: &[usize]) -> Vec<usize> {
        let mut sorted = choices.to_vec();
        sorted.sort_by_key(|choice| (self.place(*choice), *choice));
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_drawn_from_the_seed_alone() {
        // for n in 1 2 3; do printf '%s' "seed:$n" | sha256sum; done
        // gives 81e4…, 97c3… and 7413…
        assert_eq!(Lots::drawn("seed", 3).sorted(&[0, 1, 2]), [2, 0, 1]);
        assert_eq!(Lots::drawn("seed", 3), Lots::of(&[2, 0, 1]));
        assert_eq!(Lots::drawn_by("seed", &[1, 3]), Lots { numbers: vec![1, 3], ..Lots::of(&[1, 0]) });
        assert_eq!(Lots::as_listed(3).sorted(&[2, 0, 1]), [0, 1, 2]);
        assert_eq!(Lots::of(&[3, 1]).sorted(&[0, 1, 2, 3, 4]), [3, 1, 0, 2, 4]);
    }
}
