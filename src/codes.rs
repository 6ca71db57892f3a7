//! Codes: of invitations the token in a link and the short code that a person can type, of polls the short address; and
//! QR codes of links.
//!
//! Uses nothing but the system’s random bytes.

use std::io::Cursor;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode};

use crate::text;

/// Characters in a token.
const TOKEN: usize = 22;

/// The path before the token in an invitation’s link.
const LINK: &str = "/i/";

/// The longest text that a field for a code takes: enough for a link that a mail service has wrapped in one of its own.
pub const LONGEST: usize = 1000;

/// The letters and digits of a short code. No two of them look or sound alike.
const ALPHABET: &[u8; 23] = b"ACDEFGHJKMNPQRTWXY34679";

/// Characters in a short code, including the check character.
const SHORT: usize = 16;

/// The letters of a short address, and how many it has.
const LETTERS: &[u8; 18] = b"bcdfghjkmnprstvwxz";
const SHORT_ADDRESS: usize = 6;

/// The width of the white border that a camera needs around a QR code, in modules (ISO/IEC 18004, 9.1).
const QUIET: usize = 4;

/// How many dots a module has in a PNG.
const DOTS: u32 = 16;

/// Why a text is no short code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Too few or too many characters.
    #[error("A code has 16 letters and digits; this has {0}. Type it again.")]
    Length(usize),
    /// A character that no code has.
    #[error("No code has the character “{}”. Look at the code again.", .0.escape_debug())]
    Character(char),
    /// A link whose end is missing.
    #[error("This link is not whole. Copy all of it, or type the 16 letters and digits of your code.")]
    Link,
    /// The check character is wrong.
    #[error("There is a typing mistake in this code. Compare it with the one you were given.")]
    Typo,
}

/// A new token: 128 random bits as 22 characters that an address can carry (base64url, RFC 4648, section 5).
///
/// # Errors
/// Where the system has no random bytes.
pub fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// The token of a hash: its first 128 bits.
pub fn token_of(hash: &[u8; 32]) -> String {
    BASE64URL_NOPAD.encode(&hash[..16])
}

/// A slug that nobody can guess, for an unlisted poll: the beginning of `slug` and 128 random bits.
///
/// # Errors
/// Where the system has no random bytes.
pub fn unguessable(slug: &str) -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    let tail = HEXLOWER.encode(&bytes);
    let stem: String = slug.chars().take(31).collect();
    Ok(format!("{}-{tail}", stem.trim_end_matches('-')).trim_start_matches('-').to_owned())
}

/// A new code for a short address: six letters. No two of them look alike, and none is a vowel, so that they form no word.
///
/// # Errors
/// Where the system has no random bytes.
pub fn short_address() -> Result<String, getrandom::Error> {
    let mut code = String::with_capacity(SHORT_ADDRESS);
    while code.len() < SHORT_ADDRESS {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        // The bytes that would make some letters more likely are left out.
        let even = bytes.into_iter().filter(|byte| usize::from(*byte) < 256 / LETTERS.len() * LETTERS.len());
        let letters = even.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        code.extend(letters.take(SHORT_ADDRESS - code.len()));
    }
    Ok(code)
}

/// The code that somebody typed after the site's address, in any case; `None` for what is no code.
pub fn read_short_address(text: &str) -> Option<String> {
    let code = text.to_ascii_lowercase();
    (code.len() == SHORT_ADDRESS && code.bytes().all(|byte| LETTERS.contains(&byte))).then_some(code)
}

/// Whether a text can be a token.
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok()
}

/// The token in a pasted text: the token alone or a whole link, with any text that a sentence, a mail or an address bar
/// added around it.
pub fn find_token(text: &str) -> Option<String> {
    let text = text::plain(text).replace("%2F", "/").replace("%2f", "/");
    let in_links = text.match_indices(LINK).filter_map(|(at, link)| text.get(at + link.len()..));
    std::iter::once(text.as_str()).chain(in_links).find_map(first_token)
}

/// The token at the beginning of a text, after any punctuation.
fn first_token(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let (token, rest) = text.split_at_checked(TOKEN)?;
    let is_whole = !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    (is_whole && is_token(token)).then(|| token.to_owned())
}

