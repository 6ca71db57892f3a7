//! The arguments of `urna poll import`, and what both kinds of files take from them.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    cli::{ballots::BallotArgs, rules::RuleArgs},
    start::StartError,
    text,
};

/// The longest title, in characters.
const TITLE_LENGTH: usize = 200;

/// The longest description of a poll, in characters.
const DESCRIPTION_LENGTH: usize = 10_000;

/// A poll from a file.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A file with ballots, in any format that `urna count` reads: the poll is created closed, with its ballots. Or a
    /// table of choices in UTF-8, its columns separated by commas, semicolons or tabs and named in the first line:
    /// label (or title, name); if you like description (or about), key (or id), picture, a file beside the table,
    /// and alt, what the picture shows
    pub file: PathBuf,
    /// The question, in place of the file's name
    #[arg(long)]
    pub title: Option<String>,
    /// Its name in addresses, in place of one from the title
    #[arg(long)]
    slug: Option<String>,
    /// More about the question
    #[arg(long, default_value = "")]
    description: String,
    /// The column with the choices' keys, in place of key or id
    #[arg(long, value_name = "COLUMN")]
    pub key_column: Option<String>,
    #[command(flatten)]
    pub ballots: BallotArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
}

/// What a poll is called and described by.
pub struct PollTexts {
    pub title: String,
    pub description: String,
    pub slug: String,
}

impl ImportArgs {
    /// The texts of the new poll. Its title is `--title`, else `own_title`, else the name of the file.
    ///
    /// # Errors
    /// [`StartError::Usage`] for a title, a description or a slug that no poll can have.
    pub fn texts(&self, own_title: Option<&str>) -> Result<PollTexts, StartError> {
        let title = match self.title.as_deref().or(own_title) {
            Some(title) => title.to_owned(),
            None => title_from(&self.file),
        };
        let title = text::line(&title, TITLE_LENGTH).map_err(|error| StartError::Usage(error.sentence("title")))?;
        let description = text::paragraphs(&self.description, DESCRIPTION_LENGTH)
            .map_err(|error| StartError::Usage(error.sentence("description")))?;
        let slug = self.rules.slug(self.slug.as_deref(), &title)?;
        Ok(PollTexts { title, description, slug })
    }

    /// An error of the file.
    pub fn refuse(&self, why: &str) -> StartError {
        StartError::Usage(format!("{}: {why}", self.file.display()))
    }

    /// Prints a note about the file.
    pub fn note(&self, note: &str) {
        eprintln!("urna: {}: {note}", self.file.display());
    }
}

/// A title from a file's name: `best-films_2026.csv` gives `Best films 2026`.
fn title_from(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ");
    let mut letters = stem.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_becomes_a_title() {
        assert_eq!(title_from(Path::new("a/best-films_2026.csv")), "Best films 2026");
        assert_eq!(title_from(Path::new("ärger.csv")), "Ärger");
    }
}
