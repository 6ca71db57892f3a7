//! Parses the form of a poll: a [`NewPoll`], or the problems of its fields.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::PollForm;
use crate::{
    count::Method,
    marks,
    models::{
        self,
        choice::{Choice, MOST_CHOICES, NewChoice},
        eligibility::Eligibility,
        marking::Marking,
        new_poll::NewPoll,
        poll::{Definition, Poll},
        settings::Settings,
        visibility::Visibility,
    },
    moments::{self, Zone},
    text,
    web::http::problems::Problems,
};

/// Addresses under `/polls/` that no poll can have.
const RESERVED: [&str; 1] = ["new"];

impl PollForm {
    /// The poll that the form describes: a new one, or the edited `before`. Adds what is wrong to `problems`.
    pub fn parse(&self, before: Option<&Definition>, problems: &mut Problems) -> Option<NewPoll> {
        let title = problems.take("title", text::line(&self.title, 200).map_err(|e| e.sentence("question")));
        let description = text::paragraphs(&self.description, 10_000).map_err(|e| e.sentence("description"));
        let description = problems.take("description", description);
        let choices = self.read_choices(before, problems);
        let marking = self.read_marking(choices.len(), problems);
        let slug = self.read_slug(title.as_deref(), problems);
        let eligibility = word(Eligibility::from_word(&self.eligibility), "eligibility", problems);
        let results_visibility = word(Visibility::from_word(&self.results_visibility), "results_visibility", problems);
        let turnout_visibility = word(Visibility::from_word(&self.turnout_visibility), "turnout_visibility", problems);
        let dates = self.read_dates(before.map(|before| &before.poll), problems);
        if !problems.is_empty() {
            return None;
        }
        let (zone, opens_at, closes_at) = dates?;
        let marking = marking?;
        let settings = Settings {
            title: title?,
            description: description?,
            method: marking.method,
            seats: marking.seats,
            highest: marking.highest,
            abstaining: marking.abstaining,
            review: marking.review,
            comparison: marking.comparison,
            eligibility: eligibility?,
            results_visibility: results_visibility?,
            turnout_visibility: turnout_visibility?,
            listed: self.listed,
            zone: zone.name().into(),
            opens_at,
            closes_at,
        };
        Some(NewPoll { slug: slug?, settings, choices, draft: true, ..NewPoll::default() })
    }

    /// The choices: those of `before` as they were edited, in their new order, then the new ones.
    fn read_choices(&self, before: Option<&Definition>, problems: &mut Problems) -> Vec<NewChoice> {
        let known = before.map_or(&[][..], |before| &before.choices);
        let mut labels = Labels::default();
        let mut keys = marks::Keys::new(known.iter().map(|choice| choice.key.clone()));
        let mut choices = self.read_rows(known, &mut keys, &mut labels, problems);
        let lines = self.lines();
        let total = choices.len() + lines.len();
        if !(2..=MOST_CHOICES).contains(&total) {
            problems.add("choices", wrong_number(total));
            return choices;
        }
        for (number, line) in lines {
            if let Some(label) = labels.read("choices", &format!("Line {number}: "), line, problems) {
                choices.push(NewChoice { key: keys.create(&label), label, ..NewChoice::default() });
            }
        }
        choices
    }

    /// The choices with a row each, by their places: the `known` ones as the form has edited them, and new ones.
    fn read_rows(
        &self,
        known: &[Choice],
        keys: &mut marks::Keys,
        labels: &mut Labels,
        problems: &mut Problems,
    ) -> Vec<NewChoice> {
        let mut rows: Vec<(usize, NewChoice)> = Vec::new();
        for (n, row) in self.rows.iter().enumerate() {
            // An empty label removes its choice. A key that the poll does not have comes from an outdated form.
            let choice = known.iter().find(|choice| choice.key == row.key);
            if text::is_empty(&row.label) || (choice.is_none() && !row.key.is_empty()) {
                continue;
            }
            let description = text::paragraphs(&row.about, 1000).map_err(|e| e.sentence("line about the choice"));
            let description = problems.take(&format!("about-{n}"), description).unwrap_or_default();
            let label = labels.read(&format!("label-{n}"), "", &row.label, problems).unwrap_or_default();
            let before = match choice {
                Some(choice) => NewChoice::from(choice.clone()),
                None => NewChoice { key: keys.create(&label), ..NewChoice::default() },
            };
            rows.push((row.place(n), NewChoice { label, description, ..before }));
        }
        rows.sort_by_key(|(place, _)| *place);
        rows.into_iter().map(|(_, choice)| choice).collect()
    }

