//! Marks: what a voter put on a ballot, as canonical text; the domain's only notation.
//!
//! Pick one `gummi`; approval `gummi,pita`; ranking `gummi>cleo=pita`; scores `cleo:3,gummi:5`. Choices
//! that are not marked are not written, tied or unordered choices are sorted, and a blank ballot is the empty text: equal
//! ballots are equal texts. Never touches a database, a clock or HTTP.

mod keys;

use std::{collections::HashMap, fmt, iter};

pub use keys::{KEY_LENGTH, Keys, is_key, key_from_label};

/// What is marked on a ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One choice.
    Pick,
    /// Any choices, all alike.
    Approval,
    /// Choices in an order.
    Ranking,
    /// A number for each choice.
    Score,
}

/// How a ballot may be marked: the kind of its marks and their bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// What is marked.
    pub kind: Kind,
    /// The most choices that may be approved of; the highest score.
    pub most: u32,
    /// Whether choices may share a rank.
    pub ties: bool,
    /// Whether a ballot may be blank.
    pub blank: bool,
}

/// The marks of one ballot, in canonical form and valid in their poll.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(String);

impl Marks {
    /// Parses the notation of a ballot in a poll with these choices.
    ///
    /// Skipped ranks are closed up: `a>>b` is `a>b`.
    ///
    /// # Errors
    /// [`MarksError`] for what is no valid ballot in this poll.
    pub fn parse<'c>(text: &str, form: Form, choices: impl IntoIterator<Item = &'c str>) -> Result<Self, MarksError> {
        let text = text.trim();
        if form.kind == Kind::Pick && text.len() > KEY_LENGTH {
            return Err(MarksError::TooLong);
        }
        let marks =
            read(form.kind, text).map(|mark| mark.ok_or(MarksError::Unreadable)).collect::<Result<Vec<_>, _>>()?;
        Self::from_marks(&marks, form, choices)
    }

    /// A ballot with these marks: for each marked choice its key and its rank (1 is the best) or score; 1 where the kind has
    /// neither.
    ///
    /// # Errors
    /// [`MarksError`] for what is no valid ballot in a poll with these choices.
    pub fn from_marks<'c>(
        marks: &[(&str, u32)],
        form: Form,
        choices: impl IntoIterator<Item = &'c str>,
    ) -> Result<Self, MarksError> {
        if marks.is_empty() {
            return if form.blank { Ok(Self(String::new())) } else { Err(MarksError::Empty) };
        }
        let mut is_unmarked: HashMap<&str, bool> = HashMap::new();
        if let [(key, _)] = marks {
            is_unmarked.extend(choices.into_iter().filter(|choice| choice == key).map(|choice| (choice, true)));
        } else {
            is_unmarked.extend(choices.into_iter().map(|choice| (choice, true)));
        }
        for (key, _) in marks {
            match is_unmarked.insert(*key, false) {
                None => return Err(MarksError::UnknownChoice),
                Some(false) => return Err(MarksError::Twice((*key).to_owned())),
                Some(true) => {}
            }
        }
        let mut marks = marks.to_vec();
        match form.kind {
            Kind::Pick if marks.len() > 1 => return Err(MarksError::TooMany { most: 1 }),
            Kind::Approval if marks.len() > form.most as usize => return Err(MarksError::TooMany { most: form.most }),
            Kind::Score => {
                if let Some((key, _)) = marks.iter().find(|(_, score)| *score > form.most) {
                    return Err(MarksError::TooHigh { key: (*key).to_owned(), most: form.most });
                }
            }
            Kind::Ranking => {
                marks.sort_unstable_by_key(|(key, rank)| (*rank, *key));
                if let Some(tied) = marks.windows(2).find(|two| two[0].1 == two[1].1).filter(|_| !form.ties) {
                    return Err(MarksError::Tied([tied[0].0.to_owned(), tied[1].0.to_owned()]));
                }
            }
            Kind::Pick | Kind::Approval => {}
        }
        if form.kind != Kind::Ranking {
            marks.sort_unstable();
        }
        Ok(Self(written(form.kind, &marks)))
    }

    /// The canonical text, as it is stored, exported and counted.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The marks in a text: for each marked choice its key and its rank or score, in the order of the text; `None` for a mark
