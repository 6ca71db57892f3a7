//! What other methods make of the same ballots: on a results page in a sentence, in a report as a table.

use std::collections::BTreeMap;

use super::ties;
use crate::{
    count::{Compared, Method, Outcome},
    text::isolated,
};

/// How many of the elected a table names.
pub const NAMED: usize = 12;

/// Why ballots of picks or approvals are not compared.
pub const NO_ORDER: &str = "Other methods need more than these votes say: they put the choices in no order.";

/// Whether the methods other than the poll's own, which elects `own`, give another result.
pub fn sentence(compared: &[Compared], method: Method, own: &[usize]) -> String {
    let others = compared.iter().filter(|compared| compared.method != method);
    let counted: Vec<bool> =
        others.clone().filter_map(|compared| Some(sorted(&compared.elected.as_ref()?.0) != own)).collect();
    let (all, differ) = (counted.len(), counted.iter().filter(|differs| **differs).count());
    let untried = match others.count() - all {
        0 => String::new(),
        1 => " One more method would take too long to count here.".into(),
        many => format!(" {many} more methods would take too long to count here."),
    };
    let answer = match (all, differ) {
        (0, _) => return untried.trim_start().to_owned(),
        (1, 0) => "No. The other method that can count these votes gives the same result.".to_owned(),
        (1, _) => "Yes. The other method that can count these votes gives another result.".to_owned(),
        (_, 0) => format!("No. The {all} other methods that can count these votes give the same result."),
        (_, 1) => format!("Yes, one of the {all} other methods that can count these votes gives another result."),
        _ => format!("Yes, {differ} of the {all} other methods that can count these votes give another result."),
    };
    answer + untried.as_str()
}

/// Who is elected by which method, and who by others.
pub fn table(outcomes: &[Outcome], labels: &[&str]) -> String {
    let width = outcomes.iter().map(|outcome| outcome.method.as_str().len()).max().unwrap_or(0);
    let mut text = String::from("Who is elected by which method\n");
    let mut groups: BTreeMap<Vec<usize>, Vec<&str>> = BTreeMap::new();
    let names = |choices: &[usize]| match choices.is_empty() {
        true => "nobody".to_owned(),
        false => choices.iter().map(|choice| isolated(labels[*choice])).collect::<Vec<_>>().join(", "),
    };
    for outcome in outcomes {
        let method = outcome.method.as_str();
        let lot = outcome.lot().map_or(String::new(), |lot| format!(" (a tie was settled by {})", ties::rule(lot)));
        text.push_str(&format!("  {method:width$}  {}{lot}\n", names(&outcome.elected)));
        groups.entry(sorted(&outcome.elected)).or_default().push(method);
    }
    if groups.len() < 2 {
        return text + "All of them agree.\n";
    }
    text.push_str("They disagree:\n");
    for (elected, methods) in groups {
        text.push_str(&format!("  {} by {}\n", names(&elected), methods.join(", ")));
    }
    text
}

/// Choices in the order of the ballot, to compare who is elected.
pub fn sorted(choices: &[usize]) -> Vec<usize> {
    let mut sorted = choices.to_vec();
    sorted.sort_unstable();
    sorted
}
