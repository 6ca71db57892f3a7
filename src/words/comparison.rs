//! What other methods make of the same ballots: on a results page in a sentence, in a report as a table.

use std::collections::BTreeMap;

use super::{numbers::named_up_to, ties};
use crate::{
    count::{Compared, Method, Outcome},
    text::isolated,
};

/// How many of the elected a sentence names.
pub const NAMED: usize = 12;

/// Why ballots of picks or approvals are not compared.
pub const NO_ORDER: &str = "These ballots put the choices in no order, and no other method can read more out of them.";

/// Who agrees with the poll's own method, and who would be elected by which of the others.
pub fn sentence(labels: &[&str], compared: &[Compared], own: &[usize]) -> String {
    let mut camps: Vec<(Vec<usize>, Vec<Method>)> = vec![(own.to_vec(), Vec::new())];
    for Compared { method, elected } in compared {
        let Some((elected, _)) = elected else { continue };
        let elected = sorted(elected);
        match camps.iter_mut().find(|(camp, _)| *camp == elected) {
            Some((_, methods)) => methods.push(*method),
            None => camps.push((elected, vec![*method])),
        }
    }
    let all: usize = camps.iter().map(|(_, methods)| methods.len()).sum();
    let lots = match compared.iter().filter(|compared| matches!(compared.elected, Some((_, true)))).count() {
        0 => String::new(),
        1 => ", one of them after a lot".into(),
        many => format!(", {many} of them after a lot"),
    };
    let whom = |camp: &[usize]| if camp.is_empty() { "nobody".into() } else { named_up_to(labels, camp, NAMED) };
    let Some(((camp, methods), others)) = camps.split_first() else { return String::new() };
    if others.is_empty() {
        let all = if all == 2 { "Both".to_owned() } else { format!("All {all}") };
        return format!("{all} methods elect {}{lots}.", whom(camp));
    }
    let mut text =
        format!("{} of {all} methods elect{} {}", methods.len(), if methods.len() == 1 { "s" } else { "" }, whom(camp));
    for (camp, methods) in others {
        // Among others in a list, “Minimax, margins” would be two.
        let name = |method: &Method| match method.label().split_once(", ") {
            Some((name, kind)) => format!("{name} ({kind})"),
            None => method.label().to_owned(),
        };
        let names: Vec<String> = methods.iter().map(name).collect();
        let (verb, names) = match names.as_slice() {
            [first @ .., last] if !first.is_empty() => ("elect", format!("{} and {last}", first.join(", "))),
            _ => ("elects", names.concat()),
        };
        text += &format!("; {names} {verb} {}", whom(camp));
    }
    text + &lots[..] + "."
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
