//! A poll that is to be created.

use chrono::NaiveDateTime;

use super::{choice::NewChoice, eligibility::Eligibility, marking::Marking, visibility::Visibility};

/// A poll to be created; by default an open one that shows everything, for everybody.
#[derive(Debug, Clone)]
pub struct NewPoll {
    /// Its name in addresses.
    pub slug: String,
    /// The question.
    pub title: String,
    /// More about the question, or empty.
    pub description: String,
    /// The first moment at which it takes ballots, UTC.
    pub opens_at: NaiveDateTime,
    /// The first moment at which it takes none any more, UTC.
    pub closes_at: Option<NaiveDateTime>,
    /// In the order of the ballot.
    pub choices: Vec<NewChoice>,
    /// How it is marked and counted.
    pub marking: Marking,
    /// What lots for ties are drawn from, where that is known already; drawn when the poll is created otherwise.
    pub seed: Option<String>,
    /// Who may vote.
    pub eligibility: Eligibility,
    /// When the results are shown.
    pub results_visibility: Visibility,
    /// When the number of ballots is shown.
    pub turnout_visibility: Visibility,
    /// Whether the list of polls names it.
    pub listed: bool,
    /// Whether only its organiser sees it.
    pub draft: bool,
    /// The time zone in which its dates are written, by its IANA name.
    pub zone: String,
    /// Who runs it.
    pub organiser_id: Option<i64>,
    /// The keyed hash of the form that creates it: sent again, that creates nothing more.
    pub form: Option<[u8; 32]>,
}

impl Default for NewPoll {
    fn default() -> Self {
        Self {
            slug: String::new(),
            title: String::new(),
            description: String::new(),
            opens_at: super::now(),
            closes_at: None,
            choices: Vec::new(),
            marking: Marking::default(),
            seed: None,
            eligibility: Eligibility::Open,
            results_visibility: Visibility::Always,
            turnout_visibility: Visibility::Always,
            listed: true,
            draft: false,
            zone: "UTC".into(),
            organiser_id: None,
            form: None,
        }
    }
}
