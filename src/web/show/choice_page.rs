//! The pages of a long ballot: which choices one of them shows, by its number or by a search.
//!
//! A short ballot has one page, and so has one that is marked as a whole. The first page of a long one is the page that
//! is cached for everybody.

use rocket::{
    Request,
    http::Status,
    request::{self, FromRequest},
};
use serde::Serialize;

use crate::{
    marks::Kind,
    models::{
        choice::Choice,
        poll::{Definition, folded, words},
    },
    web::http::{
        paging::{Pager, Part, address},
        search::{search, typed},
    },
};

/// The most choices of a ballot that has one page.
const WHOLE: usize = 100;

/// How many choices a page of a longer ballot shows.
const SIZE: usize = 60;

/// What a request asks of a ballot: `?q=…&page=…`.
pub struct ChoiceQuery<'r> {
    q: &'r str,
    page: &'r str,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ChoiceQuery<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        let value = |name| req.query_value::<&str>(name).and_then(Result::ok).unwrap_or_default();
        request::Outcome::Success(Self { q: value("q"), page: value("page") })
    }
}

impl ChoiceQuery<'_> {
    /// The page of a ballot that is asked for, the first where none is; `None` where one page shows all.
    pub fn page(&self, definition: &Definition, here: &str) -> Option<ChoicePage> {
        ChoicePage::asked(definition, self, here).or_else(|| ChoicePage::with(definition, None, here))
    }
}

/// The choices that one page shows.
#[derive(Debug, Default, Serialize)]
pub struct ChoicePage {
    /// The address of the ballot.
    here: String,
    q: String,
    place: Option<String>,
    pager: Option<Pager>,
    problem: Option<String>,
    #[serde(skip)]
    choices: Vec<usize>,
    #[serde(skip)]
    status: Status,
}

impl ChoicePage {
    /// What a request asks for; `None` where the page that is cached for everybody shows it.
    pub fn asked(definition: &Definition, asked: &ChoiceQuery<'_>, here: &str) -> Option<Self> {
        let is_first = asked.q.is_empty() && ["", "1"].contains(&asked.page);
        if is_first || !has_pages(definition) {
            return None;
        }
        let refused = |status, problem| Self {
            here: here.to_owned(),
            q: typed(asked.q),
            problem: Some(problem),
            status,
            ..Self::default()
        };
        let q = match search(asked.q) {
            Ok(q) => q.unwrap_or_default(),
            Err(problem) => return Some(refused(Status::UnprocessableEntity, problem)),
        };
        let found = found(definition, &q);
        Some(match Part::read(Some(asked.page), SIZE, found.len()) {
            Ok(part) => Self::part(q, &found, part, here),
            Err(problem) => refused(Status::NotFound, problem),
        })
    }

    /// The page with the choice of this key, or the first; `None` where one page shows all.
    pub fn with(definition: &Definition, key: Option<&str>, here: &str) -> Option<Self> {
        let total = definition.choices.len();
        let index = definition.keys().position(|choice| Some(choice) == key).unwrap_or(0);
        has_pages(definition).then(|| {
            let part = Part::around(index, SIZE, total);
            Self::part(String::new(), &found(definition, ""), part, here)
        })
    }

    /// Which choices it shows, by their places on the ballot.
    pub fn choices(&self) -> &[usize] {
        &self.choices
    }

    /// The status of its page.
    pub fn status(&self) -> Status {
        self.status
    }

    fn part(q: String, found: &[usize], part: Part, here: &str) -> Self {
        let way = |page: &str| address(here, &[("q", &q), ("page", page)]) + "#ballot";
        Self {
            here: here.to_owned(),
            place: (!found.is_empty()).then(|| part.place()),
            pager: part.pager(way),
            choices: found.get(part.rows()).unwrap_or_default().to_vec(),
            problem: None,
            status: Status::Ok,
            q,
        }
    }
}

/// Only where one choice is picked: marks on a page that is left would be lost.
fn has_pages(definition: &Definition) -> bool {
    definition.choices.len() > WHOLE && definition.poll.settings.marking().form().kind == Kind::Pick
}

/// What belongs to these choices, of a list in the order of the ballot.
pub fn of_choices<T>(all: Vec<T>, choices: &[usize]) -> Vec<T> {
    let all = all.into_iter().enumerate();
    all.filter(|(choice, _)| choices.contains(choice)).map(|(_, one)| one).collect()
}

/// The choices with all words of a search in their label and description.
fn found(definition: &Definition, q: &str) -> Vec<usize> {
    let words = words(q);
    let has_all = |choice: &Choice| {
        let text = folded(&format!("{} {}", choice.label, choice.description));
        words.iter().all(|word| text.contains(word))
    };
    let choices = definition.choices.iter().enumerate();
    choices.filter(|(_, choice)| has_all(choice)).map(|(i, _)| i).collect()
}