/// The short code of a hash, in groups of four: 15 characters of it (67 bits) and a check character.
pub fn short(hash: &[u8; 32]) -> String {
    let mut number = hash.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    let base = ALPHABET.len() as u128;
    let mut digits = [0; SHORT];
    for digit in digits.iter_mut().take(SHORT - 1) {
        *digit = (number % base) as usize;
        number /= base;
    }
    digits[SHORT - 1] = (ALPHABET.len() - remainder(&digits)) % ALPHABET.len();
    let letters = digits.map(|digit| char::from(ALPHABET[digit]));
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// Parses a short code as somebody typed it: in any case, also in full-width letters, with spaces and dashes in it and
/// punctuation around it. Returns its 16 characters.
///
/// # Errors
/// [`CodeError`]. Every single wrong character and every swap of two is detected.
pub fn read_short(text: &str) -> Result<String, CodeError> {
    let text = text::bare(text);
    if text.contains(LINK) {
        return Err(CodeError::Link);
    }
    let typed = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{AD}' | '\u{2010}'..='\u{2015}' | '−' | '_'));
    let code: String = typed.map(|c| c.to_ascii_uppercase()).collect();
    let place = |c: char| ALPHABET.iter().position(|letter| char::from(*letter) == c).ok_or(CodeError::Character(c));
    let digits = code.chars().map(place).collect::<Result<Vec<_>, _>>()?;
    match digits.len() {
        SHORT if remainder(&digits) == 0 => Ok(code),
        SHORT => Err(CodeError::Typo),
        length => Err(CodeError::Length(length)),
    }
}

/// The weighted sum modulo 23, as in ISBN-10: the weights 16 to 1 are distinct and 23 is prime, so one wrong character or
/// two swapped ones always change the sum.
fn remainder(digits: &[usize]) -> usize {
    digits.iter().zip((1..=SHORT).rev()).map(|(digit, weight)| digit * weight).sum::<usize>() % ALPHABET.len()
}

/// A QR code as SVG, black on white also on a dark page; `None` for a text that is too long.
pub fn qr(text: &str) -> Option<String> {
    let (side, dark) = modules(text)?;
    let mut path = String::new();
    for run in dark {
        path += &format!("M{} {}h{n}v1h-{n}z", run.x, run.y, n = run.length);
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"qr\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

/// The same as PNG, 16 dots to a module; `None` where it can’t be drawn.
pub fn qr_png(text: &str) -> Option<Vec<u8>> {
    let (side, dark) = modules(text)?;
    let mut image = GrayImage::from_pixel(side * DOTS, side * DOTS, Luma([255]));
    for run in dark {
        for y in run.y * DOTS..(run.y + 1) * DOTS {
            for x in run.x * DOTS..(run.x + run.length) * DOTS {
                image.put_pixel(x, y, Luma([0]));
            }
        }
    }
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png).ok()?;
    Some(png.into_inner())
}

/// Dark modules of a row that follow each other; places count from the border's corner.
struct Run {
    x: u32,
    y: u32,
    length: u32,
}

/// How many modules a QR code has on each side, the border included, and the dark ones.
fn modules(text: &str) -> Option<(u32, Vec<Run>)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut dark = Vec::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(PartialEq::eq) {
            if run.first() == Some(&Color::Dark) {
                let number = |n: usize| u32::try_from(n).ok();
                dark.push(Run { x: number(x + QUIET)?, y: number(y + QUIET)?, length: number(run.len())? });
            }
            x += run.len();
        }
    }
    Some((u32::try_from(width + 2 * QUIET).ok()?, dark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(seed: u8) -> [u8; 32] {
        std::array::from_fn(|i| seed.wrapping_mul(37).wrapping_add((i * 101) as u8))
    }

    #[test]
    fn a_short_address_has_six_letters_and_is_read_in_any_case() {
        let codes: std::collections::BTreeSet<String> = (0..1000).map(|_| short_address().unwrap()).collect();
        assert!(codes.len() > 990, "{}", codes.len());
        for code in &codes {
            assert_eq!(read_short_address(&code.to_uppercase()).as_ref(), Some(code));
        }
        let used: std::collections::BTreeSet<u8> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert_eq!(used.len(), LETTERS.len());
        for text in ["", "bcdfg", "bcdfghj", "abcdfg", "bcdf1g", "bcdfgé", "about", "robots"] {
            assert_eq!(read_short_address(text), None, "{text}");
        }
    }

    #[test]
    fn both_pictures_of_a_qr_code_have_the_same_modules() {
        let text = "https://vote.example/bcdfgh";
        let png = image::load_from_memory(&qr_png(text).unwrap()).unwrap().into_luma8();
        let (side, dark) = modules(text).unwrap();
        assert_eq!(png.dimensions(), (side * DOTS, side * DOTS));
        let is_dark = |x: u32, y: u32| dark.iter().any(|run| run.y == y && (run.x..run.x + run.length).contains(&x));
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let dots = [0, DOTS - 1].map(|dot| png.get_pixel(x * DOTS + dot, y * DOTS + dot).0[0]);
            assert_eq!(dots, [if is_dark(x, y) { 0 } else { 255 }; 2], "{x}, {y}");
        }
        assert_eq!((qr(&"x".repeat(10_000)), qr_png(&"x".repeat(10_000))), (None, None));
    }

    #[test]
    fn tokens_are_random_and_have_a_form() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_ne!(one, other);
        assert!(is_token(&one) && one.len() == 22);
        for bad in ["", "short", "0123456789012345678901=", "!!!!!!!!!!!!!!!!!!!!!!", &one[1..], &format!("{one}A")] {
            assert!(!is_token(bad), "{bad}");
        }
    }

    #[test]
    fn a_token_is_found_in_what_is_pasted() {
        for token in ["Zm9vYmFyYmF6cXV4MTIzNA", "-m9vYmFyYmF6cXV4MTIz_A", "_-9vYmFyYmF6cXV4MTI-Ng"] {
            for (before, after) in [
                ("", ""),
                ("", "."),
                ("", ","),
                ("(", ")."),
                ("<", ">"),
                ("", "%20"),
                ("", " "),
                ("", "\u{200B}"),
                ("", "/"),
                ("\u{FEFF}", "\u{AD}"),
                ("“", "”"),
                ("https://vote.example/i/", ""),
                ("<https://vote.example/i/", ">,"),
                ("Vote: HTTP://VOTE.EXAMPLE:8000/i/", " by Sunday"),
                ("https://vote.example/i/", "?utm_source=mail"),
                ("https://vote.example/i/", "#ballot"),
                ("https://mail.example/?url=https%3A%2F%2Fvote.example%2Fi%2F", "&data=05"),
                ("https://vote.example/i/", "_"),
                ("ｈｔｔｐｓ：／／ｖｏｔｅ．ｅｘａｍｐｌｅ／ｉ／", "．"),
            ] {
                assert_eq!(find_token(&format!("{before}{token}{after}")).as_deref(), Some(token), "{before}{after}");
            }
            assert_eq!(find_token(&format!("{token}A")), None);
            assert_eq!(find_token(&format!("https://vote.example/i/{}", &token[..21])), None);
        }
        for none in ["", ".", "/i/", "https://vote.example/polls/tea", "ACDE-FGHJ-KMNP-QRT3"] {
            assert_eq!(find_token(none), None, "{none}");
        }
        assert_eq!(read_short("https://vote.example/i/Zm9vYmFyYm"), Err(CodeError::Link));
    }

    #[test]
    fn a_short_code_is_read_as_it_is_typed() {
        for seed in 0..=255 {
            let code = short(&hash(seed));
            assert_eq!(code.len(), 19);
            let plain = code.replace('-', "");
            assert_eq!(read_short(&code), Ok(plain.clone()));
            assert_eq!(read_short(&format!(" {} ", code.to_lowercase().replace('-', " – "))), Ok(plain));
        }
        assert_eq!(short(&[0; 32]), "AAAA-AAAA-AAAA-AAAA");
        assert_ne!(short(&hash(1)), short(&hash(2)));
    }

    #[test]
    fn every_slip_is_found() {
        for seed in 0..40 {
            let code: Vec<char> = short(&hash(seed)).replace('-', "").chars().collect();
            for i in 0..SHORT {
                for wrong in ALPHABET.iter().map(|b| char::from(*b)).filter(|c| *c != code[i]) {
                    let mut typed = code.clone();
                    typed[i] = wrong;
                    assert_eq!(read_short(&String::from_iter(typed)), Err(CodeError::Typo));
                }
                for j in (0..i).filter(|j| code[*j] != code[i]) {
                    let mut typed = code.clone();
                    typed.swap(i, j);
                    assert_eq!(read_short(&String::from_iter(typed)), Err(CodeError::Typo));
                }
            }
        }
    }

    #[test]
    fn what_is_no_code_is_told_apart() {
        assert_eq!(read_short(""), Err(CodeError::Length(0)));
        assert_eq!(read_short("ACDE-FGH"), Err(CodeError::Length(7)));
        assert_eq!(read_short("ACDE-FGH0"), Err(CodeError::Character('0')));
        assert_eq!(
            read_short("\u{202E}ACDE").unwrap_err().to_string(),
            "No code has the character “\\u{202e}”. Look at the code again."
        );
    }

    #[test]
    fn a_qr_code_draws_its_matrix() {
        let text = "https://example.org/i/AAAAAAAAAAAAAAAAAAAAAA";
        let svg = qr(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let width = code.width();
        let mut drawn = vec![Color::Light; width * width];
        let path = svg.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
        for run in path.split('z').filter(|run| !run.is_empty()) {
            let numbers: Vec<usize> = run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            let (x, y, length) = (numbers[0] - QUIET, numbers[1] - QUIET, numbers[2]);
            drawn[y * width + x..][..length].fill(Color::Dark);
        }
        assert!(drawn == code.to_colors());
        assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", width + 8)) && !svg.contains("style"));
        assert!(svg.len() < 8192, "{}", svg.len());
        assert_eq!(qr(&"x".repeat(3000)), None);
    }
}
