//! The form of a poll: what an organiser typed, kept as it was, and what it says once it is read.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::{
    count::Method,
    marks,
    models::{
        self,
        choice::Choice,
        choice::{MOST_CHOICES, NewChoice},
        eligibility::Eligibility,
        marking::Marking,
        new_poll::NewPoll,
        poll::{Definition, Poll},
        settings::Settings,
        visibility::Visibility,
    },
    moments::{self, Zone},
    text,
    web::http::{
        forms::{Fields, ORGANISER_KIB},
        problems::Problems,
    },
};

/// Addresses under `/polls/` that are no poll's.
const RESERVED: [&str; 1] = ["new"];

/// What was typed. A field has the name of its input.
#[derive(Debug, Default, Serialize)]
pub struct PollForm {
    title: String,
    description: String,
    /// New choices, one a line.
    choices: String,
    /// The choices that are there.
    rows: Vec<Row>,
    slug: String,
    method: String,
    seats: String,
    highest: String,
    abstaining: bool,
    review: bool,
    comparison: bool,
    eligibility: String,
    results_visibility: String,
    turnout_visibility: String,
    listed: bool,
    zone: String,
    opens_at: String,
    closes_at: String,
    /// Whether a choice may be added although ballots are in.
    pub confirmed: bool,
    /// The key of a new poll's page, so that the form creates one poll however often it is sent.
    pub key: String,
    /// The poll's revision that the form was drawn from.
    pub revision: i64,
}

/// A choice that is there.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    label: String,
    about: String,
    place: String,
}

impl PollForm {
    /// An empty form, its dates in `zone`.
    pub fn new(zone: &str, key: String) -> Self {
        Self {
            key,
            method: Method::Plurality.as_str().into(),
            seats: "1".into(),
            highest: "5".into(),
            eligibility: Eligibility::Open.as_str().into(),
            results_visibility: Visibility::Always.as_str().into(),
            turnout_visibility: Visibility::Always.as_str().into(),
            listed: true,
            zone: zone.into(),
            ..Self::default()
        }
    }

    /// Its zone, where it is none of those to pick from: `Etc/GMT+3` stays what it is.
    pub fn own_zone(&self) -> Option<&str> {
        let is_offered = moments::zones().iter().any(|offered| offered.name == self.zone);
        Some(self.zone.as_str()).filter(|own| !is_offered && moments::zone(own).is_some())
    }

    /// The form of a poll as it is.
    pub fn of(definition: &Definition) -> Self {
        let Definition { poll, choices } = definition;
        let zone = moments::of_poll(&poll.settings.zone);
        let field = |moment| moments::field(moment, &zone);
        let row = |(place, choice): (usize, &Choice)| Row {
            key: choice.key.clone(),
            label: choice.label.clone(),
            about: choice.description.clone(),
            place: place.to_string(),
        };
        // A draft without a date opens when it is published.
        let dated = poll.settings.opens_at > poll.created_at;
        Self {
            title: poll.settings.title.clone(),
            description: poll.settings.description.clone(),
            choices: String::new(),
            rows: (1..).zip(choices).map(row).collect(),
            slug: poll.slug.clone(),
            method: poll.settings.method.as_str().into(),
            seats: poll.settings.seats.to_string(),
            highest: poll.settings.highest.to_string(),
            abstaining: poll.settings.abstaining,
            review: poll.settings.review,
            comparison: poll.settings.comparison,
            eligibility: poll.settings.eligibility.as_str().into(),
            results_visibility: poll.settings.results_visibility.as_str().into(),
            turnout_visibility: poll.settings.turnout_visibility.as_str().into(),
            listed: poll.settings.listed,
            zone: zone.name().into(),
            opens_at: if dated { field(poll.settings.opens_at) } else { String::new() },
            closes_at: poll.settings.closes_at.map(field).unwrap_or_default(),
            confirmed: false,
            key: String::new(),
            revision: poll.revision,
        }
    }

    /// What the fields say.
    pub fn read(fields: &Fields<ORGANISER_KIB>) -> Self {
        let values = fields.by_name();
        let text = |name: &str| values.get(name).copied().unwrap_or_default().to_owned();
        let checked = |name: &str| !text(name).is_empty();
        let row = |n: usize| Row {
            key: text(&format!("key-{n}")),
            label: text(&format!("label-{n}")),
            about: text(&format!("about-{n}")),
            place: text(&format!("place-{n}")),
        };
        Self {
            title: text("title"),
            description: text("description"),
            choices: text("choices"),
            rows: (0..=MOST_CHOICES).map(row).take_while(|row| !row.key.is_empty()).collect(),
            slug: text("slug"),
            method: text("method"),
            seats: text("seats"),
            highest: text("highest"),
            abstaining: checked("abstaining"),
            review: checked("review"),
            comparison: checked("comparison"),
            eligibility: text("eligibility"),
            results_visibility: text("results_visibility"),
            turnout_visibility: text("turnout_visibility"),
            listed: checked("listed"),
            zone: text("zone"),
            opens_at: text("opens_at"),
            closes_at: text("closes_at"),
            confirmed: checked("confirmed"),
            key: text("key"),
            revision: text("revision").parse().unwrap_or_default(),
        }
    }

    /// The same for a poll that is not there yet: it has no choices with keys.
    pub fn read_new(fields: &Fields<ORGANISER_KIB>) -> Self {
        Self { rows: Vec::new(), ..Self::read(fields) }
    }

