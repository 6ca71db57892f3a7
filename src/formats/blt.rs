//! BLT, for rankings, picks and approvals.
//!
//! Source: Hill, Wichmann and Woodall, "Algorithm 123: Single transferable vote by Meek's method", *The Computer
//! Journal* 30 (1987), and the additions of OpenSTV and OpaVote: `#` comments, `(ids)` of ballots, `=` for equal
//! ranks, `-` for a skipped rank. Approvals are written as a shared first rank. From Droop
//! (<https://code.google.com/p/droop>): `[nick …]` gives names to the choices on ballots, and `[tie …]` is the lot order.

use std::fmt::Write as _;

use super::{
    Election, FormatError, ReadOptions, Unwritable, blt_names,
    builder::{Builder, Mark},
    positions, remarks,
    source::{Source, short},
};
use crate::marks::{self, Kind};

/// Reads a file. Choices that withdrew are left out, and the ranks below them move up.
pub(super) fn read(text: &str, options: ReadOptions) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking, options);
    let source = builder.source;
    remarks::read_all(&mut builder)?;
    let mut words = Words { source, rest: text };
    let first = words.need("the number of choices")?;
    let number = first.parse::<usize>().ok().filter(|number| (1..=builder.options.most).contains(number));
    let number = number.ok_or_else(|| {
        source.error(
            first,
            format!("“{}” is no number of choices. There are 1 to {}.", short(first), builder.options.most),
        )
    })?;
    let seats = words.need("the number of seats")?;
    let known = remarks::set(&mut builder.election, "seats", seats);
    known.ok_or_else(|| source.error(seats, format!("“{}” is no number of seats.", short(seats))))?;
    let nicks = bracket_options(&mut builder, &mut words, number)?;
    let mut is_candidate = vec![true; number];
    while words.peek().is_some_and(|word| word.len() > 1 && word.starts_with('-')) {
        let word = words.need("a choice that withdrew")?;
        is_candidate[nicks.position(source, &word[1..])?] = false;
    }
    let nicks = if nicks.names.is_empty() { bracket_options(&mut builder, &mut words, number)? } else { nicks };
    // The ballots come before the names of the choices, so they are skipped first and read afterwards.
    let ballots = words.clone();
    while next_ballot(&mut words)?.is_some() {
        while words.need("a 0 after the last rank of a ballot")? != "0" {}
    }
    let mut names = blt_names::read(source, words.rest, number)?.into_iter();
    let mut places = vec![None; number];
    for (place, is_candidate) in places.iter_mut().zip(is_candidate) {
        let Some(line) = names.next() else { break };
        if is_candidate {
            *place = Some(builder.choices());
            builder.choice(&line.name, line.at)?;
        } else {
            builder.election.notes.push(format!("“{}” withdrew and is passed over.", short(&line.name)));
        }
    }
    if let Some(title) = names.next() {
        builder.title(&title.name, title.at)?;
    }
    if let Some((_, order)) = &mut builder.order {
        *order = order.iter().filter_map(|choice| places[*choice]).collect();
    }
    read_ballots(&mut builder, ballots, &places, &nicks)?;
    builder.finish()
}

/// The count of the next ballots, after their id; `None` after the last.
fn next_ballot<'t>(words: &mut Words<'t>) -> Result<Option<&'t str>, FormatError> {
    let mut word = words.need("a 0 after the last ballot")?;
    while word.starts_with('(') {
        while !word.ends_with(')') {
            word = words.need("a “)” after the id of a ballot")?;
        }
        word = words.need("a number of ballots")?;
    }
    Ok((word != "0").then_some(word))
}

fn read_ballots(
    builder: &mut Builder<'_>,
    mut words: Words<'_>,
    places: &[Option<usize>],
    nicks: &Nicks<'_>,
) -> Result<(), FormatError> {
    let source = builder.source;
    while let Some(count) = next_ballot(&mut words)? {
        let mut marks: Vec<Mark> = Vec::new();
        let mut rank = 1;
        loop {
            let word = words.need("a 0 after the last rank of a ballot")?;
            match word {
                "0" => break,
                "-" => rank += 1,
                _ => {
                    let before = marks.len();
                    for member in word.split('=') {
                        let choice = places[nicks.position(source, member)?];
                        marks.extend(choice.map(|choice| (choice, rank)));
                    }
                    rank += u32::from(marks.len() > before);
                }
            }
        }
        builder.ballot(marks, source.count(count)?, count)?;
    }
    Ok(())
}

