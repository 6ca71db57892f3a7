//! The file with development's secret.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use data_encoding::HEXLOWER;

use super::ConfigError;

const FILE: &str = "data/secret_key";

/// The secret of development, created on first use, so that sessions and invitations outlive the process.
///
/// # Errors
/// [`ConfigError`] where the file can't be read or written, or has no secret in it.
pub(super) fn read_or_create() -> Result<String, ConfigError> {
    let secret = fs::read_to_string(FILE).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => create(Path::new(FILE)).and_then(|()| fs::read_to_string(FILE)),
        _ => Err(error),
    });
    let secret = secret.map_err(|e| {
        ConfigError(format!("the secret can’t be kept in {FILE}: {e}; make it writable or set SECRET_KEY"))
    })?;
    let secret = secret.trim();
    if secret.len() != 64 || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(ConfigError(format!(
            "the secret in {FILE} is malformed: delete the file, and a new one is created"
        )));
    }
    Ok(secret.to_owned())
}

/// Creates the file. It gets its name once it is complete, so that processes that start together read the same secret.
fn create(file: &Path) -> io::Result<()> {
    let mut bytes = [0; 40];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let (secret, suffix) = bytes.split_at(32);
    let draft = file.with_extension(HEXLOWER.encode(suffix));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writer = options.write(true).create_new(true).open(&draft)?;
    let linked = writeln!(writer, "{}", HEXLOWER.encode(secret))
        .and_then(|()| writer.sync_all())
        .and_then(|()| fs::hard_link(&draft, file));
    fs::remove_file(&draft)?;
    match linked {
        // Another process has created it.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}
