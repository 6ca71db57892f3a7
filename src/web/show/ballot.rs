//! The ballot as its templates read it: for each kind what is marked and how, as it was filled in.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    count::Method,
    marks::Kind,
    models::{
        choice::Choice,
        poll::{Definition, Poll},
    },
    text::{grouped, ordinal},
    voting::Mistake,
    words::{self, grades},
};

/// How many pictures a page loads at once.
const EAGER: usize = 6;

/// Up to these numbers of ranks, of scores and of choices, a voter picks from a list; above them, types numbers.
const PICKED_RANKS: usize = 30;
const PICKED_SCORES: (u32, usize) = (10, 100);

/// Up to so many choices of which some have pictures stand on cards, where they are only picked.
const CARDS: usize = 6;

/// From so many choices on, a ballot has a field to look for one.
const LONG: usize = 15;

/// The form as the voter filled it in, and what is wrong with it.
#[derive(Debug, Default, Serialize)]
pub struct Filled {
    /// The value of each marked choice's field, by the choice's key.
    #[serde(skip)]
    pub marks: BTreeMap<String, String>,
    /// The field `code`; a link's token is there from the start.
    pub code: Option<String>,
    /// Whether it is a link's token, which has no field that could be corrected.
    pub linked: bool,
    /// The field to correct.
    pub field: &'static str,
    /// What is wrong with the marks.
    #[serde(skip)]
    pub mistakes: Vec<FieldError>,
}

impl Filled {
    /// The key of the first choice that is marked.
    pub fn choice(&self) -> Option<&str> {
        self.marks.keys().next().map(String::as_str)
    }
}

/// What is wrong with the marks of a ballot.
#[derive(Debug)]
pub struct FieldError {
    /// What is wrong, and how to change it.
    sentence: String,
    /// The keys of the choices whose marks are wrong; none where it is the ballot as a whole.
    choices: Vec<String>,
}

impl From<&Mistake> for FieldError {
    fn from(mistake: &Mistake) -> Self {
        Self { sentence: words::voting::mistake(mistake), choices: mistake.choices.clone() }
    }
}

/// A ballot with its choices.
#[derive(Serialize)]
pub struct BallotView<'a> {
    kind: Kind,
    title: String,
    help: String,
    /// The options of a choice's field; empty where a number is typed, and for other kinds.
    options: Vec<Opt>,
    /// Whether the scores are words.
    graded: bool,
    /// The word for a choice without a mark.
    none: &'static str,
    /// Whether its few choices stand on cards with pictures.
    cards: bool,
    blank: bool,
    review: bool,
    /// Whether choices may share a rank.
    ties: bool,
    /// Whether it has so many choices that a script lets the voter look for one.
    long: bool,
    /// What is wrong, with the `id` of the field to correct.
    mistakes: Vec<Link>,
    pub(super) choices: Vec<ChoiceView<'a>>,
}

#[derive(Serialize)]
struct Opt {
    value: String,
    text: String,
}

#[derive(Serialize)]
struct Link {
    field: String,
    sentence: String,
}

/// A choice on a ballot.
#[derive(Serialize)]
pub struct ChoiceView<'a> {
    key: &'a str,
    label: &'a str,
    description: &'a str,
    picture: Option<&'a str>,
    /// Whether the picture is kept in the database, and no static file.
    stored: bool,
    alt: &'a str,
    /// Whether it is far enough down to be loaded later.
    lazy: bool,
    /// The value of its field; empty where it is not marked.
    mark: &'a str,
    /// What is wrong with its mark.
    error: Option<&'a str>,
}