    fn read_marking(&self, choices: usize, problems: &mut Problems) -> Option<Marking> {
        let number = |typed: &str| text::plain(typed).parse().unwrap_or(0);
        let marking = Marking {
            method: word(Method::from_word(&self.method), "method", problems)?,
            seats: number(&self.seats),
            highest: number(&self.highest),
            abstaining: self.abstaining,
            review: self.review,
            comparison: self.comparison,
        };
        // That there are too few choices is a problem of the field with the choices.
        if let Err((field, why)) = marking.check(choices.max(2)) {
            problems.add(field, why);
        }
        Some(marking)
    }

    fn read_slug(&self, title: Option<&str>, problems: &mut Problems) -> Option<String> {
        let slug = self.slug.trim();
        if slug.is_empty() {
            let slug = marks::key_from_label(title?);
            return Some(if slug.is_empty() || RESERVED.contains(&slug.as_str()) { "poll".into() } else { slug });
        }
        if !marks::is_key(slug) {
            problems.add("slug", "An address has 1 to 64 small letters, digits and hyphens.");
        } else if RESERVED.contains(&slug) {
            problems.add("slug", format!("“{slug}” is an address of this site’s own. Pick another one."));
        }
        Some(slug.to_owned())
    }

    fn read_dates(
        &self,
        before: Option<&Poll>,
        problems: &mut Problems,
    ) -> Option<(Zone, NaiveDateTime, Option<NaiveDateTime>)> {
        let Some(zone) = moments::zone(self.zone.trim()) else {
            problems.add("zone", "Pick a time zone from the list.");
            return None;
        };
        let mut read = |field: &str, typed: &str| match typed.trim() {
            "" => None,
            typed => problems.take(field, moments::parse(typed, &zone)),
        };
        let (opens, closes) = (read("opens_at", &self.opens_at), read("closes_at", &self.closes_at));
        let now = models::now();
        // Fields are exact to the minute: a date that was not edited keeps its seconds.
        let kept =
            |typed: &str, old: Option<NaiveDateTime>| old.filter(|old| moments::field(*old, &zone) == typed.trim());
        let old_opening = before.map(|poll| poll.settings.opens_at);
        let opens = kept(&self.opens_at, old_opening).or(opens);
        // A poll that is open keeps its opening.
        let untouched = old_opening.filter(|opened| *opened <= now);
        let opens = opens.or(untouched).unwrap_or(now);
        let old_end = before.and_then(|poll| poll.settings.closes_at);
        // A closed poll is opened again by the button for it, and not by the way with a later date.
        let ended = old_end.filter(|end| *end <= now && before.is_some_and(|poll| !poll.draft));
        let closes = ended.or_else(|| kept(&self.closes_at, old_end)).or(closes);
        if closes.is_some_and(|closes| closes <= opens) {
            problems.add("closes_at", "The poll would close before it opens. Change one of the two dates.");
        } else if closes.is_some_and(|closes| closes <= now) && closes != old_end {
            problems.add(
                "closes_at",
                "That time is in the past. Pick a later one, or leave it empty to close the poll yourself.",
            );
        }
        Some((zone, opens, closes))
    }
}

/// The labels that were read, by their skeletons.
#[derive(Default)]
struct Labels(HashMap<String, String>);

impl Labels {
    /// Reads the label typed into `field`; one that looks like another is a problem. `line` is its place in a field
    /// with a choice a line, such as `Line 3: `, and empty elsewhere.
    fn read(&mut self, field: &str, line: &str, typed: &str, problems: &mut Problems) -> Option<String> {
        let label = text::line(typed, 200).map_err(|e| format!("{line}{}", e.sentence("choice")));
        let label = problems.take(field, label)?;
        if let Some(other) = self.0.insert(text::skeleton(&label), label.clone()) {
            let what = format!("{line}“{label}” and “{other}” look alike.");
            problems.add(field, format!("{what} Name them so that a voter can tell them apart."));
        }
        Some(label)
    }
}

fn wrong_number(choices: usize) -> String {
    match choices {
        0 => "Enter the choices, one on each line.".to_owned(),
        1 => "Enter at least two choices, one on each line.".to_owned(),
        many => {
            let (many, most) = (text::grouped(many as u64), text::grouped(MOST_CHOICES as u64));
            format!("That makes {many} choices; {most} are the most.")
        }
    }
}

/// The value of a field with options; `None` is a problem.
fn word<T>(value: Option<T>, field: &str, problems: &mut Problems) -> Option<T> {
    if value.is_none() {
        problems.add(field, "Pick one of the options.");
    }
    value
}
