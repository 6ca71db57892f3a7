//! The result as a picture to share: an SVG whose text is broken into lines here, as nothing in an SVG breaks it.

use serde::Serialize;
use textwrap::Options;

use crate::{
    models::state::State,
    scoreboard::Board,
    text::grouped,
    web::show::{decision::Row, tally::TallyView},
};

/// The most choices that it shows.
const ROWS: usize = 12;

/// Its margin, and the heights of a line of the title, of who won, of the sentence and of a label, in the units of its
/// view box, which is 1,000 wide.
const MARGIN: usize = 48;
const TITLE: usize = 42;
const WHO: usize = 54;
const LINE: usize = 30;

/// How many letters of middle width fit on such lines.
const TITLE_LETTERS: usize = 48;
const WHO_LETTERS: usize = 34;
const LETTERS: usize = 84;
const LABEL_LETTERS: usize = 62;

/// A bar and the space after it.
const BAR: usize = 36;

/// `results/picture.svg`.
#[derive(Serialize)]
pub struct ResultPicture {
    height: usize,
    title: Vec<Text>,
    who: Vec<Text>,
    sentence: Vec<Text>,
    rows: Vec<PictureRow>,
    /// Where a line crosses the bars, in thousandths; 0 for none.
    line: u64,
    /// How many choices are left out, and the line that says it.
    more: Option<Text>,
    footer: Text,
}

/// A line of text and its baseline.
#[derive(Serialize)]
struct Text {
    y: usize,
    text: String,
}

#[derive(Serialize)]
struct PictureRow {
    label: Vec<Text>,
    numbers: String,
    /// The upper edge of its bar.
    bar: usize,
    permille: u64,
    first: bool,
}

/// Puts one line below the other.
struct Pen {
    y: usize,
}

impl Pen {
    fn write(&mut self, text: &str, height: usize, letters: usize) -> Vec<Text> {
        let lines = textwrap::wrap(text, Options::new(letters));
        lines.into_iter().map(|line| self.line(line.into_owned(), height)).collect()
    }

    fn line(&mut self, text: String, height: usize) -> Text {
        self.y += height;
        Text { y: self.y, text }
    }

    fn row(&mut self, row: &Row<'_>) -> PictureRow {
        let label = self.write(row.label, LINE, LABEL_LETTERS);
        let bar = self.y + LINE / 3;
        self.y += BAR;
        let numbers = [Some(row.number.as_str()), row.second.as_deref()].into_iter().flatten();
        PictureRow {
            label,
            numbers: numbers.collect::<Vec<_>>().join(" · "),
            bar,
            permille: row.permille,
            first: row.first,
        }
    }
}

impl ResultPicture {
    /// The picture of a board's result, for whoever may see it.
    pub fn new(board: &Board) -> Self {
        let poll = &board.definition.poll;
        let tally = TallyView::new(board);
        let mut pen = Pen { y: MARGIN };
        let title = pen.write(&poll.settings.title, TITLE, TITLE_LETTERS);
        let who = match &tally.who {
            Some(who) => pen.write(&format!("{who}: {}", tally.verdict), WHO, WHO_LETTERS),
            None => Vec::new(),
        };
        pen.y += LINE / 2;
        let sentence = pen.write(&tally.sentence, LINE, LETTERS);
        pen.y += LINE / 2;
        let decision = tally.decision.as_ref();
        let caption = decision.and_then(|decision| decision.caption.as_deref());
        let sentence = sentence.into_iter().chain(pen.write(caption.unwrap_or_default(), LINE, LETTERS)).collect();
        pen.y += LINE / 2;
        let shown = decision.map(|decision| decision.rows.iter().take(ROWS).collect::<Vec<_>>()).unwrap_or_default();
        let rows: Vec<_> = shown.into_iter().map(|row| pen.row(row)).collect();
        let left_out = decision.map_or(0, |decision| decision.choices() - rows.len());
        let more = (left_out > 0).then(|| pen.line(format!("And {} more", grouped(left_out as u64)), LINE));
        pen.y += LINE / 2;
        let votes = if board.counted.outcome.ballots == 1 { "vote" } else { "votes" };
        let so_far = if board.state == State::Closed { "" } else { " so far" };
        let footer = pen.line(format!("{} {votes}{so_far}", grouped(board.counted.outcome.ballots)), LINE);
        Self {
            height: pen.y + MARGIN,
            title,
            who,
            sentence,
            rows,
            line: decision.and_then(|decision| decision.line).unwrap_or_default(),
            more,
            footer,
        }
    }
}
