//! Passwords: which ones are taken, and how they are kept (argon2id with OWASP's parameters, which are
//! the crate's own). Hashing never runs on a thread that serves, and at most twice at once: each run takes 19 MiB.

use std::time::Duration;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use rocket::tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use unicode_normalization::UnicodeNormalization as _;

/// The fewest and the most characters of a password.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// A password that is found with fewer guesses is among the commonest.
const GUESSES: u64 = 1_000_000;

/// How many are hashed at once, and how long one waits for its turn.
static TURNS: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(10);

/// A hash that belongs to nobody, so that an unknown sign-in name costs what a known one does.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$sGF4qHhNuvUarITIZawpww$8gTfAuGzf/MNIJXFe0wyoyNgWB1mlYsgdZUFx4AgRRA";

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// None was given.
    #[error("Enter a password.")]
    Empty,
    /// Too short.
    #[error("The password must have at least 8 characters. Three or four words make a good one.")]
    Short,
    /// Too long.
    #[error("The password must have at most 128 characters.")]
    Long,
    /// Among the first that anybody would try.
    #[error("The password is too easy to guess. Take several words that belong to you and not together.")]
    Common,
}

/// Why a password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait for their turn.
    #[error("too many passwords are being checked")]
    Busy,
    /// A hash that is none, or no memory for one.
    #[error("a password could not be hashed: {0}")]
    Failed(String),
}

/// Whether a password is good enough for somebody of whom these words are known, such as the name.
///
/// # Errors
/// [`WeakPassword`].
pub fn check(password: &str, known: &[&str]) -> Result<(), WeakPassword> {
    let password: String = password.nfc().collect();
    match password.chars().count() {
        0 => Err(WeakPassword::Empty),
        length if length < *LENGTH.start() => Err(WeakPassword::Short),
        length if length > *LENGTH.end() => Err(WeakPassword::Long),
        _ if zxcvbn::zxcvbn(&password, known).guesses() < GUESSES => Err(WeakPassword::Common),
        _ => Ok(()),
    }
}

/// The hash of a password, as text with its parameters and its salt.
///
/// # Errors
/// [`HashError`].
pub async fn hash(password: &str) -> Result<String, HashError> {
    in_turn(password, |password| {
        Argon2::default()
            .hash_password(password)
            .map(|hash| hash.to_string())
            .map_err(|e| HashError::Failed(e.to_string()))
    })
    .await
}

/// Whether a password has this hash; with `None`, of whom nobody knows, it takes as long and is wrong.
///
/// # Errors
/// [`HashError`].
pub async fn verify(password: &str, hash: Option<&str>) -> Result<bool, HashError> {
    let known = hash.is_some();
    let hash = hash.unwrap_or(NOBODY).to_owned();
    in_turn(password, move |password| {
        let hash = PasswordHash::new(&hash).map_err(|e| HashError::Failed(e.to_string()))?;
        Ok(Argon2::default().verify_password(password, &hash).is_ok() && known)
    })
    .await
}

/// Equal letters are equal passwords, however a keyboard composes them.
async fn in_turn<T: Send + 'static>(
    password: &str,
    work: impl FnOnce(&[u8]) -> Result<T, HashError> + Send + 'static,
) -> Result<T, HashError> {
    let turn = timeout(PATIENCE, TURNS.acquire()).await.map_err(|_| HashError::Busy)?;
    let turn = turn.map_err(|_| HashError::Busy)?;
    let password: String = password.nfc().collect();
    let work = move || {
        // Held until it is done, whether or not anybody still waits for it.
        let _turn = turn;
        work(password.as_bytes())
    };
    spawn_blocking(work).await.map_err(|e| HashError::Failed(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use rocket::tokio;

    use super::*;

    #[test]
    fn the_commonest_and_what_is_known_of_you_are_refused() {
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
    async fn a_password_is_known_however_it_is_composed() {
        let kept = hash("Schnörkel am Giebel").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let (composed, nobody) =
            tokio::join!(verify("Schno\u{308}rkel am Giebel", Some(&kept)), verify("Schnörkel am Giebel", None));
        assert!(composed.unwrap());
        assert!(!nobody.unwrap());
    }
}
