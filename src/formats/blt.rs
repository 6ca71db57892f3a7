//! BLT, for rankings, picks and approvals.
//!
//! Source: Hill, Wichmann and Woodall, "Algorithm 123: Single transferable vote by Meek's method", *The Computer
//! Journal* 30 (1987), with what OpenSTV and OpaVote added: `#` comments, `(ids)` of ballots, `=` for equal ranks, `-`
//! for a skipped one. An approval is a choice of the shared first rank. In a name, `\"` is a quotation mark.

use std::fmt::Write as _;

use super::{
    Election, FormatError, Unwritable,
    builder::{Builder, Mark},
    positions, remarks,
    source::{Source, short},
};
use crate::marks::{self, Kind};

/// Reads a file. Choices that withdrew are no choices, and the ranks below them move up.
pub(super) fn read(text: &str) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking);
    let source = builder.source;
    remarks::take_all(&mut builder)?;
    let mut words = Words { source, rest: text };
    let first = words.need("the number of choices")?;
    let number = first.parse::<usize>().ok().filter(|number| (1..=super::MOST).contains(number));
    let number = number.ok_or_else(|| {
        source.error(first, format!("“{}” is no number of choices. There are 1 to {}.", short(first), super::MOST))
    })?;
    let seats = words.need("the number of seats")?;
    let known = remarks::set(&mut builder.election, "seats", seats);
    known.ok_or_else(|| source.error(seats, format!("“{}” is no number of seats.", short(seats))))?;
    let mut standing = vec![true; number];
    while words.peek()?.is_some_and(|word| word.len() > 1 && word.starts_with('-')) {
        let word = words.need("a choice that withdrew")?;
        standing[source.position(&word[1..], number)?] = false;
    }
    // Ballots are told before names: pass over them first.
    let ballots = words.clone();
    while next_ballot(&mut words)?.is_some() {
        while words.need("a 0 after the last rank of a ballot")? != "0" {}
    }
    let mut places = vec![None; number];
    for (choice, place) in places.iter_mut().enumerate() {
        let word = words.need("the name of each choice")?;
        if standing[choice] {
            *place = Some(builder.choices());
            builder.choice(&name(word), word)?;
        } else {
            builder.election.notes.push(format!("“{}” withdrew and is passed over.", short(&name(word))));
        }
    }
    if let Some(title) = words.next()? {
        builder.title(&name(title), title)?;
    }
    read_ballots(&mut builder, ballots, &places)?;
    builder.finish()
}

/// The number of the next ballots, after their id; nothing at the end.
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

fn read_ballots(builder: &mut Builder<'_>, mut words: Words<'_>, places: &[Option<usize>]) -> Result<(), FormatError> {
    let source = builder.source;
    let mut marks: Vec<Mark> = Vec::new();
    while let Some(count) = next_ballot(&mut words)? {
        marks.clear();
        let mut rank = 1;
        loop {
            let word = words.need("a 0 after the last rank of a ballot")?;
            match word {
                "0" => break,
                "-" => rank += 1,
                _ => {
                    let before = marks.len();
                    for member in word.split('=') {
                        let choice = places[source.position(member, places.len())?];
                        marks.extend(choice.map(|choice| (choice, rank)));
                    }
                    rank += u32::from(marks.len() > before);
                }
            }
        }
        builder.ballot(&mut marks, source.count(count)?, count)?;
    }
    Ok(())
}

/// The words of a file: names in quotes are one, comments are none.
#[derive(Clone)]
struct Words<'t> {
    source: Source<'t>,
    rest: &'t str,
}

impl<'t> Words<'t> {
    fn next(&mut self) -> Result<Option<&'t str>, FormatError> {
        let mut rest = self.rest.trim_start();
        while rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
        }
        let end = match rest.strip_prefix('"') {
            Some(inner) => {
                2 + closing(inner)
                    .ok_or_else(|| self.source.error(rest, "The quotation mark after this name is missing."))?
            }
            None => rest.find(|c: char| c.is_whitespace() || c == '#').unwrap_or(rest.len()),
        };
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        Ok((!word.is_empty()).then_some(word))
    }

    fn peek(&self) -> Result<Option<&'t str>, FormatError> {
        self.clone().next()
    }

    fn need(&mut self, what: &str) -> Result<&'t str, FormatError> {
        self.next()?.ok_or_else(|| self.source.error_at(usize::MAX, format!("The file ends before {what}.")))
    }
}

/// Where a name in quotes ends.
fn closing(inner: &str) -> Option<usize> {
    let mut escaped = false;
    inner.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

/// The name that a word is.
fn name(word: &str) -> String {
    let Some(inner) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) else { return word.to_owned() };
    let mut name = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next_if(|next| matches!(next, '"' | '\\')) } else { None };
        name.push(escaped.unwrap_or(c));
    }
    name
}

/// A name as a word.
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
