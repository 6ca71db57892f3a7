//! `urna poll import FILE`: creates a poll from a table of choices, or from an election with its ballots.

mod args;
mod choices;
mod election;
mod table;

pub use args::ImportArgs;

use std::fs;

use crate::{db::Connection, start::StartError};

/// Creates the poll.
///
/// # Errors
/// [`StartError::Usage`] with what is wrong in the file; then nothing is created.
pub async fn run(db: &mut Connection, args: ImportArgs) -> Result<(), StartError> {
    let bytes = fs::read(&args.file).map_err(|error| args.refuse(&format!("can’t be read: {error}")))?;
    match election::format(&bytes, &args.file) {
        Some(format) => election::import(db, args, &bytes, format).await,
        None => choices::import(db, args, &bytes).await,
    }
}
