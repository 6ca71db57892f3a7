//! Options that mean nothing to a count, so that nobody takes them for heeded.

use crate::{
    count::{Method, ballots_of},
    marks::Kind,
};

/// An option, and whether a method heeds it on ballots of a kind that it reads.
type Use = (&'static str, fn(Method, Kind) -> bool);

/// All options that some count does not heed.
const USES: [Use; 10] = [
    // Equal scores are a shared rank.
    ("--overvotes", |method, kind| moves(method) && matches!(kind, Kind::Ranking | Kind::Score)),
    ("--skipped-ranks", |method, kind| moves(method) && kind == Kind::Ranking),
    ("--repeats", |_, kind| kind == Kind::Ranking),
    ("--ranks", |_, kind| kind == Kind::Ranking),
    ("--highest", |_, kind| kind == Kind::Score),
    ("--unranked", |method, _| method.kind() == Kind::Ranking && !moves(method)),
    ("--quota", |method, _| has_quota(method)),
    ("--elimination", |method, _| method == Method::Irv),
    ("--until", |method, _| method == Method::Irv),
    ("--write-ins", |method, _| method == Method::Irv || has_quota(method)),
];

/// Whether a vote goes to one choice at a time.
fn moves(method: Method) -> bool {
    has_quota(method) || matches!(method, Method::Plurality | Method::TwoRound | Method::Irv)
}

fn has_quota(method: Method) -> bool {
    matches!(method, Method::Stv | Method::StvMeek)
}

/// Whether a method heeds an option on ballots of a kind.
pub fn heeds(method: Method, kind: Kind, option: &str) -> bool {
    USES.iter().all(|(name, heeded)| *name != option || heeded(method, kind))
}

/// What is to be said of the options that were given where ballots of a kind are counted by these methods: which mean
/// nothing, and which bind some of them only.
pub fn notes(given: &[&str], methods: &[Method], kind: Kind) -> Vec<String> {
    let note = |option: &&str| {
        let heeded = |method: &Method| heeds(*method, kind, option);
        let heeding: Vec<&str> = methods.iter().copied().filter(heeded).map(Method::as_str).collect();
        let on_kind = Method::ALL.iter().filter(|method| method.reads(kind)).any(heeded);
        match methods {
            _ if heeding.len() == methods.len() => None,
            _ if !on_kind => Some(format!("{option} means nothing on {}", ballots_of(kind))),
            [one] => Some(format!("{option} means nothing in {}", one.label())),
            _ if heeding.is_empty() => Some(format!("{option} means nothing in any of the methods that are compared")),
            _ => Some(format!("{option} means something in {} only", heeding.join(", "))),
        }
    };
    given.iter().filter_map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_heeded_by_a_method_and_not_by_all() {
        let counts = || {
            let kinds = [Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Score];
            kinds.into_iter().flat_map(|kind| Method::ALL.map(|method| (method, kind)))
        };
        for (option, _) in USES {
            let read = counts().filter(|(method, kind)| method.reads(*kind));
            let (heeded, not): (Vec<_>, Vec<_>) = read.partition(|(method, kind)| heeds(*method, *kind, option));
            assert!(!heeded.is_empty() && !not.is_empty(), "{option}");
        }
        assert!(heeds(Method::Approval, Kind::Approval, "--seed"));
    }

    #[test]
    fn what_means_nothing_is_told() {
        let ranked = [Method::Borda, Method::Irv, Method::Stv];
        assert_eq!(notes(&["--ranks", "--lots"], &ranked, Kind::Ranking), [""; 0]);
        assert_eq!(notes(&["--ranks"], &[Method::Score], Kind::Score), ["--ranks means nothing on scores"]);
        assert_eq!(notes(&["--quota"], &[Method::Borda], Kind::Ranking), ["--quota means nothing in Borda count"]);
        assert_eq!(
            notes(&["--quota", "--overvotes"], &ranked, Kind::Ranking),
            ["--quota means something in stv only", "--overvotes means something in irv, stv only"]
        );
        assert_eq!(
            notes(&["--quota"], &ranked[..2], Kind::Ranking),
            ["--quota means nothing in any of the methods that are compared"]
        );
    }
}
