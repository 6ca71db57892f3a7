//! The methods by their names, and what each takes.

use crate::marks::{Form, Kind};

/// A way to mark and count ballots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// The choice with the most ballots; with several seats, as many marks as seats (bloc).
    Plurality,
    /// The choice that most approve of.
    Approval,
    /// The highest sum of scores.
    Score,
    /// Score then automatic runoff.
    Star,
    /// The highest median grade.
    MajorityJudgment,
    /// A point for each choice ranked below.
    Borda,
    /// 1, 1/2, 1/3 … points for the ranks.
    Dowdall,
    /// A runoff between the two first.
    TwoRound,
    /// The last is eliminated, round by round.
    Irv,
    /// Single transferable vote, weighted inclusive Gregory.
    Stv,
    /// Single transferable vote by Meek's rules.
    StvMeek,
    /// The most pairwise wins (Ranked Robin).
    Copeland,
    /// The smallest worst defeat, by winning votes.
    Minimax,
    /// The smallest worst defeat, by margins.
    MinimaxMargins,
    /// The strongest paths, by winning votes.
    Schulze,
    /// The strongest paths, by margins.
    SchulzeMargins,
    /// The strongest defeats that make no cycle, by winning votes.
    RankedPairs,
    /// The strongest defeats that make no cycle, by margins.
    RankedPairsMargins,
}

use Method::*;

impl Method {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Plurality,
        Approval,
        Score,
        Star,
        MajorityJudgment,
        Borda,
        Dowdall,
        TwoRound,
        Irv,
        Stv,
        StvMeek,
        Copeland,
        Minimax,
        MinimaxMargins,
        Schulze,
        SchulzeMargins,
        RankedPairs,
        RankedPairsMargins,
    ];

    /// Its name on the command line, in forms and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Plurality => "plurality",
            Approval => "approval",
            Score => "score",
            Star => "star",
            MajorityJudgment => "majority-judgment",
            Borda => "borda",
            Dowdall => "dowdall",
            TwoRound => "two-round",
            Irv => "irv",
            Stv => "stv",
            StvMeek => "stv-meek",
            Copeland => "copeland",
            Minimax => "minimax",
            MinimaxMargins => "minimax-margins",
            Schulze => "schulze",
            SchulzeMargins => "schulze-margins",
            RankedPairs => "ranked-pairs",
            RankedPairsMargins => "ranked-pairs-margins",
        }
    }

    /// The method of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Plurality => "Pick one (plurality)",
            Approval => "Approval",
            Score => "Score",
            Star => "STAR",
            MajorityJudgment => "Majority judgment",
            Borda => "Borda count",
            Dowdall => "Dowdall",
            TwoRound => "Two rounds at once",
            Irv => "Instant runoff (IRV)",
            Stv => "Single transferable vote (STV)",
            StvMeek => "Single transferable vote, Meek",
            Copeland => "Ranked Robin (Copeland)",
            Minimax => "Minimax",
            MinimaxMargins => "Minimax, margins",
            Schulze => "Schulze",
            SchulzeMargins => "Schulze, margins",
            RankedPairs => "Ranked pairs",
            RankedPairsMargins => "Ranked pairs, margins",
        }
    }

    /// What it does and what it is good for, in plain words.
    pub fn about(self) -> &'static str {
        match self {
            Plurality => {
                "The most votes win. For two choices, or where everybody knows it; similar choices split their votes."
            }
            Approval => "Voters mark all that suit them. For a date, a place or a film that most can live with.",
            Score => "The highest sum of scores wins. For ratings in which strong feelings count.",
            Star => "Scores, then a runoff between the two highest. For scores that nobody gains by exaggerating much.",
            MajorityJudgment => {
                "Voters grade each choice; the best middle grade wins. For judging each on its own merits."
            }
            Borda => {
                "Each choice gets a point for each one ranked below it. For what is broadly liked among honest voters."
            }
            Dowdall => {
                "1 point for the first rank, a half for the second, a third for the third. For favouring first choices, as Nauru does."
            }
            TwoRound => {
                "The two with the most first ranks meet; ranks decide between them. For those used to a second round."
            }
            Irv => {
                "The last is eliminated and its votes move on, until one has a majority. For electing one by a ranking that many know."
            }
            Stv => "Several are elected in proportion to the votes. For committees and councils.",
            StvMeek => {
                "As STV, with every vote shared out exactly. For committees that trust a computer with the fractions."
            }
            Copeland => {
                "Whoever wins the most duels. For a count that anybody can check, each choice against each other."
            }
            Minimax => "Whose worst defeat has the fewest votes. For a compromise that few are against.",
            MinimaxMargins => {
                "Whose worst defeat is the narrowest. For a compromise where many leave choices unranked."
            }
            Schulze => {
                "Compares all duels by the strongest chains of wins. For groups with many similar choices, as software projects do."
            }
            SchulzeMargins => "As Schulze, with duels weighed by their margins.",
            RankedPairs => "Settles the clearest duels first. For a whole ranking that explains itself.",
            RankedPairsMargins => "As ranked pairs, with duels weighed by their margins.",
        }
    }

    /// What is marked on its ballots.
    pub fn kind(self) -> Kind {
        match self {
            Plurality => Kind::Pick,
            Approval => Kind::Approval,
            Score | Star | MajorityJudgment => Kind::Score,
            _ => Kind::Ranking,
        }
    }

    /// The form of its ballots: with several seats plurality takes as many marks as seats; scores go up to `highest`.
    pub fn form(self, seats: u32, highest: u32, blank: bool) -> Form {
        let kind = self.kind();
        match kind {
            Kind::Pick if seats > 1 => Form { kind: Kind::Approval, most: seats, ties: false, blank },
            Kind::Pick => Form { kind, most: 1, ties: false, blank },
            Kind::Approval => Form { kind, most: u32::MAX, ties: false, blank },
            Kind::Score => Form { kind, most: highest, ties: false, blank },
            Kind::Ranking => Form { kind, most: u32::MAX, ties: self.takes_ties(), blank },
        }
    }

    /// Whether it fills more than one seat.
    pub fn takes_seats(self) -> bool {
        !matches!(self, TwoRound | Irv)
    }

    /// The most choices of a poll that is counted so: beyond it, what an outcome shows grows out of bounds.
    pub fn most_choices(self) -> usize {
        match self {
            Copeland | Minimax | MinimaxMargins | Schulze | SchulzeMargins | RankedPairs | RankedPairsMargins => 200,
            _ if self.kind() == Kind::Ranking => 1000,
            _ => usize::MAX,
        }
    }

    /// Whether choices may share a rank on its ballots: where a vote goes to one choice at a time, they may not.
    pub fn takes_ties(self) -> bool {
        self.kind() == Kind::Ranking && !matches!(self, TwoRound | Irv | Stv | StvMeek)
    }

    /// Whether it can count ballots of this kind: rankings are read off scores, first choices off rankings.
    pub fn reads(self, kind: Kind) -> bool {
        match (self.kind(), kind) {
            (own, given) if own == given => true,
            (Kind::Pick, Kind::Ranking) | (Kind::Ranking, Kind::Score) => true,
            // Bloc plurality is marked as approval is.
            (Kind::Pick, Kind::Approval) | (Kind::Approval, Kind::Pick) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_its_methods_own() {
        for method in Method::ALL {
            assert_eq!(Method::from_word(method.as_str()), Some(method));
        }
        assert_eq!(Method::from_word("Plurality"), None);
    }
}
