//! Credentials: everything that is stored or shown as a keyed hash (HMAC-SHA256, RFC 2104), each for one purpose.
//!
//! Without the secret, nobody can compute such a hash or find out what it is the hash of. Knows no database and no HTTP.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::codes::{self, CodeError};

/// The longest key of a form.
const KEY_LENGTH: usize = 64;

/// What is hashed. The hashes of two purposes are never equal.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'t> {
    /// The key that a ballot is sent with, so that it counts once even when it is sent again.
    SubmissionKey {
        /// The poll's id.
        poll: i64,
        /// The key.
        key: &'t str,
    },
    /// A browser in a poll with one vote per browser.
    Browser {
        /// The poll's id.
        poll: i64,
        /// The random number in the browser's cookie.
        number: &'t str,
    },
    /// The short code of an invitation, without dashes.
    Invitation(&'t str),
    /// The token in the link of an invitation; the hash gives its short code.
    ShortCode(&'t str),
    /// A form that creates invitations.
    InvitationForm(InvitationFields<'t>),
    /// One of the invitations of a form, by its number; the hash gives the token in its link.
    InvitationLink(InvitationFields<'t>, usize),
    /// Any other form that creates something: what it creates, and its content.
    Form(&'t str, &'t str),
    /// The token in the cookie of an organiser's session.
    Session(&'t str),
    /// The number of a setup link.
    SetupLink(i64),
    /// Nothing but the secret: a database stores this hash, to notice another secret.
    Fingerprint,
}

/// The content of a form that creates invitations.
#[derive(Debug, Clone, Copy)]
pub struct InvitationFields<'t> {
    /// The poll's id.
    pub poll: i64,
    /// How many invitations.
    pub number: usize,
    /// The key of the form.
    pub key: &'t str,
}

impl Purpose<'_> {
    /// The text that is hashed. It must never change: the hashes in databases and links would become invalid.
    fn text(self) -> String {
        let batch = |InvitationFields { poll, number, key }: InvitationFields<'_>| format!("{poll}\0{number}\0{key}");
        match self {
            Self::SubmissionKey { poll, key } => format!("key\0{poll}\0{key}"),
            Self::Browser { poll, number } => format!("browser\0{poll}\0{number}"),
            Self::Invitation(code) => format!("invitation\0{code}"),
            Self::ShortCode(token) => format!("code\0{token}"),
            Self::InvitationForm(form) => format!("form\0invitations\0{}", batch(form)),
            Self::InvitationLink(form, n) => format!("link\0{n}\0{}", batch(form)),
            Self::Form(what, content) => format!("form\0{what}\0{content}"),
            Self::Session(token) => format!("session\0{token}"),
            Self::SetupLink(number) => format!("setup\0{number}"),
            Self::Fingerprint => "fingerprint\0".to_owned(),
        }
    }
}

/// The site's secret, the key of all hashes.
pub struct Secret(String);

impl Secret {
    /// From the configuration's secret.
    pub fn new(key: String) -> Self {
        Self(key)
    }

    /// A keyed hash.
    pub fn hash(&self, purpose: Purpose<'_>) -> [u8; 32] {
        self.mac(purpose).finalize().into_bytes().into()
    }

    /// The same as text for a URL.
    pub fn token(&self, purpose: Purpose<'_>) -> String {
        BASE64URL_NOPAD.encode(&self.hash(purpose))
    }

    /// Whether `token` is the token of this purpose. Takes the same time for every wrong token.
    pub fn is_token(&self, purpose: Purpose<'_>, token: &str) -> bool {
        BASE64URL_NOPAD.decode(token.as_bytes()).is_ok_and(|hash| self.mac(purpose).verify_slice(&hash).is_ok())
    }

    /// The hash of an invitation, by its link, the token in the link, or the short code.
    ///
    /// # Errors
    /// [`CodeError`] for a text that is none of them.
    pub fn invitation(&self, code: &str) -> Result<[u8; 32], CodeError> {
        let short = match (codes::read_short(code), codes::find_token(code)) {
            (Err(_), Some(token)) => codes::read_short(&self.short_code(&token)),
            (short, _) => short,
        };
        Ok(self.hash(Purpose::Invitation(&short?)))
    }

    /// The short code for the token of a link, as it is printed.
    pub fn short_code(&self, token: &str) -> String {
        codes::short(&self.hash(Purpose::ShortCode(token)))
    }

    fn mac(&self, purpose: Purpose<'_>) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC key");
        mac.update(purpose.text().as_bytes());
        mac
    }
}

/// Whether a text can be the key of a form: up to 64 letters, digits, hyphens and underscores.
pub fn is_submission_key(key: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=KEY_LENGTH).contains(&key.len()) && key.bytes().all(is_allowed)
}

/// 256 random bits as text for a cookie or a URL.
///
/// # Errors
/// Where the system gives none.
pub fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Invitations that were sent must keep working, so these hashes are those of an earlier version.
    #[test]
    fn hashes_stay_what_they_are() {
        let secret = Secret::new("0123456789abcdef0123456789abcdef".into());
        let batch = InvitationFields { poll: 7, number: 3, key: "k" };
        let all = [
            Purpose::SubmissionKey { poll: 7, key: "k" },
            Purpose::Browser { poll: 7, number: "k" },
            Purpose::Invitation("k"),
            Purpose::ShortCode("k"),
            Purpose::InvitationForm(batch),
            Purpose::InvitationLink(batch, 0),
            Purpose::Form("copy of 7", "k"),
            Purpose::Session("k"),
            Purpose::SetupLink(7),
            Purpose::Fingerprint,
        ];
        let hashes = all.map(|purpose| secret.token(purpose).chars().take(8).collect::<String>());
        assert_eq!(hashes, HASHES);
        let mut sorted = hashes.to_vec();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), all.len());
        assert!(secret.is_token(all[8], &secret.token(all[8])) && !secret.is_token(all[7], &secret.token(all[8])));
    }

    const HASHES: [&str; 10] = [
        "mlxcfXsw", "FUF-eL8l", "dmPIFnav", "SYGRqG_w", "H9ncviRk", "3kH42Hyv", "TT2nAWwE", "46R4-UPa", "duI_cIO8",
        "TGiUey6e",
    ];

    #[test]
    fn a_link_and_its_code_are_one_invitation() {
        let secret = Secret::new("0123456789abcdef0123456789abcdef".into());
        let token = "Zm9vYmFyYmF6cXV4MTIzNA";
        let code = secret.short_code(token);
        assert_eq!(secret.invitation(token).unwrap(), secret.invitation(&code).unwrap());
        assert_eq!(secret.invitation(&format!("https://vote.example/i/{token}.")), secret.invitation(&code));
        assert!(secret.invitation("ABC").is_err());
    }
}
