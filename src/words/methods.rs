//! The methods, described for people who never heard of them.

use crate::count::Method;

/// A method in plain words.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// How it counts.
    pub rule: &'static str,
    /// What to use it for.
    pub good_for: &'static str,
}

/// How a method counts, and what to use it for.
pub fn description(method: Method) -> Description {
    let (rule, good_for) = match method {
        Method::Plurality => (
            "Whoever most ballots name is elected.",
            "For two choices, or where everybody knows it; similar choices split their votes.",
        ),
        Method::Approval => (
            "Each ballot may approve of several; whoever most approve of is elected.",
            "For a date, a place or a film that most can live with.",
        ),
        Method::Score => (
            "Each ballot scores the choices; the highest sum is elected.",
            "For ratings in which strong feelings count.",
        ),
        Method::Star => (
            "Each ballot scores the choices; of the two with the highest sums, the one that more ballots score higher is elected.",
            "For scores that nobody gains by exaggerating much.",
        ),
        Method::MajorityJudgment => (
            "Each ballot grades the choices; the highest grade that a majority gives at least is elected.",
            "For judging each on its own merits.",
        ),
        Method::Borda => (
            "A choice gets a point for each choice that a ballot ranks below it; the most points are elected.",
            "For what is broadly liked among honest voters.",
        ),
        Method::Dowdall => (
            "A first rank is one point, a second half a point, a third a third, and so on; the most points are elected.",
            "For favouring first choices, as Nauru does.",
        ),
        Method::TwoRound => (
            "Unless one has more than half of the first choices, the two with the most meet in a runoff.",
            "For those used to a second round.",
        ),
        Method::Irv => (
            "Until one has more than half, the last is eliminated and its ballots go to their next choices.",
            "For electing one by a ranking that many know.",
        ),
        Method::Stv => (QUOTA, "For committees and councils, in proportion to the votes."),
        Method::StvMeek => {
            (QUOTA, "Every vote is shared out exactly: for committees that trust a computer with the fractions.")
        }
        Method::Copeland => {
            ("Each choice meets each other; the most duels won are elected.", "For a count that anybody can check.")
        }
        Method::Minimax => (WORST_DEFEAT, "For a compromise that few are against."),
        Method::MinimaxMargins => {
            (WORST_DEFEAT, "Defeats are weighed by their margins. For a compromise where many leave choices unranked.")
        }
        Method::Schulze => (CHAINS, "For groups with many similar choices, as software projects do."),
        Method::SchulzeMargins => (CHAINS, "As Schulze, with duels weighed by their margins."),
        Method::RankedPairs => (LOCKED, "For a whole ranking that explains itself."),
        Method::RankedPairsMargins => (LOCKED, "As ranked pairs, with duels weighed by their margins."),
        Method::Baldwin => (
            "A choice gets a point for each choice that a ballot ranks below it; the one with the fewest points is eliminated, and points are counted again without it, until one is left.",
            "For a Borda count that always elects whoever beats each other choice.",
        ),
    };
    Description { rule, good_for }
}

/// The whole description, for those who pick a method.
pub fn about(method: Method) -> String {
    let Description { rule, good_for } = description(method);
    format!("{rule} {good_for}")
}

const QUOTA: &str = "Whoever reaches the quota is elected and passes on what is above it; where nobody does, the last is eliminated and its votes go on.";
const WORST_DEFEAT: &str = "Each choice meets each other; the one whose worst defeat is the smallest is elected.";
const CHAINS: &str =
    "Each choice meets each other; the one with the strongest chain of wins to every other is elected.";
const LOCKED: &str =
    "Each choice meets each other; wins are locked in from the clearest down, unless they would close a circle.";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_method_is_described_in_its_own_words() {
        let uses: BTreeSet<&str> = Method::ALL.into_iter().map(|method| description(method).good_for).collect();
        assert_eq!(uses.len(), Method::ALL.len());
        for method in Method::ALL {
            let Description { rule, good_for } = description(method);
            assert!(rule.ends_with('.') && good_for.ends_with('.'), "{method:?}");
        }
    }
}
