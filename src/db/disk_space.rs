//! Whether the disk of a SQLite file has space for more votes.

use std::{
    io::{self, Write as _},
    path::Path,
};

/// How many bytes are written as a test: about what some votes, and the files that SQLite writes beside its own, need.
const TEST_SIZE: usize = 1 << 18;

/// Writes and drops an unnamed temporary file in the folder of `file`, which the disk, quotas and permissions must all
/// allow.
///
/// # Errors
/// Why it can't be written.
pub fn check(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))?.write_all(&vec![1; TEST_SIZE])
}
