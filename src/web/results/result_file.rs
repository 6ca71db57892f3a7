//! The files that a result is offered as.

use crate::formats::Format;

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum File {
    /// A number and a share for each choice, the best first.
    Results,
    /// The preference profile in one of the formats of elections.
    Profile(Format),
    /// The outcome as JSON.
    Outcome,
    /// The outcome in words.
    Report,
    /// A table of single ballots.
    BallotsCsv,
    /// A JSON object a line, one for each ballot.
    BallotsJson,
}

use File::*;

impl File {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Results,
        Profile(Format::Csv),
        Profile(Format::Json),
        Profile(Format::Preflib),
        Profile(Format::Blt),
        Profile(Format::Cef),
        BallotsCsv,
        BallotsJson,
        Outcome,
        Report,
    ];

    /// Its name in addresses.
    pub fn name(self) -> String {
        match self {
            Profile(format) => format!("profile.{}", format.as_str()),
            Results => "results.csv".into(),
            Outcome => "outcome.json".into(),
            Report => "report.txt".into(),
            BallotsCsv => "ballots.csv".into(),
            BallotsJson => "ballots.jsonl".into(),
        }
    }

    /// The file of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Profile(Format::Csv) | BallotsCsv | Results => "text/csv; charset=utf-8",
            Profile(Format::Json) | Outcome => "application/json",
            BallotsJson => "application/jsonl",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// What it is, for its page.
    pub fn title(self) -> &'static str {
        match self {
            Results => "The results as a table (CSV)",
            Profile(Format::Csv) => "All ballots, equal ones counted together (CSV)",
            Profile(Format::Json) => "The same, with all that the count depends on (JSON)",
            Profile(Format::Preflib) => "PrefLib",
            Profile(Format::Blt) => "BLT",
            Profile(_) => "Condorcet Election Format",
            Outcome => "The outcome with every step (JSON)",
            Report => "The outcome as a report",
            BallotsCsv => "Each ballot by itself (CSV)",
            BallotsJson => "Each ballot by itself (JSON lines)",
        }
    }
}
