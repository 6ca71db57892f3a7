//! The ballot as voters will see it, drawn from a form of which anything may still be missing or wrong.

use std::collections::HashMap;

use serde::Serialize;

use super::{ChoiceRow, PollForm};
use crate::{
    count::Method,
    markdown,
    models::{
        choice::Choice,
        marking::{HIGHEST, Marking},
        poll::{Definition, Poll},
        settings::Settings,
    },
    text,
    web::show::ballot::{BallotView, Filled},
};

/// How many choices a preview shows.
const SHOWN: usize = 12;

/// The choices of a form that has none yet.
const SAMPLES: [&str; 3] = ["First choice", "Second choice", "Third choice"];

/// What is drawn as a preview. Nothing of it is kept.
pub struct Preview {
    definition: Definition,
    filled: Filled,
}

/// A preview, for its template.
#[derive(Serialize)]
pub struct PreviewView<'a> {
    title: &'a str,
    /// HTML, made safe.
    description: String,
    ballot: BallotView<'a>,
    /// How many choices it leaves out.
    more: usize,
}

impl Preview {
    /// The view for the template.
    pub fn view(&self) -> PreviewView<'_> {
        let settings = &self.definition.poll.settings;
        PreviewView {
            title: &settings.title,
            description: markdown::render(&settings.description),
            ballot: BallotView::new(&self.definition, &self.filled).first(SHOWN),
            more: self.definition.choices.len().saturating_sub(SHOWN),
        }
    }
}

impl PollForm {
    /// The ballot that the form describes; `known` are the choices that the poll has, with their pictures.
    pub fn preview(&self, known: &[Choice]) -> Preview {
        let mut choices = self.drawn(known);
        if choices.is_empty() {
            choices = SAMPLES.iter().map(|label| choice((*label).into())).collect();
        }
        for (n, choice) in choices.iter_mut().enumerate() {
            choice.key = format!("sample-{n}");
        }
        let total = i32::try_from(choices.len()).unwrap_or(1);
        let method = Method::from_word(&self.method).unwrap_or(Method::Plurality);
        let number = |typed: &str, most: i32| text::plain(typed).parse().unwrap_or(1).clamp(1, most);
        let mut settings = Settings {
            title: text::line(&self.title, usize::MAX).unwrap_or_else(|_| "Your question".into()),
            description: text::paragraphs(&self.description, 10_000).unwrap_or_default(),
            ..Settings::default()
        };
        settings.set_marking(Marking {
            method,
            seats: if method.takes_seats() { number(&self.seats, total) } else { 1 },
            highest: number(&self.highest, HIGHEST),
            abstaining: self.abstaining,
            review: self.review,
            comparison: false,
        });
        let opens_at = settings.opens_at;
        let poll = Poll {
            id: 0,
            slug: String::new(),
            settings,
            featured: false,
            draft: true,
            organiser_id: None,
            invited: 0,
            created_at: opens_at,
            revision: 0,
            seed: String::new(),
            seed_known: false,
            closed_with: None,
        };
        Preview { definition: Definition { poll, choices, asker: None }, filled: Filled::default() }
    }

    /// The choices as far as they have a label.
    fn drawn(&self, known: &[Choice]) -> Vec<Choice> {
        let mut rows: Vec<(usize, &ChoiceRow)> =
            self.rows.iter().enumerate().map(|(n, row)| (row.place(n), row)).collect();
        rows.sort_by_key(|(place, _)| *place);
        let known: HashMap<&str, &Choice> = known.iter().map(|choice| (choice.key.as_str(), choice)).collect();
        let of_row = |(_, row): (usize, &ChoiceRow)| {
            let label = text::line(&row.label, usize::MAX).ok()?;
            let description = text::paragraphs(&row.about, 1000).unwrap_or_default();
            let known = known.get(row.key.as_str()).map(|known| (*known).clone());
            Some(Choice { label, description, ..known.unwrap_or_else(|| choice(String::new())) })
        };
        let lines = self.lines().into_iter().filter_map(|(_, line)| text::line(line, usize::MAX).ok());
        rows.into_iter().filter_map(of_row).chain(lines.map(choice)).collect()
    }
}

fn choice(label: String) -> Choice {
    Choice {
        poll_id: 0,
        key: String::new(),
        position: 0,
        label,
        description: String::new(),
        picture: None,
        alt: String::new(),
    }
}
