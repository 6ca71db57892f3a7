//! Counted elections that others publish: data beside the project, which a fresh clone may not have.

use std::{env, fs, path::PathBuf};

use super::skips;

/// The files of `../shared/elections`, or `$URNA_ELECTIONS`, whose names begin with `prefix`, in order. Where the folder
/// is missing the test is skipped; with `URNA_NO_ELECTIONS` also where a skip is a failure, because no command can install
/// the folder.
pub fn files(prefix: &str) -> Vec<PathBuf> {
    let folder = env::var_os("URNA_ELECTIONS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/elections"), PathBuf::from);
    let Ok(entries) = fs::read_dir(&folder) else {
        let why = format!("there are no elections in {}", folder.display());
        if env::var_os("URNA_NO_ELECTIONS").is_some() {
            skips::count(&why)
        } else {
            skips::skip(&why)
        }
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.file_name().unwrap().to_str().unwrap().starts_with(prefix));
    files.sort();
    assert!(!files.is_empty(), "nothing begins with {prefix} in {}", folder.display());
    files
}
