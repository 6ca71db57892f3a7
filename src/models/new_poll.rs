//! A poll that is to be created.

use super::{choice::NewChoice, settings::Settings};

/// A poll that is to be created, or what one is to become.
#[derive(Debug, Clone, Default)]
pub struct NewPoll {
    /// Its name in addresses.
    pub slug: String,
    /// All else that its organiser can set.
    pub settings: Settings,
    /// In the order of the ballot.
    pub choices: Vec<NewChoice>,
    /// What lots for ties are drawn from, where that is known already; drawn when the poll is created otherwise.
    pub seed: Option<String>,
    /// Whether only its organiser sees it.
    pub draft: bool,
    /// Who runs it.
    pub organiser_id: Option<i64>,
    /// The keyed hash of the form that creates it: sent again, that creates nothing more.
    pub form: Option<[u8; 32]>,
}
