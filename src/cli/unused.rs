//! Options that have no effect on a count; the command says so, because it would otherwise ignore them silently.

use crate::{
    count::{
        Method,
        OpenRule::{Elimination, Overvotes, Quota, Skipped, Unranked, Until, WriteIns},
    },
    marks::Kind,
    words::counting::ballots_of,
};

/// An option, and whether a method uses it on ballots of a kind.
type Use = (&'static str, fn(Method, Kind) -> bool);

/// All options that some counts do not use.
const USES: [Use; 10] = [
    // Equal scores are a shared rank.
    ("--overvotes", |method, kind| method.uses(Overvotes) && matches!(kind, Kind::Ranking | Kind::Score)),
    ("--skipped-ranks", |method, kind| method.uses(Skipped) && kind == Kind::Ranking),
    ("--repeats", |_, kind| kind == Kind::Ranking),
    ("--ranks", |_, kind| kind == Kind::Ranking),
    ("--highest", |_, kind| kind == Kind::Score),
    ("--unranked", |method, _| method.uses(Unranked)),
    ("--quota", |method, _| method.uses(Quota)),
    ("--elimination", |method, _| method.uses(Elimination)),
    ("--until", |method, _| method.uses(Until)),
    ("--write-ins", |method, _| method.uses(WriteIns)),
];

/// Whether a method uses an option on ballots of a kind.
pub fn is_used(method: Method, kind: Kind, option: &str) -> bool {
    USES.iter().all(|(name, is_used)| *name != option || is_used(method, kind))
}

/// A sentence for each given option that has no effect, or an effect in some of the methods only, on ballots of a kind.
pub fn notes(given: &[&str], methods: &[Method], kind: Kind) -> Vec<String> {
    let note = |option: &&str| {
        let uses = |method: &Method| is_used(*method, kind, option);
        let using: Vec<&str> = methods.iter().copied().filter(uses).map(Method::as_str).collect();
        let on_kind = Method::ALL.iter().filter(|method| method.reads(kind)).any(uses);
        match methods {
            _ if using.len() == methods.len() => None,
            _ if !on_kind => Some(format!("{option} means nothing on {}", ballots_of(kind))),
            [one] => Some(format!("{option} means nothing in {}", one.label())),
            _ if using.is_empty() => Some(format!("{option} means nothing in any of the methods that are compared")),
            _ => Some(format!("{option} means something in {} only", using.join(", "))),
        }
    };
    given.iter().filter_map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_used_by_a_method_and_not_by_all() {
        let counts = || {
            let kinds = [Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Score];
            kinds.into_iter().flat_map(|kind| Method::ALL.map(|method| (method, kind)))
        };
        for (option, _) in USES {
            let read = counts().filter(|(method, kind)| method.reads(*kind));
            let (using, not): (Vec<_>, Vec<_>) = read.partition(|(method, kind)| is_used(*method, *kind, option));
            assert!(!using.is_empty() && !not.is_empty(), "{option}");
        }
        assert!(is_used(Method::Approval, Kind::Approval, "--seed"));
    }

    #[test]
    fn an_option_without_effect_is_reported() {
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
