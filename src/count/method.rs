//! The methods: the list of their `SPEC`s, each of which stands in the method's own file.

use super::{
    Family, OpenRule, Spec, approval, baldwin, borda, copeland, dowdall, irv, majority, meek, minimax, plurality,
    ranked_pairs, schulze, score, star, stv, two_round,
};
use crate::marks::{Form, Kind};

/// Makes the methods of a list of their specifications.
macro_rules! methods {
    ($($(#[$doc:meta])+ $method:ident = $spec:expr,)+) => {
        /// A way to mark and count ballots.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Method {
            $($(#[$doc])+ $method,)+
        }

        impl Method {
            /// All of them.
            pub const ALL: [Self; [$(Self::$method),+].len()] = [$(Self::$method),+];

            /// What is to be known of it before it counts.
            pub fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$method => &$spec,)+
                }
            }
        }
    };
}

methods! {
    /// The choice with the most ballots; with several seats, as many marks as seats (bloc).
    Plurality = plurality::SPEC,
    /// The choice that most approve of.
    Approval = approval::SPEC,
    /// The highest sum of scores.
    Score = score::SPEC,
    /// Score then automatic runoff.
    Star = star::SPEC,
    /// The highest median grade.
    MajorityJudgment = majority::SPEC,
    /// A point for each choice ranked below.
    Borda = borda::SPEC,
    /// 1, 1/2, 1/3 … points for the ranks.
    Dowdall = dowdall::SPEC,
    /// A runoff between the two first.
    TwoRound = two_round::SPEC,
    /// The last is eliminated, round by round.
    Irv = irv::SPEC,
    /// Single transferable vote, weighted inclusive Gregory.
    Stv = stv::SPEC,
    /// Single transferable vote by Meek's rules.
    StvMeek = meek::SPEC,
    /// The most pairwise wins (Ranked Robin).
    Copeland = copeland::SPEC,
    /// The smallest worst defeat, by winning votes.
    Minimax = minimax::SPEC,
    /// The smallest worst defeat, by margins.
    MinimaxMargins = minimax::MARGINS,
    /// The strongest paths, by winning votes.
    Schulze = schulze::SPEC,
    /// The strongest paths, by margins.
    SchulzeMargins = schulze::MARGINS,
    /// The strongest defeats that make no cycle, by winning votes.
    RankedPairs = ranked_pairs::SPEC,
    /// The strongest defeats that make no cycle, by margins.
    RankedPairsMargins = ranked_pairs::MARGINS,
    /// The fewest Borda points are eliminated, round by round.
    Baldwin = baldwin::SPEC,
}

impl Method {
    /// Its name on the command line, in forms and in the database.
    pub fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// The method of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        self.spec().label
    }

    /// What is marked on its ballots.
    pub fn kind(self) -> Kind {
        self.spec().kind
    }

    /// Whether it fills more than one seat.
    pub fn takes_seats(self) -> bool {
        self.spec().several_seats
    }

    /// The most choices of a poll that is counted so.
    pub fn most_choices(self) -> usize {
        self.spec().most_choices
    }

    /// Whether it counts round by round, so that a table has a column for each.
    pub fn has_rounds(self) -> bool {
        self.spec().family == Family::Rounds
    }

    /// Whether its outcome depends on an open rule.
    pub fn uses(self, rule: OpenRule) -> bool {
        self.spec().open_rules.contains(&rule)
    }

    /// The form of its ballots: with several seats plurality takes as many marks as seats; scores go up to `highest`.
    pub fn form(self, seats: u32, highest: u32, blank: bool) -> Form {
        let kind = self.kind();
        match kind {
            Kind::Pick if seats > 1 => Form { kind: Kind::Approval, most: seats, ties: false, blank },
            Kind::Pick => Form { kind, most: 1, ties: false, blank },
            Kind::Approval => Form { kind, most: u32::MAX, ties: false, blank },
            Kind::Score => Form { kind, most: highest, ties: false, blank },
            Kind::Ranking => Form { kind, most: u32::MAX, ties: self.spec().shared_ranks, blank },
        }
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
    use std::collections::BTreeSet;

    use super::{
        super::{Cost, spec::MOST_DUELS},
        *,
    };

    #[test]
    fn each_name_is_its_methods_own() {
        for method in Method::ALL {
            assert_eq!(Method::from_word(method.as_str()), Some(method));
        }
        assert_eq!(Method::from_word("Plurality"), None);
        let labels: BTreeSet<&str> = Method::ALL.into_iter().map(Method::label).collect();
        assert_eq!(labels.len(), Method::ALL.len());
    }

    #[test]
    fn what_a_spec_says_fits_together() {
        for method in Method::ALL {
            let spec = method.spec();
            assert!(!spec.shared_ranks || spec.kind == Kind::Ranking, "{method:?}");
            assert!(!spec.shared_ranks || !method.uses(OpenRule::Overvotes), "{method:?}");
            let has_pairs = spec.kind == Kind::Ranking && spec.costs.contains(&Cost::Pairs);
            assert_eq!(has_pairs, spec.most_choices == MOST_DUELS, "{method:?}");
            assert!(spec.family != Family::Duels || has_pairs, "{method:?}");
        }
    }
}
