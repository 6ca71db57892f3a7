//! Passwords: which ones are accepted, and how they are hashed (argon2id with OWASP's parameters, the defaults of the
//! crate). Hashing runs on a blocking thread, and at most two at a time, because each takes 19 MiB.

use std::time::Duration;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use rocket::tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use unicode_normalization::UnicodeNormalization as _;

/// The fewest and the most characters of a password.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// A password that takes fewer guesses (by zxcvbn) is too common.
const LEAST_GUESSES: u64 = 1_000_000;

/// Limits how many passwords are hashed at a time.
static PERMITS: Semaphore = Semaphore::const_new(2);

/// How long hashing waits for a permit.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// A hash that no password has. An unknown sign-in name is verified against it, and so takes as long as a known one.
const UNKNOWN: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$sGF4qHhNuvUarITIZawpww$8gTfAuGzf/MNIJXFe0wyoyNgWB1mlYsgdZUFx4AgRRA";

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It is empty.
    #[error("Enter a password.")]
    Empty,
    /// Too short.
    #[error("The password must have at least 8 characters. Three or four words make a good one.")]
    Short,
    /// Too long.
    #[error("The password must have at most 128 characters.")]
    Long,
    /// Too easy to guess.
    #[error("The password is too easy to guess. Take several words that belong to you and not together.")]
    Common,
}

/// Why a password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// No permit within the timeout.
    #[error("too many passwords are being checked")]
    Busy,
    /// The stored hash is malformed, or there is no memory.
    #[error("a password could not be hashed: {0}")]
    Failed(String),
}

/// Checks a new password. `known` are words that an attacker would try first, such as the owner's name.
///
/// # Errors
/// [`WeakPassword`].
pub fn check(password: &str, known: &[&str]) -> Result<(), WeakPassword> {
    let password: String = password.nfc().collect();
    match password.chars().count() {
        0 => Err(WeakPassword::Empty),
        length if length < *LENGTH.start() => Err(WeakPassword::Short),
        length if length > *LENGTH.end() => Err(WeakPassword::Long),
        _ if zxcvbn::zxcvbn(&password, known).guesses() < LEAST_GUESSES => Err(WeakPassword::Common),
        _ => Ok(()),
    }
}

/// The hash of a password, as text with its parameters and its salt.
///
/// # Errors
/// [`HashError`].
pub async fn hash(password: &str) -> Result<String, HashError> {
    with_permit(password, |password| {
        Argon2::default()
            .hash_password(password)
            .map(|hash| hash.to_string())
            .map_err(|e| HashError::Failed(e.to_string()))
    })
    .await
}

/// Whether a password has this hash. `None`, for an unknown organiser, takes the same time and is never right.
///
/// # Errors
/// [`HashError`].
pub async fn verify(password: &str, hash: Option<&str>) -> Result<bool, HashError> {
    let known = hash.is_some();
    let hash = hash.unwrap_or(UNKNOWN).to_owned();
    with_permit(password, move |password| {
        let hash = PasswordHash::new(&hash).map_err(|e| HashError::Failed(e.to_string()))?;
        Ok(Argon2::default().verify_password(password, &hash).is_ok() && known)
    })
    .await
}

/// Runs `work` on a blocking thread, with the password in NFC, so that it does not matter how a keyboard composes letters.
async fn with_permit<T: Send + 'static>(
    password: &str,
    work: impl FnOnce(&[u8]) -> Result<T, HashError> + Send + 'static,
) -> Result<T, HashError> {
    let permit = timeout(PERMIT_TIMEOUT, PERMITS.acquire()).await.map_err(|_| HashError::Busy)?;
    let permit = permit.map_err(|_| HashError::Busy)?;
    let password: String = password.nfc().collect();
    let work = move || {
        // Held until the work is done, also where the caller was cancelled.
        let _permit = permit;
        work(password.as_bytes())
    };
    spawn_blocking(work).await.map_err(|e| HashError::Failed(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use rocket::tokio;

    use super::*;

    #[test]
    fn common_passwords_and_known_words_are_refused() {
        for common in ["password", "12345678", "qwertyuiop", "P@ssw0rd", "letmein1", "ada.lovelace", "iloveyou!"] {
            assert_eq!(check(common, &["ada", "Ada Lovelace", "ada.lovelace"]), Err(WeakPassword::Common), "{common}");
        }
        for good in
            ["correct horse battery staple", "tr33-quart-hymn", "пароль для голосования", "漢字かな交じり文章だ"]
        {
            assert_eq!(check(good, &["ada"]), Ok(()), "{good}");
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(check("", &[]), Err(WeakPassword::Empty));
        assert_eq!(check("ßßßßßßß", &[]), Err(WeakPassword::Short));
        assert_eq!(check(&"zögern ".repeat(19), &[]), Err(WeakPassword::Long));
        assert_eq!(check(&"Zw\u{308}lf Bäume ".repeat(11)[..127], &[]), Ok(()));
    }

    #[rocket::async_test]
    async fn a_password_matches_however_its_letters_are_composed() {
        let stored = hash("Schnörkel am Giebel").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let (composed, unknown) =
            tokio::join!(verify("Schno\u{308}rkel am Giebel", Some(&stored)), verify("Schnörkel am Giebel", None));
        assert!(composed.unwrap());
        assert!(!unknown.unwrap());
    }
}
