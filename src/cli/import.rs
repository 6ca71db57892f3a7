//! `urna poll import FILE`: a poll from a table of choices, or from an election with its ballots.

use std::{
    fs,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use clap::Args;

use super::{
    ballots::BallotArgs,
    choices::give_keys,
    election,
    poll::{by_rule, said},
    rules::RuleArgs,
    table::{self, Row},
};
use crate::{
    db::Connection,
    marks,
    models::{choice::NewChoice, new_poll::NewPoll, picture, poll::Poll},
    pictures::{self, Picture},
    start::StartError,
    text,
};

/// The longest title and label, and the longest line about a choice, in characters.
const LABEL: usize = 200;
const ABOUT: usize = 1000;

/// The longest text about a picture, in characters.
const ALT: usize = 300;

/// The longest description of a poll, in characters.
const DESCRIPTION: usize = 10_000;

/// A poll from a table.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A file with ballots, in any format that `urna count` reads: the poll is made closed, with its ballots. Or a
    /// table of choices in UTF-8, its columns separated by commas, semicolons or tabs and named in the first line:
    /// label (or title, name); if you like description (or about), key (or id), picture, a file beside the table,
    /// and alt, what the picture shows
    pub file: PathBuf,
    /// The question, in place of the file's name
    #[arg(long)]
    pub title: Option<String>,
    /// Its name in addresses, in place of one made from the title
    #[arg(long)]
    slug: Option<String>,
    /// More about the question
    #[arg(long, default_value = "")]
    description: String,
    /// The column with the choices' keys, in place of key or id
    #[arg(long, value_name = "COLUMN")]
    key_column: Option<String>,
    #[command(flatten)]
    pub ballots: BallotArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
}

/// Makes the poll.
///
/// # Errors
/// [`StartError::Usage`] with the lines of the table that are wrong; then nothing is made.
pub async fn run(db: &mut Connection, args: ImportArgs) -> Result<(), StartError> {
    let refuse = |why: &str| StartError::Usage(format!("{}: {why}", args.file.display()));
    let bytes = fs::read(&args.file).map_err(|error| refuse(&format!("can’t be read: {error}")))?;
    if let Some(format) = election::format(&bytes, &args.file) {
        return election::run(db, args, &bytes, format).await;
    }
    let table = table::read(&bytes, args.key_column.as_deref()).map_err(|why| refuse(&why))?;
    let title = args.title.clone().unwrap_or_else(|| in_words(&args.file));
    let (title, description, slug) = titled(&args, title)?;
    for option in args.ballots.given() {
        eprintln!("urna: {}: {option} means nothing in a table of choices", args.file.display());
    }
    if let Some(unread) = table.unread {
        eprintln!("urna: {}: {unread}", args.file.display());
    }
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let (choices, pictures) = choices(&table.rows, folder).map_err(|why| refuse(&why))?;
    let number = text::grouped(choices.len() as u64);
    let mut new = NewPoll { slug, title, description, choices, ..NewPoll::default() };
    args.rules.apply(db, &mut new).await?;
    let made = db.transaction(async |db| {
        let poll = Poll::create(db, &new).await?;
        for picture in &pictures {
            picture::insert(db, poll.id, picture).await?;
        }
        Ok(poll)
    });
    let poll = made.await.map_err(by_rule)?;
    let place = if poll.featured { ", and on the first page" } else { "" };
    said(&poll.slug, &format!("is made with {number} choices{place}"))
}

/// The title, the description and the slug of the poll that is to be made.
pub fn titled(args: &ImportArgs, title: String) -> Result<(String, String, String), StartError> {
    let title = text::line(&title, LABEL).map_err(|error| StartError::Usage(error.sentence("title")))?;
    let description = text::paragraphs(&args.description, DESCRIPTION)
        .map_err(|error| StartError::Usage(error.sentence("description")))?;
    let slug = args.rules.slug(args.slug.as_deref(), &title)?;
    Ok((title, description, slug))
}

/// The file's name as a title: `best-films_2026.csv` is `Best films 2026`.
pub fn in_words(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ");
    let mut letters = stem.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn choices(rows: &[Row], folder: &Path) -> Result<(Vec<NewChoice>, Vec<Picture>), String> {
    let mut mistakes = Vec::new();
    let (mut choices, mut pictures) = (Vec::new(), Vec::new());
    for row in rows {
        match choice(row, folder) {
            Ok((choice, picture)) => {
                choices.push((row.line, choice));
                pictures.extend(picture);
            }
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
    Ok((choices, pictures))
}

/// One row; its key is empty where it has none of its own.
fn choice(row: &Row, folder: &Path) -> Result<(NewChoice, Option<Picture>), String> {
    let label = text::line(&row.label, LABEL).map_err(|error| error.sentence("label"))?;
    let description = line_or_none(&row.description, ABOUT, "description")?;
    let alt = line_or_none(&row.alt, ALT, "text about the picture")?;
    let key = if marks::is_key(&row.key) { row.key.clone() } else { marks::key_from_label(&row.key) };
    if key.is_empty() && !row.key.is_empty() {
        return Err(format!("The key “{}” has no letter or digit. Mend it.", row.key.escape_debug()));
    }
    let picture = if row.picture.is_empty() { None } else { Some(picture(folder, &row.picture)?) };
    let hash = picture.as_ref().map(|picture| picture.hash.clone());
    Ok((NewChoice { key, label, description, picture: hash, alt }, picture))
}

fn line_or_none(text: &str, max: usize, what: &str) -> Result<String, String> {
    match text::line(text, max) {
        Err(text::TextError::Empty) => Ok(String::new()),
        read => read.map_err(|error| error.sentence(what)),
    }
}

/// The picture of a choice: a file in the folder of the table, or below it.
fn picture(folder: &Path, name: &str) -> Result<Picture, String> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || name.contains(['\\', ':']) {
        return Err(format!("The picture “{}” is not a file beside the table. Put it there.", name.escape_debug()));
    }
    let file = folder.join(name);
    let refuse = |why: String| format!("The picture {}: {why}", file.display());
    let mut bytes = Vec::new();
    let missing = |error: io::Error| refuse(format!("{error}. Put it there, or empty the field."));
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let target = file.canonicalize().map_err(missing)?;
    if !target.starts_with(here.canonicalize().map_err(missing)?) {
        return Err(refuse("it is a link to another folder. Put the file itself beside the table.".into()));
    }
    // A pipe or a device would be read without end.
    if !target.is_file() {
        return Err(refuse("it is not a file. Put one there, or empty the field.".into()));
    }
    fs::File::open(&target)
        .and_then(|file| file.take(pictures::LARGEST_FILE as u64 + 1).read_to_end(&mut bytes))
        .map_err(missing)?;
    pictures::make(&bytes).map_err(|error| refuse(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_becomes_a_title() {
        assert_eq!(in_words(Path::new("a/best-films_2026.csv")), "Best films 2026");
        assert_eq!(in_words(Path::new("ärger.csv")), "Ärger");
    }
}
