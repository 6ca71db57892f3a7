//! `urna poll import FILE.csv`: a poll from a table of choices.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use clap::Args;

use super::{
    poll::{by_rule, said},
    table::{self, Row},
};
use crate::{
    db::Connection,
    marks,
    models::poll::{NewChoice, NewPoll, Poll},
    start::StartError,
    text,
};

/// The longest title and label, and the longest line about a choice, in characters.
const LABEL: usize = 200;
const ABOUT: usize = 1000;

/// The longest description of a poll, in characters.
const DESCRIPTION: usize = 10_000;

/// A poll from a table.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A table in UTF-8, its columns separated by commas, semicolons or tabs and named in the first line:
    /// label (or title, name); if you like description (or about), key (or id), and picture, a file beside the table
    file: PathBuf,
    /// The question, in place of the file's name
    #[arg(long)]
    title: Option<String>,
    /// Its name in addresses, in place of one made from the title
    #[arg(long)]
    slug: Option<String>,
    /// More about the question
    #[arg(long, default_value = "")]
    description: String,
    /// The column with the choices' keys, in place of key or id
    #[arg(long, value_name = "COLUMN")]
    key_column: Option<String>,
}

/// Makes the poll.
///
/// # Errors
/// [`StartError::Usage`] with the lines of the table that are wrong; then nothing is made.
pub async fn run(db: &mut Connection, args: ImportArgs) -> Result<(), StartError> {
    let refuse = |why: &str| StartError::Usage(format!("{}: {why}", args.file.display()));
    let bytes = fs::read(&args.file).map_err(|error| refuse(&format!("can’t be read: {error}")))?;
    let table = table::read(&bytes, args.key_column.as_deref()).map_err(|why| refuse(&why))?;
    let title = args.title.unwrap_or_else(|| in_words(&args.file));
    let title = text::line(&title, LABEL).map_err(|error| StartError::Usage(error.sentence("title")))?;
    let description = text::paragraphs(&args.description, DESCRIPTION)
        .map_err(|error| StartError::Usage(error.sentence("description")))?;
    let slug = args.slug.unwrap_or_else(|| marks::key_from_label(&title));
    if !marks::is_key(&slug) {
        return Err(StartError::Usage(format!(
            "the slug “{slug}” is not 1 to 64 small letters, digits and hyphens; give another with --slug"
        )));
    }
    if let Some(unread) = table.unread {
        eprintln!("urna: {}: {unread}", args.file.display());
    }
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let choices = choices(&table.rows, folder).map_err(|why| refuse(&why))?;
    let number = text::grouped(choices.len() as u64);
    let new = NewPoll { slug, title, description, choices, ..NewPoll::default() };
    let poll = Poll::create(db, &new).await.map_err(by_rule)?;
    let place = if poll.featured { ", and on the first page" } else { "" };
    said(&poll.slug, &format!("is made with {number} choices{place}"))
}

/// The file's name as a title: `best-films_2026.csv` is `Best films 2026`.
fn in_words(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ");
    let mut letters = stem.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn choices(rows: &[Row], folder: &Path) -> Result<Vec<NewChoice>, String> {
    let mut mistakes = Vec::new();
    let mut choices = Vec::new();
    for row in rows {
        match choice(row, folder) {
            Ok(choice) => choices.push((row.line, choice)),
            Err(mistake) => mistakes.push((row.line, mistake)),
        }
    }
    mistakes.extend(table::repeated(&choices, |choice| Some(text::skeleton(&choice.label)), |choice| &choice.label));
    mistakes.extend(table::repeated(
        &choices,
        |choice| Some(choice.key.clone()).filter(|key| !key.is_empty()),
        |choice| &choice.key,
    ));
    table::told(mistakes)?;
    let mut choices: Vec<NewChoice> = choices.into_iter().map(|(_, choice)| choice).collect();
    give_keys(&mut choices);
    Ok(choices)
}

/// One row; its key is empty where it has none of its own.
fn choice(row: &Row, folder: &Path) -> Result<NewChoice, String> {
    let label = text::line(&row.label, LABEL).map_err(|error| error.sentence("label"))?;
    let description = match text::line(&row.description, ABOUT) {
        Err(text::TextError::Empty) => String::new(),
        read => read.map_err(|error| error.sentence("description"))?,
    };
    let key = if marks::is_key(&row.key) { row.key.clone() } else { marks::key_from_label(&row.key) };
    if key.is_empty() && !row.key.is_empty() {
        return Err(format!("The key “{}” has no letter or digit. Mend it.", row.key.escape_debug()));
    }
    let picture = if row.picture.is_empty() { None } else { Some(picture(folder, &row.picture)?) };
    Ok(NewChoice { key, label, description, picture, alt: String::new() })
}

/// The picture of a choice: a file in the folder of the table, or below it.
fn picture(folder: &Path, name: &str) -> Result<String, String> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || name.contains(['\\', ':']) {
        return Err(format!("The picture “{}” is not a file beside the table. Put it there.", name.escape_debug()));
    }
    let file = folder.join(name);
    if !file.is_file() {
        return Err(format!("There is no picture {}. Put it there, or empty the field.", file.display()));
    }
    // PICTURES ARE WIRED HERE: make the picture from `file`, and give the name that `choices.picture` keeps.
    Err("Pictures can’t be imported yet: they come with the pictures module. Leave the column out.".into())
}

/// Gives the choices without a key one made from the label, unlike all others.
fn give_keys(choices: &mut [NewChoice]) {
    let mut taken: std::collections::HashSet<String> = choices.iter().map(|choice| choice.key.clone()).collect();
    for choice in choices.iter_mut().filter(|choice| choice.key.is_empty()) {
        let made = marks::key_from_label(&choice.label);
        let base = if made.is_empty() { "choice" } else { &made };
        let mut key = base.to_owned();
        for number in 2.. {
            if taken.insert(key.clone()) {
                break;
            }
            let end = format!("-{number}");
            let room = base.len().min(marks::KEY_LENGTH - end.len());
            key = format!("{}{end}", base.get(..room).unwrap_or(base));
        }
        choice.key = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unlike_each_other() {
        let choice =
            |key: &str, label: &str| NewChoice { key: key.into(), label: label.into(), ..NewChoice::default() };
        let long = "x".repeat(70);
        let mut choices = [
            choice("", "Tea!"),
            choice("", "Tea?"),
            choice("tea-2", "Own"),
            choice("", "!!"),
            choice("", "??"),
            choice("", &long),
            choice("", &format!("{long}y")),
        ];
        give_keys(&mut choices);
        let keys = choices.map(|choice| choice.key);
        assert_eq!(keys[..5], ["tea", "tea-3", "tea-2", "choice", "choice-2"]);
        assert!(keys[6].ends_with("x-2") && keys.iter().all(|key| marks::is_key(key)));
    }

    #[test]
    fn a_file_name_becomes_a_title() {
        assert_eq!(in_words(Path::new("a/best-films_2026.csv")), "Best films 2026");
        assert_eq!(in_words(Path::new("ärger.csv")), "Ärger");
    }
}
