//! Elections and choices as files: read, written and imported.

mod import_ballots;
mod import_choices;
mod round_trips;
