//! What the commands print and ask, and errors in their words.

use std::io::{self, IsTerminal as _, Write as _};

use crate::{models::constraint::Constraint, start::StartError, words::constraints};

/// Asks for confirmation before what can't be undone, unless `yes` says that it was given on the command line.
///
/// # Errors
/// [`StartError::Usage`] where the answer is not yes, or where nobody can be asked.
pub fn confirm(question: &str, yes: bool) -> Result<(), StartError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(StartError::Usage(format!("{question} Nothing was done: say --yes to do it without being asked")));
    }
    eprint!("{question} Type yes: ");
    // A prompt that can't be printed changes nothing: the answer is still read.
    let _ = io::stderr().flush();
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(StartError::Usage("nothing was done".into())),
    }
}

/// A database error; where a constraint was violated, the sentence for it.
pub fn query_error(error: diesel::result::Error) -> StartError {
    match Constraint::violated_by(&error) {
        Some(constraint) => StartError::Usage(constraints::rule(constraint).into()),
        None => error.into(),
    }
}
