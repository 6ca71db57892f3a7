//! Urna's own format: a JSON object with everything of an election.
//!
//! `{"format": "urna-election", "version": 1, "title", "kind", "method", "seats", "highest", "overvotes",
//! "skipped-ranks", "unranked", "quota", "lots", "seed", "choices": [{"key", "label"}], "ballots": [{"count",
//! "marks"}]}`. All but the kind, the choices and the ballots may be missing, and so may a key.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Election, FormatError, ReadOptions,
    builder::{Builder, Mark},
    json_text::{parsed, string},
    kind_word, positions, remarks,
    source::{Source, short},
    star_library,
};
use crate::{
    count::{Method, Rules},
    marks::{self, Kind},
};

/// The values of `format` and `version`.
const NAME: &str = "urna-election";
const VERSION: u32 = 1;

/// Distinguishes an election of Urna from a case of the STAR Voting Library, which has no `format`.
#[derive(Deserialize)]
struct Header {
    format: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File<'t> {
    format: String,
    version: u32,
    #[serde(borrow)]
    title: Option<&'t RawValue>,
    kind: &'t RawValue,
    method: Option<&'t RawValue>,
    seats: Option<&'t RawValue>,
    highest: Option<&'t RawValue>,
    overvotes: Option<&'t RawValue>,
    skipped_ranks: Option<&'t RawValue>,
    unranked: Option<&'t RawValue>,
    quota: Option<&'t RawValue>,
    elimination: Option<&'t RawValue>,
    until: Option<&'t RawValue>,
    lots: Option<&'t RawValue>,
    seed: Option<&'t RawValue>,
    choices: Vec<Choice<'t>>,
    ballots: Vec<Ballot<'t>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice<'t> {
    #[serde(borrow)]
    key: Option<&'t RawValue>,
    label: &'t RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ballot<'t> {
    count: u64,
    #[serde(borrow)]
    marks: &'t RawValue,
}

/// Reads an election, or a case of the STAR Voting Library, whose rows are read by `method`.
pub(super) fn read(text: &str, method: Option<Method>, options: ReadOptions) -> Result<Election, FormatError> {
    let header: Header = parsed(text)?;
    if header.format.is_none() {
        return star_library::read(text, method, options);
    }
    let file: File<'_> = parsed(text)?;
    let source = Source(text);
    if file.format != NAME || file.version != VERSION {
        let what = format!(
            "“{}”, version {}, is not read here. “{NAME}”, version {VERSION}, is.",
            short(&file.format),
            file.version
        );
        return Err(source.error_at(0, what));
    }
    let mut builder = Builder::new(text, Kind::Ranking, options);
    if let Some(title) = file.title {
        builder.title(&string(source, title)?, title.get())?;
    }
    let words = [
        ("kind", Some(file.kind)),
        ("method", file.method),
        ("seats", file.seats),
        ("highest", file.highest),
        ("overvotes", file.overvotes),
        ("skipped-ranks", file.skipped_ranks),
        ("unranked", file.unranked),
        ("quota", file.quota),
        ("elimination", file.elimination),
        ("until", file.until),
        ("seed", file.seed),
    ];
    for (key, value) in words.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        let at = value.get();
        let word = if at.starts_with('"') { string(source, value)? } else { at.to_owned() };
        let known = remarks::set(&mut builder.election, key, &word);
        known.ok_or_else(|| {
            source.error(at, format!("“{}” is nothing that “{key}” can be. Change it or take it out.", short(&word)))
        })?;
    }
    builder.lots = file.lots.map(|lots| lots.get().trim_matches(['[', ']']).trim());
    for Choice { key, label } in &file.choices {
        let name = string(source, label)?;
        match key {
            Some(key) => builder.keyed_choice(&string(source, key)?, &name, key.get())?,
            None => builder.choice(&name, label.get())?,
        }
    }
    ballots(&mut builder, &file.ballots)?;
    builder.finish()
}

fn ballots(builder: &mut Builder<'_>, ballots: &[Ballot<'_>]) -> Result<(), FormatError> {
    let source = builder.source;
    let named = builder.election.clone();
    let positions = positions(&named);
    for Ballot { count, marks } in ballots {
        let (text, at) = (string(source, marks)?, marks.get());
        let read = marks::read(named.kind, &text)
            .map(|mark| mark.and_then(|(key, value)| Some((*positions.get(key)?, value))));
        let read: Option<Vec<Mark>> = read.collect();
        let wrong = || format!("“{}” are no marks on these choices. Write them by the choices’ keys.", short(&text));
        builder.ballot(read.ok_or_else(|| source.error(at, wrong()))?, *count, at)?;
    }
    Ok(())
}

/// Writes an election: a line for each field, choice and ballot.
pub(super) fn write(election: &Election) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let usual = Rules::default();
    let Election { rules, .. } = election;
    let word = |word: &str, same: bool| (!same).then(|| quoted(word));
    let lots = election.lots.as_ref().map(|lots| lots.iter().map(|lot| (lot + 1).to_string()).collect::<Vec<_>>());
    let fields = [
        ("format", Some(quoted(NAME))),
        ("version", Some(VERSION.to_string())),
        ("title", Some(quoted(&election.title))),
        ("kind", Some(quoted(kind_word(election.kind)))),
        ("method", election.method.map(|method| quoted(method.as_str()))),
        ("seats", election.seats.map(|seats| seats.to_string())),
        ("highest", election.highest.map(|highest| highest.to_string())),
        ("overvotes", word(rules.overvotes.as_str(), rules.overvotes == usual.overvotes)),
        ("skipped-ranks", word(rules.skipped.as_str(), rules.skipped == usual.skipped)),
        ("unranked", word(rules.unranked.as_str(), rules.unranked == usual.unranked)),
        ("quota", word(rules.quota.as_str(), rules.quota == usual.quota)),
        ("elimination", word(rules.elimination.as_str(), rules.elimination == usual.elimination)),
        ("until", word(rules.until.as_str(), rules.until == usual.until)),
        ("lots", lots.map(|lots| format!("[{}]", lots.join(", ")))),
        ("seed", election.seed.as_deref().map(quoted)),
    ];
    let mut text = String::from("{\n");
    for (name, value) in fields.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        let _ = writeln!(text, "  \"{name}\": {value},");
    }
    let choices = election
        .choices
        .iter()
        .map(|choice| format!("{{\"key\": {}, \"label\": {}}}", quoted(&choice.key), quoted(&choice.label)));
    let ballots =
        election.profile.iter().map(|(marks, count)| format!("{{\"count\": {count}, \"marks\": {}}}", quoted(marks)));
    let _ = writeln!(text, "  \"choices\": {},", list(choices));
    let _ = writeln!(text, "  \"ballots\": {}\n}}", list(ballots));
    text
}

/// A JSON array with an item on each line.
fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("\n    {item}")).collect();
    if items.is_empty() { "[]".into() } else { format!("[{}\n  ]", items.join(",")) }
}