/// The nicknames of the choices on ballots.
struct Nicks<'t> {
    names: Vec<&'t str>,
    number: usize,
}

impl Nicks<'_> {
    /// The position of a choice by its nickname, else by its number.
    fn position(&self, source: Source<'_>, word: &str) -> Result<usize, FormatError> {
        let nick = self.names.iter().position(|name| *name == word);
        nick.map_or_else(|| source.position(word, self.number), Ok)
    }
}

/// Reads the options in brackets, which come before the ballots.
fn bracket_options<'t>(
    builder: &mut Builder<'t>,
    words: &mut Words<'t>,
    number: usize,
) -> Result<Nicks<'t>, FormatError> {
    let source = builder.source;
    let mut nicks = Nicks { names: Vec::new(), number };
    while let Some(start) = words.peek().filter(|word| word.starts_with('[')) {
        let mut option = Vec::new();
        loop {
            let word = words.need("a “]” after an option")?;
            option.extend(Some(word.trim_matches(['[', ']'])).filter(|word| !word.is_empty()));
            if word.ends_with(']') {
                break;
            }
        }
        match option.split_first() {
            Some((&"nick", names)) if names.len() == number => nicks.names = names.to_vec(),
            Some((&"nick", names)) => {
                let what = format!("There are {} nicknames for {number} choices. Name each once.", names.len());
                return Err(source.error(start, what));
            }
            Some((&"tie", order)) => {
                let order: Result<Vec<usize>, _> = order.iter().map(|word| nicks.position(source, word)).collect();
                builder.order = Some((start, order?));
            }
            _ => {
                let what = format!(
                    "The option “{}” is not read. Take it out, or say by `urna count` what it asks for.",
                    short(start)
                );
                return Err(source.error(start, what));
            }
        }
    }
    Ok(nicks)
}

/// The words of the part of a file that has numbers, without comments.
#[derive(Clone)]
struct Words<'t> {
    source: Source<'t>,
    rest: &'t str,
}

impl<'t> Words<'t> {
    fn next(&mut self) -> Option<&'t str> {
        let mut rest = self.rest.trim_start();
        while rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
        }
        let (word, rest) = rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '#').unwrap_or(rest.len()));
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn peek(&self) -> Option<&'t str> {
        self.clone().next()
    }

    fn need(&mut self, what: &str) -> Result<&'t str, FormatError> {
        self.next().ok_or_else(|| self.source.error_at(usize::MAX, format!("The file ends before {what}.")))
    }
}

/// A name in quotation marks.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Writes a file.
pub(super) fn write(election: &Election) -> Result<String, Unwritable> {
    if election.kind == Kind::Score {
        return Err(Unwritable("BLT has no scores. Take CSV, JSON or PrefLib’s format."));
    }
    let mut text = String::new();
    for remark in remarks::of(election, &["title", "seats"]) {
        let _ = writeln!(text, "{remark}");
    }
    let _ = writeln!(text, "{} {}", election.choices.len(), election.seats.unwrap_or(1));
    let positions = positions(election);
    for (marks, count) in &election.profile {
        let _ = write!(text, "{count}");
        let mut before = 0;
        for (key, rank) in marks::read(election.kind, marks).flatten() {
            let shared = before == rank;
            for _ in before + 1..rank {
                text.push_str(" -");
            }
            before = rank;
            let number = positions.get(key).map_or(0, |position| position + 1);
            let _ = write!(text, "{}{number}", if shared { '=' } else { ' ' });
        }
        text.push_str(" 0\n");
    }
    text.push_str("0\n");
    for choice in &election.choices {
        let _ = writeln!(text, "{}", quoted(&choice.label));
    }
    let _ = writeln!(text, "{}", quoted(&election.title));
    Ok(text)
}
