//! The methods as the form of a poll offers them: the usual one for each kind of ballot first.

use serde::Serialize;

use crate::{count::Method, marks::Kind, words::methods::about};

/// The kinds of ballots, each with the method that counts it where the organiser picks no other.
const USUAL: [(Kind, Method); 4] = [
    (Kind::Pick, Method::Plurality),
    (Kind::Approval, Method::Approval),
    (Kind::Score, Method::Score),
    (Kind::Ranking, Method::Irv),
];

/// A kind of ballot to pick.
#[derive(Debug, Serialize)]
pub struct KindOption {
    kind: Kind,
    /// What voters do.
    label: &'static str,
    /// What it is for.
    help: &'static str,
    method: MethodOption,
}

/// Methods whose ballots are marked alike.
#[derive(Debug, Serialize)]
pub struct MethodGroup {
    /// What voters do.
    name: &'static str,
    kind: Kind,
    methods: Vec<MethodOption>,
}

/// A method to pick.
#[derive(Debug, Serialize)]
struct MethodOption {
    word: &'static str,
    label: &'static str,
    about: String,
    /// Whether it fills more than one seat.
    seats: bool,
}

/// The kinds of ballots, in the order of the form.
pub fn kinds() -> Vec<KindOption> {
    let option = |(kind, method): (Kind, Method)| {
        let (label, help) = words(kind);
        KindOption { kind, label, help, method: method.into() }
    };
    USUAL.into_iter().map(option).collect()
}

/// The methods that are not the usual ones of their kinds.
pub fn groups() -> Vec<MethodGroup> {
    let group = |name, kind: Kind| {
        let others = Method::ALL.into_iter().filter(|method| method.kind() == kind && !is_usual(Some(*method)));
        MethodGroup { name, kind, methods: others.map(MethodOption::from).collect() }
    };
    vec![group("Rankings, counted in another way", Kind::Ranking), group("Scores, counted in another way", Kind::Score)]
}

/// Whether it is the usual one of its kind, or none at all.
pub fn is_usual(method: Option<Method>) -> bool {
    method.is_none_or(|method| USUAL.iter().any(|(_, usual)| *usual == method))
}

fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Pick => ("Pick one", "One choice for each voter. Everybody knows it."),
        Kind::Approval => ("Approve", "All choices that suit. For a date, a place, a film."),
        Kind::Score => ("Score", "A number for each choice. For ratings."),
        Kind::Ranking => ("Rank", "First, second, third … For electing one person."),
    }
}

impl From<Method> for MethodOption {
    fn from(method: Method) -> Self {
        Self { word: method.as_str(), label: method.label(), about: about(method), seats: method.takes_seats() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_is_offered_once() {
        let mut offered: Vec<&str> = kinds().iter().map(|kind| kind.method.word).collect();
        offered.extend(groups().iter().flat_map(|group| group.methods.iter().map(|method| method.word)));
        offered.sort_unstable();
        let mut all = Method::ALL.map(Method::as_str);
        all.sort_unstable();
        assert_eq!(offered, all);
    }
}
