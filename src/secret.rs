//! The site's secret: what is kept as a keyed hash can't be made, or told from another, with the database alone.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The key under which credentials, sessions and links are hashed.
pub struct Secret(String);

impl Secret {
    /// From the configuration's secret.
    pub fn new(key: String) -> Self {
        Self(key)
    }

    /// The keyed hash of `text` (HMAC-SHA256, RFC 2104), which begins with what it is for, such as `session\0`.
    pub fn hash(&self, text: &str) -> [u8; 32] {
        self.mac(text).finalize().into_bytes().into()
    }

    /// By what a database knows with which secret it is used; nothing else is hashed so.
    pub fn fingerprint(&self) -> String {
        self.token("fingerprint\0")
    }

    /// The same as text for an address.
    pub fn token(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.hash(text))
    }

    /// Whether `token` is that of `text`, in the same time for each that is not.
    pub fn is_token(&self, text: &str, token: &str) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|hash| self.mac(text).verify_slice(&hash).is_ok())
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC key");
        mac.update(text.as_bytes());
        mac
    }
}

/// 256 random bits as text for a cookie or an address.
///
/// # Errors
/// Where the system gives none.
pub fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
