//! Plurality: every ballot names one choice, and the choice named most often leads.
//! Source: Duverger, *Les partis politiques* (1951), there "scrutin majoritaire à un tour".

use std::collections::HashMap;

use super::UnreadableMarks;

/// The outcome of a plurality count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The ballots for each choice, in the order of the choices.
    pub votes: Vec<u64>,
    /// All ballots in the profile.
    pub ballots: u64,
    /// The positions of the choices with the most votes: several in a tie, none without a vote.
    pub leaders: Vec<usize>,
}

/// Counts `profile` over the choice keys `choices`.
///
/// # Errors
/// [`UnreadableMarks`] when marks name none of the choices: the definition and the profile don't belong together.
pub fn count(choices: &[&str], profile: &[(String, u64)]) -> Result<Outcome, UnreadableMarks> {
    let positions: HashMap<&str, usize> = choices.iter().enumerate().map(|(i, key)| (*key, i)).collect();
    let mut votes = vec![0; choices.len()];
    for (marks, count) in profile {
        let position = positions.get(marks.as_str()).ok_or_else(|| UnreadableMarks(marks.clone()))?;
        votes[*position] += count;
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let leaders = (0..votes.len()).filter(|i| most > 0 && votes[*i] == most).collect();
    Ok(Outcome { ballots: votes.iter().sum(), votes, leaders })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(rows: &[(&str, u64)]) -> super::super::Profile {
        rows.iter().map(|(marks, count)| ((*marks).to_owned(), *count)).collect()
    }

    #[test]
    fn the_parts_add_up_and_the_most_named_leads() {
        let outcome = count(&["gummi", "pita", "cleo"], &profile(&[("pita", 3), ("gummi", 5)])).unwrap();
        assert_eq!(outcome, Outcome { votes: vec![5, 3, 0], ballots: 8, leaders: vec![0] });
    }

    #[test]
    fn a_tie_has_several_leaders_and_no_vote_has_none() {
        assert_eq!(count(&["a", "b"], &profile(&[("a", 2), ("b", 2)])).unwrap().leaders, [0, 1]);
        assert!(count(&["a", "b"], &profile(&[])).unwrap().leaders.is_empty());
    }

    #[test]
    fn marks_of_another_poll_are_not_dropped_silently() {
        assert_eq!(count(&["a"], &profile(&[("z", 1)])), Err(UnreadableMarks("z".into())));
    }
}