impl<'a> BallotView<'a> {
    /// The ballot of a poll, as it is filled in.
    pub fn new(definition: &'a Definition, filled: &'a Filled) -> Self {
        let (poll, total) = (&definition.poll, definition.choices.len());
        let form = poll.settings.marking().form();
        let limited = (form.most as usize) < total;
        let last = match form.kind {
            Kind::Score => form.most,
            _ => u32::try_from(total).unwrap_or(u32::MAX),
        };
        let option = |number: u32| Opt {
            value: number.to_string(),
            text: if form.kind == Kind::Ranking { ordinal(number) } else { score_written(poll, number) },
        };
        let options = match form.kind {
            Kind::Ranking if total <= PICKED_RANKS => (1..=last).map(option).collect(),
            Kind::Score if last <= PICKED_SCORES.0 && total <= PICKED_SCORES.1 => (0..=last).map(option).collect(),
            _ => Vec::new(),
        };
        let errors: BTreeMap<&str, &str> = filled
            .mistakes
            .iter()
            .flat_map(|mistake| mistake.choices.iter().map(|key| (key.as_str(), mistake.sentence.as_str())))
            .collect();
        let choices = definition.choices.iter().enumerate();
        Self {
            kind: form.kind,
            title: match form.kind {
                Kind::Pick => "Pick one".into(),
                Kind::Approval if limited => format!("Mark up to {}", grouped(form.most.into())),
                Kind::Approval => "Mark as many as you like".into(),
                Kind::Score if is_graded(poll) => "Grade the choices".into(),
                Kind::Score => "Score the choices".into(),
                Kind::Ranking => "Rank the choices".into(),
            },
            help: help(poll, last),
            options,
            graded: is_graded(poll),
            none: unmarked(poll),
            cards: total <= CARDS
                && matches!(form.kind, Kind::Pick | Kind::Approval)
                && definition.choices.iter().any(|choice| choice.picture.is_some()),
            blank: form.blank,
            review: poll.settings.review,
            ties: form.ties,
            long: total >= LONG,
            mistakes: filled.mistakes.iter().map(|mistake| Link::to(mistake, form.kind)).collect(),
            choices: choices.map(|(i, choice)| ChoiceView::new(i, choice, filled, &errors)).collect(),
        }
    }
}

impl BallotView<'_> {
    /// The same with the first choices only.
    pub fn first(mut self, number: usize) -> Self {
        self.choices.truncate(number);
        self
    }
}

impl Link {
    fn to(mistake: &FieldError, kind: Kind) -> Self {
        let what = if kind == Kind::Ranking { "rank" } else { "score" };
        let first = mistake.choices.first().filter(|_| matches!(kind, Kind::Ranking | Kind::Score));
        let field = first.map_or_else(|| "ballot".to_owned(), |key| format!("{what}-{key}"));
        Self { field, sentence: mistake.sentence.clone() }
    }
}

impl<'a> ChoiceView<'a> {
    fn new(i: usize, choice: &'a Choice, filled: &'a Filled, errors: &BTreeMap<&str, &'a str>) -> Self {
        Self {
            key: &choice.key,
            label: &choice.label,
            description: &choice.description,
            picture: choice.picture.as_deref(),
            stored: choice.has_stored_picture(),
            alt: &choice.alt,
            lazy: i >= EAGER,
            mark: filled.marks.get(&choice.key).map(String::as_str).unwrap_or_default(),
            error: errors.get(choice.key.as_str()).copied(),
        }
    }
}

fn help(poll: &Poll, last: u32) -> String {
    let form = poll.settings.marking().form();
    match form.kind {
        Kind::Pick => String::new(),
        Kind::Approval if poll.settings.method == Method::Approval => "Mark every choice that you approve of.".into(),
        Kind::Approval => format!("{} will be elected. All marks count alike.", grouped(form.most.into())),
        Kind::Score if poll.settings.method == Method::MajorityJudgment => {
            "What you don’t grade gets the lowest grade from you.".into()
        }
        Kind::Score => format!("0 is the worst, {last} the best. What you don’t score gets 0 from you."),
        Kind::Ranking if form.ties => {
            "1st is the best. Choices may share a rank, and you may leave choices unranked.".into()
        }
        Kind::Ranking => "1st is the best. Give each rank once; you may leave choices unranked.".into(),
    }
}

/// The word for a choice without a mark.
pub fn unmarked(poll: &Poll) -> &'static str {
    match poll.settings.marking().form().kind {
        Kind::Score if is_graded(poll) => "No grade",
        Kind::Score => "No score",
        _ => "Not ranked",
    }
}

/// Whether its scores are the grades that have words.
fn is_graded(poll: &Poll) -> bool {
    grades::are_named(poll.settings.method, poll.settings.highest.unsigned_abs())
}

/// A score, or the grade that it is.
pub fn score_written(poll: &Poll, score: u32) -> String {
    grades::named(poll.settings.method, poll.settings.highest.unsigned_abs(), score)
}
