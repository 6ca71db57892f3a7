//! A poll from a table of choices, with their pictures.

use std::{
    fs,
    io::{self, Read as _},
    path::{Component, Path},
};

use super::{
    args::{ImportArgs, PollTexts},
    table::{self, ChoiceRow},
};
use crate::{
    cli::{choices::give_keys, messages::query_error},
    db::Connection,
    marks,
    models::{choice::NewChoice, new_poll::NewPoll, picture, poll::Poll, settings::Settings},
    pictures::{self, Picture},
    start::StartError,
    text,
};

/// The longest label of a choice, in characters.
const LABEL_LENGTH: usize = 200;

/// The longest description of a choice, in characters.
const DESCRIPTION_LENGTH: usize = 1000;

/// The longest text about a picture, in characters.
const ALT_LENGTH: usize = 300;

/// Creates the poll.
///
/// # Errors
/// [`StartError::Usage`] with the lines of the table that are wrong; then nothing is created.
pub async fn import(db: &mut Connection, args: ImportArgs, bytes: &[u8]) -> Result<(), StartError> {
    let table = table::read(bytes, args.key_column.as_deref()).map_err(|why| args.refuse(&why))?;
    let PollTexts { title, description, slug } = args.texts(None)?;
    for option in args.ballots.given() {
        args.note(&format!("{option} means nothing in a table of choices"));
    }
    if let Some(unread) = &table.unread {
        args.note(unread);
    }
    let folder = args.file.parent().unwrap_or(Path::new(""));
    let (choices, pictures) = choices(&table.rows, folder).map_err(|why| args.refuse(&why))?;
    let number = text::grouped(choices.len() as u64);
    let mut new = NewPoll {
        slug,
        settings: Settings { title, description, ..Settings::default() },
        choices,
        ..NewPoll::default()
    };
    args.rules.apply(db, &mut new).await?;
    let created = db.transaction(async |db| {
        let poll = Poll::create(db, &new).await?;
        for picture in &pictures {
            picture::insert(db, poll.id, picture).await?;
        }
        Ok(poll)
    });
    let poll = created.await.map_err(query_error)?;
    let place = if poll.featured { ", and on the home page" } else { "" };
    println!("{} is created with {number} choices{place}", poll.slug);
    Ok(())
}

/// The choices and their pictures.
fn choices(rows: &[ChoiceRow], folder: &Path) -> Result<(Vec<NewChoice>, Vec<Picture>), String> {
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
    table::check(mistakes)?;
    let mut choices: Vec<NewChoice> = choices.into_iter().map(|(_, choice)| choice).collect();
    give_keys(&mut choices);
    Ok((choices, pictures))
}

/// The choice of one row; its key is empty where the row has none.
fn choice(row: &ChoiceRow, folder: &Path) -> Result<(NewChoice, Option<Picture>), String> {
    let label = text::line(&row.label, LABEL_LENGTH).map_err(|error| error.sentence("label"))?;
    let description = optional_line(&row.description, DESCRIPTION_LENGTH, "description")?;
    let alt = optional_line(&row.alt, ALT_LENGTH, "text about the picture")?;
    let key = if marks::is_key(&row.key) { row.key.clone() } else { marks::key_from_label(&row.key) };
    if key.is_empty() && !row.key.is_empty() {
        return Err(format!("The key “{}” has no letter or digit. Change it.", row.key.escape_debug()));
    }
    let picture = if row.picture.is_empty() { None } else { Some(picture(folder, &row.picture)?) };
    let hash = picture.as_ref().map(|picture| picture.hash.clone());
    Ok((NewChoice { key, label, description, picture: hash, alt }, picture))
}

fn optional_line(text: &str, max: usize, what: &str) -> Result<String, String> {
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
    pictures::convert(&bytes).map_err(|error| refuse(error.to_string()))
}
