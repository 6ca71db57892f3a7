//! A badge for other sites: the question, and who leads or how the poll stands, on one line.

use serde::Serialize;
use textwrap::core::display_width;

use crate::{
    models::{state::State, visibility::Viewer},
    scoreboard::Board,
    web::show::tally::TallyView,
};

/// How many letters of middle width each half may have.
const LETTERS: usize = 40;

/// How wide such a letter is, and the space beside each text.
const LETTER: usize = 7;
const SPACE: usize = 10;

/// `results/badge.svg`.
#[derive(Serialize)]
pub struct Badge {
    question: Half,
    result: Half,
    width: usize,
    is_open: bool,
}

/// A half of the badge: its text, where it begins, and its width.
#[derive(Serialize)]
struct Half {
    text: String,
    x: usize,
    width: usize,
    /// The width of the text itself.
    letters: usize,
}

impl Badge {
    /// The badge of a board. It shows what everybody may see.
    pub fn new(board: &Board) -> Self {
        let settings = &board.definition.poll.settings;
        let is_shown = settings.results_visibility.allows(Viewer::default(), board.state);
        let tally = is_shown.then(|| TallyView::new(board));
        let result = match tally.and_then(|tally| tally.who.map(|who| format!("{who} {}", tally.verdict))) {
            Some(result) => result,
            None => match board.state {
                State::Open => "vote now",
                State::Closed => "closed",
                State::Upcoming | State::Draft => "opens soon",
            }
            .into(),
        };
        let question = Half::new(&settings.title, 0);
        let result = Half::new(&result, question.width);
        Self { width: question.width + result.width, question, result, is_open: board.state == State::Open }
    }
}

impl Half {
    fn new(text: &str, begins: usize) -> Self {
        let text = shortened(text);
        let letters = display_width(&text).max(1) * LETTER;
        Self { text, x: begins + SPACE, width: letters + 2 * SPACE, letters }
    }
}

/// The text, or its beginning and an ellipsis.
fn shortened(text: &str) -> String {
    if display_width(text) <= LETTERS {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if display_width(&short) >= LETTERS - 1 {
            break;
        }
        short.push(letter);
    }
    format!("{}…", short.trim_end())
}
