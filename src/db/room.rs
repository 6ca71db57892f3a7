//! Whether there is room for votes beside a SQLite file.

use std::{
    io::{self, Write as _},
    path::Path,
};

/// How many bytes are tried: votes, and what SQLite keeps beside its file, need some of them.
const TRIED: usize = 1 << 18;

/// Makes and fills a file that nobody sees beside this one: disk, quotas and rights all have their say.
///
/// # Errors
/// Why it can't be.
pub fn check(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))?.write_all(&vec![1; TRIED])
}