/// that can't be parsed. Skipped ranks count: in `a>>b`, `b` has rank 3.
pub fn read(kind: Kind, text: &str) -> impl Iterator<Item = Option<(&str, u32)>> {
    // The separator of marks and, in rankings, the one between marks that share a rank.
    let (next, shared) = match kind {
        Kind::Pick => (b'\0', b'\0'),
        Kind::Ranking => (b'>', b'='),
        Kind::Approval | Kind::Score => (b',', b','),
    };
    // An empty text has no marks. An empty part of a text is a skipped rank, or an error in other kinds.
    let (mut rest, mut rank, mut begins) = (Some(text).filter(|text| !text.is_empty()), 1, true);
    iter::from_fn(move || {
        loop {
            let here = rest?;
            let end = here.bytes().position(|byte| byte == next || byte == shared);
            let (mark, ends) = match end {
                Some(end) => (&here[..end], here.as_bytes()[end] == next),
                None => (here, true),
            };
            rest = end.map(|end| &here[end + 1..]);
            let (value, alone) = (rank, begins && ends);
            (rank, begins) = if ends { (rank + 1, true) } else { (rank, false) };
            return Some(match kind {
                Kind::Ranking if mark.is_empty() && alone => continue,
                Kind::Score => mark.rsplit_once(':').and_then(|(key, score)| Some((key, score.parse().ok()?))),
                _ if mark.is_empty() => None,
                Kind::Ranking => Some((mark, value)),
                Kind::Pick | Kind::Approval => Some((mark, 1)),
            });
        }
    })
}

/// The text of marks that are in their order.
fn written(kind: Kind, marks: &[(&str, u32)]) -> String {
    let mut text = String::new();
    let mut before = None;
    for (key, value) in marks {
        if let Some(before) = before.replace(*value) {
            text.push(match kind {
                Kind::Ranking if before == *value => '=',
                Kind::Ranking => '>',
                _ => ',',
            });
        }
        text.push_str(key);
        if kind == Kind::Score {
            text.push(':');
            text.push_str(&value.to_string());
        }
    }
    text
}

