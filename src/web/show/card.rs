//! What other sites and search engines show of a page: its description, and a card where somebody shares its link
//! (Open Graph, <https://ogp.me>). Everybody may read it, whoever asked for the page.

use serde::Serialize;

use crate::{
    models::{poll::Poll, state::State, visibility::Viewer},
    moments,
    scoreboard::Board,
    words::story::Story,
};

/// The card of a page.
#[derive(Debug, Serialize)]
pub struct Card {
    title: String,
    description: String,
    /// The path of the page, where the page is listed.
    path: Option<String>,
}

impl Card {
    /// The card of a poll's page, which has this path.
    pub fn of_poll(board: &Board, path: String) -> Self {
        Self::new(board, "", path, || state_sentence(&board.definition.poll, board.state))
    }

    /// The card of a poll's results: who won, where everybody may see it.
    pub fn of_results(board: &Board) -> Self {
        let poll = &board.definition.poll;
        let is_public = poll.settings.results_visibility.allows(Viewer::default(), board.state);
        Self::new(board, "Results: ", format!("/polls/{}/results", poll.slug), || {
            if !is_public {
                return state_sentence(poll, board.state);
            }
            Story::new(&board.counted.outcome, &board.definition.labels(), board.state == State::Closed).sentence()
        })
    }

    fn new(board: &Board, what: &str, path: String, sentence: impl Fn() -> String) -> Self {
        let poll = &board.definition.poll;
        if poll.draft || !poll.settings.listed {
            let (title, description) = ("A poll", "Open the link to see it.");
            return Self { title: title.into(), description: description.into(), path: None };
        }
        let asked = board.definition.asker.as_ref().map(|asker| format!("Asked by {asker}. ")).unwrap_or_default();
        Self {
            title: format!("{what}{}", poll.settings.title),
            description: format!("{asked}{}", sentence()),
            path: Some(path),
        }
    }
}

fn state_sentence(poll: &Poll, state: State) -> String {
    let zone = moments::of_poll(&poll.settings.zone);
    let written = |moment| moments::written(moment, &zone);
    match (state, poll.settings.closes_at) {
        (State::Closed, Some(end)) => format!("Closed on {}.", written(end)),
        (State::Closed, None) => "Closed.".into(),
        (State::Upcoming, _) => format!("Opens on {}.", written(poll.settings.opens_at)),
        (_, Some(end)) => format!("Open for votes until {}.", written(end)),
        (_, None) => "Open for votes.".into(),
    }
}