    /// Takes over what the page does not offer once ballots are in: there is nothing to pick, so nothing comes.
    pub fn keep(&mut self, poll: &Poll) {
        if self.method.is_empty() {
            let Marking { abstaining, review, .. } = poll.settings.marking();
            (self.abstaining, self.review) = (abstaining, review);
            self.seats = poll.settings.seats.to_string();
            self.highest = poll.settings.highest.to_string();
        }
        for (typed, kept) in [
            (&mut self.method, poll.settings.method.as_str()),
            (&mut self.eligibility, poll.settings.eligibility.as_str()),
            (&mut self.results_visibility, poll.settings.results_visibility.as_str()),
            (&mut self.turnout_visibility, poll.settings.turnout_visibility.as_str()),
        ] {
            if typed.is_empty() {
                kept.clone_into(typed);
            }
        }
    }

    /// Takes over the choices that another form has added since this one was drawn, so that it does not take them out.
    pub fn catch_up(&mut self, definition: &Definition) {
        let known: HashSet<String> = self.rows.iter().map(|row| row.key.clone()).collect();
        let new = Self::of(definition).rows.into_iter().filter(|row| !known.contains(&row.key));
        self.rows.extend(new);
        self.revision = definition.poll.revision;
    }

    /// The poll that it describes: a new one, or `before` mended. What is wrong goes to `problems`.
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
        let dates = self.dates(before.map(|before| &before.poll), problems);
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

    fn read_choices(&self, before: Option<&Definition>, problems: &mut Problems) -> Vec<NewChoice> {
        let known = before.map_or(&[][..], |before| &before.choices);
        let mut seen: HashMap<String, String> = HashMap::new();
        let mut rows: Vec<(usize, NewChoice)> = Vec::new();
        // `place` is where it stands in a field with many: `Line 3: `.
        let mut check = |field: &str, place: &str, typed: &str, problems: &mut Problems| {
            let label = text::line(typed, 200).map_err(|e| format!("{place}{}", e.sentence("choice")));
            let label = problems.take(field, label)?;
            if let Some(other) = seen.insert(text::skeleton(&label), label.clone()) {
                problems.add(
                    field,
                    format!(
                        "{place}“{label}” and “{other}” look alike. Name them so that a voter can tell them apart."
                    ),
                );
            }
            Some(label)
        };
        for (n, row) in self.rows.iter().enumerate() {
            // A label that was emptied takes its choice out; a key that the poll does not have is of another form.
            let Some(choice) =
                known.iter().find(|choice| choice.key == row.key).filter(|_| !text::is_empty(&row.label))
            else {
                continue;
            };
            let field = format!("about-{n}");
            let description = text::paragraphs(&row.about, 1000).map_err(|e| e.sentence("line about the choice"));
            let description = problems.take(&field, description).unwrap_or_default();
            let label = check(&format!("label-{n}"), "", &row.label, problems).unwrap_or_default();
            let place = text::plain(&row.place).parse().unwrap_or(n + 1);
            rows.push((place, NewChoice { label, description, ..NewChoice::from(choice.clone()) }));
        }
        rows.sort_by_key(|(place, _)| *place);
        let mut choices: Vec<NewChoice> = rows.into_iter().map(|(_, choice)| choice).collect();
        let lines: Vec<(usize, &str)> =
            (1..).zip(self.choices.lines()).filter(|(_, line)| !text::is_empty(line)).collect();
        let total = choices.len() + lines.len();
        if !(2..=MOST_CHOICES).contains(&total) {
            problems.add(
                "choices",
                match total {
                    0 => "Enter the choices, one a line.".to_owned(),
                    1 => "Enter at least two choices, one a line.".to_owned(),
                    many => format!(
                        "That makes {} choices; {} are the most.",
                        text::grouped(many as u64),
                        text::grouped(MOST_CHOICES as u64)
                    ),
                },
            );
            return choices;
        }
        let taken: Vec<String> = known.iter().map(|choice| choice.key.clone()).collect();
        let mut keys = marks::Keys::new(taken);
        for (number, line) in lines {
            if let Some(label) = check("choices", &format!("Line {number}: "), line, problems) {
                choices.push(NewChoice { key: keys.create(&label), label, ..NewChoice::default() });
            }
        }
        choices
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
        // Too few choices are told beside the choices.
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

    fn dates(
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
        // Fields have minutes: a date that nobody touched stays as it is to the microsecond.
        let kept =
            |typed: &str, old: Option<NaiveDateTime>| old.filter(|old| moments::field(*old, &zone) == typed.trim());
        let old_opening = before.map(|poll| poll.settings.opens_at);
        let opens = kept(&self.opens_at, old_opening).or(opens);
        // A poll that is open keeps the moment at which it opened.
        let untouched = old_opening.filter(|opened| *opened <= now);
        let opens = opens.or(untouched).unwrap_or(now);
        let old_end = before.and_then(|poll| poll.settings.closes_at);
        // A closed poll is opened again on its desk, where that is said, and not by a date in passing.
        let ended = old_end.filter(|end| *end <= now && before.is_some_and(|poll| !poll.draft));
        let closes = ended.or_else(|| kept(&self.closes_at, old_end)).or(closes);
        if closes.is_some_and(|closes| closes <= opens) {
            problems.add("closes_at", "The poll would close before it opens. Change one of the two dates.");
        } else if closes.is_some_and(|closes| closes <= now) && closes != old_end {
            problems.add("closes_at", "That moment is past. Pick a later one, or leave it empty to close by hand.");
        }
        Some((zone, opens, closes))
    }
}

fn word<T>(value: Option<T>, field: &str, problems: &mut Problems) -> Option<T> {
    if value.is_none() {
        problems.add(field, "Pick one of the options.");
    }
    value
}