/// Why marks are no valid ballot in their poll.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarksError {
    /// Nothing was marked.
    #[error("No choice is marked. Mark one of the choices below.")]
    Empty,
    /// Longer than any key can be.
    #[error("That is too long to be one of the choices. Pick one of those below.")]
    TooLong,
    /// Not a choice of this poll.
    #[error("That is not one of the choices in this poll. Pick one of those below.")]
    UnknownChoice,
    /// Not the notation of this kind of ballot.
    #[error("Those are not the marks of this ballot. Mark the ballot below.")]
    Unreadable,
    /// A choice has two marks.
    #[error("“{0}” is marked twice. Mark each choice once.")]
    Twice(String),
    /// More choices are marked than allowed.
    #[error("More than {most} of the choices are marked. Take some out.")]
    TooMany {
        /// The most that are allowed.
        most: u32,
    },
    /// A score above the highest.
    #[error("The score of “{key}” is above {most}. Score from 0 to {most}.")]
    TooHigh {
        /// The choice.
        key: String,
        /// The highest score.
        most: u32,
    },
    /// Two choices share a rank where none may.
    #[error("“{}” and “{}” have the same rank. Give each rank once.", .0[0], .0[1])]
    Tied([String; 2]),
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATS: [&str; 3] = ["gummi", "pita", "cleo"];

    fn form(kind: Kind) -> Form {
        Form { kind, most: if kind == Kind::Score { 5 } else { 2 }, ties: true, blank: false }
    }

    fn parse(kind: Kind, text: &str) -> Result<String, MarksError> {
        Marks::parse(text, form(kind), CATS).map(|marks| marks.to_string())
    }

    #[test]
    fn equal_ballots_are_equal_texts() {
        assert_eq!(parse(Kind::Pick, " gummi\n").unwrap(), "gummi");
        assert_eq!(parse(Kind::Approval, "pita,gummi").unwrap(), "gummi,pita");
        assert_eq!(parse(Kind::Ranking, "gummi>pita=cleo").unwrap(), "gummi>cleo=pita");
        assert_eq!(parse(Kind::Ranking, ">pita>>gummi>").unwrap(), "pita>gummi");
        assert_eq!(parse(Kind::Score, "gummi:5,cleo:03").unwrap(), "cleo:3,gummi:5");
    }

    #[test]
    fn canonical_text_reads_as_itself() {
        for (kind, text) in [
            (Kind::Pick, "gummi"),
            (Kind::Approval, "gummi,pita"),
            (Kind::Ranking, "gummi>cleo=pita"),
            (Kind::Score, "cleo:0,gummi:5"),
        ] {
            assert_eq!(parse(kind, text).unwrap(), text);
        }
    }

    #[test]
    fn only_whole_ranks_may_be_empty() {
        let marks = |kind, text| read(kind, text).collect::<Option<Vec<_>>>();
        assert_eq!(marks(Kind::Ranking, ">a>>b=c>"), Some(vec![("a", 2), ("b", 4), ("c", 4)]));
        assert_eq!(marks(Kind::Ranking, ">>"), Some(vec![]));
        for text in ["=", "a=", "=a", "a>=b", "a=>b", "a>b=", "a==b"] {
            assert_eq!(marks(Kind::Ranking, text), None, "{text}");
        }
        assert_eq!(marks(Kind::Approval, "a=b>c,d"), Some(vec![("a=b>c", 1), ("d", 1)]));
        for text in [",", "a,", ",a"] {
            assert_eq!(marks(Kind::Approval, text), None, "{text}");
        }
        assert_eq!(marks(Kind::Score, "é:b:3"), Some(vec![("é:b", 3)]));
        assert_eq!(marks(Kind::Pick, "a,b"), Some(vec![("a,b", 1)]));
    }

    #[test]
    fn a_blank_ballot_is_the_empty_text_where_it_may_be_cast() {
        for kind in [Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Score] {
            assert_eq!(parse(kind, "  "), Err(MarksError::Empty));
            assert_eq!(Marks::parse("", Form { blank: true, ..form(kind) }, CATS).unwrap().as_str(), "");
        }
    }

    #[test]
    fn each_error_is_reported() {
        assert_eq!(parse(Kind::Pick, "Gummi"), Err(MarksError::UnknownChoice));
        assert_eq!(parse(Kind::Pick, "gummi,pita"), Err(MarksError::UnknownChoice));
        assert_eq!(parse(Kind::Pick, &"g".repeat(65)), Err(MarksError::TooLong));
        assert_eq!(parse(Kind::Approval, "gummi,gummi"), Err(MarksError::Twice("gummi".into())));
        assert_eq!(parse(Kind::Approval, "gummi,,pita"), Err(MarksError::Unreadable));
        assert_eq!(parse(Kind::Approval, "gummi,pita,cleo"), Err(MarksError::TooMany { most: 2 }));
        assert_eq!(parse(Kind::Ranking, "gummi=>pita"), Err(MarksError::Unreadable));
        assert_eq!(parse(Kind::Ranking, "gummi>pita>gummi"), Err(MarksError::Twice("gummi".into())));
        assert_eq!(parse(Kind::Score, "gummi:6"), Err(MarksError::TooHigh { key: "gummi".into(), most: 5 }));
        for text in ["gummi", "gummi:", "gummi:-1", "gummi:x", "gummi:99999999999"] {
            assert_eq!(parse(Kind::Score, text), Err(MarksError::Unreadable), "{text}");
        }
        let strict = Form { ties: false, ..form(Kind::Ranking) };
        let tied = Marks::parse("gummi>cleo=pita", strict, CATS);
        assert_eq!(tied, Err(MarksError::Tied(["cleo".into(), "pita".into()])));
    }
}
