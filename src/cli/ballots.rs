//! The options for reading ballots, which `urna count` and `urna poll import` share.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{
    count::{Method, Overvotes, Skipped},
    formats::{self, Election, Format, ReadOptions, Repeats},
    start::StartError,
};

/// How ballots are read, and what their ranks mean.
#[derive(Debug, Args)]
pub struct BallotArgs {
    /// Choices that share a rank where a vote goes to one at a time; split if not given
    #[arg(long, value_parser = words(Overvotes::ALL.iter().map(|rule| rule.as_str()), Overvotes::from_word))]
    overvotes: Option<Overvotes>,
    /// What becomes of a ballot with a rank left out, or (exhaust-two) with two or more in a row; close-up if not given
    #[arg(long, value_parser = words(Skipped::ALL.iter().map(|rule| rule.as_str()), Skipped::from_word))]
    skipped_ranks: Option<Skipped>,
    /// What becomes of a ballot that ranks a choice twice: the file is refused, the repeat is passed over, or the ballot
    /// is exhausted there; refuse if not given
    #[arg(long, value_parser = words(Repeats::ALL.map(Repeats::as_str), Repeats::from_word))]
    repeats: Option<Repeats>,
    /// The last rank that counts; all of them if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    ranks: Option<u32>,
    /// A choice to leave out, as if no ballot named it; the others keep their order by lot; may be given several times
    #[arg(long, value_name = "CHOICE")]
    without: Vec<String>,
}

impl BallotArgs {
    /// Reads the election in a file of at most `most` choices. `name` is the name of the file in messages.
    ///
    /// # Errors
    /// [`StartError::Usage`] with the place of what can't be read, or with the choice that does not exist.
    pub fn read(
        &self,
        bytes: &[u8],
        format: Format,
        method: Option<Method>,
        name: &str,
        most: usize,
    ) -> Result<Election, StartError> {
        let without = self.without.clone();
        let reading = ReadOptions { repeats: self.repeats.unwrap_or_default(), ranks: self.ranks, most, without };
        let read = formats::read_with(bytes, format, method, reading);
        let mut election = read.map_err(|error| StartError::Usage(format!("{name}:{error}")))?;
        let positions: Result<Vec<usize>, _> =
            self.without.iter().map(|choice| position(&election, choice, "--without")).collect();
        election.leave_out(&positions?);
        if election.choices.is_empty() {
            return Err(StartError::Usage("--without leaves no choice".into()));
        }
        let rules = &mut election.rules;
        rules.overvotes = self.overvotes.unwrap_or(rules.overvotes);
        rules.skipped = self.skipped_ranks.unwrap_or(rules.skipped);
        Ok(election)
    }

    /// The names of the options that were given.
    pub fn given(&self) -> Vec<&'static str> {
        let options = [
            ("--overvotes", self.overvotes.is_some()),
            ("--skipped-ranks", self.skipped_ranks.is_some()),
            ("--repeats", self.repeats.is_some()),
            ("--ranks", self.ranks.is_some()),
            ("--without", !self.without.is_empty()),
        ];
        options.into_iter().filter(|(_, given)| *given).map(|(option, _)| option).collect()
    }
}

/// The position of the choice that is the value of an option.
///
/// # Errors
/// [`StartError::Usage`] where there is no such choice.
pub fn position(election: &Election, name: &str, option: &str) -> Result<usize, StartError> {
    election.position(name).ok_or_else(|| {
        let first: Vec<&str> = election.labels().into_iter().take(5).collect();
        let rest = if election.choices.len() > first.len() { " …" } else { "" };
        StartError::Usage(format!("{option}: there is no choice “{name}”; there are {}{rest}", first.join(", ")))
    })
}

/// Parses a value that must be one of these words.
pub fn words<T: Clone + Send + Sync + 'static>(
    all: impl IntoIterator<Item = &'static str>,
    from_word: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all).try_map(move |word| from_word(&word).ok_or("no such word"))
}
