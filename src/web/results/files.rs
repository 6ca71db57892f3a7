//! A result's files: the election in each format that holds it, its ballots one by one, and the outcome.

use std::iter;

use serde::Serialize;

use super::{
    ballot_file::{has_times, head, line},
    result_file::File::{self, BallotsCsv, BallotsJson, Outcome, Profile, Report, Results},
};
use crate::{
    count::{Contest, Number},
    counter::Counted,
    formats::{self, Election, Format, NamedChoice, Unwritable},
    marks::Kind,
    models::{poll::Definition, state::State},
    web::show::{
        decision::{has_shares, heading, in_order},
        numbers::counted,
    },
    words::{
        json,
        numbers::share,
        report::{Heading, report},
        story::Story,
    },
};

/// A file for its page.
#[derive(Serialize)]
pub struct FileView {
    title: &'static str,
    name: String,
    /// Its size, where it can be written.
    size: Option<String>,
    /// Why it can't be, and what to take instead.
    problem: Option<String>,
}

/// The files of one count.
pub struct Files<'b> {
    definition: &'b Definition,
    state: State,
    counted: &'b Counted,
}

impl<'b> Files<'b> {
    /// The files of a count of this poll at a state.
    pub fn new(definition: &'b Definition, state: State, counted: &'b Counted) -> Self {
        Self { definition, state, counted }
    }

    /// The files with their sizes.
    pub fn views(&self) -> Vec<FileView> {
        let sizes = self.counted.sizes.get_or_init(|| {
            let size = |file| match file {
                BallotsCsv | BallotsJson => self.size_of_ballots(file),
                _ => self.write(file).map_or(0, |text| text.len() as u64),
            };
            File::ALL.map(size).to_vec()
        });
        // No file is empty: 0 is the size of one that can't be written.
        let view = |(file, size): (File, &u64)| FileView {
            title: file.title(),
            name: file.name(),
            size: (*size > 0).then(|| written(*size)),
            problem: if *size > 0 { None } else { self.write(file).err().map(|why| why.to_string()) },
        };
        File::ALL.into_iter().zip(sizes).map(view).collect()
    }

    /// The command that counts a file again: every format has the method, the seats and the lots.
    pub fn command(&self) -> String {
        format!("urna count {}", self.saved_as(Profile(Format::Csv)))
    }

    /// The name under which a browser saves a file.
    pub fn saved_as(&self, file: File) -> String {
        let slug = &self.definition.poll.slug;
        match file {
            Profile(Format::Preflib) => format!("{slug}.{}", Format::Preflib.extension(&self.election())),
            // The others have one extension for all.
            Profile(format) => format!("{slug}.{}", format.extension(&Election::new(Kind::Pick))),
            _ => format!("{slug}-{}", file.name()),
        }
    }

    /// The text of a file, but for single ballots, which are written as they are read.
    ///
    /// # Errors
    /// [`Unwritable`] where its format can't hold such ballots.
    pub fn write(&self, file: File) -> Result<String, Unwritable> {
        let names = self.definition.names();
        let contest = self.definition.contest(&names, self.state);
        let seed = self.seed();
        let heading = Heading { title: &self.definition.poll.settings.title, seed: seed.as_deref() };
        let outcome = &self.counted.outcome;
        match file {
            Profile(format) => formats::write(&self.election(), format),
            Results => self.table(),
            Report => Ok(report(outcome, &heading, &contest)),
            Outcome => serde_json::to_string_pretty(&json::object(outcome, &heading, &contest))
                .map(|text| text + "\n")
                .map_err(|_| Unwritable("The outcome could not be written.")),
            BallotsCsv | BallotsJson => Err(Unwritable("Single ballots are written one by one.")),
        }
    }

    /// A number and a share for each choice, the best first.
    fn table(&self) -> Result<String, Unwritable> {
        let (outcome, labels) = (&self.counted.outcome, self.definition.labels());
        let story = Story::new(outcome, &labels, self.state == State::Closed);
        let whole = Number::from(outcome.ballots);
        let has_shares = has_shares(outcome.unit);
        let row = |choice: usize| {
            let number = &outcome.tally[choice];
            let share = if has_shares { share(number, &whole) } else { String::new() };
            let written = counted(&self.definition.poll, outcome.unit, number);
            vec![labels[choice].to_owned(), written, share, story.standing(choice).unwrap_or_default().to_owned()]
        };
        let headings = ["Choice", heading(outcome.unit), "Share", "Result"].map(str::to_owned).to_vec();
        let rows: Vec<Vec<String>> = iter::once(headings).chain(in_order(outcome).into_iter().map(row)).collect();
        formats::table(&rows)
    }

    /// The election that was counted.
    fn election(&self) -> Election {
        let marking = self.definition.poll.settings.marking();
        let names = self.definition.names();
        let contest: Contest<'_> = self.definition.contest(&names, self.state);
        let all: Vec<usize> = (0..contest.choices()).collect();
        let named = |(key, label): (&&str, &&str)| NamedChoice { key: (*key).to_owned(), label: (*label).to_owned() };
        let kind = marking.form().kind;
        Election {
            title: self.definition.poll.settings.title.clone(),
            choices: contest.keys.iter().zip(contest.labels).map(named).collect(),
            profile: self.counted.profile.clone(),
            method: Some(marking.method),
            seats: Some(contest.seats),
            highest: (kind == Kind::Score).then_some(contest.highest),
            // Whoever reads a seed draws the lots from it.
            lots: self.seed().is_none().then(|| contest.lots.sorted(&all)),
            seed: self.seed(),
            rules: contest.rules,
            ..Election::new(kind)
        }
    }

    /// What the lots were drawn from: the seed itself once the poll is closed.
    fn seed(&self) -> Option<String> {
        let seed = self.definition.poll.public_seed(self.state);
        (!seed.is_empty()).then_some(seed)
    }

    /// Exact: a ballot's line is as long as its marks are, and a time always the same.
    fn size_of_ballots(&self, file: File) -> u64 {
        let time = if has_times(self.definition) { Some("2026-05-03T12:03:05.123456Z") } else { None };
        let lines = self.counted.profile.iter().map(|(marks, count)| line(file, time, marks).len() as u64 * count);
        head(file, time.is_some()).len() as u64 + lines.sum::<u64>()
    }
}

/// A size as people read it: `12 kB`.
fn written(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_its_files_own() {
        for file in File::ALL {
            assert_eq!(File::from_name(&file.name()), Some(file));
        }
        assert_eq!(File::from_name("profile.rows"), None);
    }

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in [(999, "999 B"), (12_000, "12 kB"), (12_001, "13 kB"), (1_250_000, "1.2 MB")] {
            assert_eq!(written(bytes), text);
        }
    }
}
