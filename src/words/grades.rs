//! Scores as words: the grades of majority judgment.

use crate::count::Method;

/// The grades, from score 0 up, as Balinski and Laraki name them ("Majority Judgment", MIT Press 2011).
const GRADES: [&str; 6] = ["Reject", "Poor", "Acceptable", "Good", "Very good", "Excellent"];

/// Whether the scores of a poll, up to `highest`, are grades that have words.
pub fn are_named(method: Method, highest: u32) -> bool {
    method == Method::MajorityJudgment && highest as usize + 1 == GRADES.len()
}

/// A score, or the grade that it is.
pub fn named(method: Method, highest: u32, score: u32) -> String {
    let grade = GRADES.get(score as usize).filter(|_| are_named(method, highest));
    grade.map_or_else(|| score.to_string(), |grade| (*grade).to_owned())
}
